"""All rules on one draft, the most useful advice first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from cadence.domain.statements.advice.kinds import Advice, AdviceKind, Draft, Other
from cadence.domain.statements.advice.lists import WordList
from cadence.domain.statements.advice.reading import Reading, read_draft

#: pieces of advice at most; more would be a list of faults
MOST = 5
_ORDER = {kind: place for place, kind in enumerate(AdviceKind)}
_RULES: tuple[Callable[[Reading], Iterable[Advice]], ...] = ()


def advise(
    draft: Draft, lists: Mapping[str, WordList], *, statements: Sequence[Other] = (), dismissed: Collection[str] = ()
) -> tuple[Advice, ...]:
    """Return what is worth a second look, the most useful first, at most ``MOST``; empty for a text that needs nothing.

    ``lists``: word lists by language ("en", "de"); a text in another language is judged by what needs no words.
    ``statements``: the others in force. ``dismissed``: keys of advice that the author does not want to see.
    """
    reading = read_draft(draft, lists, statements)
    found = [one for rule in _RULES for one in rule(reading) if one.key not in dismissed]
    return tuple(sorted(found, key=lambda one: _ORDER[one.kind]))[:MOST]
