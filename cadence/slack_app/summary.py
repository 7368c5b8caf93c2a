"""What leaders and admins see on their Home tab beside their own: a few lines in their language, each with its n.

Numbers are those of ``operations.measuring.report``; groups that are hidden there stay hidden here. How many know a statement
is told only after the leader's estimate, which is made on its page.
"""

from __future__ import annotations

from datetime import datetime

from cadence.operations.measuring.estimate_words import beside, overall
from cadence.operations.measuring.report import Share, StatementReport, report, tell_alarm
from cadence.operations.measuring.understanding import GroupKnowledge
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
    lines = [words.say("home_received", share=_share(words, found.reached)), *filter(None, [overall(words, found)])]
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
    estimated = beside(words, one)
    if one.asked is not None:
        parts.append(words.say("home_estimate_first"))
    elif estimated is not None:
        parts.append(estimated.sentence)
    elif one.understanding is not None:
        parts.append(_known(words, one.understanding))
    return "; ".join(parts)


def _known(words: Words, known: GroupKnowledge) -> str:
    found = known.understanding
    if found.bounds is None:
        return words.say("too_few")
    if found.measured is None:
        return words.say("too_early")
    low, high = (words.say("percent", n=str(round(100 * end))) for end in (found.measured.low, found.measured.high))
    share = words.say("percent", n=str(round(100 * found.measured.value)))
    spread = words.say("beside_range", low=low, high=high, answers=words.count("answers", found.respondents))
    return words.say("home_known", known=share, range=spread)


def _weakness(one: StatementReport) -> float:
    share = one.acknowledged or one.reached_current
    return 1.0 if share is None or share.part is None else share.part


def _share(words: Words, share: Share | None) -> str:
    return words.say("too_few") if share is None else words.say("people_of", n=words.number(share.n), of=words.number(share.of))
