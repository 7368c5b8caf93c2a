"""The return path of a mail that names its delivery (VERP), and the delivery that a name stands for.

Pure. A pattern such as ``bounces+{id}@example.com`` holds the delivery's public id: 24 hex digits that
nobody can guess, so a bounce to such an address is about a mail that we sent. The id also stands in every
Message-ID. Source: the idea is D. J. Bernstein's "Variable Envelope Return Paths"; RFC 5321 section 4.5.3.1 for lengths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from cadence.domain.people.addresses import parse_email
from cadence.errors import Invalid

PLACE = "{id}"
_ID = r"[0-9a-f]{24}"
_MESSAGE_ID = re.compile(rf"<({_ID})@[^<>\s@]{{1,255}}>", re.IGNORECASE)


def check_pattern(pattern: str) -> str:
    """Return ``pattern`` when it makes an address for every delivery. Raises Invalid."""
    local, _, domain = pattern.rpartition("@")
    if local.count(PLACE) != 1 or PLACE in domain or "{" in local.replace(PLACE, "") or not pattern.isascii():
        raise Invalid("return_path", pattern, "holds {id} not exactly once, before the @", example="bounces+{id}@example.com")
    parse_email(return_address(pattern, "0" * 24), field="return_path")
    return pattern


def return_address(pattern: str, public_id: str) -> str:
    """Return the envelope sender of one delivery.

    >>> return_address("bounces+{id}@example.com", "00112233445566778899aabb")
    'bounces+00112233445566778899aabb@example.com'
    """
    return pattern.replace(PLACE, public_id)


def id_of_address(pattern: str, address: str) -> str:
    """Return the public id in ``address``, empty when it is none of ours. Case does not matter: some servers change it."""
    found = _address_form(pattern).fullmatch(address.strip()) if pattern else None
    return found[1].lower() if found else ""


def ids_of_messages(texts: Iterable[str]) -> list[str]:
    """Return the public ids of our Message-IDs in header values, each once, in order."""
    found = (match.lower() for text in texts for match in _MESSAGE_ID.findall(text))
    return list(dict.fromkeys(found))


@lru_cache(maxsize=8)
def _address_form(pattern: str) -> re.Pattern[str]:
    before, _, after = pattern.partition(PLACE)
    return re.compile(f"{re.escape(before)}({_ID}){re.escape(after)}", re.IGNORECASE)
