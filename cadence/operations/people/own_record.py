"""What is on record about one person, as that person may read it: each statement, how often it was probably seen, and their answers.

Check answers of a single person are told nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cadence.domain.measuring.sightings import TimesSeen, likely_seen
from cadence.domain.statements.checks import FORGOT, ask, check_key
from cadence.store.database.engine import Database
from cadence.store.people import personal as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCheck:
    """One answer to a check. ``chosen`` is empty when the words of the choice cannot be told any more."""

    at: datetime
    right: bool
    chosen: str
    #: "I don't remember" was the answer
    forgot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """What one statement has been to the person."""

    slug: str
    title: str
    times_sent: int
    last_sent: datetime | None
    seen: TimesSeen
    #: at least one showing was judged; the newest stay open for some days
    judged: bool
    acknowledged_at: datetime | None
    #: oldest first
    answers: tuple[AnsweredCheck, ...]

    @property
    def knew(self) -> bool | None:
        """Whether the newest answer was right, None while nothing was answered."""
        return self.answers[-1].right if self.answers else None


def own_record(database: Database, person_id: int) -> tuple[RecordLine, ...]:
    """Return a line for every statement that was delivered to the person or answered by them, the latest first."""
    with database.read() as connection:
        held, names = rows.record_of(connection, person_id), rows.statement_names(connection)
    return record_lines(held, names)


def record_lines(held: dict[str, list[rows.Row]], names: dict[int, rows.StatementName]) -> tuple[RecordLine, ...]:
    """Return the lines of a record from the rows of ``store.people.personal.record_of``."""
    acknowledged: dict[int, datetime] = {}
    for row in held["acknowledgements"]:
        acknowledged[row["statement_id"]] = row["acknowledged_at"]
    answered: dict[int, list[AnsweredCheck]] = defaultdict(list)
    for row in held["check_answers"]:
        answered[row["statement_id"]].append(
            AnsweredCheck(at=row["answered_at"], right=row["right"], chosen=chosen_text(row), forgot=row["choice"] == FORGOT)
        )
    lines = [
        RecordLine(
            slug=names[row["statement_id"]].slug,
            title=names[row["statement_id"]].title,
            times_sent=row["times_sent"],
            last_sent=None if row["sent_day"] is None else datetime.fromtimestamp(row["sent_day"] * 86_400, UTC),
            seen=likely_seen(row["seen_sum"], row["seen_variance"], row["times_sent"]),
            judged=row["folded_day"] is not None or row["seen_sum"] > 0,
            acknowledged_at=acknowledged.get(row["statement_id"]),
            answers=tuple(answered[row["statement_id"]]),
        )
        for row in held["exposures"]
        if row["times_sent"] or row["statement_id"] in acknowledged or row["statement_id"] in answered
    ]
    return tuple(sorted(lines, key=lambda line: (-(line.last_sent.timestamp() if line.last_sent else 0.0), line.title)))


def chosen_text(row: dict[str, Any]) -> str:
    """Return the words of the option a row of check answers stands for; empty when it was erased or no longer fits its pool."""
    key = check_key(row["public_id"], row["version_id"])
    question = ask(row["check_id"], row["right_text"], row["distractors"], key=key, lines=row["lines"])
    return question.options[row["choice"]] if 0 <= row["choice"] < len(question.options) else ""
