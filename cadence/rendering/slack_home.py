"""The Home tab of one person, and the texts with which the slash command answers.

Plain values in, blocks out. Everything shown is the person's own or meant for them; what stands under "for leaders"
and "for admins" is handed in ready. Slack takes 100 blocks in a view: statements are cut first, and the rest is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from cadence.domain.calendars import zone
from cadence.domain.deliveries import MeasureReading
from cadence.rendering.markdown import mrkdwn_escape, to_mrkdwn
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
    measure_line,
    menu,
    section,
)
from cadence.rendering.wording import show_measure
from cadence.rendering.words import Words

#: choices on the Home tab: their action ids
CHANNEL, DAY, TIME, TIME_CLEAR, PAUSE = "home_channel", "home_day", "home_time", "home_time_clear", "home_pause"
ANY = "any"
#: pauses that can be chosen, in days; 0 ends one
PAUSES = (0, 7, 14, 28, 90)
_MOST_STATEMENTS = 50
#: of a statement's text on the tab, and lines of a list
_BODY, _LINES = 600, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeStatement:
    """A statement in force. ``token``: signed link for its Acknowledge button, empty when nothing waits."""

    statement_id: int
    version_id: int
    kind: str
    title: str
    body: str
    measures: tuple[MeasureReading, ...] = ()
    token: str = ""


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
    acknowledged: tuple[tuple[date, str], ...] = ()
    #: (instant, channel, name of the cadence)
    next: tuple[datetime, str, str] | None = None
    choices: HomeChoices = field(default_factory=HomeChoices)
    record: tuple[HomeRecord, ...] = ()
    #: lines for leaders and for admins; empty for everybody else
    leader: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    #: a sentence about a choice that could not be stored
    problem: str = ""


def home_view(words: Words, own: Words, facts: HomeFacts) -> Block:
    """Return the view for ``views.publish``. ``words``: those around statements, ``own``: those of this tab."""
    head = [header(own.say("home_title", company=facts.company))]
    if facts.problem:
        head.append(context(mrkdwn_escape(own.say("not_stored", reason=facts.problem))))
    tail = [
        *_next(own, facts),
        *_preferences(own, facts),
        *_acknowledged(own, facts),
        *_record(own, facts),
        *_lines(own.say("home_leader"), facts.leader),
        *_lines(own.say("home_admin"), facts.admin),
    ]
    return {"type": "home", "blocks": [*head, *_statements(words, own, facts, room=MAX_VIEW_BLOCKS - len(head) - len(tail)), *tail]}


def stranger_view(own: Words) -> Block:
    """Return the tab of somebody Cadence does not know."""
    return {"type": "home", "blocks": [section(mrkdwn_escape(own.say("home_stranger")))]}


def shown_statements(facts: HomeFacts) -> tuple[HomeStatement, ...]:
    """Return the statements whose text ``home_view`` shows."""
    return (*facts.waiting, *facts.current)[:_MOST_STATEMENTS]


def now_text(words: Words, own: Words, facts: HomeFacts) -> tuple[str, list[Block]]:
    """Return text and blocks of the answer to ``now``: the statements, as they stand on the Home tab."""
    title = own.say("home_title", company=facts.company)
    shown = shown_statements(facts)[:40]
    if not shown:
        return mrkdwn_escape(own.say("home_nothing")), []
    return mrkdwn_escape(title), [header(title), *(section(_statement(words, one)) for one in shown)]


def mine_text(own: Words, facts: HomeFacts) -> str:
    """Return the person's own record as text."""
    lines = [f"*{label(own.say('home_record'))}*", *_record_lines(own, facts), mrkdwn_escape(own.say("home_record_note"))]
    return clip("\n".join(lines), MAX_SECTION)


def help_text(own: Words, *, company: str, command: str, unknown: str = "") -> str:
    """Return what can be typed; ``unknown``: the word that is none of it."""
    lines = [own.say("help_unknown", word=clip(unknown, 40))] if unknown else []
    lines.append(own.say("help_title"))
    lines += [own.say(f"help_{word}", command=command, company=company) for word in ("now", "mine", "pause", "ask", "help")]
    return mrkdwn_escape("\n".join(lines))


def _statements(words: Words, own: Words, facts: HomeFacts, *, room: int) -> list[Block]:
    shown = shown_statements(facts)[: max(room - 3, 0)]
    if not shown:
        return [section(mrkdwn_escape(own.say("home_nothing")))]
    waiting = shown[: len(facts.waiting)]
    found: list[Block] = []
    if waiting:
        found.append(header(own.say("home_yours")))
        found += [section(_statement(words, one), _acknowledge(words, one)) for one in waiting]
    if len(shown) > len(waiting):
        found.append(header(own.say("home_current")))
        found += [section(_statement(words, one)) for one in shown[len(waiting) :]]
    more = len(facts.waiting) + len(facts.current) - len(shown)
    return [*found, context(mrkdwn_escape(own.say("home_more", n=str(more))))] if more else found


def _statement(words: Words, one: HomeStatement) -> str:
    lines = [mrkdwn_escape(words.kind(one.kind)), f"*{label(one.title)}*", clip(to_mrkdwn(one.body), _BODY)]
    return "\n".join([*lines, *(measure_line(show_measure(words, measure)) for measure in one.measures)])


def _acknowledge(words: Words, one: HomeStatement) -> Block | None:
    if not one.token:
        return None
    which = words.say("acknowledge_which", title=one.title)
    return button(words.say("acknowledge"), action_id="acknowledge", value=one.token, label=which, style="primary")


def _next(own: Words, facts: HomeFacts) -> list[Block]:
    paused = facts.choices.paused_until
    if paused is not None:
        return [header(own.say("home_next")), section(mrkdwn_escape(own.say("home_paused", date=_day(own, paused, facts.zone))))]
    if facts.next is None:
        return [header(own.say("home_next")), section(mrkdwn_escape(own.say("home_next_none")))]
    at, channel, cadence = facts.next
    by = own.say(f"channel_{channel}") if channel in ("email", "slack") else channel
    local = at.astimezone(zone(facts.zone))
    day = own.count("weekdays", local.weekday())
    line = own.say("home_next_line", time=f"{day}, {own.instant(local)}", channel=by, cadence=cadence)
    return [header(own.say("home_next")), section(mrkdwn_escape(line)), context(mrkdwn_escape(own.say("home_next_note")))]


def _preferences(own: Words, facts: HomeFacts) -> list[Block]:
    chosen = facts.choices
    channels = [(ANY, own.say("channel_any")), *((c, own.say(f"channel_{c}")) for c in chosen.channels)]
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
    note = context(mrkdwn_escape(own.say("home_record_note")))
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
    return [divider(), header(title), section(mrkdwn_escape("\n".join(lines[:_LINES])))] if lines else []


def _day(own: Words, at: datetime, zone_name: str) -> str:
    return own.long_date(at.astimezone(zone(zone_name)).date())
