"""The pieces that Slack messages, the Home tab and modals are made of, and how they are kept within Slack's limits.

Lengths are counted as the strictest counter takes them. Text of ours and of authors is escaped here; nothing
that passes through can mention a person or a channel. Limits: docs.slack.dev, "Block Kit".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cadence.rendering.markdown import mrkdwn_escape, slack_length, split_mrkdwn
from cadence.rendering.wording import ShownMeasure

#: Slack takes 50 blocks in a message, 100 in a view, 3000 characters in a section, 2000 in a context, 150 in a header, 75 on a button
MAX_BLOCKS, MAX_VIEW_BLOCKS = 45, 95
MAX_SECTION, MAX_CONTEXT, MAX_HEADER, MAX_BUTTON = 2_900, 1_900, 150, 75
MAX_ELEMENTS, MAX_OPTIONS = 25, 100
#: a modal's title, its buttons, and an option of a menu
MAX_TITLE, MAX_OPTION = 24, 75

Block = dict[str, Any]

_BAR_CELLS = 12


def plain(text: str, limit: int) -> Block:
    """Return a plain_text object of one line."""
    return {"type": "plain_text", "text": clip(" ".join(text.split()) or "–", limit), "emoji": False}


def header(text: str) -> Block:
    """Return a heading."""
    return {"type": "header", "text": plain(text, MAX_HEADER)}


def divider() -> Block:
    """Return a rule."""
    return {"type": "divider"}


def sections(text: str) -> list[Block]:
    """Return mrkdwn as as many sections as it needs."""
    return [{"type": "section", "text": {"type": "mrkdwn", "text": part, "verbatim": True}} for part in split_mrkdwn(text, MAX_SECTION)]


def section(text: str, accessory: Block | None = None) -> Block:
    """Return mrkdwn as one section, cut when it is too long, with an element beside it."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": clip(text, MAX_SECTION), "verbatim": True}}
    return block if accessory is None else block | {"accessory": accessory}


def context(text: str) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": clip(text, MAX_CONTEXT), "verbatim": True}]}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    """Return a row of buttons or menus."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements[:MAX_ELEMENTS])}


def button(text: str, *, action_id: str, value: str, label: str = "", style: str = "") -> Block:
    """Return a button; ``label`` is what a screen reader says instead of ``text``."""
    made: Block = {"type": "button", "action_id": action_id, "text": plain(text, MAX_BUTTON), "value": value}
    if label:
        made["accessibility_label"] = clip(" ".join(label.split()), MAX_BUTTON)
    return made | ({"style": style} if style else {})


def option(text: str, value: str) -> Block:
    """Return one choice of a menu."""
    return {"text": plain(text, MAX_OPTION), "value": value}


def menu(action_id: str, choices: Iterable[tuple[str, str]], *, chosen: str | None = None, placeholder: str = "") -> Block:
    """Return a menu of (value, text), at most 100, with one of them chosen."""
    options = [option(text, value) for value, text in choices][:MAX_OPTIONS]
    made: Block = {"type": "static_select", "action_id": action_id, "options": options}
    if placeholder:
        made["placeholder"] = plain(placeholder, 150)
    first = next((one for one in options if one["value"] == chosen), None)
    return made | ({"initial_option": first} if first else {})


def measure_line(measure: ShownMeasure) -> str:
    """Return a measure as a bar of characters with its numbers in words; the bar repeats what the words say."""
    bar = ""
    if measure.percent is not None:
        full = round(measure.percent / 100 * _BAR_CELLS)
        bar = f"`{'▓' * full}{'░' * (_BAR_CELLS - full)}`  "
    return bar + mrkdwn_escape(measure.line)


def label(text: str) -> str:
    """Return ``text`` for a place between marks: one escaped line that can end neither bold nor a link."""
    return mrkdwn_escape(" ".join(text.split()).replace("*", "∗").replace("|", "¦"))


def clip(text: str, limit: int) -> str:
    """Return ``text`` in at most ``limit`` characters as Slack counts them, an ellipsis at the cut."""
    return text if slack_length(text) <= limit else split_mrkdwn(text, limit - 1)[0] + "…"


def share(texts: Iterable[str], room: int) -> list[str]:
    """Return the texts cut so that together they take ``room``: short ones stay whole, long ones share what is left."""
    texts = list(texts)
    limit: dict[int, int] = {}
    for rank, index in enumerate(sorted(range(len(texts)), key=lambda i: slack_length(texts[i]))):
        limit[index] = min(slack_length(texts[index]), room // (len(texts) - rank))
        room -= limit[index]
    return [clip(text, max(limit[index], 20)) for index, text in enumerate(texts)]
