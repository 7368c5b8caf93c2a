"""Who comes in, and which POST comes from our own pages. What they may do is ``identity.permissions``.

By the cookie of a session; programs by a bearer token, which opens the API and the metrics alone. Until somebody can sign in as an
admin: by the installation's password (HTTP Basic), or without one only where ``base_url`` is of this machine, for browsers on it that
speak to it by a loopback name, and never through a proxy (whose own address would look local).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from threading import Lock
from urllib.parse import urlsplit

from starlette.requests import Request

from cadence.errors import CadenceError, NotFound, StoreBusy
from cadence.identity.permissions import Permission, Role, permissions_of
from cadence.identity.tokens import TokenKind, bearer_of, program_by_token
from cadence.identity.viewers import Viewer, viewer_before_accounts
from cadence.rendering.words import english
from cadence.store.identity.accounts import has_admin
from cadence.store.identity.sessions import find_session, note_seen
from cadence.web.parts.context import SiteContext
from cadence.web.parts.form_tokens import FIELD
from cadence.web.parts.guard import LOOPBACK, host_of

log = logging.getLogger("cadence.web")

#: where programs come in by a token
FOR_PROGRAMS = ("/api/", "/metrics")
#: how often it is noted that a session is in use
_SEEN_STEP = timedelta(minutes=5)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_LONGEST_TOKEN = 200
_ROLES = frozenset(role.value for role in Role)

_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class NotAllowed(CadenceError):
    """The request may not do this, with an HTTP status. ``why``: the words' text ``refused_<why>`` with ``values`` says it."""

    code = "not_allowed"

    def __init__(self, why: str, status: int, **values: str) -> None:
        super().__init__(english("leader").say(f"refused_{why}", **values), status=status)
        self.why = why
        self.status = status
        self.values = values


