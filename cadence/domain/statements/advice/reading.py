"""A draft as the rules read it: its text with every mark of Markdown blanked, so that what is found lies where the author typed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cadence.domain.statements.advice.kinds import Draft, Other
from cadence.domain.statements.advice.lists import WordList


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A draft and all there is to judge it by. ``words``: the list of its language, None for a language there is none of."""

    draft: Draft
    words: WordList | None
    statements: tuple[Other, ...]


def read_draft(draft: Draft, lists: Mapping[str, WordList], statements: Sequence[Other]) -> Reading:
    """Return ``draft`` ready for the rules."""
    return Reading(draft=draft, words=lists.get(draft.language.partition("-")[0]), statements=tuple(statements))
