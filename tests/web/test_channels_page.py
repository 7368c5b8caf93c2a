"""The page of the channels: one press stops all sending, every page says so, and what waits is shown before it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext, build_site
from cadence.domain.sending.deliveries import Channel, Receipt
from cadence.errors import ChannelRefused
from cadence.identity.permissions import Role
from cadence.operations.sending.channel_care import TestOrder
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.sending.digests import channel_pause
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_person
from tests.fixtures.sending import planned, states
from tests.web.conftest import LeaderClient, TestClient


@pytest.fixture
def admin(database: Database, context: SiteContext) -> Iterator[LeaderClient]:
    """Rachel, an admin who signed in; her mail arrives and Slack refuses us."""

    def refuse(order: TestOrder) -> Receipt:
        raise ChannelRefused("token_revoked: <the app is gone>", provider_code="token_revoked")

    tests = {Channel.EMAIL: lambda order: Receipt(reply=f"250 <taken> for {order.address}"), Channel.SLACK: refuse}
    site = build_site(replace(context, tests=tests, connection_facts={Channel.EMAIL: (("fact_relay", "smtp.example.com:587"),)}))
    number = make_account(database, [Role.ADMIN], now=NOW, email="rachel@example.com", name="Rachel <Okafor>")
    with LeaderClient(site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        client.context = context
        client.cookies.update(sign_in(database, number, now=NOW))
        yield client


def audited(database: Database) -> list[tuple[str, Any]]:
    with database.read() as connection:
        query = sa.select(core.audit_entries.c.action, core.audit_entries.c.account_id).order_by(core.audit_entries.c.id)
        return [(row.action, row.account_id is not None) for row in connection.execute(query)]


def test_one_press_stops_and_every_page_of_every_role_says_so(admin: LeaderClient, database: Database) -> None:
    planned(database, 60)
    assert "All sending is stopped" not in admin.get("/channels").text

    page = admin.post("/channels/stop", data={"until": "tomorrow", "reason": "<b>an accident</b>"})
    assert page.url.path == "/channels"
    assert "All sending is stopped until 24 Nov 2026, 09:00: “&lt;b&gt;an accident&lt;/b&gt;”. Rachel &lt;Okafor&gt;, " in page.text
    assert "60 messages wait" in page.text

    leader = make_account(database, [Role.LEADER], now=NOW)
    client = TestClient(admin.app, base_url="https://cadence.example.com")
    client.cookies.update(sign_in(database, leader, now=NOW))
    home = client.get("/").text
    assert "“&lt;b&gt;an accident&lt;/b&gt;”" in home
    assert "/channels/start" not in home
    assert client.get("/channels").status_code == 404
    assert client.post("/channels/start").status_code == 404
    assert client.get("/readyz").json()["stopped"] is True
    assert "cadence_sending_stopped 1" in admin.get("/metrics").text

    # the list first, then the start that has seen it
    page = admin.post("/channels/start")
    assert "Look at what goes out; then start" in page.text
    number = int(page.text.split('name="delivery" value="')[1].split('"')[0])
    assert "Cancelled" in admin.post("/channels/cancel", data={"delivery": str(number)}).text
    assert "does not wait any more" in admin.post("/channels/cancel", data={"delivery": str(number)}).text
    page = admin.post("/channels/start", data={"seen": "list"})
    assert "Sending goes on" in page.text
    assert "All sending is stopped" not in client.get("/").text
    assert states(database) == {"planned": 59, "cancelled": 1}
    assert audited(database) == [("sending.stopped", True), ("delivery.cancelled", True), ("sending.started", True)]


def test_a_wrong_form_is_kept_and_refused_in_a_sentence(admin: LeaderClient, database: Database) -> None:
    page = admin.post("/channels/stop", data={"until": "open", "reason": "x" * 201})
    assert (page.status_code, "more than 200 characters" in page.text, "x" * 201 in page.text) == (422, True, True)
    for path in ("/channels/pigeon/test", "/channels/pigeon/pause"):
        assert admin.post(path).status_code == 404
    assert admin.post("/channels/cancel", data={"delivery": "²"}).status_code == 404
    assert audited(database) == []


def test_a_test_says_in_place_what_the_other_side_said(admin: LeaderClient, database: Database) -> None:
    page = admin.post("/channels/email/test").text
    assert "Test delivered" in page
    assert "250 &lt;taken&gt; for rachel@example.com" in page
    assert "nowhere to send a test" in admin.post("/channels/slack/test").text
    a_person(database, email="rachel@example.com", slack="U7")
    page = admin.post("/channels/slack/test").text
    assert "Test refused" in page
    assert "token_revoked: &lt;the app is gone&gt;" in page
    assert "CADENCE_SLACK__BOT_TOKEN" in page


def test_a_channel_is_paused_and_resumed_by_hand(admin: LeaderClient, database: Database) -> None:
    page = admin.post("/channels/email/pause").text
    assert "Email is paused." in page
    assert "9000" not in page
    with database.read() as connection:
        assert channel_pause(connection, "email", now=NOW + timedelta(days=365))
    admin.post("/channels/email/pause")
    assert "Resumed" in admin.post("/channels/email/resume").text
    with database.read() as connection:
        assert channel_pause(connection, "email", now=NOW) is None
    assert audited(database) == [("channel.paused", True), ("channel.resumed", True)]
