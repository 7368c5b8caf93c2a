"""Rendered pieces of mail that many people share, with gaps for what belongs to one person.

A ``Block`` is made once from rendered text in which each gap is a mark of a random name that no author can
guess; it is kept as quoted-printable fragments, so filling the gaps is joining bytes. ``BlockCache``
bounds how many blocks are kept.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from re import compile as compile_pattern
from re import escape
from typing import Generic, TypeVar

from cadence.errors import RenderError
from cadence.rendering.mime import Fragment, fragment

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Block:
    """Text with gaps: literal fragments, and behind each but the last the name of a gap. ``size``: bytes of the decoded literals."""

    literals: tuple[Fragment, ...]
    gaps: tuple[str, ...]
    size: int

    def fill(self, into: list[Fragment], values: Mapping[str, Fragment]) -> None:
        """Append the fragments of this block to ``into``, its gaps filled from ``values``."""
        literals = self.literals
        into.append(literals[0])
        for index, gap in enumerate(self.gaps, start=1):
            into.append(values[gap])
            into.append(literals[index])


class Marks:
    """The marks of one composer."""

    def __init__(self) -> None:
        self._nonce = f"q{secrets.token_hex(12)}q"
        self._split = compile_pattern(f"{escape(self._nonce)}([a-z_]+?){escape(self._nonce)}")

    def __getitem__(self, gap: str) -> str:
        """Return the mark that stands for ``gap`` in a rendered text."""
        return f"{self._nonce}{gap}{self._nonce}"

    def block(self, rendered: str) -> Block:
        """Return ``rendered`` cut at its marks. Raises RenderError when a template changed a mark (by a filter such as ``upper``)."""
        pieces = self._split.split(rendered)
        literals, gaps = pieces[::2], pieces[1::2]
        if any(self._nonce in literal.lower() for literal in literals):
            raise RenderError("a template changes a value that is only known per person; use it without filters")
        return Block(tuple(map(fragment, literals)), tuple(gaps), sum(len(literal.encode()) for literal in literals))

    def around(self, rendered: str, gap: str) -> tuple[Block, Block]:
        """Return the blocks before and behind the only mark of ``gap``. Raises RenderError when it is not there exactly once."""
        parts = rendered.split(self[gap])
        if len(parts) != 2:
            raise RenderError(f"the template must hold {gap} exactly once, it holds it {len(parts) - 1} times")
        return self.block(parts[0]), self.block(parts[1])


class BlockCache(Generic[T]):
    """The most recently used values of at most ``limit`` keys; safe for several threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> T | None:
        """Return what is kept under ``key`` and mark it as used, None when nothing is."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, value: T) -> None:
        """Keep ``value``; the least recently used one goes when there are too many."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
