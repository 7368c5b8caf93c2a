"""The Home tab of one person, and the texts with which the slash command answers.

Plain values in, blocks out. What the person may see is decided by who hands it in; what stands under "for leaders"
and "for admins" is handed in ready. Slack takes 100 blocks in a view; how the statements share them: ``slack_statements``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.planning.calendars import zone
from cadence.rendering.markdown import mrkdwn_escape
from cadence.rendering.slack_blocks import (
    MAX_SECTION,
    MAX_VIEW_BLOCKS,
    Block,
    button,
    clip,
    context,
    divider,
    header,
    label,
    menu,
    section,
)
from cadence.rendering.slack_statements import HomeStatement as HomeStatement
from cadence.rendering.slack_statements import arrange, whole_text
from cadence.rendering.words import Words

#: choices on the Home tab: their action ids
CHANNEL, DAY, TIME, TIME_CLEAR, PAUSE = "home_channel", "home_day", "home_time", "home_time_clear", "home_pause"
ANY = "any"
#: pauses that can be chosen, in days; 0 ends one
PAUSES = (0, 7, 14, 28, 90)
#: statements in an answer to ``now``
_MOST_NOW = 40
#: lines of a list
_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeRecord:
    """What one statement has been to the person, and how their checks of it went."""

    title: str
    times_sent: int
    checks: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeChoices:
    """What the person chose, and what can be chosen. ``channels``: those with a working address; ``days``: 0 Monday."""

    channel: str = ""
    channels: tuple[str, ...] = ()
    day: int | None = None
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    time: str = ""
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """Everything the tab of one person shows."""

    company: str
    zone: str
    waiting: tuple[HomeStatement, ...] = ()
    current: tuple[HomeStatement, ...] = ()
    #: in force and meant for others
    also: tuple[HomeStatement, ...] = ()
    acknowledged: tuple[tuple[date, str], ...] = ()
    #: (instant, channel, name of the cadence)
    next: tuple[datetime, str, str] | None = None
    choices: HomeChoices = field(default_factory=HomeChoices)
    record: tuple[HomeRecord, ...] = ()
    #: what others may see of the person by name
    privacy: PrivacyMode = PrivacyMode.TEAM
    #: lines for leaders and for admins; empty for everybody else
    leader: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    #: a sentence about a choice that could not be stored
    problem: str = ""


def home_page(words: Words, own: Words, facts: HomeFacts) -> tuple[Block, tuple[HomeStatement, ...]]:
    """Return the view, and the statements meant for the person whose text it shows."""
    head = [header(own.say("home_title", company=facts.company))]
    if facts.problem:
        head.append(context(mrkdwn_escape(own.say("not_stored", reason=facts.problem))))
    if facts.leader:  # before the statements, which may be more than a screen
        head += [*_lines(own.say("home_leader"), facts.leader), divider()]
    tail = [
        *_next(own, facts),
        *_preferences(own, facts),
        *_acknowledged(own, facts),
        *_record(own, facts),
        *([divider(), *_lines(own.say("home_admin"), facts.admin)] if facts.admin else []),
    ]
    room = MAX_VIEW_BLOCKS - len(head) - len(tail)
    said = arrange(words, own, waiting=facts.waiting, current=facts.current, also=facts.also, room=room)
    return {"type": "home", "blocks": [*head, *said.blocks, *tail]}, said.whole


def stranger_view(own: Words) -> Block:
    """Return the tab of somebody Cadence does not know."""
    return {"type": "home", "blocks": [section(mrkdwn_escape(own.say("home_stranger")))]}


def shown_statements(facts: HomeFacts) -> tuple[HomeStatement, ...]:
    """Return the statements whose text ``now_text`` shows."""
    return (*facts.waiting, *facts.current)[:_MOST_NOW]


def now_text(words: Words, own: Words, facts: HomeFacts) -> tuple[str, list[Block]]:
    """Return text and blocks of the answer to ``now``: the statements meant for the person, as they stand on the Home tab."""
    title = own.say("home_title", company=facts.company)
    shown = shown_statements(facts)
    if not shown:
        return mrkdwn_escape(own.say("home_nothing")), []
    return mrkdwn_escape(title), [header(title), *(section(whole_text(words, one)) for one in shown)]


def mine_text(own: Words, facts: HomeFacts) -> str:
    """Return the person's own record as text."""
    lines = [f"*{label(own.say('home_record'))}*", *_record_lines(own, facts), mrkdwn_escape(own.say(f"home_record_note_{facts.privacy}"))]
    return clip("\n".join(lines), MAX_SECTION)


