"""Statements as leaders write them: one Markdown file with TOML front matter each.

Owns the file format (docs/statements.md). The body is data: nothing in it is executed here or later. Pure: takes bytes,
opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from cadence.domain.statements.check_faults import faults
from cadence.domain.statements.statement import (
    COSMETIC,
    MAX_BRIEF,
    MAX_FILE_BYTES,
    MAX_HEADINGS,
    MAX_MEASURES,
    MAX_NEAR_MISSES,
    MAX_OPTION,
    MAX_TAGS,
    MAX_TEXT,
    MAX_TITLE,
    MAX_VALUES,
    MAX_WORD,
    MAX_WORDINGS,
    PLAIN,
    StatementFile,
    StatementKind,
    StatementMeasure,
    StatementWording,
    VisibleTo,
)
from cadence.domain.statements.text import bad_character, is_blank, longest_word, normalise, tidy_line
from cadence.errors import Invalid
from cadence.files.markdown import code_blocks, headings, shown
from cadence.files.toml_tables import InvalidFile, TableReader, is_slug, read_toml

_FOLDERS = {
    **{kind.value: kind for kind in StatementKind},
    **{kind.value + "s": kind for kind in StatementKind},
    "strategies": StatementKind.STRATEGY,
    "priorities": StatementKind.PRIORITY,
}


_KEYS = {
    "slug": 'slug = "repair-before-replace"',
    "kind": 'kind = "value"',
    "title": 'title = "Repair before replace"',
    "audience": 'audience = "everyone"',
    "visible_to": 'visible_to = "audience"',
    "must_acknowledge": "must_acknowledge = true",
    "acknowledge_by": "acknowledge_by = 2026-12-18",
    "signed_by": 'signed_by = "helen.mostyn@example.com"',
    "changed": 'changed = "Two ways in the same building no longer count as two."',
    "tags": 'tags = ["safety"]',
    "cosmetic": 'cosmetic = ["short", "question"]',
    "effective": "effective = 2026-09-01",
    "supports": 'supports = ["a-warning-in-time"]',
    "material": "material = false",
    "right_answer": 'right_answer = "We mend what can be opened, and replace only what taught us something."',
    "brief": 'brief = "We mend first, and replace only what taught us something."',
    "near_misses": 'near_misses = ["New is safer.", "Old is cheaper.", "Ask the maker."]',
    "measures": "[[measures]]",
}
_MEASURE_KEYS = {
    "name": 'name = "Gauges reporting"',
    "unit": 'unit = "%"',
    "baseline": "baseline = 94.1",
    "target": "target = 99.5",
    "by": "by = 2026-12-31",
    "values": "values = [{ on = 2026-10-31, value = 97.8 }]",
}
_VALUE_KEYS = {"on": "on = 2026-10-31", "value": "value = 97.8"}

#: characters after the front matter: a body and every wording, and room for their headings
_MOST_MARKDOWN = (MAX_WORDINGS + 2) * MAX_TEXT
_FENCE = "+++"
_SECTION_LEVEL = 2
_SECTION = re.compile(r"wording\b\s*:?(?P<name>.*)", re.IGNORECASE)
_LIKE_SECTION = re.compile(r"wordings?\s*:", re.IGNORECASE)
_UNSPACED_SECTION = re.compile(r" {0,3}#{1,6}wordings?\s*:", re.IGNORECASE)
_LINE = re.compile(r", line (\d+)$")
#: sequences by which Slack notifies everybody in a place at once
_BROADCAST = re.compile(r"<!\s*(?:channel|here|everyone|group|subteam)\b", re.IGNORECASE)


def parse_statement(raw: bytes, *, name: str) -> StatementFile:
    """Return the statement of a file; ``name`` is its path with ``/``, whose folder may tell the kind and whose stem the slug.

    Raises InvalidFile with one problem for each fault, each naming the file, the line and the key.
    """
    text = _decode(raw, name)
    # a file that is no statement may be anything, a key among others: it is not quoted
    front, rest, rest_line = _split(text, name)
    _check_characters(text, name)
    table = read_toml(("\n" + front).encode(), where=name)
    problems: list[Invalid] = []
    reader = _FrontReader(table, path="", where=name, problems=problems, examples=_KEYS, lines=front.split("\n"))
    reader.refuse_unknown()
    path = PurePosixPath(name)
    title = _title(reader)
    right_answer = _plain_line(reader, "right_answer", limit=MAX_OPTION)
    brief = _plain_line(reader, "brief", limit=MAX_BRIEF)
    near_misses = _near_misses(reader)
    if not any(
        problem.data["field"] in ("right_answer", "near_misses") for problem in problems
    ):  # lines that cannot be read are told first
        for fault in faults(right_answer, near_misses, title=title):
            where = f"{name}, line {reader.line(fault.field)}"
            problems.append(Invalid(fault.field, fault.value, fault.reason, where=where))  # an example of ours would not help
    body, wordings = _texts(rest, rest_line, name, problems)
    wordings = _marked(reader, wordings)
    slug = reader.slug("slug", path.stem)
    if not is_slug(slug):
        reader.refuse(
            "slug", slug, "is missing, and the file's name cannot serve: it has more than small letters, digits and single hyphens"
        )
    supports = _supports(reader, slug)
    kind = _kind(reader, path.parent.name)
    must_acknowledge, acknowledge_by = reader.boolean("must_acknowledge", False), reader.day("acknowledge_by")
    if acknowledge_by is not None and not must_acknowledge:
        reader.refuse("acknowledge_by", acknowledge_by, "needs must_acknowledge = true", example="must_acknowledge = true")
    measures = _measures(reader)
    if measures and kind is not StatementKind.SCOREBOARD:
        reader.refuse("measures", [m.name for m in measures], f"belong to a scoreboard; this is a {kind}", example='kind = "scoreboard"')
    statement = StatementFile(
        name=name,
        slug=slug,
        kind=kind,
        title=title,
        body=body,
        wordings=wordings,
        audience=reader.slug("audience", "everyone"),
        visible_to=reader.choice("visible_to", VisibleTo.EVERYONE),
        must_acknowledge=must_acknowledge,
        acknowledge_by=acknowledge_by,
        signed_by=_plain_line(reader, "signed_by", limit=MAX_OPTION).lower(),
        changed=_plain_line(reader, "changed", limit=MAX_BRIEF),
        tags=_tags(reader),
        effective_on=reader.day("effective"),
        supports=supports,
        supports_line=reader.line("supports"),
        material=reader.boolean("material", True) if "material" in table else None,
        right_answer=right_answer,
        near_misses=near_misses,
        measures=measures,
        brief=brief,
    )
    if problems:
        raise InvalidFile(problems)
    return statement


def line_of(problem: Invalid) -> int | None:
    """Return the line a problem of ``parse_statement`` stands on, None when it is about the whole file."""
    found = _LINE.search(str(problem.data.get("where") or ""))
    return int(found[1]) if found else None


class _FrontReader(TableReader):
    """Reads front matter and knows on which line of the file each key stands."""

    def __init__(self, table: Mapping[str, Any], *, lines: list[str], after: int = -1, **rest: Any) -> None:
        super().__init__(table, **rest)
        self.lines = lines
        self.after = after

    def refuse(self, key: str, value: object, reason: str, *, example: str | None = None) -> None:
        field = f"{self.path}.{key}" if self.path else key
        where = f"{self.where}, line {self.line(key)}"
        self.problems.append(Invalid(field, value, reason, example=example or self.examples.get(key), where=where))

    def line(self, key: str) -> int:
        """Return the line of the file that sets ``key``, or the one its table begins on."""
        pattern = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*(?:[=.\]]|$)")
        for number, line in enumerate(self.lines):
            if number >= self.after and pattern.match(line):
                return number + 2
        return self.after + 2


def _decode(raw: bytes, name: str) -> str:
    if len(raw) > MAX_FILE_BYTES:
        raise InvalidFile([Invalid("size", f"{len(raw)} bytes", f"is more than {MAX_FILE_BYTES} bytes", where=name)])
    try:
        text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        where = f"{name}, line {line}"
        raise InvalidFile([Invalid("encoding", f"byte {error.start}", "is not UTF-8 text; save the file as UTF-8", where=where)]) from None
    if is_blank(text):
        raise InvalidFile([Invalid("file", text[:20], "is empty", where=name)])
    return normalise(text)


def _check_characters(text: str, name: str) -> None:
    found = bad_character(text)
    if found:
        line = text.count("\n", 0, found[0]) + 1
        raise InvalidFile([Invalid("text", _around(text, found[0]), found[1], where=f"{name}, line {line}")])


def _split(text: str, name: str) -> tuple[str, str, int]:
    """Return the front matter, the text after it, and the line that text begins on."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        reason = "a statement begins with front matter between two lines of +++"
        raise InvalidFile([Invalid("front matter", "missing", reason, example='+++ then title = "..." then +++', where=f"{name}, line 1")])
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    raise InvalidFile([Invalid("front matter", lines[0], "is not closed by a second line of +++", where=f"{name}, line {len(lines)}")])


