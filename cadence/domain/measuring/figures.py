"""What a published figure is: the share of a group that could say a statement today, with its range, or why nothing may be said.

One shape for pages, Slack, mails, commands and exports. How it is computed: ``domain.measuring.know_it``; when it is
published: ``domain.measuring.releases``. Pure; shares are whole percent in steps of 5, as released.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FigureKind(StrEnum):
    """What is told."""

    #: the share that could say it today
    KNOW_IT = "know_it"
    #: the share that knew it before the first text
    FROM_ELSEWHERE = "from_elsewhere"
    #: the share that believes it is right for the company
    BELIEF = "belief"


class Verdict(StrEnum):
    """What may be said, or the first reason why nothing may."""

    #: a value and its range
    FIGURE = "figure"
    #: the range alone
    RANGE = "range"
    NOBODY_ASKED = "nobody_asked"
    TOO_EARLY = "too_early"
    TOO_FEW = "too_few"
    #: perhaps those who know it answer more often
    SELECTION = "selection"
    TOO_UNCERTAIN = "too_uncertain"
    #: the newest step is older than 42 days
    EXPIRED = "expired"
    #: the group, or what remains of the whole beside it, is too small to be shown
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Whom a figure is about: ``kind`` "audience" (``name`` its slug, "everyone" without a rule), "team" or another segment."""

    kind: str = "audience"
    name: str = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure as everybody may see it. ``value`` is set with ``FIGURE`` alone, ``low`` and ``high`` with ``RANGE`` too."""

    kind: FigureKind
    verdict: Verdict
    #: in the group, and of them delivered the text; None where the group is hidden
    people: int | None
    told: int | None
    #: different people who answered about it, as of the newest step; None below the smallest group
    answered: int | None
    value: int | None = None
    low: int | None = None
    high: int | None = None
    #: of the newest step; None before the first
    released_at: datetime | None = None

    @property
    def is_said(self) -> bool:
        """Whether a figure or a range may be said of today."""
        return self.verdict in (Verdict.FIGURE, Verdict.RANGE)
