"""How explanations speak: the sentences of the words' part "explain", in one language and one person's time zone.

One sentence for every rule of the planner and every fact on record, so that a page, a command and the API say the same and one
file is translated. Which sentence holds is decided by ``operations.planning.explain``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from babel.lists import format_list

from cadence.domain.planning.trace import Rule
from cadence.rendering.words import Words, fill

#: the part of the word files
PART = "explain"


@dataclass(frozen=True, slots=True)
class Voice:
    """Tells in the words of one language; instants in ``zone``, which is named."""

    words: Words
    zone: str

    def say(self, key: str, /, **fields: object) -> str:
        """Return the sentence ``key`` with its fields filled in."""
        return self.words.say(key, **self._told(fields))

    def held(self, rule: Rule, /, **fields: object) -> str:
        """Return the sentence for a rule that keeps a statement out."""
        return fill(self.words.name("held", rule), self._told(fields))

    def reason(self, code: str) -> str:
        """Return why a message was not sent, as the part of a sentence that follows "because"."""
        return self.words.name("reasons", code)

    def item_reason(self, code: str) -> str:
        """Return why a statement was chosen, as the part of a sentence that follows "because"."""
        return self.words.name("item_reasons", code)

    def asks(self, code: str) -> str:
        """Return what a message asks, as the part of a sentence that follows "with"."""
        return self.words.name("asks", code)

    def state(self, code: str) -> str:
        """Return what a message's state means: "was delivered"."""
        return self.words.name("states", code)

    def by(self, code: str) -> str:
        """Return how a channel brings something: "by email"; empty for no channel."""
        return self.words.name("by_channel", code) if code else ""

    def times(self, count: int) -> str:
        """Return "never", "once" or "n times"."""
        return self.words.count("so_often", count)

    def percent(self, share: float) -> str:
        """Return a share in whole per cent."""
        return self.words.say("percent", n=str(round(100 * share)))

    def listed(self, parts: Iterable[str]) -> str:
        """Return "a, b and c"."""
        return str(format_list(list(parts), locale=self.words.locale))

    def moment(self, instant: datetime) -> str:
        """Return an instant in local time with its zone."""
        return self.words.moment(instant, self.zone)

    def _told(self, fields: dict[str, object]) -> dict[str, str]:
        return {name: self._one(value) for name, value in fields.items()}

    def _one(self, value: object) -> str:
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.words.long_date(value)
        return self.words.number(value) if isinstance(value, int | float) else str(value)
