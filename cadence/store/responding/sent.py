"""How often a pair's text was shown, as ``exposures`` and ``past_pairs`` keep it: ``Sendings`` by the names of the columns."""

from __future__ import annotations

from typing import Any

from cadence.domain.memory.evidence import Sendings

#: the columns, in the order of the fields of ``Sendings``
SENT = (
    "times_sent",
    "sent_day",
    "version_id",
    "sent_quarter",
    "sent_in_quarter",
    "delivered_times",
    "delivered_day",
    "delivered_version_id",
)
_NEVER: tuple[Any, ...] = (0, None, None, 0, 0, 0, None, None)


def sent_row(sent: Sendings | None) -> dict[str, Any]:
    """Return the columns of a pair; None: its text was never shown."""
    return dict(zip(SENT, _NEVER if sent is None else sent, strict=True))
