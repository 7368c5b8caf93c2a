"""A small HTTP server on the loopback for the demo's pages and its Slack stand-in.

Standard library and Jinja2, one thread a request. Answers only to names of this machine, so that no
web page elsewhere can reach it by a rebound name. Not for anything but demos and tests.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from cadence.clock import Clock, SystemClock

BODY_LIMIT = 5_000_000
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """One request; ``query`` and ``form`` keep the last value of each name, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReply:
    """One answer. ``drop``: hang up without a word instead (a fault for tests)."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    #: takes the connection over after these headers (a WebSocket), reading from and writing to it until it ends
    upgrade: Callable[[BufferedIOBase, BufferedIOBase], None] | None = None


View = Callable[..., PageReply]


class PageServer:
    """Serves ``routes``: pairs of (method and path pattern) and view; named groups become keyword arguments.

    ``clock`` gives the Date header of every answer.
    """

    def __init__(self, routes: Mapping[str, View], *, port: int = 0, clock: Clock | None = None) -> None:
        self._routes = [(re.compile(pattern), view) for pattern, view in routes.items()]
        server = self
        dated = clock or SystemClock()

        class Handler(BaseHTTPRequestHandler):
            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(dated.now(), usegmt=True)

            def do_GET(self) -> None:
                server.respond(self)

            def do_POST(self) -> None:
                server.respond(self)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing: the demo's terminal is for people."""

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        reply = self._reply(handler)
        if reply.drop:
            handler.close_connection = True
            return
        if reply.upgrade is not None:
            handler.protocol_version = "HTTP/1.1"
            handler.send_response(101)
            for name, value in ({"Upgrade": "websocket", "Connection": "Upgrade"} | dict(reply.headers)).items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.close_connection = True
            reply.upgrade(handler.rfile, handler.wfile)
            return
        handler.send_response(reply.status)
        headers = {
            "Content-Type": reply.kind,
            "Content-Length": str(len(reply.body)),
            "Content-Security-Policy": PAGE_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for name, value in (headers | dict(reply.headers)).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.body)

    def _reply(self, handler: BaseHTTPRequestHandler) -> PageReply:
        if not _HOST.fullmatch(handler.headers.get("Host", "")):
            return plain_reply(403, "This server answers to 127.0.0.1 only.")
        length = handler.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            return plain_reply(413, "Too much.")
        parts = urlsplit(handler.path)
        request = PageRequest(
            method=handler.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=handler.rfile.read(int(length)),
        )
        for pattern, view in self._routes:
            if match := pattern.fullmatch(f"{request.method} {request.path}"):
                return view(request, **match.groupdict())
        return plain_reply(404, "There is nothing at this address.")


def plain_reply(status: int, text: str) -> PageReply:
    """Return a one-line answer."""
    return PageReply(status=status, body=text.encode(), kind="text/plain; charset=utf-8")


class Pages:
    """The demo's templates and their style sheet. ``brand``: whose pages these are."""

    def __init__(self, brand: str) -> None:
        self._brand = brand
        #: (name, address) of other pages of the demo, linked at the top of each
        self.places: Sequence[tuple[str, str]] = ()
        self._environment = Environment(
            loader=PackageLoader("cadence.demo", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def show(self, name: str, *, status: int = 200, **values: Any) -> PageReply:
        """Return the page."""
        return PageReply(body=self._environment.get_template(name).render(places=self.places, **values).encode(), status=status)

    def missing(self, sentence: str, *, back: str) -> PageReply:
        """Return the page of an address that leads to nothing; ``back``: what the link to the first page says."""
        return self.show("missing.html", status=404, brand=self._brand, sentence=sentence, back=back)

    def style(self, request: PageRequest) -> PageReply:
        """Return the style sheet."""
        loader = self._environment.loader
        assert loader is not None
        source = loader.get_source(self._environment, "demo.css")[0]
        return PageReply(body=source.encode(), kind="text/css; charset=utf-8")
