"""What is advised on and what an advice is; the rules that find it stand beside this file, their order is in ``advising``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from cadence.domain.statements.statement import StatementKind, StatementWording


class AdviceKind(StrEnum):
    """What an advice is about, the most useful to an author first. Each has a text of its name below ``[advice]``."""

    #: an image or a table, which mail and Slack show as words
    NOT_SHOWN = "not_shown"
    #: another statement says nearly the same; values: title
    SAME_STATEMENT = "same_statement"
    #: dates, phases, tasks in a text that gives a direction
    PLAN = "plan"
    NO_REASON = "no_reason"
    #: praise without a fact, a story or a reason
    HOLLOW = "hollow"
    #: values: words, most
    LONG_SENTENCE = "long_sentence"
    #: values: words, most
    LONG_TEXT = "long_text"
    #: the right line stands in the text
    LINE_COPIED = "line_copied"
    #: the right line can be told without knowing the statement
    LINE_GUESSED = "line_guessed"
    #: a near miss is what the text says
    NEAR_MISS_TRUE = "near_miss_true"
    #: two near misses say nearly the same
    NEAR_MISSES_ALIKE = "near_misses_alike"
    NOTHING_TO_PICTURE = "nothing_to_picture"
    #: values: wording, the name of the other one
    SAME_OPENING = "same_opening"
    JARGON = "jargon"
    #: letters that nothing explains
    ACRONYM = "acronym"


class TextField(StrEnum):
    """The field of the editor that a span lies in."""

    TITLE = "title"
    TEXT = "text"
    RIGHT_ANSWER = "right_answer"
    NEAR_MISSES = "near_misses"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpan:
    """A piece of what the author typed: ``words == value[start:end]`` of ``field``. ``line``: which near miss, from 0."""

    start: int
    end: int
    words: str
    field: TextField = TextField.TEXT
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One piece of advice. ``spans``: never empty, in the order they stand, none inside another.

    ``values``: what fills the placeholders of its sentence, which is ``words.say(kind, **values)`` of the part "advice".
    """

    kind: AdviceKind
    spans: tuple[TextSpan, ...]
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What it is dismissed by: the same while it is about the same words, wherever they stand."""
        said = "\x00".join(sorted({span.words.casefold() for span in self.spans}))
        return f"{self.kind}-{blake2b(said.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenText:
    """What somebody is writing. ``text``: the wording that is open, as Markdown; ``wordings``: the others, the body among them.

    ``language``: that of the text, "en" or "de-AT"; empty: it is told from the words.
    """

    kind: StatementKind
    title: str
    text: str
    wordings: tuple[StatementWording, ...] = ()
    right_answer: str = ""
    near_misses: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStatement:
    """Another statement in force, to compare with: never the one that is being written. ``text``: its body, as Markdown."""

    title: str
    text: str
