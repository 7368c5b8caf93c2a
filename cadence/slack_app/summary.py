"""What leaders and admins see on their Home tab beside their own: a few lines, each with its n.

Numbers are those of ``operations.measuring.report``; groups of fewer than five are hidden there and stay hidden here. How many know
a statement is told only after the leader's guess, which is made on its page.
"""

from __future__ import annotations

from datetime import datetime

from cadence.operations.measuring.report import Share, StatementReport, report
from cadence.store.database.engine import Database
from cadence.store.measuring import reports as rows
from cadence.store.sending import digests as digest_rows

#: lines of a summary
MOST = 12


def leader_lines(database: Database, *, now: datetime, smallest: int) -> list[str]:
    """Return a line on everybody, one for each statement that fewest know of, and the alarms."""
    found = report(database, now=now, smallest=smallest)
    if found.people is not None and found.people < smallest:
        return [f"hidden: fewer than {smallest}"]
    lines = [f"Reached with anything: {_share(found.reached)}"]
    if found.projection_gap is not None and found.projection_gap.gap is not None:
        lines.append(f"Your guesses: {found.projection_gap.sentence}")
    lines += [f"“{one.title}”: {_statement(one)}" for one in sorted(found.statements, key=_weakness)[: MOST - 3 - len(lines)]]
    return [*lines, *(f"⚠ {alarm.sentence}" for alarm in found.alarms[:3])]


def health_lines(database: Database, *, trouble: str, now: datetime) -> list[str]:
    """Return how the service does: the engine, channels that stand still, and what waits for a person."""
    lines = [f"Engine: {trouble or 'all is well'}"]
    with database.read() as connection:
        for channel in ("slack", "email"):
            reason = digest_rows.channel_pause(connection, channel, now=now)
            if reason is not None:
                lines.append(f"{channel.capitalize()} is paused: {reason}")
        waiting = rows.waiting_for_a_person(connection)
    if waiting:
        lines.append(f"{waiting} deliveries are in doubt and wait for a person")
    return lines


def _statement(one: StatementReport) -> str:
    if one.hidden:
        return one.hidden
    parts = [f"reached {_share(one.reached_current)}"]
    if one.acknowledged is not None:
        parts.append(f"acknowledged {_share(one.acknowledged)}")
    if one.asked is not None:
        parts.append("guess first, on its page, how many know it")
    elif one.projection_gap is not None:
        parts.append(one.projection_gap.sentence)
    elif one.understanding is not None:
        parts.append(one.understanding.understanding.sentence)
    return "; ".join(parts)


def _weakness(one: StatementReport) -> float:
    share = one.acknowledged or one.reached_current
    return 1.0 if share is None or share.part is None else share.part


def _share(share: Share | None) -> str:
    return "hidden" if share is None else f"{share.n} of {share.of} people"
