"""The one-tap check: which options a recall question may have, and which of them one message shows in which order.

A pool is the right line of a statement and the wrong ones it may be asked with: near misses written by hand, then lines of
other and of withdrawn statements. What one delivery shows of it is a pure hash of its key, so a copy of a message asks
the same, and no randomness is stored. Recognition among six: a lucky guess is right 1 time in the number of options.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from cadence.domain.sending.deliveries import CheckQuestion

#: options of a question, as many of them as there are lines to choose from
MOST_OPTIONS = 6
#: with fewer than this a guess tells nothing and nothing is asked
LEAST_OPTIONS = 3
#: wrong lines a pool keeps; the first ones are the near misses
MOST_DISTRACTORS = 20
#: this many of the first distractors are always among the options, so that a question is never easy by its company
ALWAYS = 3
#: different arrangements of one check: few, so that messages of one run can share what is made of them
ARRANGEMENTS = 12
#: characters of an option, in sentences taken from a statement
LONGEST_LINE = 160
SHORTEST_LINE = 12

#: white space behind a full stop and its closing quote, before a capital letter, a letter without case, or a number
_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’»)]))\s+(?=[\W_]*[^\W_a-z])|(?<=[。！？])")
_NOT_READ = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPool:
    """A right line and its distractors, nearest first. ``digest``: equal for equal pools, 32 hexadecimal characters."""

    right: str
    distractors: tuple[str, ...]
    digest: str


def statement_line(text: str, *, title: str) -> str:
    """Return the line a statement is recognised by: the first sentence of ``text`` (plain, without markup) that fits an option.

    The title is the last resort: it stands above the question, so it would give the answer away.
    """
    for sentence in _SENTENCE_END.split(" ".join(text.split())):
        line = sentence.strip()
        if SHORTEST_LINE <= len(line) <= LONGEST_LINE and line != title:
            return line
    return title


def pool(right: str, near_misses: Iterable[str], others: Iterable[str]) -> CheckPool | None:
    """Return what may be asked about a statement, None when fewer than three options read differently.

    right: its line. near_misses: wrong lines written for it. others: lines of other and withdrawn statements.
    No two options differ only in case, spaces or punctuation.
    """
    read, kept = {_as_read(right)}, []
    for line in (*near_misses, *others):
        told = _as_read(line)
        if told and told not in read:
            read.add(told)
            kept.append(line)
    kept = kept[:MOST_DISTRACTORS]
    if len(kept) + 1 < LEAST_OPTIONS or not _as_read(right):
        return None
    digest = blake2b("\x00".join((right, *kept)).encode(), digest_size=16).hexdigest()
    return CheckPool(right=right, distractors=tuple(kept), digest=digest)


def ask(check_id: int, right: str, distractors: Sequence[str], *, key: str) -> CheckQuestion:
    """Return the question as the message of ``key`` shows it: the same for ever for the same arguments.

    key: what tells one showing from another, see ``check_key``. ``distractors``: those of the pool, in its order.
    """
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
    return _arranged(check_id, right, tuple(distractors), number % ARRANGEMENTS)


def check_key(public_id: str, version_id: int) -> str:
    """Return the key of a check in a delivery."""
    return f"{public_id}:{version_id}"


@lru_cache(maxsize=8192)
def _arranged(check_id: int, right: str, distractors: tuple[str, ...], arrangement: int) -> CheckQuestion:
    """Return one of the arrangements; questions are shared between messages, so that composers may keep them."""

    def rank(line: str) -> bytes:
        return blake2b(f"{check_id}:{arrangement}:{line}".encode(), digest_size=8).digest()

    drawn = [*distractors[:ALWAYS], *sorted(distractors[ALWAYS:], key=rank)][: MOST_OPTIONS - 1]
    options = sorted(drawn, key=rank)
    # the check's own number turns the places, because 12 arrangements of five options cannot be even by themselves
    place = (arrangement + check_id) % (len(options) + 1)
    return CheckQuestion(check_id=check_id, options=(*options[:place], right, *options[place:]), right=place)


def _as_read(line: str) -> str:
    """Return what a reader tells two lines apart by."""
    return _NOT_READ.sub(" ", unicodedata.normalize("NFKC", line)).casefold().strip()
