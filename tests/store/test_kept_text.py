"""No link of ours is stored in words of others, from mail, Slack or a server, and a link that was seen there is ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.sending.links import Link, LinkPurpose, LinkSigner
from cadence.operations.responding.ask import ask_question
from cadence.operations.returned_mail.ingest import ingest_mail
from cadence.operations.running.forget_events import forget_old_links
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from cadence.store.running.notices import raise_notice
from cadence.store.sending.digests import channel_pause, set_pause
from cadence.store.sending.kept_text import is_revoked, keep_detail, keep_text
from cadence.store.sending.pauses import prolong_pause
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.fixtures.returned import RETURN_PATH, a_dsn, an_answer

BASE = "https://cadence.example.com"
SIGNER = LinkSigner({1: b"0123456789abcdef"}, current=1, deployment=BASE)


def a_url(route: str = "c", purpose: LinkPurpose = LinkPurpose.RESPOND, number: int = 1) -> str:
    link = Link(purpose=purpose, delivery_id=number, person_id=1, version_id=1, expires_at=NOW + timedelta(days=14))
    return f"{BASE}/{route}/{SIGNER.sign(link)}"


ANSWER, CHOICES = a_url(), a_url("p", LinkPurpose.PREFERENCES)


def everything(database: Database) -> str:
    """Return all that the database holds, as text."""
    with database.read() as connection:
        return "\n".join(str(row) for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table)))


def is_ended(database: Database, url: str) -> bool:
    with database.read() as connection:
        return is_revoked(connection, url.rpartition("/")[2])


def a_sent_mail(database: Database) -> tuple[int, int, str]:
    person = a_person(database, email="ana@example.com", name="Ana")
    delivery = a_delivery(database, person, [a_statement(database)])
    table = core.deliveries
    with database.read() as connection:
        return person, delivery, connection.execute(sa.select(table.c.public_id).where(table.c.id == delivery)).scalar_one()


def test_a_quoted_digest_leaves_no_link_in_a_question(database: Database) -> None:
    """Somebody answers between the lines of a digest whose program does not mark what it quotes."""
    _, _, public_id = a_sent_mail(database)
    text = f"Why is that so? I mean this:\n\nKnown already, unclear, or too often? Tell us:\n{ANSWER}\n\nChoose when: {CHOICES}\n"
    raw = an_answer(public_id, text=text)
    done = ingest_mail(database, raw, return_path=RETURN_PATH, answers_to=("cadence@example.com",), now=NOW)
    assert done.outcome == "question"
    held = everything(database)
    assert "Known already, unclear, or too often? Tell us:\n[link]\n\nChoose when: [link]".replace("\n", "\\n") in held
    assert ANSWER.rpartition("/")[2] not in held
    assert CHOICES.rpartition("/")[2] not in held
    assert is_ended(database, ANSWER)
    assert is_ended(database, CHOICES)
    # the next message has links of its own
    assert not is_ended(database, a_url(number=2))


@pytest.mark.parametrize("channel", ["slack", "email"])
def test_a_question_from_slack_or_a_page_leaves_none_either(database: Database, channel: str) -> None:
    person, delivery, _ = a_sent_mail(database)
    about: dict[str, Any] = {"person_id": person, "delivery_id": delivery, "version_id": None}
    ask_question(database, **about, text=f"What is <{ANSWER}|this>?", channel=channel, source_id="x", now=NOW)
    assert "What is <[link]|this>?" in everything(database)
    assert is_ended(database, ANSWER)


def test_what_a_server_says_of_a_bounce_leaves_none(database: Database) -> None:
    _, _, public_id = a_sent_mail(database)
    raw = a_dsn(public_id, status="5.7.1", diagnostic=f"smtp; 554 5.7.1 Message holds a listed address: {ANSWER}")
    assert ingest_mail(database, raw, return_path=RETURN_PATH, answers_to=(), now=NOW).ours
    held = everything(database)
    assert "Message holds a listed address: [link]" in held
    assert ANSWER[-40:] not in held
    assert is_ended(database, ANSWER)


def test_notices_and_pauses_hold_none(database: Database) -> None:
    with database.transaction() as connection:
        raise_notice(
            connection, key="k", role="admin", code="c", now=NOW, detail={"reason": ANSWER, "more": [{"x": f"({CHOICES})", "n": 3}]}
        )
        set_pause(connection, "email", until=NOW + timedelta(hours=1), reason=f"554 {ANSWER} is listed")
    held = everything(database)
    assert "{'reason': '[link]', 'more': [{'x': '([link])', 'n': 3}]}" in held
    assert ANSWER[-40:] not in held
    with database.read() as connection:
        assert channel_pause(connection, "email", now=NOW) == "554 [link] is listed"
    with database.transaction() as connection:
        prolong_pause(connection, "email", until=NOW + timedelta(hours=2), reason=f"555 {CHOICES} is listed", failed_probes=1)
        assert channel_pause(connection, "email", now=NOW) == "555 [link] is listed"


def test_a_text_without_links_is_stored_as_it_is(database: Database) -> None:
    with database.transaction() as connection:
        assert keep_text(connection, "Why?\nhttps://example.org/c/1", now=NOW) == "Why?\nhttps://example.org/c/1"
        assert keep_detail(connection, {"a": None, "b": 1.5, "c": True}, now=NOW) == {"a": None, "b": 1.5, "c": True}


def test_the_token_itself_is_not_kept_and_its_note_goes_when_the_link_is_too_old_anyway(database: Database) -> None:
    with database.transaction() as connection:
        for _ in range(2):
            keep_text(connection, f"{ANSWER} {ANSWER}", now=NOW)
    assert ANSWER[-20:] not in everything(database)
    assert forget_old_links(database, now=NOW + timedelta(days=14)) == 0
    assert is_ended(database, ANSWER)
    assert forget_old_links(database, now=NOW + timedelta(days=16)) == 1
    assert not is_ended(database, ANSWER)
