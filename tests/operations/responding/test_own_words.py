"""Own words are asked after one right answer in eight, judged by the matcher or a person, and kept once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cadence.domain.measuring.own_words import is_offered
from cadence.domain.statements.checks import check_key
from cadence.errors import Conflict, Invalid, NotFound
from cadence.operations.measuring.judge_words import judge_words, list_unsure, tell_unsure
from cadence.operations.responding.own_words import (
    WordsTaken,
    are_priorities_wanted,
    are_words_wanted,
    name_priorities,
    say_in_own_words,
)
from cadence.operations.running.notices import list_notices
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, RIGHT_LINE, StatementRows, a_delivery, a_person, a_statement


class Showing:
    """One question in one message to one person, answered right or wrong; ``drawn``: the one in eight."""

    def __init__(self, database: Database, *, right: bool = True, drawn: bool = True, one: StatementRows | None = None) -> None:
        self.database = database
        self.person = a_person(database)
        self.statement = one or a_statement(database, asked=True, title="Faults", body="Whoever finds a fault mends it on that very day.")
        version = self.statement.version_id
        with database.transaction() as connection:
            check = {"version_id": version, "right": RIGHT_LINE, "distractors": ["A", "B", "C"], "created_at": NOW}
            check_id = connection.execute(
                sa.insert(core.checks).values(digest=str(self.person), **check).returning(core.checks.c.id)
            ).scalar_one()
        while True:
            self.delivery = a_delivery(database, self.person, [self.statement], at=NOW - timedelta(hours=2))
            with database.read() as connection:
                mine = core.deliveries.c.id == self.delivery
                public_id = connection.execute(sa.select(core.deliveries.c.public_id).where(mine)).scalar_one()
            if is_offered(check_key(public_id, version)) is drawn:
                break
        with database.transaction() as connection:
            about = {"person_id": self.person, "statement_id": self.statement.id, "version_id": version, "delivery_id": self.delivery}
            answer = {"check_id": check_id, "channel": "email", "choice": 0, "options": 4, "right": right, "answered_day": 20_000}
            connection.execute(sa.insert(core.check_answers).values(**about, **answer, answered_at=NOW))

    @property
    def wanted(self) -> bool:
        with self.database.read() as connection:
            return are_words_wanted(connection, delivery_id=self.delivery, version_id=self.statement.version_id)

    def say(self, words: str) -> WordsTaken:
        return say_in_own_words(
            self.database, person_id=self.person, version_id=self.statement.version_id, delivery_id=self.delivery, words=words, now=NOW
        )


def kept(database: Database) -> list[tuple[str, str, str]]:
    table = core.own_words
    with database.read() as connection:
        found = connection.execute(sa.select(table.c.words, table.c.judgement, table.c.judged_by).order_by(table.c.id))
        return [(row.words, row.judgement, row.judged_by) for row in found]


def notices(database: Database) -> list[str]:
    with database.transaction() as connection:
        tell_unsure(connection, now=NOW, smallest=5)
        return [notice.sentence for notice in list_notices(connection, role="leader")]


def test_one_line_is_wanted_after_a_right_answer_that_was_drawn(database: Database) -> None:
    assert [Showing(database, right=right, drawn=drawn).wanted for right, drawn in ((True, True), (False, True), (True, False))] == [
        True,
        False,
        False,
    ]


def test_a_line_is_kept_once_and_judged(database: Database) -> None:
    showing = Showing(database)
    assert showing.say("  who finds the fault mends it the same\u202e day ") == WordsTaken(
        first=True, words="who finds the fault mends it the same day"
    )
    assert showing.say("Something else.") == WordsTaken(first=False, words="who finds the fault mends it the same day")
    assert not showing.wanted
    Showing(database).say("no idea")
    Showing(database).say("we are all friends")

    assert [judgement for _, judgement, _ in kept(database)] == ["could", "could_not", "unsure"]
    with database.read() as connection:
        row = connection.execute(sa.select(core.own_words).order_by(core.own_words.c.id)).first()
        answer = connection.execute(sa.select(core.check_answers.c.id).where(core.check_answers.c.delivery_id == showing.delivery)).scalar()
    assert row is not None
    assert (row.kind, row.answer_id, row.statement_id, row.said_at, 0 < row.confidence <= 1) == (
        "line",
        answer,
        showing.statement.id,
        NOW,
        True,
    )


def test_what_does_not_fit_is_refused_in_one_line(database: Database) -> None:
    showing = Showing(database)
    for words, told in (("", "is empty"), (" \u200b ", "is empty"), ("x" * 501, "501 characters")):
        with pytest.raises(Invalid, match=told):
            showing.say(words)
    with pytest.raises(Conflict, match="does not ask"):
        Showing(database, drawn=False).say("who finds it mends it")
    with pytest.raises(NotFound):
        say_in_own_words(
            database,
            person_id=a_person(database),
            version_id=showing.statement.version_id,
            delivery_id=showing.delivery,
            words="a",
            now=NOW,
        )
    assert kept(database) == []


def test_the_unsure_wait_for_a_person_who_is_not_told_who_wrote(database: Database) -> None:
    showing = Showing(database)
    showing.say("mending is what we are about here")
    for _ in range(3):
        Showing(database, one=showing.statement).say("no idea")
    assert list_unsure(database) == []  # of four people, who wrote would be plain
    Showing(database, one=showing.statement).say("no idea")

    (reply,) = list_unsure(database)
    assert (reply.title, reply.right_line, reply.words) == ("Faults", RIGHT_LINE, "mending is what we are about here")
    assert not {"person_id", "email", "person_name"} & set(type(reply).__dataclass_fields__)
    assert notices(database) == ["Replies in people’s own words need somebody to judge them: 1."]

    after = judge_words(database, reply.id, could=False, by="Ana", now=NOW)
    assert (after.judgement, after.judged_by, after.confidence, list_unsure(database)) == ("could_not", "Ana", 1.0, [])
    assert judge_words(database, reply.id, could=True, by="Bea", now=NOW).judgement == "could"
    with pytest.raises(NotFound, match="there is no reply 99"):
        judge_words(database, 99, could=True, by="Ana", now=NOW)
    with database.transaction() as connection:
        connection.execute(sa.update(core.own_words).values(words=""))
    with pytest.raises(Conflict, match="were let go"):
        judge_words(database, reply.id, could=True, by="Ana", now=NOW)
    assert notices(database) == []


def test_priorities_are_named_once_a_quarter(database: Database) -> None:
    gauge = a_statement(database, kind="priority", slug="second-way", title="A second way home for every gauge")
    a_statement(database, kind="priority", slug="alarms", title="Answer every night alarm within ten minutes")
    ann = a_person(database)

    def wanted(days: int = 0) -> bool:
        with database.read() as connection:
            return are_priorities_wanted(connection, person_id=ann, now=NOW + timedelta(days=days))

    assert not wanted()
    a_delivery(database, ann, [gauge])
    assert wanted()
    assert name_priorities(database, person_id=ann, words="second way home for gauges\nnight alarms", now=NOW).first
    assert not name_priorities(database, person_id=ann, words="alarms", now=NOW + timedelta(days=20)).first
    assert (wanted(), wanted(30), wanted(45)) == (False, False, True)

    with database.read() as connection:
        row = connection.execute(sa.select(core.own_words)).one()
    assert (row.kind, row.judgement, len(row.named), row.statement_id, row.answer_id) == ("unaided", "could", 2, None, None)


def test_a_person_says_which_priorities_an_unsure_reply_names(database: Database) -> None:
    a_statement(database, kind="priority", slug="second-way", title="A second way home for every gauge")
    ann = a_person(database)
    name_priorities(database, person_id=ann, words="backup radios", now=NOW)
    for _ in range(4):
        name_priorities(database, person_id=a_person(database), words="no idea", now=NOW)
    (reply,) = list_unsure(database)

    with pytest.raises(Invalid, match="which priorities"):
        judge_words(database, reply.id, could=True, by="Ana", now=NOW)
    with pytest.raises(Invalid, match="did you mean second-way"):
        judge_words(database, reply.id, could=True, by="Ana", now=NOW, names=["secondway"])
    with pytest.raises(Invalid, match="are for replies"):
        judge_words(database, reply.id, could=False, by="Ana", now=NOW, names=["second-way"])
    assert len(judge_words(database, reply.id, could=True, by="Ana", now=NOW, names=["second-way"]).named) == 1


def test_nobody_who_left_is_recorded(database: Database) -> None:
    ann = a_person(database, deactivated_at=NOW)
    with pytest.raises(Conflict, match="no longer on the list"):
        name_priorities(database, person_id=ann, words="alarms", now=NOW)
