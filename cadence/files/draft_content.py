"""What is being written, in the declared form of a statement file: unfinished, so only its shape and size are checked here.

A finished one is made a ``StatementFile`` and read like every file (``statement_writer.same_again``), so that what the browser
publishes is what an import would.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from pydantic import Field, ValidationError

from cadence.domain.statements.statement import (
    COSMETIC,
    MAX_MEASURES,
    MAX_NEAR_MISSES,
    MAX_TAGS,
    MAX_TEXT,
    MAX_WORDINGS,
    PLAIN,
    StatementFile,
    StatementKind,
    StatementMeasure,
    StatementWording,
    VisibleTo,
)
from cadence.domain.statements.text import bad_character, normalise, tidy_line
from cadence.errors import Invalid
from cadence.files.declared import DeclaredTable, Flag, Text, entry
from cadence.files.front_matter import MeasureToml, MeasureValueToml
from cadence.files.statement_writer import same_again
from cadence.files.toml_tables import InvalidFile, is_slug

#: what is kept while it is written, so that nothing that was typed is lost; what is too long is refused when it is published
_LONG = 4 * MAX_TEXT
_LINE = Annotated[Text, Field(max_length=1_000)]


class WordingContent(DeclaredTable):
    """One wording beside the statement itself."""

    name: Annotated[Text, Field(max_length=64)] = entry(..., "its name", example="story")
    text: Annotated[Text, Field(max_length=_LONG)] = entry("", "its text, as Markdown")


class DraftContent(DeclaredTable):
    """Everything that the four pages ask."""

    title: _LINE = entry("", "one line; subject and headline")
    kind: StatementKind = entry(StatementKind.PRIORITY, "what it is about")
    #: empty: made from the title when it is published
    slug: Annotated[Text, Field(max_length=64)] = entry("", "the name everything refers to")
    body: Annotated[Text, Field(max_length=_LONG)] = entry("", "the statement itself, as Markdown")
    wordings: Annotated[tuple[WordingContent, ...], Field(max_length=MAX_WORDINGS)] = entry((), "other ways of saying it")
    #: a file may rotate wordings without the statement's own text among them
    cosmetic: Annotated[tuple[Text, ...], Field(max_length=MAX_WORDINGS)] | None = entry(None, "wordings that only say it in other words")
    brief: _LINE = entry("", "it in a sentence")
    right_answer: _LINE = entry("", "the line it is recognised by")
    near_misses: Annotated[tuple[_LINE, ...], Field(max_length=MAX_NEAR_MISSES)] = entry((), "readings that are wrong")
    audience: Annotated[Text, Field(max_length=64)] = entry("everyone", "who hears it")
    visible_to: VisibleTo = entry(VisibleTo.EVERYONE, "on whose Home tab it stands")
    effective: date | None = entry(None, "not sent before this day")
    must_acknowledge: Flag = entry(False, "people confirm that they have read it")
    acknowledge_by: date | None = entry(None, "until when")
    supports: Annotated[tuple[Text, ...], Field(max_length=50)] = entry((), "the statements it serves")
    signed_by: _LINE = entry("", "the leader whose statement it is, by email address")
    tags: Annotated[tuple[Text, ...], Field(max_length=MAX_TAGS)] = entry((), "names that cap rules may use")
    measures: Annotated[tuple[MeasureToml, ...], Field(max_length=MAX_MEASURES)] = entry((), "a scoreboard's measures")
    #: None: nobody has said yet whether the change means something new
    material: bool | None = entry(None, "whether it means something new")
    changed: _LINE = entry("", "what changed, in one line for readers")
    #: only words are corrected: the pages ask for nothing else
    typo: Flag = entry(False, "a correction of words")
    #: keys of advice that the author does not want to see
    dismissed: Annotated[tuple[Text, ...], Field(max_length=200)] = entry((), "advice that was dismissed")

    def wording_text(self, name: str) -> str:
        """Return the text of one wording; "" is the statement itself."""
        return self.body if not name else next((one.text for one in self.wordings if one.name == name), "")


def content_of(stored: Mapping[str, Any]) -> DraftContent:
    """Return a draft as it was kept, or as a form gives it. Raises Invalid naming the field."""
    try:
        return DraftContent.model_validate(dict(stored))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "text"
        raise Invalid(name, stored.get(name), "is too long, or is not what this field holds") from None


def to_json(content: DraftContent) -> dict[str, Any]:
    """Return a draft as it is kept."""
    return content.model_dump(mode="json")


def from_file(statement: StatementFile) -> DraftContent:
    """Return a statement as it is edited: what changed last and what it meant is asked again."""
    is_plain = len(statement.wordings) == 1 and statement.wordings[0].name == PLAIN
    return DraftContent(
        title=statement.title,
        kind=statement.kind,
        slug=statement.slug,
        body=statement.body,
        wordings=() if is_plain else tuple(WordingContent(name=one.name, text=one.text) for one in statement.wordings),
        cosmetic=tuple(one.name for one in statement.wordings if not one.substantive),
        brief=statement.brief,
        right_answer=statement.right_answer,
        near_misses=statement.near_misses,
        audience=statement.audience,
        visible_to=statement.visible_to,
        effective=statement.effective_on,
        must_acknowledge=statement.must_acknowledge,
        acknowledge_by=statement.acknowledge_by,
        supports=statement.supports,
        signed_by=statement.signed_by,
        tags=statement.tags,
        measures=tuple(
            MeasureToml(
                name=one.name,
                unit=one.unit,
                baseline=one.baseline,
                target=one.target,
                by=one.target_on,
                values=tuple(MeasureValueToml(on=on, value=value) for on, value in one.values),
            )
            for one in statement.measures
        ),
    )


def to_file(content: DraftContent) -> StatementFile:
    """Return the checked statement that a draft says. Raises InvalidFile with every fault of it."""
    slug = content.slug or slug_from(content.title)
    statement = _unchecked(content, slug or "nameless")
    problems = [Invalid("title", content.title, odd[1]) for odd in [bad_character(content.title, one_line=True)] if odd]
    if content.title.strip() and not is_slug(slug):
        problems.append(Invalid("title", content.title, "has no letter or digit from which a short name can be made"))
    if problems:
        raise InvalidFile(problems)
    return same_again(statement)


def slug_from(title: str) -> str:
    """Return the short name that a title gives, "" when it has no letter or digit of the Latin alphabet."""
    ascii_only = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].strip("-")


def _unchecked(content: DraftContent, slug: str) -> StatementFile:
    body = _text(content.body)
    said = tuple(StatementWording(name=one.name, text=_text(one.text)) for one in content.wordings)
    wordings = said or (StatementWording(name=PLAIN, text=body),)
    cosmetic = COSMETIC if content.cosmetic is None or not said else frozenset(content.cosmetic)
    return StatementFile(
        name="",
        slug=slug,
        kind=content.kind,
        title=" ".join(normalise(content.title).split(" ")).strip(),
        body=body,
        wordings=tuple(replace(one, substantive=one.name not in cosmetic) for one in wordings),
        audience=content.audience,
        visible_to=content.visible_to,
        must_acknowledge=content.must_acknowledge,
        acknowledge_by=content.acknowledge_by,
        signed_by=content.signed_by,
        changed=_line(content.changed),
        tags=content.tags,
        effective_on=content.effective,
        supports=content.supports,
        material=False if content.material is False else None,
        right_answer=_line(content.right_answer),
        near_misses=tuple(line for line in map(_line, content.near_misses) if line),
        measures=tuple(
            StatementMeasure(
                name=one.name,
                unit=one.unit,
                baseline=one.baseline,
                target=one.target,
                target_on=one.by,
                values=tuple(sorted((value.on, value.value) for value in one.values)),
            )
            for one in content.measures
        ),
        brief=_line(content.brief),
    )


def _text(text: str) -> str:
    return normalise(text).strip()


def _line(text: str) -> str:
    return tidy_line(" ".join(text.split()))
