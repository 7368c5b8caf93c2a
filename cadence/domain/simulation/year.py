"""A year of a rule on a simulated company: messages, true and believed awareness, and how well the model predicted.

``run`` plays one policy day by day against a ``Population`` whose truth the scheduler never sees; the adaptive
policies use the product's own model (``memory_replay.fold``, ``attention``) and selection rule
(``selection.choose``). Pure and seeded: equal arguments give equal results, and different policies with one
seed meet the same people and the same luck. One unit of the clock is a day; day 0 is a Monday.
SelectionLimits: no peer talk, recall is not agreement, silent showings are judged on the day they are sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from cadence.domain.memory.attention import HALF_LIFE_DAYS, attention
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import Offsets, PairStates
from cadence.domain.memory.replay import Facts, Folded, blank, fold
from cadence.domain.planning.selection import Counts, SelectionLimits, choose
from cadence.domain.sending.deliveries import EvidenceLevel
from cadence.domain.simulation.population import Minds, Population, hire, minds

WORKDAYS = frozenset({0, 1, 2, 3, 4})
CHECK_PAUSE_DAYS = 14
QUARTER_DAYS = 91.0


class Belief(StrEnum):
    """What the scheduler takes a delivery to mean."""

    #: a probability of having been seen
    SOFT = "soft"
    #: "delivered means known", the error the model exists to avoid
    DELIVERED_IS_KNOWN = "delivered_is_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptive:
    """Send what the model predicts to be below target."""

    limits: SelectionLimits = field(default_factory=SelectionLimits)
    #: weekdays with a slot, Monday 0
    slots: frozenset[int] = WORKDAYS
    #: showings per person in any seven days, and in a newcomer's first 30 days
    weekly_cap: int = 6
    newcomer_weekly_cap: int = 8
    belief: Belief = Belief.SOFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A rule to try: fixed every n days, or adaptive; with or without checks."""

    name: str
    #: fixed: every statement to everyone each so many days, statements staggered
    every_days: float | None = None
    #: days since joining on which a newcomer gets every statement
    onboarding: tuple[int, ...] = ()
    #: a one-tap check rides on every showing, unless answered right less than 14 days ago
    checks: bool = False
    adaptive: Adaptive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one run showed. A message is one statement shown once; "held" means over the second half of the days."""

    policy: str
    #: mean over everyone and every statement, one element per day, each morning
    true_recall: Floats
    believed_recall: Floats
    #: mean true recall, mean believed recall, and of the least aware tenth of people, over the second half
    held: float
    believed: float
    worst_tenth: float
    #: showings per statement and person, per quarter of the second half and of the first half
    messages_per_quarter: float
    messages_per_quarter_first_half: float
    #: days with a message, per person and week, over the second half
    interruptions_per_week: float
    #: messages of one person in one week: median, 90th and 99th percentile, most
    weekly_messages: tuple[float, float, float, float]
    #: root mean square difference of predicted and observed right answers in ten equal bins, second half; nan without checks
    calibration_error: float
    #: mean log loss of the predictions, and of a constant (the first half's share right), second half
    log_loss: float
    constant_log_loss: float
    #: chance of a right answer predicted before each check of the second half, and the answer, in order
    predicted_right: Floats
    was_right: Floats


def run(
    policy: Policy,
    population: Population,
    *,
    seed: int,
    people: int = 600,
    statements: int = 8,
    days: int = 365,
    progress: Callable[[int], object] | None = None,
) -> Result:
    """Return what ``policy`` does to a company of ``people`` over ``days``; ``progress`` is told the day."""
    company = _Company(policy, population, seed, people, statements)
    for day in range(days):
        company.live(day)
        if progress is not None:
            progress(day)
    return company.result(days)


class _Company:
    """The running state of one simulation; truth and the scheduler's knowledge side by side."""

    def __init__(self, policy: Policy, population: Population, seed: int, people: int, statements: int) -> None:
        self.policy, self.population = policy, population
        self.people, self.statements, self.pairs = people, statements, people * statements
        streams = np.random.default_rng(seed).spawn(3)
        self.hiring, self.luck = streams[0], streams[1]
        self.habits = hire(population, people, self.hiring)
        self.truth: Minds = minds(population, self.habits, statements, streams[2])

        self.joined = np.zeros(people)
        self.model: Folded = blank(np.arange(self.pairs) // statements, people)
        self.responses, self.silences = np.zeros(people), np.zeros(people)
        self.seen_if_silent = attention(self.responses, self.silences).seen_if_silent
        self.last_sent = np.full((people, statements), -np.inf)
        self.last_right = np.full((people, statements), -np.inf)
        self.sent_90 = np.zeros((people, statements), dtype=np.int64)
        self.true_by_day: list[float] = []
        self.believed_by_day: list[float] = []
        self.true_by_person: list[Floats] = []
        self.said: list[tuple[int, Floats, Floats]] = []
        self.sent_log: list[Mask] = []
        self.events = 0

    def live(self, day: int) -> None:
        """Move the company through one day."""
        self._replace_leavers(day)
        believed = self.model.predicted(float(day))
        true = self.truth.recall(float(day))
        self.true_by_day.append(float(true.mean()))
        self.believed_by_day.append(float(believed.mean()))
        self.true_by_person.append(true.reshape(self.people, self.statements).mean(axis=1))

        shape = (self.people, self.statements)
        sees, answers, acknowledges, sticks, knows, guesses = self.luck.random((6, *shape))
        show = self._choose(day, believed.reshape(shape))
        asked = show & (day - self.last_right >= CHECK_PAUSE_DAYS) if self.policy.checks else np.zeros(shape, dtype=bool)

        recent = np.sum(self.sent_log[-28:], axis=(0, 2)) if self.sent_log else np.zeros(self.people)
        tired = np.exp(-self.population.fatigue * np.maximum(recent - self.population.fatigue_free, 0.0))
        seen = show & (sees < (self.habits.attention * tired)[:, None])
        answered = seen & asked & (answers < self.habits.answers[:, None])
        acknowledged = seen & ~answered & (acknowledges < self.habits.acknowledges[:, None])
        knew = knows < true.reshape(shape)
        right = answered & (knew | (guesses < 1.0 / self.population.options))

        self._learn_truth(day, seen & ~answered, answered, knew, sticks)
        self._learn_model(day, show, answered, acknowledged, right)
        self.last_sent[show] = day
        self.last_right[right] = day
        self.sent_log.append(show)
        self.sent_90 += show
        if len(self.sent_log) > 90:
            self.sent_90 -= self.sent_log[-91] & (self.joined[:, None] <= day - 90)

    def _replace_leavers(self, day: int) -> None:
        leaving = np.flatnonzero(self.hiring.random(self.people) < self.population.turnover / 30.0)
        newcomers = hire(self.population, self.people, self.hiring)
        if day == 0 or not len(leaving):
            return
        self.habits.replace_people(leaving, newcomers.take(leaving))
        rows = (leaving[:, None] * self.statements + np.arange(self.statements)).ravel()
        self.truth.forget(rows)
        offsets = self.model.offsets
        score, information = offsets.score.copy(), offsets.information.copy()
        score[leaving], information[leaving] = 0.0, 0.0
        self.model = self.model.evolve(
            pairs=self.model.pairs.put(rows, PairStates.blank(len(rows))),
            offsets=Offsets(score=score, information=information, org=offsets.org),
        )
        self.joined[leaving] = day
        self.responses[leaving], self.silences[leaving] = 0.0, 0.0
        self.last_sent[leaving], self.last_right[leaving], self.sent_90[leaving] = -np.inf, -np.inf, 0
        self.seen_if_silent[leaving] = attention(np.zeros(1), np.zeros(1)).seen_if_silent[0]

    def _choose(self, day: int, believed: Floats) -> Mask:
        policy, shape = self.policy, (self.people, self.statements)
        show = np.zeros(shape, dtype=bool)
        if policy.every_days is not None:
            phase = np.arange(self.statements) * policy.every_days / self.statements
            show |= np.floor((day + phase) / policy.every_days) > np.floor((day - 1 + phase) / policy.every_days)
        if policy.onboarding:
            show |= np.isin(day - self.joined, policy.onboarding)[:, None]
        rule = policy.adaptive
        if rule is None or day % 7 not in rule.slots:
            return show
        newcomer = day - self.joined < 30
        this_week = np.sum(self.sent_log[-6:], axis=(0, 2)) if self.sent_log else np.zeros(self.people)
        room: Counts = np.where(newcomer, rule.newcomer_weekly_cap, rule.weekly_cap) - this_week.astype(np.int64)
        return show | choose(believed, day - self.last_sent, self.sent_90, room, limits=rule.limits)

    def _learn_truth(self, day: int, read: Mask, answered: Mask, knew: Mask, sticks: Floats) -> None:
        taken_in = sticks < self.habits.encoding[:, None]
        rows = np.flatnonzero(read.ravel())
        self.truth.read(float(day), rows, recalled=knew.ravel()[rows], taken_in=taken_in.ravel()[rows])
        rows = np.flatnonzero(answered.ravel())
        told = sticks.ravel()[rows] < self.population.encoding_after_check
        self.truth.answer(float(day), rows, knew=knew.ravel()[rows], taken_in=told)

    def _learn_model(self, day: int, show: Mask, answered: Mask, acknowledged: Mask, right: Mask) -> None:
        rows = np.flatnonzero(show.ravel())
        if not len(rows):
            return
        who = rows // self.statements
        by_check, by_tap = answered.ravel()[rows], acknowledged.ravel()[rows]
        kind = np.where(by_check, EvidenceLevel.CHECK_ANSWERED, np.where(by_tap, EvidenceLevel.ACKNOWLEDGED, EvidenceLevel.HANDED_OVER))
        outcome, options = right.ravel()[rows].astype(np.float64), np.full(len(rows), self.population.options)
        if self.policy.adaptive is not None and self.policy.adaptive.belief is Belief.DELIVERED_IS_KNOWN:
            kind, outcome = np.full(len(rows), EvidenceLevel.RESTATED), np.ones(len(rows))
        facts = Facts(
            event_id=np.arange(self.events, self.events + len(rows)),
            pair=rows,
            day=np.full(len(rows), float(day)),
            kind=kind.astype(np.int64),
            seen=np.where(by_tap, 1.0, self.seen_if_silent[who]),
            outcome=outcome,
            options=options,
            showing=np.full(len(rows), -1),
        )
        self.events += len(rows)
        self.model = fold(self.model, facts)
        if by_check.any() and kind.max() == EvidenceLevel.CHECK_ANSWERED:
            said = self.model.predictions
            self.said.append((day, said.right, said.outcome))
        self.responses *= 0.5 ** (1.0 / HALF_LIFE_DAYS)
        self.silences *= 0.5 ** (1.0 / HALF_LIFE_DAYS)
        responded = np.bincount(who[by_check | by_tap], minlength=self.people)
        self.responses += responded
        self.silences += np.bincount(who, minlength=self.people) - responded
        touched = np.unique(who)
        self.seen_if_silent[touched] = attention(self.responses[touched], self.silences[touched]).seen_if_silent

    def result(self, days: int) -> Result:
        """Return the figures over the second half."""
        start = days // 2
        sent = np.stack(self.sent_log)
        per_day = sent.mean(axis=(1, 2))
        weeks = sent[: days // 7 * 7].reshape(-1, 7, self.people, self.statements).sum(axis=(1, 3))
        per_person = np.mean(self.true_by_person[start:], axis=0)
        tenth = max(1, self.people // 10)
        chance, outcome = _joined([(said, was) for day, said, was in self.said if day >= start])
        early = _joined([(said, was) for day, said, was in self.said if day < start])[1]
        both = bool(len(outcome) and len(early))
        constant = np.full(len(outcome), early.mean()) if both else outcome
        return Result(
            policy=self.policy.name,
            true_recall=np.array(self.true_by_day),
            believed_recall=np.array(self.believed_by_day),
            held=float(np.mean(self.true_by_day[start:])),
            believed=float(np.mean(self.believed_by_day[start:])),
            worst_tenth=float(np.sort(per_person)[:tenth].mean()),
            messages_per_quarter=float(per_day[start:].mean() * QUARTER_DAYS),
            messages_per_quarter_first_half=float(per_day[:start].mean() * QUARTER_DAYS) if start else 0.0,
            interruptions_per_week=float(sent[start:].any(axis=2).mean() * 7.0),
            weekly_messages=(
                float(np.median(weeks)),
                float(np.percentile(weeks, 90)),
                float(np.percentile(weeks, 99)),
                float(weeks.max(initial=0)),
            ),
            calibration_error=rmse_in_bins(chance, outcome) if both else float("nan"),
            log_loss=log_loss(chance, outcome) if both else float("nan"),
            constant_log_loss=log_loss(constant, outcome) if both else float("nan"),
            predicted_right=chance,
            was_right=outcome,
        )


def _joined(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    if not parts:
        return np.empty(0), np.empty(0)
    return np.concatenate([said for said, _ in parts]), np.concatenate([was for _, was in parts])


def rmse_in_bins(chance: Floats, outcome: Floats, *, bins: int = 10) -> float:
    """Return sqrt(sum n_b (mean predicted - mean observed)^2 / n) over ``bins`` equally full bins of the prediction."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(np.sqrt(sum(len(p) * (chance[p].mean() - outcome[p].mean()) ** 2 for p in parts) / len(order)))


def log_loss(chance: Floats, outcome: Floats) -> float:
    """Return the mean of -ln of the probability given to what happened."""
    sure = np.clip(chance, 1e-9, 1.0 - 1e-9)
    return float(-np.mean(outcome * np.log(sure) + (1.0 - outcome) * np.log1p(-sure)))
