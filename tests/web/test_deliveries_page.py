"""The page of the deliveries: what only a person can settle takes effect after two minutes, and the log is searched, paged and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.sending.deliveries import Channel
from cadence.identity.permissions import Role
from cadence.operations.sending.settle import settle_unknown
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_address, an_occurrence
from tests.fixtures.sending import ScriptedTransport, an_outbox, attempt_rows, change, delivery_row
from tests.web.conftest import LeaderClient


def signed_in(context: SiteContext, role: Role) -> LeaderClient:
    number = make_account(context.database, [role], now=NOW)
    client = LeaderClient(build_site(context), base_url="https://cadence.example.com", client=("203.0.113.9", 5000))
    client.context = context
    client.cookies.update(sign_in(context.database, number, now=NOW))
    return client


@pytest.fixture
def admin(context: SiteContext) -> Iterator[LeaderClient]:
    with signed_in(context, Role.ADMIN) as client:
        yield client


def in_doubt(database: Database, name: str, channel: str = "email") -> int:
    """A delivery whose two tries ended without an answer."""
    person = a_person(database, name=name, email=f"{name.split()[0].lower()}@example.com", slack=f"U{name[:2]}")
    number = a_delivery(database, person, [a_statement(database)], state="unknown", reason="in_doubt_twice", channel=channel)
    with database.transaction() as connection:
        for n in (1, 2):
            values = {"delivery_id": number, "number": n, "lease_owner": "x", "intent_at": NOW, "started_at": NOW, "finished_at": NOW}
            said = {"outcome": "unknown", "provider_code": "", "provider_id": "", "reply": "<broke> off"}
            connection.execute(core.attempts.insert().values(**values, **said))
    change(database, tables.DeliveryRow, number, attempt_count=2)
    return number


def test_a_word_on_a_message_in_doubt_takes_effect_once_it_can_not_be_taken_back(
    admin: LeaderClient, database: Database, clock: FixedClock
) -> None:
    arrived, again = in_doubt(database, "Rhys <Watkins>"), in_doubt(database, "Judith Reeves")
    slack = in_doubt(database, "Olga Becker", "slack")
    page = admin.get("/deliveries").text
    assert "3 messages may or may not have arrived" in page
    assert "Rhys &lt;Watkins&gt;" in page
    assert "“&lt;broke&gt; off”" in page

    assert "Counts as delivered from" in admin.post(f"/deliveries/{arrived}/settle", data={"say": "arrived"}).text
    assert "A copy goes out after" in admin.post(f"/deliveries/{again}/settle", data={"say": "again"}).text
    admin.post(f"/deliveries/{slack}/settle", data={"say": "again"})
    admin.post(f"/deliveries/{again}/settle", data={"say": "undo"})
    assert (delivery_row(database, again).reason, delivery_row(database, again).settle_at) == ("in_doubt_twice", None)
    admin.post(f"/deliveries/{again}/settle", data={"say": "again"})
    assert "taken effect already" in admin.post(f"/deliveries/{again}/settle", data={"say": "arrived"}).text

    mail, chat = ScriptedTransport(), ScriptedTransport(channel=Channel.SLACK)
    outboxes = [an_outbox(database, clock, one) for one in (mail, chat)]
    for outbox in outboxes:
        settle_unknown(outbox, now=clock.now())
    assert not mail.tried
    clock.advance(timedelta(minutes=3))
    assert "taken effect already" in admin.post(f"/deliveries/{arrived}/settle", data={"say": "undo"}).text
    for outbox in outboxes:
        settle_unknown(outbox, now=clock.now())
    assert [delivery_row(database, one).state for one in (arrived, again, slack)] == ["sent"] * 3
    assert (len(mail.tried), len(chat.tried)) == (1, 1)
    assert attempt_rows(database, arrived)[-1].reply == "somebody said that it arrived"
    assert "may or may not have arrived" not in admin.get("/deliveries").text
    with database.read() as connection:
        actions = list(connection.execute(sa.select(core.audit_entries.c.action).order_by(core.audit_entries.c.id)).scalars())
    assert actions == [
        "delivery.arrived",
        "delivery.sent_again",
        "delivery.sent_again",
        "delivery.asked_again",
        "delivery.sent_again",
    ]


def test_the_log_is_searched_paged_tried_again_and_exported(admin: LeaderClient, database: Database) -> None:
    occurrence = an_occurrence(database, a_cadence(database), at=NOW)
    statement = a_statement(database, title="=HYPERLINK(1)")
    for n in range(60):
        person = a_person(database, name=f"Person {n:02}", email=f"p{n}@example.com")
        state = "failed" if n == 7 else "sent"
        a_delivery(database, person, [statement], state=state, occurrence_id=occurrence)
    old = a_delivery(database, a_person(database, name="Ola_Old", email="ola@example.com"), [statement], at=NOW - timedelta(days=30))
    first = admin.get("/deliveries").text
    assert ("Person 59" in first, "Person 00" in first, "Ola_Old" in first) == (True, False, False)
    second = admin.get("/deliveries?" + first.split('href="/deliveries?')[1].split('"')[0]).text
    assert ("Person 59" in second, "Person 00" in second) == (False, True)
    assert "Ola_Old" in admin.get("/deliveries?who=a_o").text
    assert "No message fits" in admin.get("/deliveries?who=%25").text
    assert "Person 07" in admin.get("/deliveries?state=failed&channel=email").text
    assert "Person 00" not in admin.get("/deliveries?state=failed").text
    a_delivery(database, person, state="skipped", reason="not_reached")
    assert "got no response" not in admin.get("/deliveries?state=skipped").text
    assert "nothing_due" in admin.get("/deliveries.csv?state=skipped").text
    assert "Ola_Old" in admin.get(f"/deliveries?day={(NOW - timedelta(days=30)).date()}").text
    wrong = admin.get("/deliveries?day=<b>")
    assert (wrong.status_code, "&lt;b&gt; is no day" in wrong.text) == (422, True)

    file = admin.get("/deliveries.csv?state=failed")
    assert file.headers["content-disposition"] == 'attachment; filename="deliveries.csv"'
    [head, row] = csv.reader(io.StringIO(file.text.removeprefix("\ufeff")))
    assert (head[1], row[1], row[4]) == ("person", "Person 07", "'=HYPERLINK(1)")

    change(database, tables.DeliveryRow, old, state="planned", attempt_count=1, send_after=NOW + timedelta(hours=1))
    change(database, tables.DeliveryRow, old, expires_at=NOW + timedelta(hours=9), finished_at=None)
    assert "It is tried" in admin.post(f"/deliveries/{old}/retry").text
    assert delivery_row(database, old).send_after == NOW
    assert "does not wait" in admin.post(f"/deliveries/{old}/retry").text


def test_a_storm_of_suspensions_is_undone_by_one_button(admin: LeaderClient, database: Database) -> None:
    for n in range(12):
        person = a_person(database, email=f"p{n}@example.com", with_address=False)
        an_address(database, person, "email", f"p{n}@example.com", suspended_at=NOW, suspended_reason="5.1.1")
    assert "Use all 12 again" in admin.get("/deliveries").text
    assert "The addresses are in use again" in admin.post("/deliveries/restore").text
    assert "Use all" not in admin.get("/deliveries").text


def test_an_auditor_reads_and_sees_no_names_where_results_are_counts(context: SiteContext, database: Database) -> None:
    number = in_doubt(database, "Rhys Watkins")
    with signed_in(context, Role.AUDITOR) as auditor:
        page = auditor.get("/deliveries").text
        assert ("Rhys Watkins" in page, "It arrived" in page) == (True, False)
        assert auditor.post(f"/deliveries/{number}/settle", data={"say": "arrived"}).status_code == 404
    database.privacy = PrivacyMode.AGGREGATE
    with signed_in(replace(context), Role.LEADER) as leader:
        assert leader.get("/deliveries").status_code == 404
    client = LeaderClient(build_site(context), base_url="https://cadence.example.com")
    client.cookies.update(auditor.cookies)
    for path in ("/deliveries", "/deliveries?who=rhys", "/deliveries.csv"):
        text = client.get(path).text
        assert "Rhys" not in text
        assert "rhys" not in text.lower().replace("who=rhys", "")
