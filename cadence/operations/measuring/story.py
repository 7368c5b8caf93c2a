"""What a statement's page tells beside its figures: its versions and what each changed, how old it is, what it serves, its wordings.

Texts and counts of sending; nothing that comes from answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.statements.drafting import ComparedWords, word_difference
from cadence.domain.statements.text import first_sentence
from cadence.store.authoring.statements import StoredStatement, stored_statements
from cadence.store.measuring.heard import wordings_sent
from cadence.store.measuring.reports import VersionText, texts_of

#: words of a wording that stand in the table
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldVersion:
    """A version; ``before`` and ``after``: its text set beside the one before it, empty for the first."""

    number: int
    title: str
    material: bool
    published_at: datetime
    before: tuple[ComparedWords, ...]
    after: tuple[ComparedWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWording:
    """A wording of today's version. ``people``: who were sent it, None where fewer than may be told."""

    label: str
    begins: str
    text: str
    people: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All of it, newest version first. ``serves`` and ``served_by``: (slug, title); ``meanings``: how often its meaning changed."""

    text: VersionText
    versions: tuple[ToldVersion, ...]
    wordings: tuple[ToldWording, ...]
    serves: tuple[tuple[str, str], ...]
    served_by: tuple[tuple[str, str], ...]
    first_said: datetime
    meanings: int
    reworded: int


def story_of(connection: Connection, statement_id: int, *, smallest: int) -> Story:
    """Return what is told about a statement that has a version."""
    texts = texts_of(connection, statement_id)
    newest, oldest = texts[0], texts[-1]
    sent = wordings_sent(connection, newest.id)
    every = stored_statements(connection)
    mine = next(one for one in every if one.id == statement_id)
    return Story(
        text=newest,
        versions=tuple(_version(one, texts[place + 1] if place + 1 < len(texts) else None) for place, one in enumerate(texts)),
        wordings=tuple(
            ToldWording(label=label, begins=first_sentence(text, most=_SHOWN), text=text, people=_told(sent.get(label, 0), smallest))
            for label, text in newest.wordings
        ),
        serves=_titles(every, mine.supports),
        served_by=tuple((one.slug, one.title) for one in every if mine.slug in one.supports and one.withdrawn_at is None),
        first_said=oldest.published_at,
        meanings=sum(one.material for one in texts if one is not oldest),
        reworded=sum(not one.material for one in texts if one is not oldest),
    )


def _version(one: VersionText, earlier: VersionText | None) -> ToldVersion:
    before, after = ((), ()) if earlier is None else word_difference(_whole(earlier), _whole(one))
    return ToldVersion(number=one.number, title=one.title, material=one.material, published_at=one.published_at, before=before, after=after)


def _whole(one: VersionText) -> str:
    return f"{one.title}\n\n{one.body}"


def _titles(every: Sequence[StoredStatement], slugs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((one.slug, one.title) for one in every if one.slug in slugs)


def _told(people: int, smallest: int) -> int | None:
    return people if people == 0 or people >= smallest else None
