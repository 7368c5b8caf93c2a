"""Publish how many name each priority by heart, in frozen steps as other figures, and tell the newest.

It stands beside "know it" and never in its place: it is about those who replied when they were asked, and it tells recall without
any help, where a question tells whether the right line is recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.measuring.naming import REPLIES_LAST, share_naming
from cadence.domain.measuring.releases import as_released, may_release
from cadence.store.measuring import unaided as rows
from cadence.store.measuring.releases import Step, add_steps, newest_steps
from cadence.store.measuring.unaided import PriorityInForce

#: ``releases.figure`` of these steps
FIGURE = "unaided"
_AUDIENCE = "audience"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unaided:
    """A priority and how many of those who replied name it: whole percent in steps of 5, None while it is too early to say."""

    slug: str
    title: str
    value: int | None = None
    low: int | None = None
    high: int | None = None
    replied: int | None = None
    released_at: datetime | None = None


def unaided(connection: Connection, *, now: datetime) -> list[Unaided]:
    """Return every priority in force with its newest step that is told of today."""
    found = rows.nameable(connection)
    steps = _newest(connection, found)
    return [_told(one, steps.get(one.statement_id), now) for one in found]


def close_unaided(connection: Connection, *, now: datetime, smallest: int) -> int:
    """Close the steps that are due, and return how many; the caller's transaction."""
    found = rows.nameable(connection)
    before = _newest(connection, found)
    steps = []
    for one in found:
        last = before.get(one.statement_id)
        named = rows.named_of(connection, one.statement_id, since=now - REPLIES_LAST, after=0 if last is None else last.newest_answer_id)
        if may_release(named.new, None if last is None else now - last.released_at, smallest=smallest):
            steps.append(_step(one, named, number=1 if last is None else last.step + 1, now=now))
    add_steps(connection, steps)
    return len(steps)


def _newest(connection: Connection, found: list[PriorityInForce]) -> dict[int, Step]:
    return {step.statement_id: step for step in newest_steps(connection, [one.statement_id for one in found], figures=[FIGURE])}


def _step(one: PriorityInForce, named: rows.NamingCounts, *, number: int, now: datetime) -> Step:
    share = share_naming(named.named, named.replied)
    value, low, high = (None, None, None) if share is None else as_released(*share)
    return Step(
        figure=FIGURE,
        statement_id=one.statement_id,
        version_id=one.version_id,
        group_kind=_AUDIENCE,
        group_name=one.audience,
        step=number,
        released_at=now,
        people=0,
        told=0,
        answered=named.replied,
        verdict=FIGURE,
        value=value,
        low=low,
        high=high,
        newest_answer_id=named.newest_reply,
    )


def _told(one: PriorityInForce, step: Step | None, now: datetime) -> Unaided:
    if step is None or now - step.released_at > REPLIES_LAST or step.value is None:
        return Unaided(slug=one.slug, title=one.title)
    return Unaided(
        slug=one.slug,
        title=one.title,
        value=step.value,
        low=step.low,
        high=step.high,
        replied=step.answered,
        released_at=step.released_at,
    )
