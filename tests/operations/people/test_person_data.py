"""Everything about one person comes out as one document; erased, nothing that names them is left in any table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from cadence.domain.measuring.sightings import likely_seen
from cadence.domain.people.privacy import PrivacyMode
from cadence.errors import Conflict, NotFound
from cadence.files.people_csv.reader import parse_people
from cadence.identity.permissions import Role
from cadence.operations.people.erase_person import erase_person
from cadence.operations.people.export_person import as_json, export_own, export_person
from cadence.operations.people.import_people import import_people
from cadence.operations.people.own_record import own_record
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_statement, an_address, an_audience

EMAIL, NAME = "zora.quill@wetherby.example", "Zora Quill"
UNANSWERED = {"provider_code": "", "provider_id": "", "reply": ""}


def put(database: Database, model: Any, **values: Any) -> None:
    with database.transaction(durable=False) as connection:
        connection.execute(sa.insert(core.table_of(model)).values(**values))


@pytest.fixture
def statement(database: Database) -> StatementRows:
    return a_statement(database, slug="repair-first", title="Repair first", body=f"As {NAME} says: mend it.")


@pytest.fixture
def zora(database: Database, statement: StatementRows) -> int:
    """A person of whom every table knows something, and whose address stands in other people's rows too."""
    person = a_person(
        database,
        email=EMAIL,
        name=NAME,
        slack="U0ZORA",
        attributes={"job_title": "Keeper of Quill lane", "nick": NAME},
        preferred_locale="de",
    )
    other = a_person(database, manager_email=EMAIL, name="Bo Lind")
    sent = a_delivery(database, person, [statement])
    put(database, tables.FormerAddressRow, person_id=person, value="zora.before@wetherby.example", until=NOW)
    on = {"person_id": person, "statement_id": statement.id}
    said = on | {"version_id": statement.version_id, "delivery_id": sent, "channel": "email"}
    fact = {"level": 4, "occurred_at": NOW, "channel": "slack", **on}
    with database.transaction() as connection:
        connection.execute(sa.update(core.delivery_items).values(reason="below_target"))
        connection.execute(sa.update(core.attempts).values(reply=f"250 ok <{EMAIL}>", provider_id="D0ZORA:17.1"))
        connection.execute(sa.update(core.exposures).values(seen_sum=0.8, seen_variance=0.16))
    put(database, tables.EvidenceRow, source_id="slack:U0ZORA:1", detail={"method": "slack", "note": f"{NAME} wrote"}, **fact)
    put(database, tables.EvidenceRow, source_id="undo:1", retracts="slack:U0ZORA:1", detail={"count": 2}, **(fact | {"level": 8}))
    put(database, tables.AcknowledgementRow, method="link", acknowledged_at=NOW, **{k: v for k, v in said.items() if k != "channel"})
    put(
        database,
        tables.CheckRow,
        version_id=statement.version_id,
        right="Mend it",
        distractors=["Buy it", "Drop it", "Ask"],
        digest="d",
        created_at=NOW,
    )
    with database.read() as connection:
        check = connection.execute(sa.select(core.checks.c.id)).scalar_one()
    put(database, tables.CheckAnswerRow, check_id=check, choice=1, options=4, answered_at=NOW, answered_day=20000, **said)
    asked = {"reason": "drawn", "asked_day": 20_000.5, "predicted": 0.4, "shown_before": 1, "silent_before": 0}
    put(database, tables.AskedCheckRow, check_id=check, **asked, **{k: v for k, v in said.items() if k != "channel"})
    put(database, tables.AnsweringRow, person_id=person, asked=1, answered=1)
    words = {"kind": "line", "words": f"{NAME} mends", "judgement": "could", "judged_by": NAME, "named": [statement.id]}
    about = {k: v for k, v in said.items() if k != "channel"}
    put(database, tables.OwnWordsRow, source_id="words:U0ZORA", offered_at=NOW, said_at=NOW, **words, **about)
    put(database, tables.BeliefRow, belief=1, said_at=NOW, **about)
    put(database, tables.TapRow, source_id="tap:U0ZORA", kind="unclear", tapped_at=NOW, **said)
    question = {"source_id": f"mail:{EMAIL}", "text": f"Why? {NAME}", "asked_at": NOW, "channel": "email"}
    put(database, tables.QuestionRow, **on, **question)
    put(database, tables.IncomingMailRow, source_id="m1", kind="reply", person_id=person, received_at=NOW, detail={"from": EMAIL})
    put(
        database,
        tables.NoticeRow,
        key=f"suspended:{EMAIL}",
        role="admin",
        code="address_suspended",
        person_id=person,
        detail={"email": EMAIL},
        raised_at=NOW,
    )
    put(database, tables.NoticeRow, key="sum:1", role="admin", code="many", detail={"who": [EMAIL, "bo@x.example"], "n": 2}, raised_at=NOW)
    put(database, tables.ChannelStatusRow, channel="email", reason=f"550 5.7.1 <{EMAIL}> no", failures_in_row=0)
    put(database, tables.SlackEventRow, id="Ev1", received_at=NOW, reply={"blocks": [{"text": f"Thank you, {NAME}", "user": "U0ZORA"}]})
    put(database, tables.AttentionRow, person_id=person, channel="email", responses=1.0)
    number = make_account(database, [Role.LEADER], now=NOW, email=EMAIL, name=NAME, person_id=person)
    sign_in(database, number, now=NOW)
    put(database, tables.SignInLinkRow, token_hash="h", account_id=number, purpose="sign_in", created_at=NOW, ends_at=NOW)
    put(database, tables.DirectoryGroupRow, id=1, public_id="g", name="Keepers", created_at=NOW, changed_at=NOW)
    put(database, tables.DirectoryMemberRow, group_id=1, person_id=person)
    assert other
    return person


