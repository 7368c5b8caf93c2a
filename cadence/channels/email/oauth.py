"""Access tokens of Microsoft 365 and Google for SMTP and IMAP, which take no password there (OAuth 2.0, RFC 6749 and 7636).

``TokenEndpoint`` talks to the provider: https only, no redirect is followed, and every fault is told in a plain line.
``AccessTokens`` keeps the token of the moment and renews it before it ends, so that no visit and no message is lost; where the
refresh token lies is the ``Vault``'s matter. How a token is shown to a mail server: ``xoauth2``. authlib knows the form of what is asked.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from cadence.channels.email.errors import plain
from cadence.domain.sending.reply_words import Cause
from cadence.errors import ChannelRefused, TemporarilyUnavailable

#: a token is renewed when it has this long left
RENEW_BEFORE = timedelta(minutes=5)
#: and is used no longer than to this long before its end
_USE_UNTIL = timedelta(seconds=30)
#: a provider that does not say how long its token lasts: the least that is usual
_USUAL_LIFE = 3600
_TIMEOUT = 20.0
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where a provider gives consent and tokens, and what we ask for. ``{tenant}`` in an address is the company's."""

    name: str
    label: str
    authorize_url: str
    token_url: str
    #: of a person who consents
    scope: str
    #: of the application itself; empty: the provider gives none
    app_scope: str = ""
    #: what else the consent page wants to know
    extra: dict[str, str] = field(default_factory=dict)


