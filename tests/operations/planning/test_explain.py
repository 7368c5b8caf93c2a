"""Every send, skip and silence has a sentence made of stored facts."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence import errors
from cadence.clock import FixedClock
from cadence.domain.planning.caps import CapRule, Counted, Per, day_number
from cadence.domain.planning.limits import Limits, Slice
from cadence.domain.planning.recipients import Reason, Skip
from cadence.domain.planning.trace import Rule
from cadence.domain.sending.deliveries import Channel, DeliveryState
from cadence.errors import Invalid, NotFound
from cadence.files.limits_toml import limits_to_json
from cadence.operations.authoring.apply_cadences import derive_slots
from cadence.operations.planning.explain import Explanation, explain, explain_person
from cadence.operations.planning.explain_coming import NextSlot
from cadence.operations.planning.plan import plan_due
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.running.tick import tick
from cadence.rendering.telling import tell_instant
from cadence.rendering.words import english
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, a_version, an_audience, an_occurrence
from tests.fixtures.sending import ScriptedTransport, an_outbox

PACKAGE = Path(errors.__file__).parent


def _tell(database: Database, statement: str | None = None, email: str = "ann@example.com") -> Explanation:
    """What others are told."""
    return explain(database, email, statement, now=NOW)


NAMES = english("explain").names
DELIVERY_REASONS, ITEM_REASONS, STATES, HELD = NAMES["reasons"], NAMES["item_reasons"], NAMES["states"], NAMES["held"]


def _tell_themselves(database: Database, person: int) -> Explanation:
    """What the person is told."""
    return explain_person(database, person, now=NOW)


def _slots(database: Database) -> None:
    with database.transaction() as connection:
        derive_slots(connection, now=NOW - timedelta(hours=1))


def _all(explanation: Explanation) -> str:
    told = [*explanation.sentences, *(n.sentence for n in explanation.next), *(d.sentence for d in explanation.deliveries)]
    return "\n".join([*told, *(line for s in explanation.statements for line in s.sentences)])


def test_every_reason_code_in_the_program_has_a_sentence() -> None:
    """Codes are found in the source of the modules that write them, and in the error tree."""
    codes = {str(skip) for skip in Skip}
    sending = ("operations/sending/prepare.py", "operations/sending/settle.py", "operations/sending/send.py")
    for path in (*sending, "domain/sending/retry.py", "store/sending/ledger.py"):
        source = (PACKAGE / path).read_text()
        codes |= set(re.findall(r'reason="([a-z_]+)"', source))
        codes |= set(re.findall(r'return "([a-z_]+)", None', source))
        codes |= set(re.findall(r'return \("([a-z_]+)", None\)', source))
    kinds = [errors.TransportError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    codes |= {kind.code for kind in kinds} - {"outcome_unknown"}

    assert len(codes) > 20
    assert codes - DELIVERY_REASONS.keys() == set()
    assert {str(state) for state in DeliveryState} == STATES.keys()
    assert {str(reason) for reason in Reason} == ITEM_REASONS.keys()
    assert len(set(ITEM_REASONS.values())) == len(Reason)


@pytest.mark.parametrize("code", sorted(DELIVERY_REASONS))
def test_reason_of_a_delivery_is_told_as_a_sentence(sqlite_url: str, code: str) -> None:
    database = Database(sqlite_url)
    ann = a_person(database, email="ann@example.com")
    a_delivery(database, ann, state="skipped", reason=code)

    told, others = _tell_themselves(database, ann).deliveries[0], _tell(database).deliveries[0]

    assert told.reason == code
    assert told.sentence.startswith("Mon 23 Nov 2026, 10:00 (Europe/Berlin): the digest of ")
    assert DELIVERY_REASONS[code] in told.sentence
    # that eight showings got no response is told to the person alone
    assert (others.reason, others.sentence) == (told.reason, told.sentence) or (code, others.reason) == ("not_reached", "nothing_due")
    database.close()


@pytest.mark.parametrize("why", Reason)
def test_reason_of_a_choice_is_told_as_a_sentence(sqlite_url: str, why: Reason) -> None:
    database = Database(sqlite_url)
    a_delivery(database, a_person(database, email="ann@example.com"), [a_statement(database, slug="repair", title="Repair")])
    with database.transaction() as connection:
        connection.execute(sa.update(core.delivery_items).values(reason=why.value))

    own, others = explain_person(database, 1, now=NOW), _tell(database)

    assert f"“Repair” ({ITEM_REASONS[why]})" in own.deliveries[0].sentence
    assert f"It was sent then because {ITEM_REASONS[why]}." in own.statements[0].sentences
    of_the_model = why in (Reason.BELOW_TARGET, Reason.OVERDUE)
    assert (f"“Repair” ({ITEM_REASONS[why]})" not in others.deliveries[0].sentence) is of_the_model
    assert (f"It was sent then because {ITEM_REASONS[why]}." not in others.statements[0].sentences) is of_the_model
    database.close()


def test_sent_statement_tells_how_often_when_and_in_which_wording(database: Database) -> None:
    ann = a_person(database, email="ann@example.com")
    statement = a_statement(database, slug="repair", title="Repair", must_acknowledge=True)
    delivery = a_delivery(database, ann, [statement])
    acknowledge(database, person_id=ann, version_id=statement.version_id, delivery_id=delivery, method="link", now=NOW + timedelta(hours=1))

    told = _tell(database, "repair")

    line = told.statements[0]
    delivered = "“Repair” was delivered once, last on Mon 23 Nov 2026, 10:00 (Europe/Berlin) by email, in the wording “short”."
    assert line.sentences[0] == delivered
    assert line.sentences[1] == "It was acknowledged on Mon 23 Nov 2026, 11:00 (Europe/Berlin)."
    assert "it had never been sent to this person" in told.deliveries[0].sentence


def test_next_turn_gap_and_place_in_the_rotation_are_told(database: Database) -> None:
    ann = a_person(database, email="ann@example.com")
    cadence = a_cadence(database, slug="weekly", name="Weekly digest", min_gap_days=5, max_statements=2)
    repair, *_ = [a_statement(database, title=f"S{n}", slug=f"s-{n}") for n in range(4)]
    a_delivery(database, ann, [repair], occurrence_id=an_occurrence(database, cadence))
    _slots(database)

    told = _tell_themselves(database, ann)

    due = "“Weekly digest” is next due on Tue 24 Nov 2026, 09:30 (Europe/Berlin)."
    assert told.next[0].sentence == f"{due} It goes out on Tue 24 Nov 2026, 09:30 (Europe/Berlin) by email with “S1” and “S2”."
    lines = {s.slug: s for s in told.statements}
    at = "“Weekly digest”, Tue 24 Nov 2026, 09:30 (Europe/Berlin)"
    too_soon = f"{at}: held. The same statement is sent at most once in 5 days, so not before 28 November 2026."
    assert too_soon in lines["s-0"].sentences
    assert f"{at}: it is sent, because it had never been sent to this person." in lines["s-1"].sentences
    crowded = f"{at}: held. It is number 3 of 3 in the rotation (longest unseen first), and a digest holds at most 2."
    assert crowded in lines["s-3"].sentences
    assert _tell(database).next[0].sentence == due
    assert too_soon in _tell(database, "s-0").statements[0].sentences
    assert "“Weekly digest” brings what this person has not seen for longest" in _all(_tell(database, "s-1"))


def test_caps_pause_and_missing_addresses_are_told(database: Database) -> None:
    ann = a_person(database, email="ann@example.com", with_address=False, paused_until=NOW + timedelta(days=3))
    a_delivery(database, ann, [a_statement(database)], local_week=20261123)

    told = _all(_tell(database))

    assert "Messages are paused until Thu 26 Nov 2026, 10:00 (Europe/Berlin)." in told
    assert "There is no address for this person" in told
    assert "1 of at most 2 digests, 1 of at most 6 statements" in told


def test_silence_has_its_reason(database: Database) -> None:
    a_person(database, email="ann@example.com", team="Office")
    an_audience(database, "crews", {"team": ["Field"]})
    a_statement(database, slug="crews-only", audience="crews")
    a_statement(database, slug="old", withdrawn_at=NOW)
    a_statement(database, slug="unbrought", kind="vision")
    a_cadence(database, kinds=["value"])
    _slots(database)
    later = a_statement(database, slug="later")
    with database.transaction() as connection:
        table = core.statement_versions
        connection.execute(sa.update(table).where(table.c.id == later.version_id).values(effective_on=date(2027, 1, 1)))

    assert "audience crews, to which this person does not belong" in _all(_tell(database, "crews-only"))
    assert "It was withdrawn on Mon 23 Nov 2026" in _all(_tell(database, "old"))
    assert "No active cadence that includes this person brings it." in _all(_tell(database, "unbrought"))
    assert "It takes effect on 1 January 2027" in _all(_tell(database, "later"))


def test_planned_digest_and_person_who_left_are_told(database: Database) -> None:
    ann, statement = a_person(database, email="ann@example.com"), a_statement(database, slug="repair")
    a_person(database, email="bob@example.com", deactivated_at=NOW)
    a_cadence(database)
    at = NOW + timedelta(hours=3)
    a_delivery(database, ann, [statement], state="planned", at=at)
    with database.transaction() as connection:
        table = core.exposures
        values = {"person_id": ann, "statement_id": statement.id, "times_sent": 0, "planned_day": at.timestamp() / 86_400}
        connection.execute(sa.insert(table).values(**values))

    assert "It is in the digest planned for Mon 23 Nov 2026, 13:00 (Europe/Berlin)." in _all(_tell(database, "repair"))
    assert "left the list on" in _all(_tell(database, email="bob@example.com"))


def test_new_meaning_counts_as_unseen_in_the_rotation(database: Database) -> None:
    ann = a_person(database, email="ann@example.com")
    weekly = a_cadence(database, name="Weekly", max_statements=1)
    first, second = a_statement(database, slug="first"), a_statement(database, slug="second")
    for statement, days in ((first, 9), (second, 20)):
        a_delivery(database, ann, [statement], at=NOW - timedelta(days=days), occurrence_id=an_occurrence(database, weekly))
    _slots(database)
    assert _becomes(_tell_themselves(database, ann)) == {"first": "no_room", "second": "longest_unseen"}

    a_version(database, first.id, number=2)

    assert _becomes(_tell_themselves(database, ann)) == {"first": "new_version", "second": "no_room"}


def _becomes(told: Explanation) -> dict[str, str]:
    return {one.slug: one.coming[0].because for one in told.statements}


def test_unknown_person_or_statement_is_named(database: Database) -> None:
    a_person(database, email="ann@example.com")

    with pytest.raises(NotFound, match="nobody@example"):
        _tell(database, email="nobody@example.com")
    with pytest.raises(NotFound, match="nonsense"):
        _tell(database, "nonsense")
    with pytest.raises(Invalid):
        _tell(database, email="not an address")


def test_address_is_found_in_any_case(database: Database) -> None:
    a_person(database, email="ann@example.com")

    assert _tell(database, email=" ANN@Example.com ").email == "ann@example.com"


def test_json_is_plain(database: Database) -> None:
    ann = a_person(database, email="ann@example.com")
    a_delivery(database, ann, [a_statement(database, slug="repair")])

    plain = json.loads(json.dumps(_tell(database).to_json()))

    assert plain["deliveries"][0]["at"] == "2026-11-23T09:00:00+00:00"
    assert plain["statements"][0]["slug"] == "repair"


def test_instants_carry_their_zone() -> None:
    assert tell_instant(NOW, "Asia/Kathmandu") == "Mon 23 Nov 2026, 14:45 (Asia/Kathmandu)"


def _remembers(database: Database, person: int, statement: int, **values: object) -> None:
    with database.transaction() as connection:
        table = core.exposures
        mine = sa.and_(table.c.person_id == person, table.c.statement_id == statement)
        connection.execute(sa.update(table).where(mine).values(**values))


def test_prediction_last_delivery_next_due_and_the_rule_are_told_to_the_person_alone(database: Database) -> None:
    ann = a_person(database, email="ann@example.com")
    adaptive: dict[str, Any] = {"mode": "adaptive", "days": ["tuesday", "thursday"], "local_time": "09:30"}
    cadence = a_cadence(database, slug="digest", name="Digest", **adaptive)
    known, faded = a_statement(database, slug="known"), a_statement(database, slug="faded")
    day = (NOW - timedelta(days=6)).timestamp() / 86_400
    a_delivery(database, ann, [known, faded], at=NOW - timedelta(days=6), occurrence_id=an_occurrence(database, cadence))
    remembered = {"seen_day": day, "folded_day": day, "difficulty": 5.0, "seen_sum": 0.9, "seen_variance": 0.09}
    _remembers(database, ann, known.id, encoded=0.97, stability=30.0, **remembered)
    _remembers(database, ann, faded.id, encoded=0.5, stability=2.0, **remembered)
    _slots(database)

    told = {s.slug: s for s in _tell_themselves(database, ann).statements}

    line = told["known"]
    assert line.predicted_recall == 0.95
    assert line.last_channel == "email"
    assert any(s.startswith("The model predicts") and "about 95%" in s for s in line.sentences)
    assert any("probably seen about 0.9 times" in s for s in line.sentences)
    assert line.next_due is not None
    assert line.next_slot is not None
    assert NOW < line.next_due <= line.next_slot
    assert line.next_slot.weekday() in (1, 3)
    assert any("held, because it is thought to be known" in s and "below 85%" in s for s in line.sentences)
    assert any("It is wanted again about" in s for s in line.sentences)
    assert told["faded"].predicted_recall == 0.4
    assert told["faded"].next_due == told["faded"].next_slot == NOW - timedelta(minutes=30) + timedelta(days=1)
    assert any("it is sent, because it was the one most likely to be forgotten" in s for s in told["faded"].sentences)
    others = {s.slug: s for s in _tell(database).statements}
    assert {(s.predicted_recall, s.next_due, s.next_slot) for s in others.values()} == {(None, None, None)}
    assert "“Digest” brings it when a person's predicted recall falls below 85%" in others["known"].sentences[-1]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"held_until_day": 10.0}, "It is paused for this person until Thu 03 Dec 2026, 10:00 (Europe/Berlin)"),
        ({"unanswered": 8}, "8 deliveries in a row got no response"),
        ({"fewer_until_day": 10.0, "planned_day": -1.0}, "gaps are longer until Thu 03 Dec 2026"),
    ],
)
def test_rest_fewer_and_not_reached_are_told_to_the_person_alone(sqlite_url: str, values: dict[str, float], sentence: str) -> None:
    database = Database(sqlite_url)
    ann, cadence = a_person(database, email="ann@example.com"), a_cadence(database, name="Digest", mode="adaptive")
    statement = a_statement(database, slug="repair")
    a_delivery(database, ann, [statement], at=NOW - timedelta(days=9), occurrence_id=an_occurrence(database, cadence))
    today = NOW.timestamp() / 86_400
    _remembers(database, ann, statement.id, **{k: v if k == "unanswered" else today + v for k, v in values.items()})
    _slots(database)

    assert sentence in _all(_tell_themselves(database, ann))
    assert sentence not in _all(_tell(database, "repair"))
    database.close()


@pytest.mark.parametrize("right", [True, False])
def test_what_somebody_answered_is_never_told(sqlite_url: str, right: bool) -> None:
    """Two people alike in all but their last answer read the same words, but for the rounded guess and what follows from it."""
    database = Database(sqlite_url)
    ann = a_person(database, email="ann@example.com")
    statement = a_statement(database, slug="repair")
    delivery = a_delivery(database, ann, [statement])
    with database.transaction() as connection:
        check = {"version_id": statement.version_id, "right": "R", "distractors": ["A", "B"], "digest": "d", "created_at": NOW}
        connection.execute(sa.insert(core.checks).values(id=1, **check))
        table = core.check_answers
        keys = {"person_id": ann, "statement_id": statement.id, "version_id": statement.version_id, "delivery_id": delivery}
        shape = {"channel": "email", "choice": 1, "options": 3, "right": right, "answered_at": NOW, "answered_day": 20_000}
        connection.execute(sa.insert(table).values(check_id=1, **keys, **shape))

    told = json.dumps(_tell(database, "repair").to_json()).lower()

    assert not re.search(r"\b(right|wrong|answered|correct|chose|check)\b", told)
    database.close()


# --- what a second telling of the rules got wrong -----------------------------------------------


def _limit(database: Database, **limits: Any) -> None:
    with database.transaction() as connection:
        connection.execute(sa.insert(core.limit_sets).values(definition=limits_to_json(Limits(**limits)), applied_at=NOW))


def _plan_at(database: Database, at: datetime) -> dict[str, str]:
    """Plan for real; return statement -> reason of what goes out, or the reason for which nothing does."""
    plan_due(database, now=at, secret=b"secret", channels=tuple(Channel))
    items = (
        sa.select(core.statements.c.slug, core.delivery_items.c.reason)
        .join(core.statements, core.statements.c.id == core.delivery_items.c.statement_id)
        .join(core.deliveries, core.deliveries.c.id == core.delivery_items.c.delivery_id)
        .where(core.deliveries.c.state == "planned")
    )
    with database.read() as connection:
        sent = {row.slug: row.reason for row in connection.execute(items)}
        why = connection.execute(sa.select(core.deliveries.c.reason).where(core.deliveries.c.state == "skipped")).scalar()
    return sent or {"": str(why)}


def test_a_newcomer_is_told_the_cap_of_newcomers(database: Database) -> None:
    ann = a_person(database, email="ann@example.com", started_on=NOW.date())
    a_cadence(database, max_statements=8)
    for _ in range(9):
        a_statement(database)
    _slots(database)

    told, others = _tell_themselves(database, ann), _tell(database)

    planned = _plan_at(database, told.next[0].at)
    assert len(planned) == 8
    assert set(told.next[0].statements) == planned.keys()
    assert "0 of at most 8 statements" in _all(others)


def test_a_cap_rule_that_skips_a_person_is_told_before_it_does(database: Database) -> None:
    ann, cadence = a_person(database, email="ann@example.com"), a_cadence(database, name="Weekly")
    a_statement(database)
    earlier: dict[str, Any] = {"local_day": day_number(NOW.date()), "occurrence_id": an_occurrence(database, cadence)}
    a_delivery(database, ann, [a_statement(database)], **earlier)
    _limit(database, rules=(CapRule(at_most=1, per=Per.MONTH),))
    _slots(database)

    told, others = _tell_themselves(database, ann), _tell(database)

    assert _plan_at(database, told.next[0].at) == {"": "cap_rule"}
    sentence = "Nothing goes out then, because the rule “at most 1 digest a month” leaves no room for it."
    for explanation in (told, others):
        assert (explanation.next[0].because, sentence in explanation.next[0].sentence) == ("cap_rule", True)
        assert {one.coming[0].outcome for one in explanation.statements} == {"skipped"}


def test_a_floor_that_sends_what_is_known_is_told_before_it_does(database: Database) -> None:
    """Late in a quarter a floor of three leaves no slot to wait for, whatever the model thinks."""
    ann, now = a_person(database, email="ann@example.com"), datetime(2026, 12, 28, 7, tzinfo=UTC)
    cadence = a_cadence(database, name="Digest", mode="adaptive", days=["monday"], floor=3)
    statement = a_statement(database, slug="known", kind="priority")
    a_delivery(database, ann, [statement], at=now - timedelta(days=20), occurrence_id=an_occurrence(database, cadence))
    day = (now - timedelta(days=20)).timestamp() / 86_400
    _remembers(database, ann, statement.id, encoded=1.0, stability=900.0, seen_day=day, folded_day=day)
    with database.transaction() as connection:
        derive_slots(connection, now=now)

    [told] = explain_person(database, ann, now=now).statements

    assert (told.coming[0].outcome, told.coming[0].because) == ("comes", "floor")
    assert "it is sent, because without it the quarterly minimum could not be reached" in told.coming[0].sentence
    assert _plan_at(database, told.coming[0].at) == {"known": "floor"}


def _told_of(database: Database, person: int, slug: str) -> tuple[str, str]:
    line = next(one for one in _tell_themselves(database, person).statements if one.slug == slug)
    return line.coming[0].because, line.coming[0].sentence


@pytest.mark.parametrize("count", Counted)
def test_a_rule_about_statements_that_leaves_no_room_is_named(sqlite_url: str, count: Counted) -> None:
    database = Database(sqlite_url)
    ann = a_person(database, email="ann@example.com")
    a_cadence(database, name="Weekly")
    for n in range(3):
        a_statement(database, slug=f"s-{n}", kind="value" if n else "vision")
    _limit(database, rules=(CapRule(at_most=0, count=count, kinds=("value",)),))
    _slots(database)

    because, sentence = _told_of(database, ann, "s-2")

    assert because == "cap_rule"
    assert sentence.endswith(f"held. The rule “at most 0 {count} a week of kind value” leaves no room for it.")
    assert _plan_at(database, NOW + timedelta(hours=23, minutes=30)) == {"s-0": "first_time"}
    database.close()


def test_a_pair_of_a_comparison_is_told_its_fixed_days(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    ann, cadence = a_person(database, email="ann@example.com"), a_cadence(database, name="Digest", mode="adaptive")
    statement = a_statement(database, slug="repair")
    a_delivery(database, ann, [statement], at=NOW - timedelta(days=5), occurrence_id=an_occurrence(database, cadence))
    _limit(database, slices=(Slice(statement="repair", share=1.0, every_days=12.0),))
    _slots(database)

    because, sentence = _told_of(database, ann, "repair")

    assert because == "slice_waits"
    assert "Chance put it on a fixed cadence of 12 days, to compare with." in sentence
    database.close()


def test_what_was_seen_ten_times_is_told_to_be_paused_from_then_on(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    ann, cadence = a_person(database, email="ann@example.com"), a_cadence(database, name="Digest", mode="adaptive")
    statement = a_statement(database, slug="repair")
    for n in range(10):
        a_delivery(database, ann, [statement], at=NOW - timedelta(days=80 - 7 * n), occurrence_id=an_occurrence(database, cadence))
    with database.transaction() as connection:  # each was responded to
        for delivery in connection.execute(sa.select(core.deliveries)).all():
            about = {"person_id": ann, "statement_id": statement.id, "version_id": statement.version_id, "delivery_id": delivery.id}
            said = {"source_id": f"seen:{delivery.id}", "level": 3, "channel": "email", "occurred_at": delivery.send_after, "detail": {}}
            connection.execute(sa.insert(core.evidence).values(**about, **said))
    _slots(database)

    because, sentence = _told_of(database, ann, "repair")

    assert because == "worn_out"
    assert "It was probably seen ten times in 90 days, so it is paused for 14 days from then on." in sentence
    database.close()


def test_every_rule_of_the_planner_has_a_sentence_of_its_own() -> None:
    assert HELD.keys() == set(Rule)
    assert len(set(HELD.values())) == len(Rule)


@pytest.mark.parametrize("mode", ["fixed", "adaptive"])
def test_tick_after_tick_the_next_digest_is_the_one_that_was_told(database: Database, mode: str) -> None:
    """The real tick, which sends and learns from silence, for a month; told just before each."""
    ann = a_person(database, email="ann@example.com", country="", preferred_time="11:15")
    for n in range(4):
        a_statement(database, slug=f"s-{n}", title=f"S{n}", must_acknowledge=n == 2, kind="priority" if n % 2 else "value")
    a_cadence(database, name="Weekly", mode=mode, max_statements=2, days=["tuesday", "thursday"])
    a_cadence(database, name="Fridays", days=["friday"], max_statements=1, must_deliver=True)
    _slots(database)
    clock = FixedClock(NOW)
    outbox = an_outbox(database, clock, ScriptedTransport())
    seen = Counter[str]()
    for _ in range(14):
        told = min(_tell_at(database, ann, clock.now()), key=lambda one: one.at)
        clock.set(told.at)
        tick(database, [outbox], clock=clock, secret=b"secret", owner="test")
        planned = _newest(database, ann, told.at)
        assert (told.because, told.channel, told.send_after, told.statements) in planned, (told, planned)
        seen[told.outcome] += 1
        clock.set(told.at + timedelta(hours=4))
        tick(database, [outbox], clock=clock, secret=b"secret", owner="test")
    assert seen["comes"] > 4
    assert seen["skipped"] > 0


def _tell_at(database: Database, person: int, now: datetime) -> tuple[NextSlot, ...]:
    return explain_person(database, person, now=now, channels=(Channel.EMAIL,)).next


def _newest(database: Database, person: int, at: datetime) -> list[tuple[str, str, datetime | None, tuple[str, ...]]]:
    """Return what occurrences at ``at`` have for a person: (reason of a skip, channel, when, slugs), as explain tells it."""
    d, i = core.deliveries.c, core.delivery_items.c
    mine = (d.person_id == person, core.occurrences.c.fire_at == at)
    found = []
    with database.read() as connection:
        query = sa.select(core.deliveries).join(core.occurrences, core.occurrences.c.id == d.occurrence_id).where(*mine)
        for row in connection.execute(query).all():
            parts = sa.select(core.statements.c.slug).join(core.delivery_items, i.statement_id == core.statements.c.id)
            slugs = tuple(connection.execute(parts.where(i.delivery_id == row.id).order_by(i.position)).scalars())
            found.append((row.reason, row.channel, row.send_after, slugs) if slugs else (row.reason, "", None, ()))
    return found


def test_a_digest_that_is_too_late_after_an_outage_holds_nothing_back(database: Database) -> None:
    ann, statement = a_person(database, email="ann@example.com"), a_statement(database, slug="repair")
    cadence, at = a_cadence(database, name="Weekly", min_gap_days=6), NOW - timedelta(days=3)
    a_delivery(database, ann, [statement], state="planned", at=at, occurrence_id=an_occurrence(database, cadence))
    with database.transaction() as connection:
        values = {"person_id": ann, "statement_id": statement.id, "times_sent": 0, "planned_day": at.timestamp() / 86_400}
        connection.execute(sa.insert(core.exposures).values(**values))
    _slots(database)

    [told] = _tell_themselves(database, ann).next

    clock, transport = FixedClock(told.at), ScriptedTransport()
    tick(database, [an_outbox(database, clock, transport)], clock=clock, secret=b"secret", owner="test")
    assert told.statements == ("repair",)
    assert _newest(database, ann, told.at) == [("", "email", told.send_after, ("repair",))]
    assert len(transport.taken) == 1