def everything_written(database: Database) -> Iterator[tuple[str, str]]:
    """Yield (table.column, text) of every text and JSON value in the database."""
    with database.read() as connection:
        for table in SQLModel.metadata.sorted_tables:
            kinds = [c for c in table.columns if isinstance(c.type, sa.Text | sa.String | sa.JSON)]
            for row in connection.execute(sa.select(*kinds)).fetchall() if kinds else []:
                for column, value in zip(kinds, row, strict=True):
                    yield f"{table.name}.{column.name}", json.dumps(value, ensure_ascii=False) if value is not None else ""


def test_the_document_holds_what_every_table_knows(database: Database, zora: int) -> None:
    document = export_own(database, zora, now=NOW)

    assert (document["format"], document["version"], document["exported_at"]) == ("cadence-person", 2, NOW.isoformat())
    assert document["person"]["name"] == NAME
    assert document["preferences"]["preferred_locale"] == "de"
    assert {a["value"] for a in document["addresses"]} == {EMAIL, "U0ZORA"}
    assert document["statements"][0]["likely_seen"] == {"likely": 0.8, "low": 0, "high": 1}
    (delivery,) = document["deliveries"]
    assert delivery["statements"][0]["title"] == "Repair first"
    assert delivery["attempts"][0]["reply"] == f"250 ok <{EMAIL}>"
    assert len(document["evidence"]) == 3
    (answer,) = document["check_answers"]
    assert answer["chosen"] in ("Mend it", "Buy it", "Drop it", "Ask")
    assert document["questions"][0]["text"] == f"Why? {NAME}"
    for part in ("memory", "attention", "acknowledgements", "taps", "incoming_mails", "notices", "questions_asked", "answering", "beliefs"):
        assert len(document[part]) == 1, part
    assert (document["accounts"][0]["email"], document["roles"][0]["role"], document["groups"]) == (EMAIL, "leader", ["Keepers"])
    assert document["sessions"][0]["browser"] == "a test"
    (words,) = document["own_words"]
    assert (words["words"], words["statement"], words["named"]) == (f"{NAME} mends", "repair-first", ["repair-first"])
    assert json.loads(as_json(document)) == document


@pytest.mark.parametrize(("mode", "told"), [(PrivacyMode.TEAM, 0), (PrivacyMode.NAMED, 1)])
def test_what_an_admin_exports_holds_nothing_of_answers_and_taps(database: Database, zora: int, mode: PrivacyMode, told: int) -> None:
    """Acknowledgements of what did not have to be acknowledged only where the mode tells them by name."""
    seen_by = Database(database.url.render_as_string(hide_password=False), privacy=mode)
    document = export_person(seen_by, EMAIL.upper(), now=NOW)
    seen_by.close()

    assert document["person"]["name"] == NAME
    assert [one["source_id"].partition(":")[0] for one in document["evidence"]] == ["sent"]
    assert {one["seen"] for one in document["evidence"]} == {None}
    assert len(document["acknowledgements"]) == told
    assert [line["acknowledged_at"] is not None for line in document["statements"]] == [bool(told)]
    assert not document.keys() & {"check_answers", "taps", "own_words", "beliefs", "memory", "attention", "recall_offset", "answering"}
    text = as_json({key: value for key, value in document.items() if key != "left_out"})
    assert not re.search(r"likely|right|wrong|chosen|unclear|predicted|mends|fewer", text)
    assert "below_target" not in text
    assert "by_rule" in text


