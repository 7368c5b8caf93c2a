"""How well the model predicted each answered check before it learned the answer, and what a fixed cadence does beside it.

Prequential: every prediction was kept at the moment of the answer (``check_answers``). Compared with a constant (the
share right so far) and with the belief that what was delivered is known. Arms of a randomised slice show what the
adaptive cadence is worth in this company. Only figures of five people or more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.awareness import Interval, share_knowing
from cadence.domain.measuring.groups import SMALLEST_GROUP, hidden_groups
from cadence.domain.measuring.scores import log_loss, rmse_in_bins
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.errors import NotFound
from cadence.store.database.engine import Database
from cadence.store.measuring import awareness as rows
from cadence.store.measuring.awareness import Scored, SlicePair
from cadence.store.planning.chunks import current_statements

PERIOD_DAYS = 365
#: what "delivered means known" stakes on a delivered statement; certainty would cost infinitely much when it is wrong
_SURE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good a set of predictions was: mean log loss (nats an answer) and root mean square error in ten bins; less is better."""

    log_loss: float
    rmse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A tenth of the answers, by what was predicted: mean predicted and observed share right."""

    answers: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """One group of answers. ``hidden`` says why nothing is shown; the rest is then None."""

    name: str
    hidden: str
    answers: int | None = None
    people: int | None = None
    right: float | None = None
    model: Score | None = None
    constant: Score | None = None
    delivered_is_known: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a randomised slice over the period. ``knowing``: share who knew among newest answers, None when too few answered."""

    statement: str
    arm: str
    hidden: str
    pairs: int | None = None
    showings_each: float | None = None
    respondents: int | None = None
    knowing: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """All of it, over the answers given from ``since`` to ``until`` (UTC dates, both included)."""

    since: date
    until: date
    whole: Calibrated
    #: answers on a first showing, where the model can only say "not yet", and on later ones
    showings: tuple[Calibrated, ...]
    bins: tuple[Bin, ...]
    statements: tuple[Calibrated, ...]
    arms: tuple[Arm, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {**asdict(self), "since": self.since.isoformat(), "until": self.until.isoformat()}


def calibration(database: Database, *, now: datetime, statement: str | None = None, smallest: int = SMALLEST_GROUP) -> Calibration:
    """Return how well the answers of the last year were predicted, of all statements in force or of one.

    Raises NotFound for a statement that is not in force.
    """
    smallest = max(smallest, SMALLEST_GROUP)
    today = int(now.timestamp() // 86_400)
    first = today - PERIOD_DAYS + 1
    with database.read() as connection:
        slugs = {s.id: s.slug for s in current_statements(connection) if statement is None or s.slug == statement}
        if statement is not None and not slugs:
            raise NotFound(f"there is no statement {statement!r} in force")
        scored = rows.scored(connection, statement_ids=None if statement is None else list(slugs), since_day=first, until_day=today + 1)
        arms = _arms(connection, slugs, first, now, smallest)
    everything = np.ones(len(scored.day), dtype=np.bool_)
    named = {slug: scored.statement_id == statement_id for statement_id, slug in slugs.items()}
    asked = {slug: mask for slug, mask in named.items() if mask.any()}
    people = {slug: len(np.unique(scored.person_id[mask])) for slug, mask in asked.items()}
    hidden = hidden_groups(people, smallest)
    showings = {"first showing": scored.sent_before == 0, "later showings": scored.sent_before > 0}
    few = hidden_groups({name: len(np.unique(scored.person_id[mask])) for name, mask in showings.items()}, smallest)
    whole = _calibrated("all", scored, everything, smallest)
    return Calibration(
        since=datetime.fromtimestamp(first * 86_400, UTC).date(),
        until=datetime.fromtimestamp(today * 86_400, UTC).date(),
        whole=whole,
        showings=tuple(_calibrated(name, scored, mask, smallest, hide=name in few) for name, mask in showings.items() if mask.any()),
        bins=_bins(scored, smallest) if not whole.hidden else (),
        statements=tuple(_calibrated(slug, scored, mask, smallest, hide=slug in hidden) for slug, mask in sorted(asked.items())),
        arms=arms,
    )


def _calibrated(name: str, scored: Scored, mask: Mask, smallest: int, *, hide: bool = False) -> Calibrated:
    people = len(np.unique(scored.person_id[mask]))
    if hide or people < smallest:
        return Calibrated(name=name, hidden=f"hidden: fewer than {smallest}")
    right, guess = scored.right[mask], scored.guess[mask]
    delivered = np.where(scored.sent_before[mask] > 0, _SURE, 0.0)
    return Calibrated(
        name=name,
        hidden="",
        answers=len(right),
        people=people,
        right=float(right.mean()),
        model=_score(_chance(scored.predicted[mask], guess), right),
        constant=_score(_mean_so_far(right), right),
        delivered_is_known=_score(_chance(delivered, guess), right),
    )


def _chance(known: Floats, guess: Floats) -> Floats:
    return known + (1.0 - known) * guess


def _mean_so_far(right: Floats) -> Floats:
    """Return before each answer the share right so far, starting from one half."""
    before = np.concatenate(([0.0], np.cumsum(right)[:-1]))
    return np.asarray((before + 0.5) / (np.arange(len(right)) + 1.0))


def _score(chance: Floats, right: Floats) -> Score:
    return Score(log_loss=log_loss(chance, right), rmse=rmse_in_bins(chance, right))


def _bins(scored: Scored, smallest: int) -> tuple[Bin, ...]:
    chance = _chance(scored.predicted, scored.guess)
    found = []
    for part in np.array_split(np.argsort(chance, kind="stable"), 10):
        if len(np.unique(scored.person_id[part])) >= smallest:
            found.append(Bin(answers=len(part), predicted=float(chance[part].mean()), observed=float(scored.right[part].mean())))
    # one missing bin could be worked out from the whole
    return tuple(found) if len(found) in (10, 0) else ()


def _arms(connection: Connection, slugs: Mapping[int, str], first_day: int, now: datetime, smallest: int) -> tuple[Arm, ...]:
    since = datetime.fromtimestamp(first_day * 86_400, UTC)
    pairs = rows.slice_pairs(connection, statement_ids=sorted(slugs), since=since, until=now)
    found = []
    for statement_id, slug in sorted(slugs.items(), key=lambda one: one[1]):
        mine = [pair for pair in pairs if pair.statement_id == statement_id]
        split = {arm: [pair for pair in mine if pair.fixed is fixed] for arm, fixed in (("fixed", True), ("adaptive", False))}
        if not split["fixed"]:
            continue
        few = any(len(some) < smallest for some in split.values())
        answered = [sum(pair.right is not None for pair in some) for some in split.values()]
        for arm, some in split.items():
            found.append(_arm(slug, arm, some, few=few, measured=min(answered) >= smallest, smallest=smallest))
    return tuple(found)


def _arm(slug: str, arm: str, pairs: Sequence[SlicePair], *, few: bool, measured: bool, smallest: int) -> Arm:
    if few:
        return Arm(statement=slug, arm=arm, hidden=f"hidden: fewer than {smallest}")
    answers = [pair for pair in pairs if pair.right is not None]
    knowing = None
    if measured:
        guess = sum(pair.guess for pair in answers) / len(answers)
        knowing = share_knowing(sum(bool(pair.right) for pair in answers), len(answers), guess)
    return Arm(
        statement=slug,
        arm=arm,
        hidden="",
        pairs=len(pairs),
        showings_each=sum(pair.showings for pair in pairs) / len(pairs),
        respondents=len(answers) if measured else None,
        knowing=knowing,
    )
