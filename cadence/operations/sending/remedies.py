"""What an admin changes when a mail server refuses us, by the cause that its words tell; the sentences: words' part "notices"."""

from __future__ import annotations

from cadence.rendering.words import english


def remedy_for(cause: str) -> str:
    """Return in English what to change, empty when the cause tells nothing to change."""
    return english("notices").names["causes"].get(cause, "")
