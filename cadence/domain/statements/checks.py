"""The recall question: the lines a message may ask with, which of them it shows in which order, and what a choice means.

A pool is the right line of a statement and the near misses written by hand for it; nothing is made up from other statements. A
message shows four of its lines, and "I don't remember" beside them. What one delivery shows is a pure hash of its key, so a copy
of a message asks the same, and no randomness is stored. What makes a pool poor: ``check_faults``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from cadence.domain.sending.deliveries import CheckQuestion

#: the choice "I don't remember"; kept as the line that was chosen too
FORGOT = -1
#: an answer that was given, counted, and not kept (privacy mode ``aggregate``)
NOT_KEPT = -3
#: the line of the right choice; the near misses are 1 and on, in the order of the file
RIGHT_LINE = 0
#: lines a message shows, the right one among them
LINES = 4
#: near misses a statement needs to be asked about
LEAST_NEAR_MISSES = LINES - 1
#: lines a message showed of a pool that was stored before there were ``LINES``: such messages go on asking what they asked
OLD_LINES = 6
#: different arrangements of one check: few, so that messages of one run can share what is made of them
ARRANGEMENTS = 12

_NOT_READ = re.compile(r"[\W_]+")
#: small letters of Cyrillic and Greek that are drawn as Latin ones (Unicode UTS #39) or whose capitals are, and marks drawn as nothing
_LOOKS = str.maketrans(
    "авекмнорстухіѕјһԁԛԝӏαγηικνορτυχ",
    "abekmhopctyxisjhdqwlaynikvoptux",
    "\u00ad\u200b\u200c\u200d\u2060\ufeff",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPool:
    """A right line and its near misses in the order of the file. ``digest``: equal for equal pools, 32 hexadecimal characters."""

    right: str
    distractors: tuple[str, ...]
    digest: str
    lines: int = LINES


def pool(right: str, near_misses: Iterable[str]) -> CheckPool | None:
    """Return what may be asked about a statement; None without a right line, and with fewer than three near misses.

    No two lines of it differ only in case, spaces or punctuation.
    """
    read, kept = {as_read(right)}, []
    for line in near_misses:
        told = as_read(line)
        if told and told not in read:
            read.add(told)
            kept.append(line)
    if len(kept) < LEAST_NEAR_MISSES or not as_read(right):
        return None
    digest = blake2b("\x00".join((str(LINES), right, *kept)).encode(), digest_size=16).hexdigest()
    return CheckPool(right=right, distractors=tuple(kept), digest=digest)


def ask(check_id: int, right: str, distractors: Sequence[str], *, key: str, lines: int) -> CheckQuestion:
    """Return the question as the message of ``key`` shows it: the same for ever for the same arguments.

    key: what tells one showing from another, see ``check_key``. ``distractors`` and ``lines``: those of the pool.
    """
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
    return _arranged(check_id, right, tuple(distractors), number % ARRANGEMENTS, lines)


def check_key(public_id: str, version_id: int) -> str:
    """Return the key of a check in a delivery."""
    return f"{public_id}:{version_id}"


def is_choice(question: CheckQuestion, choice: int) -> bool:
    """Whether ``choice`` can be made: the place of an option, or ``FORGOT``."""
    return choice == FORGOT or 0 <= choice < len(question.options)


def line_of(question: CheckQuestion, distractors: Sequence[str], choice: int) -> int:
    """Return the line behind a choice that was offered: 0 the right one, 1 and on a near miss in the order of the file, -1 forgot."""
    if choice == FORGOT:
        return FORGOT
    return RIGHT_LINE if choice == question.right else 1 + list(distractors).index(question.options[choice])


@lru_cache(maxsize=8192)
def _arranged(check_id: int, right: str, distractors: tuple[str, ...], arrangement: int, lines: int) -> CheckQuestion:
    """Return one of the arrangements; questions are shared between messages, so that composers may keep them."""

    def rank(line: str) -> bytes:
        return blake2b(f"{check_id}:{arrangement}:{line}".encode(), digest_size=8).digest()

    # old pools begin with near misses, which they always show, and go on with lines of other statements
    always = LEAST_NEAR_MISSES if lines == OLD_LINES else 0
    drawn = [*distractors[:always], *sorted(distractors[always:], key=rank)][: lines - 1]
    options = sorted(drawn, key=rank)
    # the check's own number turns the places, because 12 arrangements of so few options cannot be even by themselves
    place = (arrangement + check_id) % (len(options) + 1)
    return CheckQuestion(check_id=check_id, options=(*options[:place], right, *options[place:]), right=place)


def as_read(line: str) -> str:
    """Return what a reader tells two lines apart by: letters and digits by their looks, not by the script they are coded in.

    >>> as_read("We\u00a0me\u200bnd.") == as_read("we m\u0435nd")
    True
    """
    shown = unicodedata.normalize("NFKC", line).casefold().translate(_LOOKS)
    return _NOT_READ.sub(" ", shown).strip()