PROVIDERS = {
    "microsoft": Provider(
        name="microsoft",
        label="Microsoft",
        authorize_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
        token_url="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        scope="https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        app_scope="https://outlook.office365.com/.default",
        extra={"prompt": "select_account"},
    ),
    "google": Provider(
        name="google",
        label="Google",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        scope="https://mail.google.com/",
        # without both Google gives a refresh token at the first consent only
        extra={"access_type": "offline", "prompt": "consent"},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthAccess:
    """Our registration with a provider. ``application``: by the application's own right (client credentials), without a person."""

    provider: Provider
    client_id: str
    client_secret: str = field(default="", repr=False)
    tenant: str = "organizations"
    application: bool = False
    #: in place of the provider's; tests
    authorize_url: str = ""
    token_url: str = ""

    @property
    def consent_page(self) -> str:
        """The address at which a person consents."""
        return (self.authorize_url or self.provider.authorize_url).replace("{tenant}", self.tenant)

    @property
    def token_page(self) -> str:
        """The address that gives tokens."""
        return (self.token_url or self.provider.token_url).replace("{tenant}", self.tenant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a provider gave. ``renewal``: the refresh token, empty when it gave none. ``lasts``: of the access token."""

    access: str = field(repr=False)
    renewal: str = field(default="", repr=False)
    lasts: timedelta = timedelta(seconds=_USUAL_LIFE)


class Vault(Protocol):
    """Where the refresh token lies."""

    def load(self, provider: str) -> str:
        """Return the refresh token, empty when there is none. Raises ChannelRefused when it cannot be read."""
        ...

    def save(self, provider: str, renewal: str) -> None:
        """Keep a refresh token in place of the one before."""
        ...


class TokenEndpoint:
    """The provider's side. Raises ChannelRefused for what an admin has to mend, TemporarilyUnavailable for what passes."""

    def __init__(self, access: OAuthAccess) -> None:
        self._access = access

    def consent_url(self, *, state: str, verifier: str, redirect: str) -> str:
        """Return the page on which a person consents, once."""
        access = self._access
        proof = {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
        return str(
            prepare_grant_uri(
                access.consent_page,
                access.client_id,
                "code",
                redirect_uri=redirect,
                scope=access.provider.scope,
                state=state,
                **proof,
                **access.provider.extra,
            )
        )

    def redeem(self, code: str, *, verifier: str, redirect: str) -> Tokens:
        """Return the tokens for the code of a consent."""
        return self._ask("authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect)

    def renew(self, renewal: str) -> Tokens:
        """Return fresh tokens for a refresh token."""
        return self._ask("refresh_token", refresh_token=renewal)

    def apply(self) -> Tokens:
        """Return a token of the application itself."""
        if not self._access.provider.app_scope:
            raise self._refused("it gives applications no tokens of their own; let a person consent instead")
        return self._ask("client_credentials", scope=self._access.provider.app_scope)

    def _ask(self, grant: str, **asked: str) -> Tokens:
        access = self._access
        if not is_safe(access.token_page):
            raise self._refused(f"the address of the tokens is not https: {access.token_page}")
        secret = {"client_secret": access.client_secret} if access.client_secret else {}
        status, text = self._post(prepare_token_request(grant, "", client_id=access.client_id, **secret, **asked))
        try:
            given = json.loads(text)
        except ValueError:
            given = None
        if isinstance(given, dict) and given.get("error"):
            raise self._refused(_said(str(given["error"]), str(given.get("error_description", ""))))
        if status >= 400:
            raise TemporarilyUnavailable(f"{access.provider.label} gives no token now: HTTP {status}", provider_code="oauth")
        return _tokens(given, access.provider.label)

    def _post(self, form: str) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        label, page = self._access.provider.label, self._access.token_page
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            with (
                httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
                client.stream("POST", page, content=form, headers=headers) as answer,
            ):
                if answer.is_redirect:
                    raise self._refused(f"the address of the tokens sends us elsewhere, which is not followed: {page}")
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise _no_token(label)
                return answer.status_code, body
        except (httpx.HTTPError, OSError) as error:
            said = plain(str(error).encode())
            raise TemporarilyUnavailable(f"{label} cannot be reached for a token: {said}", provider_code="oauth") from None

    def _refused(self, why: str) -> ChannelRefused:
        name, label = self._access.provider.name, self._access.provider.label
        again = "" if self._access.application else f", or run: {connect(name)}"
        remedy = f"check CADENCE_OAUTH__CLIENT_ID, __CLIENT_SECRET and __TENANT{again}"
        return ChannelRefused(f"{label} gave no token ({why}); {remedy}", provider_code="oauth", cause=Cause.LOGIN)


class AccessTokens:
    """The access token of the moment; asked by any thread. ``now``: tells the time."""

    def __init__(self, access: OAuthAccess, vault: Vault, *, now: Callable[[], datetime]) -> None:
        self._access = access
        self._vault = vault
        self._now = now
        self._endpoint = TokenEndpoint(access)
        self._lock = threading.Lock()
        self._token = ""
        self._ends: datetime | None = None

    def token(self, refused: str = "") -> str:
        """Return a token that is good for some minutes. ``refused``: one that a mail server did not take: never this one again."""
        with self._lock:
            now = self._now()
            left = self._ends - now if self._ends is not None else timedelta(0)
            # a clock that was set back must not make a token last for ever
            if self._token and self._token != refused and RENEW_BEFORE < left < timedelta(days=1):
                return self._token
            try:
                given = self._fetch()
            except TemporarilyUnavailable:
                if self._token and self._token != refused and _USE_UNTIL < left < timedelta(days=1):
                    return self._token  # the provider has a bad minute; the old one is still good
                raise
            self._token, self._ends = given.access, now + given.lasts
            return self._token

    def _fetch(self) -> Tokens:
        name = self._access.provider.name
        if self._access.application:
            return self._endpoint.apply()
        renewal = self._vault.load(name)
        if not renewal:
            label = self._access.provider.label
            raise ChannelRefused(f"{label} is not connected yet; run: {connect(name)}", provider_code="oauth", cause=Cause.LOGIN)
        given = self._endpoint.renew(renewal)
        if given.renewal and given.renewal != renewal:
            self._vault.save(name, given.renewal)
        return given


def connect(provider: str) -> str:
    """Return the command that connects a provider."""
    return f"cadence mail connect {provider}"


def is_safe(url: str) -> bool:
    """Return whether secrets may be sent to ``url``: https, or this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))


def _tokens(given: Any, label: str) -> Tokens:
    access = given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(access, str) or not access or not access.isascii() or not access.isprintable():
        raise _no_token(label)
    renewal, lasts = given.get("refresh_token"), given.get("expires_in", _USUAL_LIFE)
    seconds = int(lasts) if str(lasts).isdigit() and int(lasts) > 0 else _USUAL_LIFE
    return Tokens(access=access, renewal=renewal if isinstance(renewal, str) else "", lasts=timedelta(seconds=min(seconds, 86_000)))


def _no_token(label: str) -> TemporarilyUnavailable:
    return TemporarilyUnavailable(f"{label} answered with something that is no token.", provider_code="oauth")


def _said(error: str, description: str) -> str:
    """Return the provider's words in one short line."""
    return plain(" ".join(f"{error}: {description}".strip(": ").split("\n")[0].split()).encode())[:200]