def test_every_table_with_a_person_is_in_the_document_and_in_the_erasure(database: Database, zora: int) -> None:
    """A table added later must be added to both."""
    held = {t.name for t in SQLModel.metadata.sorted_tables if "person_id" in t.columns}
    assert held == {
        "addresses", "deliveries", "evidence", "exposures", "acknowledgements", "attention", "recall_offsets", "check_answers", "taps",
        "questions", "notices", "incoming_mails", "former_addresses", "asked_checks", "answering", "own_words", "beliefs",
        "pasts", "past_habits", "past_pairs", "accounts", "directory_members", "directory_users",
    }  # fmt: skip


def test_nothing_that_names_the_person_is_left(database: Database, zora: int) -> None:
    done = erase_person(database, EMAIL, now=NOW + timedelta(days=1))

    assert done.still_named_in == ("statement repair-first",)
    own_texts = ("statement_versions.", "wordings.")
    left = [
        (where, text)
        for where, text in everything_written(database)
        for secret in (EMAIL, NAME, "Zora", "Quill", "U0ZORA", "D0ZORA")
        if secret.casefold() in text.casefold() and not where.startswith(own_texts)
    ]
    assert left == []


def test_what_is_counted_stays(database: Database, zora: int) -> None:
    def counted() -> list[Any]:
        with database.read() as connection:
            names = ("evidence", "acknowledgements", "exposures", "check_answers", "taps", "deliveries", "questions")
            counts: list[Any] = [
                connection.execute(sa.select(sa.func.count()).select_from(SQLModel.metadata.tables[n])).scalar() for n in names
            ]
            fact = core.evidence
            undone = sa.select(sa.func.count()).where(fact.c.retracts.in_(sa.select(fact.c.source_id)))
            return [*counts, connection.execute(undone).scalar()]

    before = counted()
    erase_person(database, EMAIL, now=NOW)

    assert counted() == before
    with database.read() as connection:
        details = list(connection.execute(sa.text("SELECT level FROM evidence WHERE person_id = :p"), {"p": zora}).scalars())
    assert sorted(details) == [1, 4, 8]


def test_waiting_messages_are_called_off_and_doubtful_ones_are_not_repeated(
    database: Database, zora: int, statement: StatementRows
) -> None:
    waiting = a_delivery(database, zora, [statement], state="planned", at=NOW + timedelta(hours=1))
    claimed = a_delivery(database, zora, [statement], state="sending", lease_owner="w", lease_until=NOW + timedelta(minutes=9))
    put(database, tables.AttemptRow, delivery_id=claimed, number=1, lease_owner="w", intent_at=NOW, **UNANSWERED)
    doubtful = a_delivery(database, zora, [statement], state="unknown", settle_at=NOW + timedelta(minutes=10))

    assert erase_person(database, EMAIL, now=NOW).called_off == 2
    with database.read() as connection:
        rows = {r.id: r for r in connection.execute(sa.text("SELECT id, state, settle_at, lease_owner FROM deliveries"))}
        outcome = connection.execute(sa.text("SELECT outcome FROM attempts WHERE delivery_id = :d"), {"d": claimed}).scalar()
    assert rows[waiting].state == rows[claimed].state == "cancelled"
    assert (rows[doubtful].state, rows[doubtful].settle_at) == ("unknown", None)
    assert outcome == "void"


def test_nobody_is_erased_while_a_message_is_on_its_way(database: Database, zora: int, statement: StatementRows) -> None:
    going = a_delivery(database, zora, [statement], state="sending")
    put(database, tables.AttemptRow, delivery_id=going, number=1, lease_owner="w", intent_at=NOW, started_at=NOW, **UNANSWERED)

    with pytest.raises(Conflict, match="on its way at this moment"):
        erase_person(database, EMAIL, now=NOW)
    assert export_person(database, EMAIL, now=NOW)["person"]["name"] == NAME


def test_the_same_address_imported_again_is_a_fresh_person(database: Database, zora: int) -> None:
    erase_person(database, EMAIL, now=NOW)
    with pytest.raises(NotFound):
        erase_person(database, EMAIL, now=NOW)
    with database.transaction() as connection:
        report = import_people(
            connection, parse_people(f"name,email\nZora Quill,{EMAIL}\n".encode(), today=NOW.date()), now=NOW, default_zone="UTC"
        )

    assert report.created == [EMAIL]
    document = export_person(database, EMAIL, now=NOW)
    assert document["deliveries"] == document["evidence"] == document["questions"] == []


def test_rules_and_texts_that_name_the_person_are_told(database: Database, zora: int) -> None:
    an_audience(database, "keepers", {"attribute": {"nick": [NAME]}})
    assert erase_person(database, EMAIL, now=NOW).still_named_in == ("audience keepers", "statement repair-first")


