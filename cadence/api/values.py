"""What callers may send, read strictly: a number is no instant, a text no number; and the cursors of pages.

Pydantic's own reading of dates and instants takes "0"; these take what their JSON Schema says and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from cadence.errors import Invalid

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].*")
#: years in which every instant exists in every time zone, and that every database can keep
_FIRST, _LAST = 1970, 2999


def _day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value) or not _FIRST <= int(value[:4]) <= _LAST:
        raise ValueError("is not a day such as 2026-12-24")
    return date.fromisoformat(value)


def _instant(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, str) or not _INSTANT.fullmatch(value) or not _FIRST < int(value[:4]) <= _LAST:
        raise ValueError("is not an instant such as 2026-12-24T09:00:00Z")
    found = datetime.fromisoformat(value.upper())
    if found.tzinfo is None:
        raise ValueError("has no offset; write 2026-12-24T09:00:00Z")
    return found.astimezone(UTC)


Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before")]
NumberCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,15}$", description="`next` of the page before")]
Slug = Annotated[str | None, Query(max_length=200, description="Slug of a statement in force")]


class Body(BaseModel):
    """A body; a field that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


def write_cursor(*parts: str | int) -> str:
    """Return a place in a list as a text that means nothing to callers."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: type) -> tuple[Any, ...]:
    """Return the parts of a cursor of ours. Raises Invalid for one that does not hold ``kinds`` in this order."""
    try:
        parts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds) or not all(map(_is_kept, parts)):
        raise Invalid("cursor", text, "is not the `next` of a page before")
    return tuple(parts)


def _is_kept(part: str | int) -> bool:
    """Return whether every database takes it: a number of 64 bits, a text that can be written and holds no NUL."""
    if isinstance(part, int):
        return abs(part) < 2**63
    return "\0" not in part and not any("\ud800" <= character <= "\udfff" for character in part)