@dataclass(slots=True, kw_only=True)
class RateLimit:
    """At most ``most`` uses of a key in ``window``. Kept in memory: a restart forgets it."""

    most: int
    window: timedelta = timedelta(minutes=1)
    _seen: dict[object, deque[datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def allows(self, key: object, now: datetime) -> bool:
        """Count one use; return whether it is within the limit."""
        with self._lock:
            if len(self._seen) > 20_000:
                self._forget(now)
            uses = self._seen.setdefault(key, deque())
            while uses and uses[0] <= now - self.window:
                uses.popleft()
            if len(uses) >= self.most:
                return False
            uses.append(now)
            return True

    def is_used_up(self, key: object, now: datetime) -> bool:
        """Return whether another use would be over the limit; counts none."""
        with self._lock:
            uses = self._seen.get(key, ())
            return sum(used > now - self.window for used in uses) >= self.most

    def _forget(self, now: datetime) -> None:
        for key in [k for k, uses in self._seen.items() if not uses or uses[-1] <= now - self.window]:
            del self._seen[key]


class NotSignedIn(CadenceError):
    """Nobody is signed in: pages lead to the sign-in page, the API answers 401."""

    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__(english("leader").texts["refused_sign_in"])


class Access:
    """The door of every page that is not behind a link, of the API and of the metrics."""

    def __init__(self, context: SiteContext) -> None:
        self._context = context
        #: wrong passwords from one address, and from all of them together
        self._failures = RateLimit(most=10)
        self._all_failures = RateLimit(most=100, window=timedelta(minutes=10))

    def viewer(self, request: Request) -> Viewer | None:
        """Return who comes in: a program by its token, or who is signed in by the cookie of the request; None: nobody.

        Raises NotSignedIn for a token that opens nothing.
        """
        context, now = self._context, self._context.clock.now()
        if request.url.path.startswith(FOR_PROGRAMS):
            bearer = bearer_of(request.headers.get("authorization", ""))
            if bearer is not None:
                program = program_by_token(context.database, bearer, kind=TokenKind.API, now=now)
                if program is None:
                    raise NotSignedIn
                return program
        return self.viewer_of(request.cookies.get(cookie_name(context.base_url), ""))

    def viewer_of(self, token: str) -> Viewer | None:
        """Return who is signed in by the token of a session; None: nobody."""
        context, now = self._context, self._context.clock.now()
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        with context.database.read() as connection:
            found = find_session(connection, token, now, idle=context.session_idle)
        if found is None:
            return None
        if found.seen_at <= now - _SEEN_STEP:
            # told by the next request when the database is busy
            with suppress(StoreBusy), context.database.transaction(durable=False) as connection:
                note_seen(connection, found.session_id, now=now)
        held = {Role.EMPLOYEE} | ({Role.MANAGER} if found.manages else set())
        roles = frozenset(Role(role) for role in found.roles if role in _ROLES) | held
        return Viewer(
            account_id=found.account_id,
            person_id=found.person_id,
            name=found.name,
            email=found.email,
            roles=roles,
            permissions=permissions_of(roles),
            session_id=found.session_id,
            locale=found.locale,
        )

    def require(self, request: Request, permission: Permission) -> Viewer:
        """Return who comes in, when they may do that.

        Raises NotSignedIn; NotFound for what they may not do, since it does not exist for them; NotAllowed before there are accounts
        (401 asks for the password, 403 and 429 refuse).
        """
        viewer = self.viewer(request)
        if viewer is None:
            with self._context.database.read() as connection:
                if has_admin(connection):
                    raise NotSignedIn
            self._require_password(request)
            viewer = viewer_before_accounts()
        if not viewer.may(permission):
            raise NotFound(english("leader").texts["refused_missing"])
        if viewer.token_id is None and request.method not in _SAFE_METHODS and request.url.path.startswith(FOR_PROGRAMS):
            # a browser sends its cookie by itself, also for another site; a program shows its token
            require_own_page(request, self._context)
        return viewer

    def signed_in(self, request: Request) -> Viewer:
        """Return who is signed in, for what everybody may do who is. Raises NotSignedIn."""
        viewer = self.viewer(request)
        if viewer is None or viewer.session_id is None:
            raise NotSignedIn
        return viewer

    def require_form(self, request: Request, form: Mapping[str, str], permission: Permission) -> Viewer:
        """Return who sends a form that we showed to somebody who may send it. Raises like ``require``, and NotAllowed."""
        viewer = self.require(request, permission)
        self.check_form(request, form, viewer.session_id)
        return viewer

    def check_form(self, request: Request, form: Mapping[str, str], session_id: int | None) -> None:
        """Return when a form is one that we showed in this session (None: to nobody who is signed in). Raises NotAllowed."""
        require_own_page(request, self._context)
        # under the Referrer-Policy of these pages a browser names our own origin; "null" is a page that hides where it comes from
        if request.headers.get("origin") == "null":
            raise NotAllowed("elsewhere", 403)
        token, path, now = form.get(FIELD, ""), request.scope["path"], self._context.clock.now()
        if not self._context.form_tokens.is_good(token, path, now, session=session_id):
            raise NotAllowed("stale_form", 403)

    def _require_password(self, request: Request) -> None:
        password = self._context.admin_password
        if password is None:
            if self._context.host not in LOOPBACK or not _is_local(request):
                raise NotAllowed("local", 403, setting="CADENCE_ADMIN_PASSWORD")
            return
        given = _basic_password(request.headers.get("authorization", ""))
        if given is None:
            raise NotAllowed("password", 401)
        client, now = request.client.host if request.client else "", self._context.clock.now()
        # asked before the comparison: who guesses too often learns nothing, also not from the right guess
        if self._failures.is_used_up(client, now) or self._all_failures.is_used_up("", now):
            raise NotAllowed("passwords", 429)
        if compare_digest(given, password.get_secret_value().encode()):
            return
        self._failures.allows(client, now)
        self._all_failures.allows("", now)
        log.warning("event=access.wrong_password client=%s", client)
        raise NotAllowed("password", 401)


def cookie_name(base_url: str) -> str:
    """Return the name of the session's cookie: only https gives it the prefix that ties it to this host (RFC 6265bis)."""
    return "__Host-cadence" if base_url.startswith("https://") else "cadence_session"


def require_own_page(request: Request, context: SiteContext) -> None:
    """Return when a POST comes from one of our own pages. Raises NotAllowed when a browser says it came from elsewhere.

    Browsers name the site in Sec-Fetch-Site, though over plain http only on localhost; under the Referrer-Policy of
    pages behind a link their Origin is "null", which alone says nothing. The link itself is the secret.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site is not None and site not in ("same-origin", "none")
    if origin is not None and origin != "null":
        foreign = foreign or urlsplit(origin).netloc.lower() not in (
            request.headers.get("host", "").lower(),
            urlsplit(context.base_url).netloc,
        )
    if foreign:
        raise NotAllowed("elsewhere", 403)


def _is_local(request: Request) -> bool:
    if any(name in request.headers for name in _PROXIED):
        return False
    if host_of(request.headers.get("host", "")) not in LOOPBACK:
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _basic_password(header: str) -> bytes | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
