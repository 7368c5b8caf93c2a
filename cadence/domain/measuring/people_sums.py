"""Everyone whom a figure is about, as sums over people: what is predicted of them, who was told, who never answers.

Owns the sums that the estimator needs of the whole audience, the silent included; parts of it, read one after the other, add up.
The answers are in ``difference``, the figure is in ``know_it``. Pure; no person can be told from it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from cadence.domain.measuring.answering_habits import Ints, silent
from cadence.domain.memory.forgetting import Floats, Mask

_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSums:
    """Sums over a group's people, a column for each statement. The core are those who do not tap anything, by its chance."""

    people: Floats
    #: delivered the text at least once
    told: Floats
    core: Floats
    #: over the core: m-hat; delivered the text; counting as one who never answers
    believed: Floats
    met: Floats
    silent: Floats

    @classmethod
    def empty(cls, statements: int, *, groups: int | None = None) -> PeopleSums:
        """Return the sums over nobody; with ``groups`` a row for each."""
        shape = (statements,) if groups is None else (groups, statements)
        return cls(**{one.name: np.zeros(shape) for one in fields(cls)})

    @classmethod
    def each(
        cls, *, member: Mask, believed: Floats, shown: Floats | Ints, noise: Floats, asked: Floats | Ints, answered: Floats | Ints
    ) -> PeopleSums:
        """Return what each person adds, people x statements as ``member``, ``believed`` (m-hat) and ``shown`` (texts delivered) are.

        noise: chance that each taps anything. asked, answered: questions of each person in all. Nothing is read where ``member`` is false.
        """
        core = member * (1.0 - noise)[:, None]
        told = member & (shown > 0)
        return cls(
            people=member.astype(np.float64),
            told=told.astype(np.float64),
            core=core,
            believed=core * np.where(member, believed, 0.0),
            met=core * told,
            silent=core * silent(asked, answered)[:, None],
        )

    def total(self) -> PeopleSums:
        """Return the sums over all rows."""
        return PeopleSums(**{one.name: getattr(self, one.name).sum(axis=0) for one in fields(self)})

    def by_group(self, group: Ints, groups: int) -> PeopleSums:
        """Return the sums over the rows of each group, groups x statements; ``group`` is the place of each row's group."""
        found = {one.name: np.zeros((groups, self.people.shape[1])) for one in fields(self)}
        for name, sums in found.items():
            np.add.at(sums, group, getattr(self, name))
        return PeopleSums(**found)

    def take(self, row: int) -> PeopleSums:
        """Return the sums of one row."""
        return PeopleSums(**{one.name: getattr(self, one.name)[row] for one in fields(self)})

    def __add__(self, other: PeopleSums) -> PeopleSums:
        """Return both together."""
        return PeopleSums(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    @property
    def base(self) -> Floats:
        """Mean m-hat of the core, in [0, 1]."""
        return np.clip(self.believed / np.maximum(self.core, _TINY), 0.0, 1.0)

    @property
    def met_share(self) -> Floats:
        """Share of the core who were delivered the text."""
        return np.clip(self.met / np.maximum(self.core, _TINY), 0.0, 1.0)

    @property
    def silent_share(self) -> Floats:
        """Share of everyone who never answer."""
        return self.silent / np.maximum(self.people, 1.0)

    @property
    def noisy_share(self) -> Floats:
        """Share of everyone who tap anything."""
        return np.clip(1.0 - self.core / np.maximum(self.people, _TINY), 0.0, 1.0) * (self.people > 0)
