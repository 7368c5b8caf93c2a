"""All rules on one text, the most useful advice first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from cadence.domain.statements.advice.direction import a_reason, no_plan
from cadence.domain.statements.advice.kinds import Advice, AdviceKind, OpenText, OtherStatement
from cadence.domain.statements.advice.layout_advice import without_pictures
from cadence.domain.statements.advice.length import short_sentences, short_text
from cadence.domain.statements.advice.likeness import not_said_before, own_opening
from cadence.domain.statements.advice.lists import WordList
from cadence.domain.statements.advice.plain_words import no_bare_letters, no_jargon
from cadence.domain.statements.advice.question import a_fair_question
from cadence.domain.statements.advice.reading import ReadText, read_text
from cadence.domain.statements.advice.substance import a_picture, no_hollow_cheer

#: pieces of advice at most; more would be a list of faults
MOST = 5
_ORDER = {kind: place for place, kind in enumerate(AdviceKind)}
_RULES: tuple[Callable[[ReadText], Iterable[Advice]], ...] = (
    without_pictures,
    not_said_before,
    no_plan,
    a_reason,
    no_hollow_cheer,
    short_sentences,
    short_text,
    a_fair_question,
    a_picture,
    own_opening,
    no_jargon,
    no_bare_letters,
)


def advise(
    typed: OpenText, lists: Mapping[str, WordList], *, statements: Sequence[OtherStatement] = (), dismissed: Collection[str] = ()
) -> tuple[Advice, ...]:
    """Return what is worth a second look, the most useful first, at most ``MOST``; empty for a text that needs nothing.

    ``lists``: word lists by language ("en", "de"); a text in another language is judged by what needs no words.
    ``statements``: the others in force. ``dismissed``: keys of advice that the author does not want to see.
    """
    read = read_text(typed, lists, statements)
    found = [one for rule in _RULES for one in rule(read) if one.key not in dismissed]
    return tuple(sorted(found, key=lambda one: _ORDER[one.kind]))[:MOST]
