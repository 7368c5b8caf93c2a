"""What holds for every request before any page sees it: host, readable address, size of the body, safety headers, redirects.

Pure ASGI, so that nothing is read or buffered that need not be. Who may see a page: ``access``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1_000_000
#: where files are sent to, and how large a body may be there; who sends one is asked before it is read
UPLOADS = {"/people/import": 60_000_000}
#: pages whose address is a secret
BEHIND_LINKS = ("/a/", "/c/", "/p/", "/sign-in/link/")
_UNREADABLE = "\ufffd"
#: header of an answer of ours that leads to the provider of sign-in; it is taken off, and without it every redirect stays in the house
LEADS_OUT = "x-cadence-leads-out"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
#: the policy of pages in the frame, which load the one script and let it ask this site
SCRIPTED = f"{_POLICY}; script-src 'self'; connect-src 'self'"

SAFETY = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}


class TooLarge(Exception):
    """The body grew beyond ``LARGEST_BODY`` while it was read."""


def host_of(header: str) -> str:
    """Return the host of a Host header without port and brackets, in lower case."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if header.count(":") == 1 else header


class Guard:
    """Refuses foreign hosts, NUL in an address and large bodies, and adds the safety headers to every answer.

    base_url: where every absolute redirect leads; the request's own scheme is that of a proxy's connection, not of the browser's.
    """

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        self.app = app
        self.base_url = base_url.rstrip("/")
        self.hosts = {(urlsplit(base_url).hostname or "").lower()} | set(LOOPBACK)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, started = Headers(scope=scope), False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                answer = MutableHeaders(scope=message)
                for name, value in SAFETY.items():
                    answer.setdefault(name, value)
                if not scope["path"].startswith(BEHIND_LINKS):
                    # no secret stands in these addresses, and the forms of these pages want to be told where they come from
                    answer["referrer-policy"] = "same-origin"
                answer.setdefault("cache-control", "no-store")
                led = urlsplit(answer.get("location", ""))
                leads_out = LEADS_OUT in answer
                del answer[LEADS_OUT]
                if led.netloc and not leads_out:
                    answer["location"] = f"{self.base_url}{led._replace(scheme='', netloc='').geturl()}"
            await send(message)

        if host_of(headers.get("host", "")) not in self.hosts:
            await PlainTextResponse("This address does not belong to this Cadence.\n", 421)(scope, receive, send_safely)
            return
        if "\0" in scope["path"] or b"\0" in scope["query_string"] or b"%00" in scope["query_string"]:
            # PostgreSQL takes no NUL; made an address that no route has, so that the usual page says so
            scope = {**scope, "path": scope["path"].replace("\0", _UNREADABLE) + f"/{_UNREADABLE}", "query_string": b""}
        largest = UPLOADS.get(scope["path"], LARGEST_BODY)
        if not _fits(headers.get("content-length", "0"), largest):
            await _too_large(scope, receive, send_safely, largest)
            return
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise TooLarge
            return message

        try:
            await self.app(scope, receive_counted, send_safely)
        except TooLarge:
            if not started:
                await _too_large(scope, receive, send_safely, largest)


def _fits(length: str, largest: int) -> bool:
    return length.isascii() and length.isdigit() and len(length) < 12 and int(length) <= largest


async def _too_large(scope: Scope, receive: Receive, send: Send, largest: int) -> None:
    headers = {"connection": "close"}
    await PlainTextResponse(f"The request is larger than {largest:,} bytes.\n", 413, headers=headers)(scope, receive, send)
