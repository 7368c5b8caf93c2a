"""The front matter of statement files, declared: what editors and forms may say of each key before a file is imported.

``statement_md`` reads the files, with the line of every fault; a test holds that both know the same keys and bounds. What makes a
question poor cannot be said in a schema: ``domain.statements.check_faults``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from cadence.domain.statements.checks import LEAST_NEAR_MISSES
from cadence.domain.statements.statement import (
    MAX_BRIEF,
    MAX_MEASURES,
    MAX_NEAR_MISSES,
    MAX_OPTION,
    MAX_TAGS,
    MAX_TITLE,
    MAX_VALUES,
    StatementKind,
    VisibleTo,
)
from cadence.files.declared import DeclaredTable, Flag, Maybe, Number, Several, Slug, Text, Words, entry

_Line = Annotated[Text, Field(max_length=MAX_OPTION)]


class MeasureValueToml(DeclaredTable):
    """One dated value of a measure."""

    on: date = entry(..., "the day it is of", example="2026-10-31")
    value: Number = entry(..., "the value", example=97.8, ge=-1e15, le=1e15)


class MeasureToml(DeclaredTable):
    """One measure of a scoreboard."""

    name: Text = entry(..., "what is measured", example="Gauges reporting", max_length=80)
    unit: Text = entry("", "what it is counted in", example="%", max_length=24)
    baseline: Number = entry(..., "where it began", example=94.1, ge=-1e15, le=1e15)
    target: Number = entry(..., "where it is to end", example=99.5, ge=-1e15, le=1e15)
    by: Maybe[date] = entry(None, "the day on which the target is due", example="2026-12-31", absent="no day")
    values: Annotated[tuple[MeasureValueToml, ...], Field(max_length=MAX_VALUES)] = entry((), "its values by date")


class FrontMatter(DeclaredTable):
    """A statement without its text."""

    title: Text = entry(..., "one line; subject and headline", example="Repair before replace", max_length=MAX_TITLE)
    slug: Maybe[Slug] = entry(None, "the name everything refers to", example="repair-before-replace", absent="the file's name")
    kind: Maybe[StatementKind] = entry(None, "what it is about", example="value", absent="given by the folder")
    audience: Slug = entry("everyone", "an audience of cadences.toml")
    visible_to: VisibleTo = entry(VisibleTo.EVERYONE, "on whose Home tab it stands", example="audience")
    must_acknowledge: Flag = entry(False, "people are asked to confirm that they have read it")
    acknowledge_by: Maybe[date] = entry(None, "the day by which everyone should have confirmed it", example="2026-12-18", absent="no day")
    signed_by: Maybe[_Line] = entry(
        None, "the leader whose statement it is, by email address", example="helen.mostyn@example.com", absent="the company's"
    )
    changed: Maybe[Annotated[Text, Field(max_length=MAX_BRIEF)]] = entry(
        None,
        "what changed in this version, in one line for readers",
        example="Two ways in one building count as one.",
        absent="nothing is said",
    )
    tags: Annotated[tuple[Slug, ...], Field(max_length=MAX_TAGS)] = entry((), "names that cap rules may use", example=["safety"])
    cosmetic: Maybe[Words[Text]] = entry(
        None, "wordings that only say it in other words", example=["short"], absent="short, question and plain, where there are such"
    )
    effective: Maybe[date] = entry(None, "not sent before this day", example="2026-09-01", absent="at once")
    supports: Several[Slug] = entry((), "the statements this one serves", example=["a-warning-in-time"])
    material: Flag = entry(True, "false: the change now in this file says the same in other words")
    brief: Maybe[Annotated[Text, Field(max_length=MAX_BRIEF)]] = entry(
        None,
        "it in a sentence of at most 20 words",
        example="We mend first, and replace what taught us something.",
        absent="its first sentence",
    )
    right_answer: Maybe[_Line] = entry(
        None, "the line it is recognised by", example="What opens is put right on the bench.", absent="nobody is asked about it"
    )
    near_misses: Annotated[tuple[_Line, ...], Field(max_length=MAX_NEAR_MISSES)] = entry(
        (),
        f"readings that sound right and are wrong, with a right_answer at least {LEAST_NEAR_MISSES}",
        example=["What breaks is sold.", "What is old goes back.", "What fails is kept."],
    )
    measures: Annotated[tuple[MeasureToml, ...], Field(max_length=MAX_MEASURES)] = entry((), "a scoreboard's measures")