def _title(reader: _FrontReader) -> str:
    value = reader.table.get("title")
    if not isinstance(value, str):
        reader.refuse("title", value, "is missing" if value is None else "is a text in quotes")
        return ""
    title = " ".join(normalise(value).split(" ")).strip()
    reason = _refusal_of(title, limit=MAX_TITLE, one_line=True)
    if reason:
        reader.refuse("title", title, reason)
    return title


def _plain_line(reader: _FrontReader, key: str, *, limit: int) -> str:
    """Return one line of plain text, empty when the file does not have it."""
    value = reader.table.get(key, "")
    if not isinstance(value, str):
        reader.refuse(key, value, "is a text in quotes")
        return ""
    line = tidy_line(value)
    reason = _refusal_of(line, limit=limit, one_line=True) if key in reader.table else None
    if reason:
        reader.refuse(key, line, reason)
    return line


def _near_misses(reader: _FrontReader) -> tuple[str, ...]:
    words = tuple(map(tidy_line, reader.words("near_misses") or ()))
    if len(words) > MAX_NEAR_MISSES:
        reader.refuse("near_misses", f"{len(words)} entries", f"has more than {MAX_NEAR_MISSES}")
    for word in words:
        reason = _refusal_of(word, limit=MAX_OPTION, one_line=True)
        if reason:
            reader.refuse("near_misses", word, reason)
    return words


