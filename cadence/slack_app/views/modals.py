"""The modals: a question to the leader, a statement or a measure's value written by a leader, and a plain notice.

A field's block id is its name, so that errors stand under their field. What the leader's modals hold is checked by the
operation behind them; the limits here only keep a person from typing on and on. Limits: docs.slack.dev, "Views".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from cadence.domain.statements.statement import MAX_TEXT, MAX_TITLE, StatementKind
from cadence.rendering.markdown import mrkdwn_escape
from cadence.rendering.slack_blocks import MAX_TITLE as MAX_MODAL_TITLE
from cadence.rendering.slack_blocks import Block, context, header, label, menu, option, plain, section, sections
from cadence.rendering.words import Words

ASK, DRAFT, DRAFT_CONFIRM, VALUE, VALUE_CONFIRM = "ask", "draft", "draft_confirm", "value", "value_confirm"
MAX_QUESTION = 2_000

View = Block


def ask_modal(words: Words, *, token: str = "", channel: str = "", ts: str = "", about: str = "") -> View:
    """Return the modal of a question. ``token``: the signed link of the statement it is about, from the message at ``channel``, ``ts``."""
    blocks = [context(mrkdwn_escape(words.say("ask_about", title=about)))] if about else []
    blocks.append(_field("question", words.say("ask_label"), _text(multiline=True, most=MAX_QUESTION), hint=words.say("ask_hint")))
    metadata = json.dumps({"token": token, "channel": channel, "ts": ts})
    return _modal(ASK, words.say("ask_title"), blocks, submit=words.say("ask_send"), close=words.say("cancel"), metadata=metadata)


def notice_modal(words: Words, text: str, *, title: str = "Cadence") -> View:
    """Return a modal that says one thing."""
    return _modal("", title, sections(mrkdwn_escape(text)), close=words.say("close"))


def statement_modal(title: str, text: str, *, close: str) -> View:
    """Return a modal with a whole statement; ``text``: mrkdwn."""
    return _modal("", title, sections(text), close=close)


def draft_modal(
    words: Words,
    *,
    kind: str = "",
    title: str = "",
    body: str = "",
    must: bool = False,
    preview: str = "",
    notes: Sequence[str] = (),
    metadata: str = "",
) -> View:
    """Return the modal in which a leader writes a statement; with ``preview`` (mrkdwn) it is the step before publishing.

    The fields stay editable in both steps, and what is published is what they hold then, previewed once more when it changed.
    """
    blocks: list[Block] = []
    if preview:
        blocks += [header(words.say("draft_reads")), *sections(preview)]
        blocks += [context(mrkdwn_escape(note)) for note in notes[:5]]
    kinds = menu("kind", [(k.value, words.kind(k.value)) for k in StatementKind], chosen=kind or StatementKind.PRIORITY.value)
    blocks.append(_field("kind", words.say("draft_kind"), kinds))
    hint = words.say("draft_name_hint", most=words.number(MAX_TITLE))
    blocks.append(_field("title", words.say("draft_name"), _text(most=MAX_TITLE, value=title), hint=hint))
    hint = words.say("draft_text_hint", most=words.number(MAX_TEXT))
    blocks.append(_field("body", words.say("draft_text"), _text(multiline=True, most=3_000, value=body), hint=hint))
    boxes: Block = {"type": "checkboxes", "action_id": "must", "options": [option(words.say("draft_must_box"), "yes")]}
    if must:
        boxes["initial_options"] = boxes["options"]
    blocks.append(_field("must", words.say("draft_must"), boxes, optional=True))
    callback, submit = (DRAFT_CONFIRM, "draft_publish") if preview else (DRAFT, "draft_preview")
    return _modal(callback, words.say("draft_title"), blocks, submit=words.say(submit), close=words.say("cancel"), metadata=metadata)


def value_modal(
    words: Words,
    measures: Sequence[tuple[str, str]],
    *,
    today: date,
    measure: str = "",
    value: str = "",
    on: str = "",
    preview: str = "",
    metadata: str = "",
) -> View:
    """Return the modal in which a leader enters a measure's value; ``measures``: (id, name). With ``preview``: the step before storing."""
    blocks = [section(preview)] if preview else []
    choice = menu("measure", measures, chosen=measure or None, placeholder=words.say("value_choose"))
    blocks.append(_field("measure", words.say("value_measure"), choice))
    blocks.append(_field("value", words.say("value_value"), _text(most=30, value=value), hint=words.say("value_hint")))
    picker: Block = {"type": "datepicker", "action_id": "on", "initial_date": on or today.isoformat()}
    blocks.append(_field("on", words.say("value_on"), picker))
    callback, submit = (VALUE_CONFIRM, "value_store") if preview else (VALUE, "value_check")
    return _modal(callback, words.say("value_title"), blocks, submit=words.say(submit), close=words.say("cancel"), metadata=metadata)


def bold(text: str) -> str:
    """Return one escaped line in bold."""
    return f"*{label(text)}*"


def _modal(callback: str, title: str, blocks: Sequence[Block], *, submit: str = "", close: str = "", metadata: str = "") -> View:
    made: View = {"type": "modal", "title": plain(title, MAX_MODAL_TITLE), "blocks": list(blocks)}
    if callback:
        made["callback_id"] = callback
    if submit:
        made["submit"] = plain(submit, MAX_MODAL_TITLE)
    if close:
        made["close"] = plain(close, MAX_MODAL_TITLE)
    return made | ({"private_metadata": metadata} if metadata else {})


def _field(name: str, text: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    made: Block = {"type": "input", "block_id": name, "label": plain(text, 2_000), "element": element | {"action_id": name}}
    if hint:
        made["hint"] = plain(hint, 2_000)
    return made | ({"optional": True} if optional else {})


def _text(*, most: int, multiline: bool = False, value: str = "") -> Block:
    made: Block = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    return made | ({"initial_value": value} if value else {})
