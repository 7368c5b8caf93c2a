"""The consent of a person at Microsoft or Google: its page, and the code that comes back to this machine or is pasted.

What comes back counts only with the state that was sent along; the code alone is worth nothing without the verifier (RFC 7636),
which never leaves this process. The page that listens answers on the loopback address only, once.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from secrets import compare_digest
from urllib.parse import parse_qs, urlsplit

from cadence.channels.email.errors import plain
from cadence.channels.email.oauth import TokenEndpoint
from cadence.errors import Invalid

_PASTE = "the address that your browser ended at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One asking. ``state`` and ``verifier``: of chance, at least 32 characters each."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    port: int

    @property
    def redirect(self) -> str:
        """Where the provider sends the browser afterwards."""
        return f"http://localhost:{self.port}/"

    def page(self, endpoint: TokenEndpoint) -> str:
        """Return the address that the person opens."""
        return endpoint.consent_url(state=self.state, verifier=self.verifier, redirect=self.redirect)

    def code_in(self, answer: str) -> str:
        """Return the code in what came back: a whole address, or the code alone. Raises Invalid."""
        answer = answer.strip()
        if "://" not in answer and "?" not in answer and "=" not in answer and answer:
            return answer
        found = {name: values[0] for name, values in parse_qs(urlsplit(answer).query).items()}
        if "error" in found:
            said = plain(f"{found['error']}: {found.get('error_description', '')}".strip(": ").encode())
            raise Invalid("consent", said, "the provider gave none", example=_PASTE)
        if "code" not in found:
            raise Invalid("consent", answer, "holds no code", example=_PASTE)
        if not compare_digest(found.get("state", "").encode(), self.state.encode()):
            raise Invalid("consent", answer, "belongs to another asking; run the command again", example=_PASTE)
        return found["code"]


class Listener:
    """The page on this machine that the browser ends at; ``with`` opens and closes it."""

    def __init__(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), _Page)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, consent: Consent, *, seconds: float) -> str:
        """Return the code once it came. Raises Invalid for a refusal, and when ``seconds`` are over."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._server.timeout = left
            self._server.came = ""
            self._server.consent = consent
            with contextlib.suppress(OSError):
                self._server.handle_request()
            if self._server.came:
                return consent.code_in(self._server.came)
        raise Invalid("consent", "", f"did not come within {seconds / 60:g} minutes; with --paste no page has to reach this machine")


class _Server(HTTPServer):
    came = ""
    consent: Consent | None = None


class _Page(BaseHTTPRequestHandler):
    timeout = 10.0
    server: _Server

    def do_GET(self) -> None:
        """Take the answer, and tell the person at the browser that they may go back."""
        consent, said, status = self.server.consent, "Done. You can close this page and go back to the terminal.", 200
        address = f"http://localhost{self.path}"
        if consent is None or urlsplit(address).path != "/":
            said, status = "Nothing is here.", 404
        else:
            try:
                consent.code_in(address)
                self.server.came = address
            except Invalid as error:
                # a refusal ends the waiting; an answer to another asking, or none, does not
                if "error=" in urlsplit(address).query and f"state={consent.state}" in urlsplit(address).query:
                    self.server.came = address
                said, status = str(error), 400
        body = f"<!doctype html><meta charset=utf-8><title>Cadence</title><p>{escape(said)}".encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the address holds the code."""
