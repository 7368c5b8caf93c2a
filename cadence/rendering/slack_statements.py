"""Statements as the Home tab shows them: whole, as a line of a list, or in a window of their own.

Owns what fits: those meant for the reader stand whole as long as there is room, everything else is one line with a way to
read it, and what is left over is counted. Plain values in, blocks out. Limits: docs.slack.dev, "Block Kit" and "Views".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cadence.domain.sending.deliveries import MeasureReading
from cadence.rendering.markdown import mrkdwn_escape, slack_length, to_mrkdwn, to_text
from cadence.rendering.slack_blocks import (
    MAX_SECTION,
    Block,
    button,
    clip,
    context,
    header,
    label,
    measure_line,
    menu,
    section,
)
from cadence.rendering.wording import show_measure
from cadence.rendering.words import Words

#: action id of what opens the whole text
READ = "home_read"
#: statements that stand whole, and in one section of a list
MOST_WHOLE, _TOGETHER = 50, 10
#: a list's section and its menu
_BLOCKS = 2
#: characters of a text that stands whole, and of a first line
_BODY, _FIRST_LINE = 600, 140
#: of 250 kB that a view may have: the statements', and of these those that stand whole. Letters outside ASCII count six each
_MAX_BYTES, _MAX_WHOLE_BYTES = 200_000, 120_000


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
class Arranged:
    """Blocks of statements, and which of the reader's own stand whole in them."""

    blocks: list[Block]
    whole: tuple[HomeStatement, ...]


#: blocks that belong together, and how many statements they show
_Unit = tuple[list[Block], int]


def arrange(
    words: Words,
    own: Words,
    *,
    waiting: Sequence[HomeStatement],
    current: Sequence[HomeStatement],
    also: Sequence[HomeStatement],
    room: int,
) -> Arranged:
    """Return the statements in at most ``room`` blocks: ``waiting`` for the reader, ``current`` meant for them, then those for others."""
    mine = (*waiting, *current)
    if not mine and not also:
        return Arranged(blocks=[section(mrkdwn_escape(own.say("home_nothing")))], whole=())
    others = list(_lists(words, own, also))
    room -= (1 if waiting else 0) + (1 if current else 0) + (2 if also else 0) + 1
    whole: list[_Unit] = [([_whole(words, own, one)], 1) for one in mine[:MOST_WHOLE]]
    whole = whole[: _fitting(whole, room=room, size=_MAX_WHOLE_BYTES)]
    lines = sum(len(blocks) for blocks, _ in others)
    while len(whole) > room // 3 and len(whole) + _BLOCKS * _sections(mine[len(whole) :]) + lines > room:
        whole.pop()
    units = [*whole, *_lists(words, own, mine[len(whole) :]), *others]
    kept = units[: _fitting(units, room=room, size=_MAX_BYTES)]
    yours, rest = kept[: min(len(waiting), len(whole))], kept[min(len(waiting), len(whole)) : len(units) - len(others)]
    listed = kept[len(units) - len(others) :]
    found: list[Block] = []
    if yours:
        found += [header(own.say("home_yours")), *_blocks(yours)]
    if rest:
        found += [header(own.say("home_current")), *_blocks(rest)]
    if listed:
        found += [header(own.say("home_also")), context(mrkdwn_escape(own.say("home_also_note"))), *_blocks(listed)]
    more = len(mine) + len(also) - sum(count for _, count in kept)
    if more:
        found.append(context(mrkdwn_escape(own.say("home_more", n=str(more)))))
    return Arranged(blocks=found, whole=mine[: len(whole)])


def whole_text(words: Words, one: HomeStatement) -> str:
    """Return a statement as mrkdwn: kind, title, the text as far as it stands on the tab, measures."""
    return f"{mrkdwn_escape(words.kind(one.kind))}\n{_said(words, one, clip(to_mrkdwn(one.body), _BODY))}"


def reading_text(words: Words, one: HomeStatement) -> str:
    """Return a statement for a window of its own, whose title is the kind: all of the text."""
    return _said(words, one, to_mrkdwn(one.body))


def _said(words: Words, one: HomeStatement, body: str) -> str:
    measures = (measure_line(show_measure(words, measure)) for measure in one.measures)
    return "\n".join([f"*{label(one.title)}*", body, *measures])


def _whole(words: Words, own: Words, one: HomeStatement) -> Block:
    beside = None
    if one.token:
        which = words.say("acknowledge_which", title=one.title)
        beside = button(words.say("acknowledge"), action_id="acknowledge", value=one.token, label=which, style="primary")
    elif slack_length(to_mrkdwn(one.body)) > _BODY:
        beside = _read(own, one)
    return section(whole_text(words, one), beside)


def _lists(words: Words, own: Words, statements: Sequence[HomeStatement]) -> Iterator[_Unit]:
    """Yield sections of first lines, those of a kind together, each with what opens the whole text."""
    for kind, together in groupby(statements, key=lambda one: one.kind):
        head = mrkdwn_escape(words.kind(kind))
        lines: list[str] = []
        ones: list[HomeStatement] = []
        for one in together:
            line = f"*{label(one.title)}*\n{mrkdwn_escape(_first_line(one.body))}"
            if ones and (len(ones) == _TOGETHER or slack_length(_list_text(head, [*lines, line])) > MAX_SECTION):
                yield _listed(own, _list_text(head, lines), ones)
                lines, ones = [], []
            lines.append(line)
            ones.append(one)
        yield _listed(own, _list_text(head, lines), ones)


def _list_text(head: str, lines: Sequence[str]) -> str:
    return f"{head}\n" + "\n\n".join(lines)


def _listed(own: Words, said: str, ones: Sequence[HomeStatement]) -> _Unit:
    if len(ones) == 1:
        return [section(said, _read(own, ones[0]))], 1
    titles = menu(READ, [(str(one.statement_id), one.title) for one in ones], placeholder=own.say("read_one"))
    # below and not beside, where it would leave the lines half their width; without a block_id, so that each publishing clears the choice
    return [section(said), {"type": "actions", "elements": [titles]}], len(ones)


def _read(own: Words, one: HomeStatement) -> Block:
    return button(own.say("read"), action_id=READ, value=str(one.statement_id), label=own.say("read_which", title=one.title))


def _first_line(body: str) -> str:
    """Return the beginning of a text as one line, cut between words."""
    line = " ".join(to_text(body).strip().partition("\n\n")[0].split())
    if slack_length(line) <= _FIRST_LINE:
        return line
    cut = clip(line, _FIRST_LINE).removesuffix("…")
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;:") + "…"


def _fitting(units: Sequence[_Unit], *, room: int, size: int) -> int:
    """Return how many of ``units``, from the first, take at most ``room`` blocks and ``size`` bytes."""
    for count, (blocks, _) in enumerate(units):
        size -= len(json.dumps(blocks))
        room -= len(blocks)
        if room < 0 or size < 0:
            return count
    return len(units)


def _sections(statements: Sequence[HomeStatement]) -> int:
    """Return about how many sections a list of ``statements`` takes."""
    return sum(-(-len(list(some)) // _TOGETHER) for _, some in groupby(statements, key=lambda one: one.kind))


def _blocks(units: Iterable[_Unit]) -> list[Block]:
    return [block for blocks, _ in units for block in blocks]
