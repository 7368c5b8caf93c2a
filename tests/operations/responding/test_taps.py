"""Taps, taking back and questions: recorded once, taken back within five minutes, and a rebuild finds no difference."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.planning.recipients import to_days
from cadence.domain.statements.taps import FEWER, UNDO_WINDOW, TapKind
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.ask import ask_question, close_question, list_questions, readable
from cadence.operations.responding.responses import look_responses
from cadence.operations.responding.tap import Tapped, heard, tap
from cadence.operations.responding.undo import Undone, undo
from cadence.operations.running.rebuild import rebuild
from cadence.store.database import core, tables
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, StatementRows, a_delivery, a_person, a_statement, a_version

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class Showing:
    """One statement in one delivery to one person, sent an hour ago."""

    def __init__(self, database: Database, person: int | None = None, statement: StatementRows | None = None) -> None:
        self.database = database
        self.person = person or a_person(database, name="Ann")
        self.statement = statement or a_statement(database)
        self.delivery = a_delivery(database, self.person, [self.statement], at=NOW - timedelta(hours=1))

    def tap(self, kind: TapKind, *, after: timedelta = timedelta(), source: str = "") -> Tapped:
        return tap(self.database, **self._who, kind=kind, channel="email", now=NOW + after, source_id=source)

    def acknowledge(self, *, after: timedelta = timedelta(), source: str = "") -> bool:
        return acknowledge(self.database, **self._who, method="link", now=NOW + after, source_id=source).first

    def undo(self, *, after: timedelta = SECOND) -> Undone:
        return undo(self.database, **self._who, now=NOW + after)

    @property
    def _who(self) -> dict[str, Any]:
        return {"person_id": self.person, "version_id": self.statement.version_id, "delivery_id": self.delivery}

    def exposure(self) -> sa.Row[tuple[object, ...]]:
        table = core.exposures
        with self.database.read() as connection:
            return connection.execute(
                sa.select(table).where(table.c.person_id == self.person, table.c.statement_id == self.statement.id)
            ).one()

    def facts(self) -> list[tuple[str, int, float | None, str | None]]:
        table = core.evidence
        query = (
            sa.select(table.c.source_id, table.c.level, table.c.seen, table.c.retracts)
            .where(table.c.person_id == self.person, table.c.level > 1)
            .order_by(table.c.id)
        )
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(query)]


def _count(database: Database, model: type) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(core.table_of(model))).scalar_one())


def test_i_know_this_holds_nothing_yet_and_is_no_acknowledgement(database: Database) -> None:
    showing = Showing(database)

    tapped = showing.tap(TapKind.KNOWN)

    assert (tapped.first, tapped.tapped_at, tapped.until) == (True, NOW, None)
    assert showing.exposure().held_until_day is None
    assert showing.exposure().seen_sum == pytest.approx(0.915)
    assert [fact[1:3] for fact in showing.facts()] == [(4, 1.0)]
    assert _count(database, tables.AcknowledgementRow) == 0
    assert rebuild(database).differences == 0


@pytest.mark.parametrize(("kind", "held"), [(TapKind.UNCLEAR, None), (TapKind.TOO_OFTEN, NOW + FEWER)])
def test_other_taps_count_as_a_look(database: Database, kind: TapKind, held: object) -> None:
    showing = Showing(database)

    assert showing.tap(kind).until == held

    assert [fact[1:3] for fact in showing.facts()] == [(3, 0.9)]
    assert (showing.exposure().fewer_until_day is None) == (held is None)
    assert showing.exposure().held_until_day is None


def test_repeated_taps_return_the_first(database: Database) -> None:
    showing = Showing(database)
    showing.tap(TapKind.UNCLEAR)

    again = showing.tap(TapKind.UNCLEAR, after=timedelta(days=1), source="slack:2")

    assert (again.first, again.tapped_at) == (False, NOW)
    assert _count(database, tables.TapRow) == 1


def test_ten_taps_at_once_count_once(database: Database) -> None:
    showing = Showing(database)

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda n: showing.tap(TapKind.KNOWN, source=f"event:{n}"), range(10)))

    assert sum(a.first for a in answers) == 1
    assert (_count(database, tables.TapRow), len(showing.facts())) == (1, 1)


def test_undo_within_five_minutes_leaves_things_as_they_were(database: Database) -> None:
    showing = Showing(database)
    before = showing.exposure()
    showing.tap(TapKind.KNOWN)
    showing.tap(TapKind.TOO_OFTEN, after=SECOND)

    kinds = [showing.undo(after=UNDO_WINDOW - SECOND).kind, showing.undo(after=UNDO_WINDOW - SECOND).kind]

    assert kinds == ["too_often", "known"]
    assert showing.exposure() == before
    assert [fact[3] for fact in showing.facts() if fact[1] == 8] == [fact[0] for fact in reversed(showing.facts()[:2])]
    assert rebuild(database).differences == 0
    with pytest.raises(Conflict, match="nothing to undo"):
        showing.undo(after=UNDO_WINDOW - SECOND)


def test_undo_is_too_late_after_five_minutes(database: Database) -> None:
    showing = Showing(database)
    showing.tap(TapKind.KNOWN)

    with pytest.raises(Conflict, match="five minutes"):
        showing.undo(after=UNDO_WINDOW)

    assert look_responses(database, **showing._who, now=NOW + UNDO_WINDOW).undoable is None
    assert showing.exposure().encoded > 0.4


def test_acknowledgement_can_be_taken_back_and_made_again(database: Database) -> None:
    showing = Showing(database)
    assert showing.acknowledge()
    assert look_responses(database, **showing._who, now=NOW).undoable is not None
    assert showing.undo(after=SECOND).kind == "acknowledged"
    assert _count(database, tables.AcknowledgementRow) == 0
    assert showing.exposure().unanswered == 0

    assert showing.acknowledge(after=2 * SECOND)
    assert not showing.acknowledge(after=3 * SECOND)
    assert showing.undo(after=4 * SECOND).kind == "acknowledged"
    assert showing.acknowledge(after=5 * SECOND)

    assert len({fact[0] for fact in showing.facts()}) == 5
    assert _count(database, tables.AcknowledgementRow) == 1
    assert rebuild(database).differences == 0


def test_repeated_event_does_not_bring_back_what_was_taken_back(database: Database) -> None:
    showing = Showing(database)
    showing.acknowledge(source="slack:1")
    showing.undo()
    showing.tap(TapKind.KNOWN, after=2 * SECOND, source="slack:2")
    showing.undo(after=3 * SECOND)

    with pytest.raises(Conflict, match="taken back"):
        showing.acknowledge(after=4 * SECOND, source="slack:1")
    assert not showing.tap(TapKind.KNOWN, after=4 * SECOND, source="slack:2").first
    assert showing.tap(TapKind.KNOWN, after=5 * SECOND).first

    assert _count(database, tables.AcknowledgementRow) == 0
    assert rebuild(database).differences == 0


def test_hold_that_was_longer_comes_back_after_undo(database: Database) -> None:
    showing = Showing(database)
    table = core.exposures
    soon = to_days(NOW + timedelta(days=9))
    with database.transaction() as connection:
        connection.execute(sa.update(table).values(fewer_until_day=soon))
    showing.tap(TapKind.TOO_OFTEN)

    showing.undo()

    assert showing.exposure().fewer_until_day == soon


def test_others_deliveries_unknown_versions_and_the_departed_are_refused(database: Database) -> None:
    showing, other = Showing(database), Showing(database)
    gone = Showing(database, person=a_person(database, deactivated_at=NOW))
    withdrawn = Showing(database, statement=a_statement(database, withdrawn_at=NOW))

    with pytest.raises(NotFound):
        tap(database, person_id=other.person, version_id=showing.statement.version_id, delivery_id=showing.delivery,
            kind=TapKind.KNOWN, channel="email", now=NOW)  # fmt: skip
    with pytest.raises(NotFound):
        undo(database, person_id=showing.person, version_id=other.statement.version_id, delivery_id=showing.delivery, now=NOW)
    for one in (gone, withdrawn):
        with pytest.raises(Conflict):
            one.tap(TapKind.UNCLEAR)
    assert _count(database, tables.TapRow) == 0


def test_leader_hears_of_taps_only_from_five_people_and_only_on_mondays(database: Database) -> None:
    """Nobody who watches the page can tell by the count that somebody tapped, or took it back, in between."""
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    statement = a_statement(database)
    showings = [Showing(database, person=a_person(database), statement=statement) for _ in range(7)]
    for showing in showings[:4]:
        showing.tap(TapKind.UNCLEAR)
        showing.tap(TapKind.KNOWN)

    def unclear(at: datetime = monday, smallest: int = 5) -> int | None:
        return heard(database, statement_id=statement.id, now=at, smallest=smallest)[TapKind.UNCLEAR]

    assert heard(database, statement_id=statement.id, now=monday) == {TapKind.UNCLEAR: None, TapKind.TOO_OFTEN: None}
    showings[4].tap(TapKind.UNCLEAR)
    assert [unclear(at) for at in (NOW, monday - SECOND, monday, monday + 6 * DAY)] == [None, None, 5, 5]
    assert unclear(smallest=6) is None
    showings[4].undo()
    assert unclear(smallest=1) is None
    showings[4].tap(TapKind.UNCLEAR, after=2 * SECOND)
    for showing in showings[5:]:  # six and seven look like five
        showing.tap(TapKind.UNCLEAR)
        assert unclear() == 5
    a_version(database, statement.id, number=2, material=False)
    assert unclear() == 5
    a_version(database, statement.id, number=3)
    assert unclear() is None


def _ask(showing: Showing, text: str, *, source: str = "q1", version: bool = True) -> bool:
    return ask_question(
        showing.database,
        person_id=showing.person,
        delivery_id=showing.delivery,
        version_id=showing.statement.version_id if version else None,
        text=text,
        channel="email",
        source_id=source,
        now=NOW,
    ).first


def test_question_is_kept_once_and_shows_a_look(database: Database) -> None:
    showing = Showing(database, statement=a_statement(database, slug="mend", title="Mend first"))

    assert _ask(showing, "  Which part\x00 first?\r\n\r\n\r\nThe \u202elid?  ")
    assert not _ask(showing, "Which part first?")

    (question,) = list_questions(database)
    assert (question.person_name, question.slug, question.title) == ("Ann", "mend", "Mend first")
    assert question.text == "Which part first?\n\nThe lid?"
    assert [fact[1:3] for fact in showing.facts()] == [(3, 0.9)]
    assert rebuild(database).differences == 0


def test_questions_are_newest_first_and_closed_once(database: Database) -> None:
    showing = Showing(database)
    a_version(database, showing.statement.id, number=2, title="Newer title")
    for n in range(3):
        _ask(showing, f"Question {n}", source=f"q{n}", version=n == 0)
    newest = list_questions(database)[0]

    assert close_question(database, newest.id, now=NOW + SECOND) == NOW + SECOND
    assert close_question(database, newest.id, now=NOW + timedelta(days=1)) == NOW + SECOND

    assert [q.text for q in list_questions(database)] == ["Question 1", "Question 0"]
    assert [q.title for q in list_questions(database)] == ["", "Newer title"]
    assert [q.id for q in list_questions(database, closed=True)] == [newest.id]
    with pytest.raises(NotFound):
        close_question(database, 99_999, now=NOW)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00\x00", "\u200b", "a" * 3_001, "\x01" * 50_000], ids=range(6))
def test_empty_and_endless_questions_are_refused(database: Database, text: str) -> None:
    showing = Showing(database)

    with pytest.raises(Invalid, match="question"):
        _ask(showing, text)
    assert _count(database, tables.QuestionRow) == 0


def test_question_from_someone_elses_message_is_refused(database: Database) -> None:
    showing, other = Showing(database), Showing(database)
    showing.person = other.person

    with pytest.raises(NotFound):
        _ask(showing, "Mine?")


def test_readable_keeps_every_script_and_drops_what_hides() -> None:
    assert readable("שלום, ما هذا؟ 你好 ❤️") == "שלום, ما هذا؟ 你好 ❤️"
    assert readable("a\ud800b\ufdd0c\x85d\u2028e\x1b[31mf") == "abc d\ne[31mf"
    assert len(readable("e" + "\u0301" * 50)) <= 9
