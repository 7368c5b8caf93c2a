"""Sign-in by the company: OpenID Connect's code flow with PKCE, state and nonce, by Authlib (any provider with discovery; Slack's too).

What must be remembered between the two requests is sealed into a cookie of the browser that began: nothing is kept here, every process
can go on with it, and nobody else's browser can be led into the end of it. Who the provider's user is here: ``company_accounts``.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hmac import compare_digest
from typing import Any

import httpx

from cadence.errors import CadenceError
from cadence.operations.sending.token_vault import open_sealed, seal

with warnings.catch_warnings():
    # it would like another HTTP client than the one that it is given, and switches its own complaint on when it is imported
    from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]

    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
    from authlib.integrations.starlette_client import OAuth  # type: ignore[import-untyped]

from joserfc.errors import JoseError

#: how long somebody may take at the provider
GOOD_FOR = timedelta(minutes=10)
_PURPOSE = "sign-in by the company"
_TIMEOUT = 10.0
#: signatures by a key of the provider's own; never by our secret, never none
_SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LONGEST_CODE = 4_000
_MOST_GROUPS = 500


class ProviderDown(CadenceError):
    """The provider does not answer, or not as one."""

    code = "provider_down"


class ProviderRefused(CadenceError):
    """The provider, or what it says, does not sign anybody in."""

    code = "provider_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUser:
    """Who the provider says it is. ``groups`` None: it says nothing about groups."""

    issuer: str
    subject: str
    email: str
    verified: bool
    groups: tuple[str, ...] | None
    next_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """The way to the provider: the address, and what the browser keeps in a cookie meanwhile."""

    url: str
    sealed: str


@dataclass(frozen=True, kw_only=True)
class CompanySignIn:
    """The provider. ``name``: as it stands on the button; ``secrets``: the installation's secret, then the one before."""

    issuer: str
    name: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: str = "openid email profile"
    group_claim: str = ""
    base_url: str
    secrets: tuple[bytes, ...] = field(repr=False)

    @property
    def redirect_uri(self) -> str:
        """The address that the provider sends people back to."""
        return f"{self.base_url}/sign-in/company/back"

    async def check(self) -> None:
        """Return when the provider answers and is the one that the settings name. Raises ProviderDown."""
        await self._metadata()

    async def begin(self, next_path: str, *, now: datetime) -> Going:
        """Return where the browser goes. Raises ProviderDown."""
        await self._metadata()
        try:
            made = await self._client.create_authorization_url(self.redirect_uri)
        except (httpx.HTTPError, RuntimeError, ValueError) as error:
            raise _down(error) from error
        kept = {name: made.get(name, "") for name in ("state", "nonce", "code_verifier")}
        kept |= {"next": next_path, "until": (now + GOOD_FOR).isoformat()}
        return Going(url=made["url"], sealed=seal(json.dumps(kept), self.secrets[0], _PURPOSE, nonce=os.urandom(12)))

    async def finish(self, said: Mapping[str, str], sealed: str, *, now: datetime) -> ProviderUser:
        """Return who came back with ``said`` in the address. Raises ProviderRefused, ProviderDown."""
        kept = self._opened(sealed, now)
        if kept is None or not compare_digest(said.get("state", "").encode(), str(kept["state"]).encode()):
            raise ProviderRefused("this browser did not begin this sign-in, or too long ago")
        if said.get("iss", self.issuer).rstrip("/") != self.issuer.rstrip("/"):  # RFC 9207: the answer of another provider
            raise ProviderRefused("another provider answered")
        code = said.get("code", "")
        if not code or len(code) > _LONGEST_CODE or "error" in said:
            raise ProviderRefused("the provider signed nobody in")
        await self._metadata()
        try:
            token = await self._client.fetch_access_token(self.redirect_uri, code=code, code_verifier=kept["code_verifier"])
            claims = await self._client.parse_id_token(token, nonce=kept["nonce"])
            if claims is None:
                raise ProviderRefused("the provider gave no ID token")
            told = dict(claims)
            if "email" not in told:
                more = dict(await self._client.userinfo(token=token))
                told = {**more, **told} if more.get("sub") == told.get("sub") else told
        except (OAuthError, JoseError) as error:
            raise ProviderRefused(f"what the provider said was refused ({type(error).__name__})") from error
        except (httpx.HTTPError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise _down(error) from error
        return ProviderUser(
            issuer=self.issuer,
            subject=str(told["sub"]),
            email=str(told.get("email", "")),
            # Microsoft says it by a claim of its own, which docs/sign-in.md has admins switch on
            verified=_is_true(told.get("email_verified")) or _is_true(told.get("xms_edov")),
            groups=_groups(told, self.group_claim),
            next_path=str(kept["next"]),
        )

    @cached_property
    def _client(self) -> Any:
        return OAuth().register(
            name="company",
            client_id=self.client_id,
            client_secret=self.client_secret or None,
            server_metadata_url=f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": self.scopes,
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT,
                # without a secret PKCE alone says that it is us
                **({} if self.client_secret else {"token_endpoint_auth_method": "none"}),
            },
        )

    async def _metadata(self) -> None:
        try:
            told = await self._client.load_server_metadata()
        except (httpx.HTTPError, RuntimeError, ValueError, TypeError) as error:
            raise _down(error) from error
        if str(told.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
            self._client.server_metadata.pop("_loaded_at", None)
            raise ProviderDown("the discovery document names another issuer")
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        told["id_token_signing_alg_values_supported"] = [one for one in offered if one in _SIGNATURES]

    def _opened(self, sealed: str, now: datetime) -> dict[str, Any] | None:
        for secret in self.secrets:
            text = open_sealed(sealed, secret, _PURPOSE) if sealed else None
            if text is not None:
                kept: dict[str, Any] = json.loads(text)
                return kept if now < datetime.fromisoformat(kept["until"]) else None
        return None


def _down(error: Exception) -> ProviderDown:
    return ProviderDown(f"the provider does not answer ({type(error).__name__})")


def _is_true(value: object) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in ("true", "1"))


def _groups(claims: Mapping[str, Any], claim: str) -> tuple[str, ...] | None:
    if not claim or claim not in claims:
        return None
    value = claims[claim]
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(one for one in listed if isinstance(one, str))[:_MOST_GROUPS]
