"""What leaders and admins see on their Home tab beside their own: a few lines in their language, each with its n.

Numbers are those of ``operations.measuring.report``; groups that are hidden there stay hidden here. How many know a statement
is told only after the leader's estimate, which is made on its page.
"""

from __future__ import annotations

from datetime import datetime

from cadence.operations.measuring.alarms import tell_alarm
from cadence.operations.measuring.estimate_words import tell_estimate, tell_overall
from cadence.operations.measuring.figure_words import tell_figure
from cadence.operations.measuring.report import Report, report
from cadence.operations.measuring.reported import Share, StatementReport
from cadence.rendering.words import Words
from cadence.store.database.engine import Database
from cadence.store.measuring import reports as rows
from cadence.store.sending import digests as digest_rows

#: lines of a summary
MOST = 12


def leader_lines(words: Words, database: Database, *, now: datetime, smallest: int) -> list[str]:
    """Return a line on everybody, one for each statement that fewest know of, and the alarms."""
    found = report(database, now=now, smallest=smallest)
    if found.people is not None and found.people < smallest:
        return [words.say("too_few")]
    lines = [words.say("home_received", share=_share(words, found.reached)), *_gap(words, found)]
    for one in sorted(found.statements, key=_weakness)[: MOST - 3 - len(lines)]:
        lines.append(words.say("home_statement", title=one.title, facts=_statement(words, one)))
    return [*lines, *(f"⚠ {tell_alarm(words, alarm)}" for alarm in found.alarms[:3])]


def health_lines(words: Words, database: Database, *, trouble: str, now: datetime) -> list[str]:
    """Return how the service does: the engine, channels that are paused, and what needs a person."""
    lines = [words.say("trouble", reason=trouble) if trouble else words.say("all_well")]
    with database.read() as connection:
        for channel in words.names["channels"]:
            reason = digest_rows.channel_pause(connection, channel, now=now)
            if reason is not None:
                lines.append(words.say("channel_paused", channel=words.name("channels", channel), reason=reason))
        waiting = rows.waiting_for_a_person(connection)
    if waiting:
        lines.append(words.count("in_doubt", waiting, command="cadence doctor"))
    return lines


def _statement(words: Words, one: StatementReport) -> str:
    if one.hidden:
        return words.say("too_few")
    parts = [words.say("home_delivered", share=_share(words, one.reached_current))]
    if one.acknowledged is not None:
        parts.append(words.say("home_acknowledged", share=_share(words, one.acknowledged)))
    if one.asked is not None:
        parts.append(words.say("home_estimate_first"))
    elif one.projection_gap is not None:
        parts.append(tell_estimate(words, one.projection_gap).removesuffix("."))
    elif one.know_it is not None:
        parts.append(words.say("home_known", known=tell_figure(words, one.know_it)))
    return "; ".join(parts)


def _gap(words: Words, found: Report) -> list[str]:
    """Return the gap over all statements, in one line; nothing while there are too few."""
    whole = found.projection_gap
    return [] if whole is None or whole.value is None else [tell_overall(words, whole)]


def _weakness(one: StatementReport) -> float:
    share = one.acknowledged or one.reached_current
    return 1.0 if share is None or share.part is None else share.part


def _share(words: Words, share: Share | None) -> str:
    return words.say("too_few") if share is None else words.say("people_of", n=words.number(share.n), of=words.number(share.of))
