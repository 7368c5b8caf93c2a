"""What a report is made of: counts of whole audiences, and the released figures. Shapes alone; counted in ``report_lines``.

"Delivered" means that a mail server or Slack accepted the message: nobody here claims it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cadence.domain.measuring.figures import Figure, Group
from cadence.operations.measuring.gaps import EstimateDue, Gap

#: why a team that is large enough is hidden
PROTECTED = "hidden to protect a small team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``n`` of ``of`` people: a count of everyone, so there is no margin of error."""

    n: int
    of: int

    @property
    def part(self) -> float | None:
        """``n / of``, None of nobody."""
        return self.n / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How often each person of the audience received a statement; people who never did count as 0."""

    total: int
    median: float
    #: nine of ten people received it at most this often
    p90: int
    #: times ("0", "1", "2", "3+") -> people
    distribution: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamReport:
    """One team's part of a statement. ``hidden`` says why nothing is shown; the numbers are then None."""

    team: str
    hidden: str
    people: int | None = None
    reached: Share | None = None
    acknowledged: Share | None = None
    times: Times | None = None
    #: only in a report on one statement
    know_it: Figure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentReport:
    """What is known of one location, country, function or level inside the audience; only those with a released figure."""

    group: Group
    know_it: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReport:
    """One statement in force. Numbers are None when the group asked for is ``hidden``."""

    slug: str
    kind: str
    title: str
    version: int
    wordings: int
    must_acknowledge: bool
    audience: str
    hidden: str
    #: people it is meant for
    people: int | None
    #: delivered at least once, in any version
    reached: Share | None
    #: delivered at least once in its current version
    reached_current: Share | None
    times: Times | None
    last_handed_over: datetime | None
    #: acknowledged its present meaning; None when nobody is asked to
    acknowledged: Share | None
    failed: int | None
    unknown: int | None
    #: people of the audience without a working address
    not_reachable: int | None
    #: deliveries by channel and state; only in a report on one statement
    deliveries: dict[str, dict[str, int]] | None
    teams: tuple[TeamReport, ...]
    segments: tuple[SegmentReport, ...]
    #: how many could say it today, knew it before the first text, and believe it is right; None where the group is hidden
    know_it: Figure | None
    before: Figure | None
    belief: Figure | None
    #: every step of "know it", newest first; only in a report on one statement
    history: tuple[Figure, ...]
    #: what the leader estimated in this round and how far off it is; None while an estimate is wanted, when it was declined,
    #: and in a report on one team: the estimate is about the whole audience
    projection_gap: Gap | None
    #: an estimate is wanted before the result is shown
    asked: EstimateDue | None
