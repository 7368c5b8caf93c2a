"""What is kept of a person, and what others may see by name: one of three modes, chosen for the whole installation.

In every mode figures are told of groups alone, and what somebody answered is shown to nobody but that person. What each mode keeps is
told to people on their own page and in docs/privacy.md.
"""

from __future__ import annotations

from enum import StrEnum


class PrivacyMode(StrEnum):
    """How much is told by name."""

    #: by name only who acknowledged what was to be acknowledged
    TEAM = "team"
    #: also who was delivered, saw or acknowledged what; never answers
    NAMED = "named"
    #: no single answer is kept with a person: it is counted, and that somebody answered is kept as that they saw the text
    AGGREGATE = "aggregate"

    @property
    def tells_by_name(self) -> bool:
        """Whether others may see by name what somebody was sent, saw and acknowledged."""
        return self is PrivacyMode.NAMED

    @property
    def keeps_answers(self) -> bool:
        """Whether an answer is kept with its person; else only sums over five people and more are."""
        return self is not PrivacyMode.AGGREGATE