def _supports(reader: _FrontReader, slug: str) -> tuple[str, ...]:
    slugs = reader.words("supports") or ()
    for supported in slugs:
        if not is_slug(supported):
            reader.refuse("supports", supported, "is not the slug of a statement")
        elif supported == slug:
            reader.refuse("supports", supported, "is this statement itself")
    return slugs


def _kind(reader: _FrontReader, folder: str) -> StatementKind:
    told = _FOLDERS.get(folder.lower())
    if "kind" in reader.table or told:
        return reader.choice("kind", told or StatementKind.PURPOSE)
    reader.refuse("kind", None, "is missing, and the folder does not tell it; it is one of: " + ", ".join(StatementKind))
    return StatementKind.PURPOSE


def _texts(text: str, first_line: int, name: str, problems: list[Invalid]) -> tuple[str, tuple[StatementWording, ...]]:
    """Return body and wordings of the Markdown after the front matter."""
    if len(text) > _MOST_MARKDOWN:  # before it is read: some marks take long by the hundred thousand
        reason = f"has {len(text)} characters; a body and {MAX_WORDINGS} wordings have at most {_MOST_MARKDOWN}"
        problems.append(Invalid("text", text[:40], reason, where=f"{name}, line {first_line}"))
        return "", ()
    lines = text.split("\n")
    #: name of a wording, the line its heading stands on, and where its text begins
    parts: list[tuple[str, int, int]] = [("", first_line, 0)]
    ends: list[int] = []
    for heading in headings(text):
        number = first_line + heading.first_line
        section = _SECTION.fullmatch(heading.text)
        if section and heading.level == _SECTION_LEVEL and not heading.nested:
            parts.append((section["name"].strip(), number, heading.end_line))
            ends.append(heading.first_line)
        elif _LIKE_SECTION.match(heading.text):
            problems.append(_no_section(heading.text, f"{name}, line {number}"))
    in_code = {number for token in code_blocks(text) if token.map for number in range(*token.map)}
    for index, line in enumerate(lines):
        if index not in in_code and _UNSPACED_SECTION.match(line):
            problems.append(_no_section(line.strip(), f"{name}, line {first_line + index}"))
    said = ["\n".join(lines[start:end]).strip() for (_, _, start), end in zip(parts, [*ends, len(lines)], strict=True)]
    _check_text("body", said[0], f"{name}, line {first_line}", problems)
    wordings: list[StatementWording] = []
    for (section_name, number, _), words in zip(parts[1:], said[1:], strict=True):
        where, called = f"{name}, line {number}", section_name.casefold()
        if not is_slug(called):
            problems.append(
                Invalid("wording", section_name, "may have only letters, digits and hyphens", example="## Wording: story", where=where)
            )
        elif called in [w.name for w in wordings]:
            problems.append(Invalid("wording", section_name, "appears twice; use each name once", where=where))
        _check_text(f"wording {called}", words, where, problems)
        wordings.append(StatementWording(name=called, text=words))
    if len(wordings) > MAX_WORDINGS:
        problems.append(Invalid("wordings", len(wordings), f"are more than {MAX_WORDINGS}", where=name))
    return said[0], tuple(wordings) or (StatementWording(name=PLAIN, text=said[0]),)


def _no_section(heading: str, where: str) -> Invalid:
    reason = (
        "looks like the heading of a wording and is none: that is a heading of two number signs and a space, outside of lists and quotes"
    )
    return Invalid("wording", heading, reason, example="## Wording: story", where=where)


