"""Write a statement as the file that ``statement_md`` reads: what reading gives back is what was written.

Pure: gives text, opens nothing. A text that a file cannot hold (a line that would begin another wording) is found by reading the
file again: ``same_again``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from cadence.domain.statements.statement import COSMETIC, PLAIN, StatementFile, StatementMeasure, VisibleTo
from cadence.errors import Invalid
from cadence.files.statement_md import parse_statement
from cadence.files.toml_tables import InvalidFile


def write_statement(statement: StatementFile) -> str:
    """Return the file of a statement. What is left to its default is not written."""
    lines = [f"{key} = {value}" for key, value in _front(statement)]
    for measure in statement.measures:
        lines += ["", "[[measures]]", *(f"{key} = {value}" for key, value in _measure(measure))]
    parts = ["+++", *lines, "+++", "", statement.body, ""]
    if not _is_plain(statement):
        for wording in statement.wordings:
            parts += [f"## Wording: {wording.name}", "", wording.text, ""]
    return "\n".join(parts)


def same_again(statement: StatementFile) -> StatementFile:
    """Return the statement as its own file says it. Raises InvalidFile with every fault, and where the file would say something else."""
    try:
        raw = write_statement(statement).encode()
    except UnicodeEncodeError:
        raise InvalidFile([Invalid("text", statement.title, "holds half of a character")]) from None
    read = parse_statement(raw, name=f"{statement.slug}.md")
    said = [(one.name, one.text) for one in read.wordings]
    if read.body != statement.body or said != [(one.name, one.text) for one in statement.wordings]:
        reason = "holds a line that begins a wording of its own, or a block of code that is not closed"
        raise InvalidFile([Invalid("text", statement.title, reason)])
    return replace(read, name=statement.name)


def _front(statement: StatementFile) -> Iterable[tuple[str, str]]:
    yield "slug", _text(statement.slug)
    yield "kind", _text(statement.kind.value)
    yield "title", _text(statement.title)
    if statement.audience != "everyone":
        yield "audience", _text(statement.audience)
    if statement.visible_to is not VisibleTo.EVERYONE:
        yield "visible_to", _text(statement.visible_to.value)
    if statement.must_acknowledge:
        yield "must_acknowledge", "true"
    if statement.acknowledge_by is not None:
        yield "acknowledge_by", statement.acknowledge_by.isoformat()
    if statement.signed_by:
        yield "signed_by", _text(statement.signed_by)
    if statement.tags:
        yield "tags", _texts(statement.tags)
    cosmetic = [one.name for one in statement.wordings if not one.substantive]
    if cosmetic != [one.name for one in statement.wordings if one.name in COSMETIC]:
        yield "cosmetic", _texts(cosmetic)
    if statement.effective_on is not None:
        yield "effective", statement.effective_on.isoformat()
    if statement.supports:
        yield "supports", _texts(statement.supports)
    if statement.material is False:
        yield "material", "false"
    if statement.changed:
        yield "changed", _text(statement.changed)
    if statement.brief:
        yield "brief", _text(statement.brief)
    if statement.right_answer:
        yield "right_answer", _text(statement.right_answer)
    if statement.near_misses:
        yield "near_misses", _texts(statement.near_misses)


def _measure(measure: StatementMeasure) -> Iterable[tuple[str, str]]:
    yield "name", _text(measure.name)
    if measure.unit:
        yield "unit", _text(measure.unit)
    yield "baseline", repr(measure.baseline)
    yield "target", repr(measure.target)
    if measure.target_on is not None:
        yield "by", measure.target_on.isoformat()
    if measure.values:
        yield "values", "[" + ", ".join(_value(on, value) for on, value in measure.values) + "]"


def _value(on: date, value: float) -> str:
    return f"{{ on = {on.isoformat()}, value = {value!r} }}"


def _is_plain(statement: StatementFile) -> bool:
    """Return whether the text is the only wording, so that the file needs no section."""
    return len(statement.wordings) == 1 and statement.wordings[0].name == PLAIN and statement.wordings[0].text == statement.body


def _text(text: str) -> str:
    """Return ``text`` as a TOML string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _texts(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, texts)) + "]"
