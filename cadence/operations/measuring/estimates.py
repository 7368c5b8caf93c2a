"""Lock the leader's estimate before the result is shown, and tell every one beside what was known at that moment.

One guess, or a refusal to guess, per statement and round: a round ends after a quarter or with a new meaning. Nothing is
changed afterwards; only erasing a person takes their name off. The gap itself: ``operations.measuring.gaps``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import AT_THE_SHELL, Actor, Change
from cadence.domain.measuring.figures import Figure
from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.measuring.projection import ROUND, asked_again_from, parse_percent
from cadence.domain.statements.text import bad_character, is_blank, normalise
from cadence.errors import Conflict, Invalid, NotFound, shorten
from cadence.operations.measuring.figure_words import plain_figure, tell_figure
from cadence.operations.measuring.gaps import EstimateDue, wants_estimate, why_asked
from cadence.operations.measuring.known import Known, figures
from cadence.rendering.words import english
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.measuring import reports
from cadence.store.measuring.estimates import StoredEstimate, add_estimate, stored_estimates
from cadence.store.planning.chunks import CurrentStatement, current_statements
from cadence.store.sending.kept_text import keep_text

__all__ = ["LONGEST_BY", "ROUND", "Estimate", "EstimateDue", "Guessed", "estimates_of", "list_guesses", "lock_estimate", "wants_estimate"]

#: characters of the name or address of who guessed
LONGEST_BY = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One guess and what was known when it was made. Shares are in [0, 1]."""

    statement_id: int
    number: int
    version_id: int
    #: None: declined, to be shown without a guess
    percent: int | None
    made_at: datetime
    made_by: str
    #: the newest figure released until then; None where nothing could be said
    known: Figure | None

    @property
    def sentence(self) -> str:
        """What a leader reads."""
        said = "shown without an estimate" if self.percent is None else f"estimated {self.percent} in 100"
        if self.known is None:
            return f"On {_day(self.made_at)}: {said}; what was known then cannot be said."
        return f"On {_day(self.made_at)}: {said}; known then: {tell_figure(english('leader'), self.known)}."

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "percent": self.percent,
            "made_at": self.made_at.isoformat(),
            "made_by": self.made_by,
            "known": plain_figure(self.known),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """One statement in force, whether an estimate is wanted, and every estimate about it, newest first."""

    slug: str
    title: str
    asked: EstimateDue | None
    estimates: tuple[Estimate, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        last_at = None if self.asked is None or self.asked.last_at is None else self.asked.last_at.isoformat()
        return {
            "slug": self.slug,
            "title": self.title,
            "asked": None if self.asked is None else {"why": self.asked.why.value, "last_at": last_at},
            "estimates": [one.to_json() for one in self.estimates],
        }


def lock_estimate(
    database: Database,
    *,
    slug: str,
    percent: int | str | None,
    by: str = "",
    now: datetime,
    smallest: int = SMALLEST_GROUP,
    actor: Actor = AT_THE_SHELL,
) -> Estimate:
    """Lock the estimate that ``percent`` of 100 people of the audience know this statement; None declines to estimate.

    smallest: the smallest group that is told about (``privacy.k``). Raises Invalid for what is no whole number from 0 to
    100 or no name, NotFound for a statement that is not in force, Conflict while an earlier estimate holds.
    """
    value = None if percent is None else parse_percent(percent)
    maker = _maker(by)
    with database.read() as connection:
        one = _in_force(connection, slug)
        last = next(iter(stored_estimates(connection, [one.id]).get(one.id, [])), None)
        if last is not None and why_asked(one, last, now=now) is None:
            raise _held(last)
        known = _known(connection, [one], now=now, smallest=smallest)
    row = StoredEstimate(
        statement_id=one.id,
        number=1 if last is None else last.number + 1,
        version_id=one.version_id,
        percent=value,
        made_at=now,
        made_by=maker,
        account_id=actor.account_id,
    )
    # the number finds out whether another estimate came first
    with database.transaction() as connection:
        row = replace(row, made_by=keep_text(connection, row.made_by, now=now))
        if not add_estimate(connection, row):
            raise _held(stored_estimates(connection, [one.id])[one.id][0])
        change = Change(action="estimate.locked", object_kind="statement", object_key=slug, after={"percent": value})
        append(connection, actor, change, at=now)
    return _estimate(row, known)


def estimates_of(connection: Connection, statement_id: int, *, now: datetime, smallest: int = SMALLEST_GROUP) -> tuple[Estimate, ...]:
    """Return every estimate about a statement in force, newest first, each with what was known when it was made."""
    one = next((one for one in current_statements(connection) if one.id == statement_id), None)
    known = None if one is None else _known(connection, [one], now=now, smallest=smallest)
    return tuple(_estimate(row, known) for row in stored_estimates(connection, [statement_id]).get(statement_id, []))


def list_guesses(connection: Connection, *, slug: str | None = None, now: datetime, smallest: int = SMALLEST_GROUP) -> tuple[Guessed, ...]:
    """Return the estimates about all statements in force, in reading order, or about one. Raises NotFound as ``lock_estimate``."""
    chosen = current_statements(connection) if slug is None else [_in_force(connection, slug)]
    asked = wants_estimate(connection, chosen, now=now)
    stored = stored_estimates(connection, [one.id for one in chosen])
    titles = reports.titles_of(connection, [one.version_id for one in chosen])
    known = _known(connection, chosen, now=now, smallest=smallest)
    return tuple(
        Guessed(
            slug=one.slug,
            title=titles[one.version_id][0],
            asked=asked.get(one.id),
            estimates=tuple(_estimate(row, known) for row in stored.get(one.id, [])),
        )
        for one in chosen
    )


def _in_force(connection: Connection, slug: str) -> CurrentStatement:
    for one in current_statements(connection):
        if one.slug == slug:
            return one
    raise NotFound(f"there is no statement {shorten(slug)} in force")


def _held(last: StoredEstimate) -> Conflict:
    said = "you asked to see it without an estimate" if last.percent is None else f"your estimate was {last.percent}%"
    next_from = asked_again_from(last.made_at)
    return Conflict(
        f"{said} on {_day(last.made_at)}; you are asked for the next one from {_day(next_from)}",
        percent=last.percent,
        made_at=last.made_at,
        next_from=next_from,
    )


def _maker(by: str) -> str:
    text = normalise(by).strip()
    found = bad_character(text, one_line=True)
    if found is not None:
        raise Invalid("by", by, found[1], example="Ada Lovelace")
    if len(text) > LONGEST_BY:
        raise Invalid("by", by, f"is longer than {LONGEST_BY} characters", example="Ada Lovelace")
    return "" if is_blank(text) else text


def _known(connection: Connection, chosen: Sequence[CurrentStatement], *, now: datetime, smallest: int) -> Known:
    return figures(connection, now=now, statement_ids=[one.id for one in chosen], smallest=smallest)


def _estimate(row: StoredEstimate, known: Known | None) -> Estimate:
    steps = [] if known is None else known.history(row.statement_id)
    then = [figure for figure in steps if figure.released_at is not None and figure.released_at <= row.made_at]
    return Estimate(
        statement_id=row.statement_id,
        number=row.number,
        version_id=row.version_id,
        percent=row.percent,
        made_at=row.made_at,
        made_by=row.made_by,
        known=then[-1] if then else None,
    )


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y} (UTC)"
