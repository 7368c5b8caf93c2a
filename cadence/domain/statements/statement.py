"""What a statement is: its kinds, wordings, measures and limits, and what counts as the same text.

How a file is read: ``statement_file``. Which version follows which: ``operations.authoring.import_statements``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MAX_FILE_BYTES = 200_000
#: fits a Slack header block (150) and a mail subject
MAX_TITLE = 120
#: fits a Slack section block (3000) with room for the marks around it
MAX_TEXT = 2_600
#: longer words are drawn out of the screen of a phone
MAX_WORD = 400
MAX_HEADINGS = 10
MAX_WORDINGS = 12
MAX_NEAR_MISSES = 10
#: an option of a check, right or wrong
MAX_OPTION = 300
#: characters of a brief, and the words it should have at most
MAX_BRIEF = 200
BRIEF_WORDS = 20
MAX_MEASURES = 12
MAX_VALUES = 400
MAX_TAGS = 10
#: wording of a statement that has no other
PLAIN = "plain"
#: wordings of these names only say it in other words, where a file does not tell
COSMETIC = frozenset({PLAIN, "short", "question"})


class StatementKind(StrEnum):
    """What a statement is about."""

    PURPOSE = "purpose"
    VALUE = "value"
    VISION = "vision"
    STRATEGY = "strategy"
    PRIORITY = "priority"
    SCOREBOARD = "scoreboard"


KINDS: tuple[str, ...] = tuple(kind.value for kind in StatementKind)


class VisibleTo(StrEnum):
    """Whose Home tab it stands on beside those it is meant for."""

    EVERYONE = "everyone"
    #: nobody else's
    AUDIENCE = "audience"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWording:
    """One way of saying it, as Markdown. ``substantive``: it gives another reason or example, not only other words."""

    name: str
    text: str
    substantive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMeasure:
    """One measure of a scoreboard; ``values`` by ascending date."""

    name: str
    unit: str
    baseline: float
    target: float
    #: the day on which the target is due
    target_on: date | None = None
    values: tuple[tuple[date, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFile:
    """A checked statement file. ``name``: the file, for messages. ``material``: None when the file does not say."""

    name: str
    slug: str
    kind: StatementKind
    title: str
    body: str
    #: never empty: without sections of their own the body is the only wording
    wordings: tuple[StatementWording, ...]
    audience: str = "everyone"
    visible_to: VisibleTo = VisibleTo.EVERYONE
    must_acknowledge: bool = False
    #: the day by which everyone should have acknowledged it
    acknowledge_by: date | None = None
    #: email address of the leader whose statement it is; empty: the company's
    signed_by: str = ""
    #: one line for readers: what changed in this version
    changed: str = ""
    #: words that cap rules may name
    tags: tuple[str, ...] = ()
    effective_on: date | None = None
    supports: tuple[str, ...] = ()
    #: line of the file that says what it supports
    supports_line: int = 1
    material: bool | None = None
    #: the line it is recognised by in a check; empty: nobody is asked
    right_answer: str = ""
    near_misses: tuple[str, ...] = ()
    measures: tuple[StatementMeasure, ...] = ()
    #: it in a sentence of plain text, for digests that lead with another statement; empty: its first sentence is taken
    brief: str = ""


def digest_of(statement: StatementFile) -> str:
    """Return the SHA-256, in hex, of title, body and wordings: equal text makes no version."""
    said = [statement.title, statement.body, [[w.name, w.text] for w in statement.wordings]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def cycle_in(supports: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the slugs of one cycle, each supporting the next and the last the first; None when there is none."""
    done: set[str] = set()
    for start in supports:
        path: dict[str, int] = {}
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            slug, depth = stack.pop()
            for left in [s for s, at in path.items() if at >= depth]:
                done.add(left)
                del path[left]
            if slug in done:
                continue
            path[slug] = depth
            for serves in supports.get(slug, ()):
                if serves in path:
                    return tuple(path)[path[serves] :]
                stack.append((serves, depth + 1))
        done.update(path)
    return None