def help_text(own: Words, *, company: str, command: str, unknown: str = "") -> str:
    """Return what can be typed; ``unknown``: the word that is none of it."""
    lines = [own.say("help_unknown", word=clip(unknown, 40))] if unknown else []
    lines.append(own.say("help_title"))
    lines += [own.say(f"help_{word}", command=command, company=company) for word in ("now", "mine", "pause", "ask", "help")]
    return mrkdwn_escape("\n".join(lines))


def _next(own: Words, facts: HomeFacts) -> list[Block]:
    paused = facts.choices.paused_until
    if paused is not None:
        return [header(own.say("home_next")), section(mrkdwn_escape(own.say("home_paused", date=_day(own, paused, facts.zone))))]
    if facts.next is None:
        return [header(own.say("home_next")), section(mrkdwn_escape(own.say("home_next_none")))]
    at, channel, cadence = facts.next
    by = own.name("by_channel", channel)
    local = at.astimezone(zone(facts.zone))
    day = own.count("weekdays", local.weekday())
    line = own.say("home_next_line", time=f"{day}, {own.instant(local)}", channel=by, cadence=cadence)
    return [header(own.say("home_next")), section(mrkdwn_escape(line)), context(mrkdwn_escape(own.say("home_next_note")))]


def _preferences(own: Words, facts: HomeFacts) -> list[Block]:
    chosen = facts.choices
    channels = [(ANY, own.say("channel_any")), *((c, own.name("channels", c)) for c in chosen.channels)]
    days = [(ANY, own.say("weekday_any")), *((str(d), own.count("weekdays", d)) for d in chosen.days)]
    pauses = [(str(n), own.say("pause_days", n=str(n)) if n else own.say("pause_none")) for n in PAUSES]
    picker: Block = {"type": "timepicker", "action_id": TIME, "timezone": facts.zone, "placeholder": {"type": "plain_text", "text": "–"}}
    if chosen.time:
        picker["initial_time"] = chosen.time
    if chosen.paused_until is not None:
        until = own.say("pause_until", date=_day(own, chosen.paused_until, facts.zone))
        pauses.insert(0, ("kept", until))
    found = [
        header(own.say("home_preferences")),
        section(f"*{label(own.say('channel'))}*", menu(CHANNEL, channels, chosen=chosen.channel or ANY)),
        section(f"*{label(own.say('weekday'))}*", menu(DAY, days, chosen=ANY if chosen.day is None else str(chosen.day))),
        section(f"*{label(own.say('time_of_day'))}* ({mrkdwn_escape(facts.zone)})", picker),
        section(f"*{label(own.say('pause'))}*", menu(PAUSE, pauses, chosen="kept" if chosen.paused_until else "0")),
    ]
    if chosen.time:
        clear = button(own.say("time_any"), action_id=TIME_CLEAR, value=ANY)
        found.insert(4, {"type": "actions", "block_id": "home-time", "elements": [clear]})
    return found


def _acknowledged(own: Words, facts: HomeFacts) -> list[Block]:
    lines = [own.say("home_acknowledged_line", date=own.long_date(on), title=title) for on, title in facts.acknowledged[:_LINES]]
    text = "\n".join(map(mrkdwn_escape, lines)) or mrkdwn_escape(own.say("home_acknowledged_none"))
    return [header(own.say("home_acknowledged")), section(text)]


def _record(own: Words, facts: HomeFacts) -> list[Block]:
    note = context(mrkdwn_escape(own.say(f"home_record_note_{facts.privacy}")))
    return [header(own.say("home_record")), section("\n".join(_record_lines(own, facts))), note]


def _record_lines(own: Words, facts: HomeFacts) -> list[str]:
    lines = []
    for one in facts.record[:_LINES]:
        line = own.count("record_line", one.times_sent, title=one.title)
        if one.checks:
            line += "; " + own.count("record_right", one.checks, right=str(one.right))
        lines.append(mrkdwn_escape(line))
    return lines or [mrkdwn_escape(own.say("home_record_none"))]


def _lines(title: str, lines: Sequence[str]) -> list[Block]:
    return [header(title), section(mrkdwn_escape("\n".join(lines[:_LINES])))]


def _day(own: Words, at: datetime, zone_name: str) -> str:
    return own.long_date(at.astimezone(zone(zone_name)).date())
