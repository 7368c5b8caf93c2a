"""Taking one's data away and erasing it ask again: a fresh link goes to the person's own address, and only its page does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from cadence.assembly.app import App
from cadence.assembly.own_links import own_link_ways
from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel, EmailEnvelope, SlackMessage
from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.errors import OutcomeUnknown, TemporarilyUnavailable
from cadence.operations.people.send_own_link import FRESH_FOR
from cadence.rendering.own_links import GiveLink, OwnLink
from cadence.settings.loading import Settings
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.fixtures.sending import ScriptedTransport
from tests.web.conftest import Sign, TestClient


@pytest.fixture
def ann(database: Database) -> int:
    return a_person(database, name="Ann Lee", email="ann@example.com", slack="U1")


@pytest.fixture
def token(database: Database, ann: int, sign: Sign) -> str:
    return sign(a_delivery(database, ann, [a_statement(database, title="Repair first")]), ann)


def path_of(link: OwnLink) -> str:
    return urlsplit(link.url).path


def test_the_link_of_a_message_only_asks(client: TestClient, token: str, own_links: list[OwnLink]) -> None:
    page = client.get(f"/p/{token}")
    assert page.text.count(f'action="/p/{token}/link"') == 1
    assert own_links == []
    for path in ("export", "erase"):
        assert client.get(f"/p/{token}/{path}").status_code == 404
        assert client.post(f"/p/{token}/{path}", data={"sure": "yes"}).status_code == 404
    assert client.get(f"/p/{token}").status_code == 200


def test_own_data_is_handed_out_by_the_fresh_link_alone(client: TestClient, token: str, own_links: list[OwnLink]) -> None:
    asked = client.post(f"/p/{token}/link", data={"what": "export"})

    assert (asked.status_code, "Please look in your mailbox. It works for 30 minutes." in asked.text) == (200, True)
    (link,) = own_links
    assert (link.what, link.address, link.person_name) == ("export", "ann@example.com", "Ann Lee")
    assert link.url.startswith("https://cadence.example.com/p/")
    assert link.url not in asked.text
    shown = client.get(path_of(link))
    assert (shown.status_code, "Ann Lee" in shown.text, "content-disposition" in shown.headers) == (200, True, False)
    answer = client.post(path_of(link))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="cadence-my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["person"]["name"] == "Ann Lee"


def test_erasing_asks_again_and_is_for_good(client: TestClient, token: str, own_links: list[OwnLink]) -> None:
    client.post(f"/p/{token}/link", data={"what": "erase"})
    path = path_of(own_links[0])
    assert "What stays: numbers without a name" in client.get(path).text
    unsure = client.post(path)
    assert (unsure.status_code, "please tick the box first" in unsure.text) == (422, True)
    assert client.post(path, data={"sure": "yes"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get(path).status_code == 200

    done = client.post(path, data={"sure": "yes"})
    assert (done.status_code, "Your data is erased" in done.text) == (200, True)
    assert (
        client.get(path).status_code == client.post(path, data={"sure": "yes"}).status_code == client.get(f"/p/{token}").status_code == 410
    )


def test_a_fresh_link_is_good_for_30_minutes_and_one_purpose(
    client: TestClient, token: str, own_links: list[OwnLink], clock: FixedClock
) -> None:
    client.post(f"/p/{token}/link", data={"what": "export"})
    client.post(f"/p/{token}/link", data={"what": "erase"})
    export, erase = map(path_of, own_links)

    assert client.post(export.replace("/export", "/erase"), data={"sure": "yes"}).status_code == 404
    assert client.post(erase.replace("/erase", "/export")).status_code == 404
    for path in (export, erase):
        bare = path.rpartition("/")[0]
        assert client.get(bare).status_code == 404
        assert client.post(f"{bare}/link", data={"what": "erase"}).status_code == 404
    clock.advance(FRESH_FOR - timedelta(seconds=1))
    assert client.post(export).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert client.post(export).status_code == client.post(erase, data={"sure": "yes"}).status_code == 410


def test_the_link_goes_where_the_person_is_reached(
    client: TestClient, database: Database, ann: int, token: str, own_links: list[OwnLink]
) -> None:
    client.post(f"/p/{token}", data={"channel": "slack"})
    asked = client.post(f"/p/{token}/link", data={"what": "export"})
    assert "We have sent you a link in Slack" in asked.text
    client.post(f"/p/{token}", data={"channel": ""})
    with database.transaction() as connection:
        connection.execute(sa.update(core.addresses).where(core.addresses.c.channel == "email").values(suspended_at=NOW))
    client.post(f"/p/{token}/link", data={"what": "export"})
    assert [link.address for link in own_links] == ["U1", "U1"]

    with database.transaction() as connection:
        connection.execute(sa.update(core.addresses).values(suspended_at=NOW))
    asked = client.post(f"/p/{token}/link", data={"what": "erase"})
    assert asked.status_code == 409
    assert "Please ask the people who run Cadence at Ridge &amp; Sons" in asked.text
    assert len(own_links) == 2


def test_nobody_can_have_somebody_flooded(client: TestClient, token: str, own_links: list[OwnLink], clock: FixedClock) -> None:
    foreign = client.post(f"/p/{token}/link", data={"what": "erase"}, headers={"sec-fetch-site": "cross-site"})
    assert (foreign.status_code, client.post(f"/p/{token}/link", data={"what": "all"}).status_code) == (403, 400)
    answers = [client.post(f"/p/{token}/link", data={"what": "erase"}).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    assert len(own_links) == 5
    clock.advance(timedelta(hours=1))
    assert client.post(f"/p/{token}/link", data={"what": "erase"}).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (TemporarilyUnavailable("ann@example.com: no answer"), 503, "The link could not be sent (Email)."),
        (OutcomeUnknown("no reply after the final dot"), 200, "Please look in your mailbox"),
    ],
)
def test_a_channel_that_fails_is_told(
    context: SiteContext, token: str, error: Exception, status: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    def give(link: OwnLink) -> None:
        raise error

    ways: dict[Channel, GiveLink] = {Channel.EMAIL: give}
    with TestClient(build_site(replace(context, own_links=ways)), base_url="https://cadence.example.com") as client:
        answer = client.post(f"/p/{token}/link", data={"what": "erase"})
    assert (answer.status_code, told in answer.text) == (status, True)
    assert "ann@example.com" not in caplog.text


def test_all_of_it_is_german_for_german_readers(client: TestClient, token: str, own_links: list[OwnLink]) -> None:
    client.post(f"/p/{token}", data={"language": "de"})
    asked = client.post(f"/p/{token}/link", data={"what": "export"})
    assert "Bitte sehen Sie in Ihr Postfach. Er gilt 30 Minuten." in asked.text
    assert own_links[0].locale == "de"
    assert "Herunterladen, was über Sie festgehalten ist?" in client.get(path_of(own_links[0])).text


def test_the_links_of_somebody_who_left_end_for_reading_too(client: TestClient, database: Database, ann: int, links: LinkSigner) -> None:
    statement = a_statement(database)
    delivery = a_delivery(database, ann, [statement])
    paths = []
    for purpose, path in (
        (LinkPurpose.ACKNOWLEDGE, "/a/{}"),
        (LinkPurpose.RESPOND, "/c/{}"),
        (LinkPurpose.PREFERENCES, "/p/{}"),
        (LinkPurpose.EXPORT, "/p/{}/export"),
        (LinkPurpose.ERASE, "/p/{}/erase"),
    ):
        version = statement.version_id if purpose in (LinkPurpose.ACKNOWLEDGE, LinkPurpose.RESPOND) else 0
        link = Link(purpose=purpose, delivery_id=delivery, person_id=ann, version_id=version, expires_at=NOW + timedelta(minutes=20))
        paths.append(path.format(links.sign(link)))
    assert [client.get(path).status_code for path in paths] == [200] * 5

    with database.transaction() as connection:
        connection.execute(sa.update(core.people).where(core.people.c.id == ann).values(deactivated_at=NOW))
    for path in paths:
        for answer in (client.get(path), client.post(path, data={"sure": "yes", "do": "known"})):
            assert answer.status_code == 410
            assert "This link has ended" in answer.text
            assert "Ann Lee" not in answer.text
            assert "Repair" not in answer.text


def test_a_fresh_link_travels_as_a_whole_mail_and_as_a_slack_message(settings_for: Any) -> None:
    mail, slack = ScriptedTransport(), ScriptedTransport(channel=Channel.SLACK)
    app: App = settings_for(transports=(mail, slack))
    ways = own_link_ways(app)
    link = OwnLink(
        what="erase",
        url="https://cadence.example.com/p/TOKEN/erase",
        minutes=30,
        address="ann@example.com",
        person_name="Ann Lee",
        locale="de",
        asked_at=NOW,
        mark="f00d",
    )
    ways[Channel.EMAIL](link)
    ways[Channel.SLACK](replace(link, address="U1"))
    ways[Channel.EMAIL](replace(link, locale="en"))
    mark = "0123456789abcdef01234567"
    own_link_ways(settings_for(transports=(mail,), smtp={"return_path": "bounces+{id}@example.com"}))[Channel.EMAIL](
        replace(link, mark=mark)
    )

    german, english, returning = mail.taken
    assert isinstance(german, EmailEnvelope)
    assert isinstance(english, EmailEnvelope)
    assert isinstance(returning, EmailEnvelope)
    assert (german.mail_from, returning.mail_from) == ("c@example.com", f"bounces+{mark}@example.com")
    assert (german.rcpt_to, german.message_id) == ("ann@example.com", "<f00d@example.com>")
    assert b"Subject: Ihr Link zum =?" in german.content or b"=?utf-8?" in german.content.lower()
    assert b"Subject: Your link to erase your data\r\n" in english.content
    assert english.content.replace(b"=\r\n", b"").count(b"https://cadence.example.com/p/TOKEN/erase") == 2
    assert b"List-Unsubscribe" not in english.content
    (told,) = slack.taken
    assert isinstance(told, SlackMessage)
    assert told.user_id == "U1"
    assert "<https://cadence.example.com/p/TOKEN/erase|" in str(told.blocks)


@pytest.fixture
def settings_for(clock: FixedClock, database_url: str, tmp_path: Path) -> Iterator[Any]:
    """Yield a function that wires an app around transports."""
    built: list[App] = []

    def build(*, smtp: dict[str, str] | None = None, **rest: Any) -> App:
        smtp = {"host": "x", "from": "c@example.com"} | (smtp or {})
        known: dict[str, Any] = {"company_name": "Ridge & Sons", "base_url": "https://cadence.example.com", "smtp": smtp}
        known |= {"database_url": database_url, "data_dir": tmp_path}
        settings = Settings.model_validate(known)
        built.append(App(settings, clock=clock, **rest))
        return built[-1]

    yield build
    for app in built:
        app.close()
