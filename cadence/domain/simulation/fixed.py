"""Rules that need no planner: every statement to everybody each so many days, played on simulated people.

They stand beside Cadence's own rules, on the same people with the same luck (``population``, ``laws``, ``behaviour``), so that
a comparison is fair: two slots a week, Tuesday and Thursday, and what is read is counted in words. Nothing is learnt from
answers. Pure and seeded; one unit of the clock is a day, and day 0 is a Monday.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.simulation.behaviour import UNANSWERED, Luck, meet_questions, meet_texts
from cadence.domain.simulation.laws import Minds
from cadence.domain.simulation.population import Absences, Population, hire, tired

#: words of a text, of a question with its lines, and of one with six lines; the text shown after an answer is read as well
TEXT_WORDS, QUESTION_WORDS, SIX_LINES_WORDS = 60, 60, 85
#: days between two readings of awareness
READING_DAYS = 7
_SLOTS, _DAYS_A_SLOT = (1, 3), 3.5
#: a question is about what was neither shown nor asked for so many days
_REST = 3.0


class Asking(StrEnum):
    """What people are asked beside the texts."""

    NOTHING = "nothing"
    #: one question in each digest, about a statement that is not in it
    APART = "apart"
    #: a question of six lines beneath every text
    BENEATH = "beneath"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRule:
    """Every statement to everyone each so many days."""

    name: str
    every_days: float
    asking: Asking = Asking.NOTHING
    #: all statements in one message, instead of spread over the slots
    newsletter: bool = False
    #: days since joining on which a newcomer gets every statement
    burst: tuple[int, ...] = ()
    #: a person who acknowledged a statement is not sent it any more
    until_acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedOutcome:
    """What a rule did. Readings: the morning of every seventh day and the end."""

    days: tuple[int, ...]
    #: true recall of each person, mean over statements: one row a reading
    true: Floats
    #: statements delivered, people x whole weeks
    showings: Floats
    #: a person and week, over all days
    digests_per_week: float
    words_per_week: float
    answers: int


def play_fixed(
    rule: FixedRule,
    population: Population,
    *,
    seed: int,
    people: int,
    statements: int,
    days: int,
    progress: Callable[[int], object] = lambda day: None,
) -> FixedOutcome:
    """Return what ``rule`` does to a company of ``people`` over ``days``; ``progress`` is told of each day."""
    company = _Company(rule, population, seed, people, statements)
    readings = []
    for day in range(days):
        company.replace_leavers(day)
        if day % READING_DAYS == 0:
            readings.append((day, company.true(day)))
        company.live(day)
        progress(1)
    readings.append((days, company.true(days)))
    weeks = max(days // 7, 1)
    sent = np.stack(company.sent)[: weeks * 7]
    return FixedOutcome(
        days=tuple(day for day, _ in readings),
        true=np.stack([one for _, one in readings]),
        showings=np.add.reduceat(sent, np.arange(0, len(sent), 7), axis=0).T.astype(np.float64),
        digests_per_week=company.digests / people / days * 7.0,
        words_per_week=company.words / people / days * 7.0,
        answers=company.answers,
    )


class _Company:
    """The running state of one rule."""

    def __init__(self, rule: FixedRule, population: Population, seed: int, people: int, statements: int) -> None:
        self.rule, self.population, self.shape = rule, population, (people, statements)
        streams = np.random.default_rng(seed).spawn(5)
        self.hiring, self.luck, self.heads, self.coming, self.drawing = streams
        self.habits = hire(population, people, self.hiring)
        self.absences = Absences(self.habits, self.coming)
        self.minds = Minds(population, self.habits, statements, self.heads)
        self.joined = np.zeros(people)
        self.met = np.full(self.shape, -np.inf)
        self.ever_shown, self.acknowledged = np.zeros(self.shape, dtype=np.bool_), np.zeros(self.shape, dtype=np.bool_)
        self.sent: list[Floats] = []
        self.slot = 0
        self.digests = self.answers = 0
        self.words = 0.0

    def true(self, day: int) -> Floats:
        each: Floats = self.minds.recall(float(day)).reshape(self.shape).mean(axis=1)
        return each

    def replace_leavers(self, day: int) -> None:
        people, statements = self.shape
        leaving = np.flatnonzero(self.hiring.random(people) < self.population.turnover / 30.0)
        newcomers = hire(self.population, people, self.hiring)
        if day and len(leaving):
            self.habits.replace_people(leaving, newcomers.take(leaving))
            rows = (leaving[:, None] * statements + np.arange(statements)).ravel()
            self.minds.forget(rows)
            self.minds.know_from_elsewhere(rows, self.heads)
            self.joined[leaving], self.met[leaving] = day, -np.inf
            self.ever_shown[leaving] = self.acknowledged[leaving] = False
        if day and day == self.population.new_meaning_on:
            self.minds.forget(np.arange(people) * statements)
            self.met[:, 0] = -np.inf
            self.ever_shown[:, 0] = self.acknowledged[:, 0] = False

    def live(self, day: int) -> None:
        """Let a day pass: send what the rule says, and let people meet it."""
        people, statements = self.shape
        luck = Luck.draw(self.luck, people=people, statements=statements, messages=4)
        uniform = self.drawing.random(people)
        away = self.absences.next_day()
        show = self._due(day)
        recent = np.sum(self.sent[-28:], axis=0) if self.sent else np.zeros(people)
        self.sent.append(show.sum(axis=1).astype(np.float64))
        if not show.any():
            return
        self.digests += int(show.any(axis=1).sum())
        any_text: Mask = np.any(show, axis=1, keepdims=True)[:, 0]
        reads: Floats = self.habits.attention * tired(self.population, recent) * ~away
        opened: Mask = any_text & np.less(luck.opens[:, 0], reads)
        before = self.ever_shown.copy()
        asked = self._asked(day, show, uniform)
        self._question(day, asked, opened, luck, before)
        seats, columns = np.nonzero(show)
        met = meet_texts(
            *(self.habits, luck, seats, columns),
            opened=opened[seats],
            position=(np.cumsum(show, axis=1) - 1)[seats, columns],
            size=show.sum(axis=1)[seats],
            asks=~self.acknowledged[seats, columns],
        )
        pairs = (seats * statements + columns)[met.read]
        recalled = luck.recalls[seats, columns][met.read] < self.minds.recall(day + 0.5)[pairs]
        self.minds.read(day + 0.5, pairs, recalled=recalled, taken_in=met.taken_in[met.read])
        self.words += TEXT_WORDS * int(met.read.sum())
        pressed = met.acknowledged | met.known
        self.acknowledged[seats[pressed], columns[pressed]] = True
        self.ever_shown |= show
        self.met[show | asked] = day

    def _due(self, day: int) -> Mask:
        statements = self.shape[1]
        rule, show = self.rule, np.zeros(self.shape, dtype=np.bool_)
        if day % 7 in _SLOTS:
            every = rule.every_days / _DAYS_A_SLOT
            phase = np.zeros(statements) if rule.newsletter else np.arange(statements) * every / statements
            turns: Mask = np.floor((self.slot + phase) / every) > np.floor((self.slot - 1 + phase) / every)
            show |= turns
            self.slot += 1
        if rule.burst:
            show |= np.isin(day - self.joined, rule.burst)[:, None]
        if rule.until_acknowledged:
            show &= ~self.acknowledged
        return show

    def _asked(self, day: int, show: Mask, uniform: Floats) -> Mask:
        if self.rule.asking is not Asking.APART:
            return show if self.rule.asking is Asking.BENEATH else np.zeros(self.shape, dtype=np.bool_)
        any_text: Mask = np.any(show, axis=1, keepdims=True)
        eligible: Mask = ~show & (day - self.met >= _REST) & any_text
        count = eligible.sum(axis=1)
        pick = np.minimum(np.floor(uniform * count), count - 1)
        asked: Mask = eligible & ((np.cumsum(eligible, axis=1) - 1) == pick[:, None])
        return asked

    def _question(self, day: int, asked: Mask, opened: Mask, luck: Luck, before: Mask) -> None:
        seats, columns = np.nonzero(asked)
        pairs, moment = seats * self.shape[1] + columns, day + 0.5
        met = meet_questions(
            *(self.population, self.habits, luck, seats, columns),
            opened=opened[seats],
            recall=self.minds.recall(moment)[pairs],
            recognise=self.minds.recognise(moment)[pairs],
            shown_before=before[seats, columns],
        )
        answered = met.outcome != UNANSWERED
        told = luck.sticks[seats, columns] < self.habits.encoding[seats]
        self.minds.answer(moment, pairs[answered], knew=met.knew[answered], taken_in=told[answered])
        self.answers += int(answered.sum())
        if self.rule.asking is Asking.BENEATH:
            self.words += SIX_LINES_WORDS * int(opened[seats].sum())
        else:
            self.words += QUESTION_WORDS * int(opened[seats].sum()) + TEXT_WORDS * int(answered.sum())