def _marked(reader: _FrontReader, wordings: tuple[StatementWording, ...]) -> tuple[StatementWording, ...]:
    """Return ``wordings`` with those marked that only say it in other words: told by the file, else by their names."""
    names = {wording.name for wording in wordings}
    told = reader.words("cosmetic") or ()
    for name in told:
        if name not in names:
            reader.refuse("cosmetic", name, "is no wording of this statement; they are: " + ", ".join(sorted(names)))
    cosmetic = frozenset(told) if "cosmetic" in reader.table else COSMETIC
    return tuple(replace(wording, substantive=wording.name not in cosmetic) for wording in wordings)


def _tags(reader: _FrontReader) -> tuple[str, ...]:
    tags = reader.words("tags") or ()
    if len(tags) > MAX_TAGS:
        reader.refuse("tags", f"{len(tags)} entries", f"has more than {MAX_TAGS}")
    for tag in tags:
        if not is_slug(tag):
            reader.refuse("tags", tag, "is a name of small letters, digits and hyphens")
    return tags


def _check_text(field: str, text: str, where: str, problems: list[Invalid]) -> None:
    reason = _refusal_of(text, limit=MAX_TEXT)
    if reason is None:
        visible = shown(text)
        # what is refused when it is typed is refused when it is written as an entity
        hidden = bad_character(visible)
        count = sum(1 for _ in headings(text))
        if is_blank(visible):
            reason = "shows a reader nothing"
        elif hidden:
            reason = hidden[1]
        elif count > MAX_HEADINGS:
            reason = f"has {count} headings; at most {MAX_HEADINGS} fit one message"
    if reason:
        problems.append(Invalid(field, text, reason, where=where))


def _refusal_of(text: str, *, limit: int, one_line: bool = False) -> str | None:
    """Return why ``text`` cannot be sent to people, None when it can."""
    if is_blank(text):
        return "is empty"
    found = bad_character(text, one_line=one_line)
    if found:
        return found[1]
    # Slack writes these three as &amp; &lt; &gt; and counts them so
    length = len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
    if length > limit:
        return f"has {length} characters (&, < and > count as Slack writes them); at most {limit}"
    if longest_word(text) > MAX_WORD:
        return f"has a word of more than {MAX_WORD} characters"
    broadcast = _BROADCAST.search(text)
    if broadcast:
        return f"holds {broadcast[0]}>, which would call everybody in Slack; write it another way"
    return None


def _measures(reader: _FrontReader) -> tuple[StatementMeasure, ...]:
    rows = reader.table.get("measures", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MAX_MEASURES:
        reader.refuse("measures", rows, f"is a list of at most {MAX_MEASURES} tables")
        return ()
    begins = [n for n, line in enumerate(reader.lines) if re.match(r"\s*\[\[\s*measures\s*\]\]", line)]
    found: list[StatementMeasure] = []
    for index, row in enumerate(rows):
        after = begins[index] if index < len(begins) else max(reader.line("measures") - 2, 0)
        path = f"measures[{index + 1}]"
        one = _FrontReader(
            row, path=path, where=reader.where, problems=reader.problems, examples=_MEASURE_KEYS, lines=reader.lines, after=after
        )
        measure = _measure(one)
        if measure.name in [m.name for m in found]:
            one.refuse("name", measure.name, "appears twice; use each name once")
        found.append(measure)
    return tuple(found)


def _measure(reader: _FrontReader) -> StatementMeasure:
    reader.refuse_unknown()
    for key in ("name", "baseline", "target"):
        if reader.table.get(key) in (None, ""):
            reader.refuse(key, reader.table.get(key), "is missing")
    return StatementMeasure(
        name=normalise(reader.text("name", "", limit=80)),
        unit=normalise(reader.text("unit", "", limit=24)),
        baseline=reader.number("baseline", 0.0, least=-1e15, most=1e15),
        target=reader.number("target", 0.0, least=-1e15, most=1e15),
        target_on=reader.day("by"),
        values=_values(reader),
    )


def _values(reader: _FrontReader) -> tuple[tuple[date, float], ...]:
    rows = reader.table.get("values", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) > MAX_VALUES:
        reader.refuse("values", rows, f"is a list of at most {MAX_VALUES} entries")
        return ()
    found: dict[date, float] = {}
    for index, row in enumerate(rows):
        path = f"{reader.path}.values[{index + 1}]"
        after = max(reader.line("values") - 2, 0)
        one = _FrontReader(
            row, path=path, where=reader.where, problems=reader.problems, examples=_VALUE_KEYS, lines=reader.lines, after=after
        )
        one.refuse_unknown()
        on, value = one.day("on"), one.number("value", float("nan"), least=-1e15, most=1e15) if "value" in row else None
        if value is None or "on" not in row:
            one.refuse("on" if "on" not in row else "value", None, "is missing")
        elif on in found:
            one.refuse("on", on, "is there twice; each date once")
        elif on is not None:
            found[on] = value
    return tuple(sorted(found.items()))


def _around(text: str, index: int) -> str:
    return text[max(0, index - 10) : index + 10]