def test_own_record_tells_seen_with_its_interval_and_answers(database: Database, zora: int) -> None:
    (line,) = own_record(database, zora)
    assert (line.title, line.times_sent, line.acknowledged_at) == ("Repair first", 1, NOW)
    assert (line.seen.low, line.seen.high) == (0, 1)
    assert [a.right for a in line.answers] == [False]


@pytest.mark.parametrize(("total", "variance", "sent"), [(0, 0, 0), (3, 0, 3), (2.6, 0.9, 4), (40, 9, 60), (1e-9, 1e-9, 1), (5.0001, 0, 5)])
def test_interval_holds_the_mean_and_stays_within_the_showings(total: float, variance: float, sent: int) -> None:
    seen = likely_seen(total, variance, sent)
    assert 0 <= seen.low <= seen.likely + 0.5
    assert seen.likely - 0.5 <= seen.high <= sent


def test_an_address_of_someone_else_is_untouched(database: Database, zora: int) -> None:
    bo = a_person(database, email=f"x{EMAIL}", name="Longer address", with_address=False)
    an_address(database, bo, "email", f"x{EMAIL}")
    erase_person(database, EMAIL, now=NOW)
    assert export_person(database, f"x{EMAIL}", now=NOW)["person"]["name"] == "Longer address"


def test_what_is_said_about_others_keeps_its_words(database: Database) -> None:
    """Anna goes; joanna@, Hannah, and a sentence with "Will" in it stay as they are."""
    said = "550 <joanna@wetherby.example>: the policy will refuse Hannah and Anna"
    joanna = a_person(database, email="joanna@wetherby.example", name="Joanna Lind")
    for address, name in (("anna@wetherby.example", "Anna"), ("will@wetherby.example", "Will")):
        a_person(database, email=address, name=name)
    put(database, tables.IncomingMailRow, source_id="m2", kind="bounce", person_id=joanna, received_at=NOW, detail={"diagnostic": said})
    put(database, tables.NoticeRow, key="n", role="admin", code="mail_policy", detail={"reason": said, "Anna": 1}, raised_at=NOW)
    put(database, tables.SlackEventRow, id="Ev2", received_at=NOW, reply={"text": said})
    put(database, tables.ChannelStatusRow, channel="email", reason=said, failures_in_row=0)
    a_statement(database, slug="policy", body="What the policy will not say, the annals do.", wordings=("Goodwill counts.",))
    before = sorted(text for where, text in everything_written(database) if said in text)

    named = [erase_person(database, f"{name}@wetherby.example", now=NOW).still_named_in for name in ("anna", "will")]

    assert named == [(), ()]
    assert sorted(text for where, text in everything_written(database) if said in text) == before
    assert len(before) == 4


def test_the_ledger_of_an_erased_person_folds_as_before(database: Database) -> None:
    """What is learned of a person rests on facts that stay; nothing in the caches depends on what was erased."""
    statement = a_statement(database, must_acknowledge=True)
    person = a_person(database, email=EMAIL, name=NAME)
    sent = a_delivery(database, person, [statement])
    acknowledge(database, person_id=person, version_id=statement.version_id, delivery_id=sent, method="link", now=NOW + timedelta(hours=1))
    before = rebuild(database)
    erase_person(database, EMAIL, now=NOW + timedelta(hours=2))
    after = rebuild(database)

    assert (after.pairs, after.facts, after.differences) == (before.pairs, before.facts, before.differences)


def test_no_copy_of_a_message_can_be_joined_with_what_stays(database: Database, zora: int) -> None:
    """Copies lie in mailboxes and in the logs of relays: their Message-ID, return address and Slack ids name no row of an erased person."""
    mail_id, slack_id = "<CAF7+xq=9@mail.gmail.example>", "1789.004"
    with database.transaction() as connection:
        kept = connection.execute(sa.select(core.deliveries.c.public_id).where(core.deliveries.c.person_id != zora)).scalars().all()
        ids = connection.execute(sa.select(core.deliveries.c.public_id).where(core.deliveries.c.person_id == zora)).scalars().all()
        connection.execute(sa.update(core.attempts).values(provider_id=f"D0ZORA:{slack_id}"))
        connection.execute(sa.update(core.incoming_mails).where(core.incoming_mails.c.person_id == zora).values(source_id=mail_id))
        connection.execute(sa.update(core.taps).where(core.taps.c.person_id == zora).values(source_id=f"slack:T1:{slack_id}"))
    assert ids
    secrets = (*ids, mail_id, slack_id)
    assert {s for _, text in everything_written(database) for s in secrets if s in text} == set(secrets)

    erase_person(database, EMAIL, now=NOW)

    assert [(where, s) for where, text in everything_written(database) for s in secrets if s in text] == []
    with database.read() as connection:
        others = connection.execute(sa.select(core.deliveries.c.public_id).where(core.deliveries.c.person_id != zora)).scalars().all()
    assert others == kept
