"""A site on a fresh database, and a browser-like client of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from fastapi import FastAPI
from httpx import Response
from pydantic import SecretStr

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.rendering.own_links import OwnLink
from cadence.store.database.engine import Database
from cadence.store.identity.sessions import find_session
from cadence.web.parts.access import cookie_name
from cadence.web.parts.form_tokens import FIELD
from tests.fixtures.builders import NOW

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would like another HTTP client than the one the suite pins
    from starlette.testclient import TestClient

__all__ = ["PASSWORD", "SECRET", "Sign", "TestClient"]

SECRET = b"a test secret of at least 32 bytes!!"
PASSWORD = "correct horse battery"
Sign = Callable[..., str]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def links() -> LinkSigner:
    return LinkSigner({1: SECRET}, current=1, deployment="https://cadence.example.com")


@pytest.fixture
def own_links() -> list[OwnLink]:
    """The fresh links that were sent to people."""
    return []


@pytest.fixture
def context(database: Database, clock: FixedClock, links: LinkSigner, own_links: list[OwnLink]) -> SiteContext:
    return SiteContext(
        database=database,
        clock=clock,
        links=links,
        company_name="Ridge & Sons",
        base_url="https://cadence.example.com",
        admin_password=SecretStr(PASSWORD),
        zone="Europe/Berlin",
        own_links={Channel.EMAIL: own_links.append, Channel.SLACK: own_links.append},
        # no report is slow here, so none is held back from a test that changes the facts
        monotonic=lambda: 0.0,
    )


@pytest.fixture
def site(context: SiteContext) -> FastAPI:
    return build_site(context)


@pytest.fixture
def client(site: FastAPI) -> Iterator[TestClient]:
    """Someone out there who holds a link."""
    with TestClient(site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        yield client


def form_token_for(context: SiteContext, client: TestClient, path: str) -> str:
    """Return what stands in the hidden field of a form that was shown to ``client``, in its session when it is signed in."""
    now, cookie = context.clock.now(), client.cookies.get(cookie_name(context.base_url), "")
    with context.database.read() as connection:
        found = find_session(connection, cookie, now) if cookie else None
    return context.form_tokens.make(path, now, session=found.session_id if found else None)


class LeaderClient(TestClient):
    """Someone who knows the admin password and sends the forms of our pages, with the hidden field they hold."""

    context: SiteContext

    def post(self, url: str, **rest: Any) -> Response:
        """Send a form as our page holds it."""
        path = unquote(urlsplit(str(url)).path)
        made = form_token_for(self.context, self, path)
        if "content" in rest:
            # what is sent by hand holds the field too, as far as it is a form at all
            token = f"&{FIELD}={quote(made)}".encode()
            is_form = "urlencoded" in rest.get("headers", {}).get("content-type", "")
            sent: Response = super().post(url, **{**rest, "content": rest["content"] + token if is_form else rest["content"]})
            return sent
        data = {FIELD: made, **(rest.pop("data", None) or {})}
        answer: Response = super().post(url, data=data, **rest)
        return answer


@pytest.fixture
def leader(site: FastAPI, context: SiteContext) -> Iterator[TestClient]:
    """Someone who knows the admin password."""
    with LeaderClient(site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        client.context = context
        client.auth = ("admin", PASSWORD)
        yield client


@pytest.fixture
def sign(links: LinkSigner) -> Sign:
    """Return a token: sign(delivery, person, version), or without a version for the preferences."""

    def token(delivery_id: int, person_id: int, version_id: int = 0, *, expires_at: datetime = NOW + timedelta(days=14)) -> str:
        purpose = LinkPurpose.ACKNOWLEDGE if version_id else LinkPurpose.PREFERENCES
        return links.sign(Link(purpose=purpose, delivery_id=delivery_id, person_id=person_id, version_id=version_id, expires_at=expires_at))

    return token
