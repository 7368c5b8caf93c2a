"""Play a company day by day: the product on one side, simulated people on the other.

``operations.planning.plan`` decides, ``store.simulation.company`` "sends" in bulk, a ``Population`` sees, forgets and presses, and each
press goes the way of a real one (``presses``). The people's minds are hidden from the rules. Chance comes from the seed
alone: different rules with one seed meet the same people and the same luck. Limits: within a UTC day first all is planned,
then all is read; a response comes within hours or never; a message is opened or not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cadence.clock import FixedClock
from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import org_offset, org_slope, person_offset, predicted_recall, recall
from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.recipients import to_days
from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.behaviour import UNANSWERED, Luck, meet_questions, meet_texts
from cadence.domain.simulation.fixed import QUESTION_WORDS, READING_DAYS, TEXT_WORDS
from cadence.domain.simulation.laws import Minds
from cadence.domain.simulation.population import Absences, Population, hire, tired
from cadence.operations.planning.plan import plan_due
from cadence.operations.running import tick
from cadence.operations.simulation.company import PlayedCompany, restate
from cadence.operations.simulation.presses import Press, press
from cadence.store.simulation import company as rows
from cadence.store.simulation.company import SentQuestion, Showing

_DAY = timedelta(days=1)
#: a person gets at most as many messages a day as have luck of their own; later ones share it
_MOST_A_DAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known on one morning, seats x statements: truly, and as predicted; ``meant``: the statement is for that person."""

    day: int
    true: Floats
    believed: Floats
    meant: Mask

    def by_seat(self, values: Floats) -> Floats:
        """Return the mean of ``values`` over the statements meant for each seat."""
        mean: Floats = (values * self.meant).sum(axis=1) / np.maximum(self.meant.sum(axis=1), 1)
        return mean


@dataclass(slots=True, kw_only=True)
class DayCounts:
    """What people did, in all."""

    messages: int = 0
    #: texts
    showings: int = 0
    checks_answered: int = 0
    acknowledged: int = 0
    #: of texts and questions in messages that were opened
    words_read: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What happened, before anything is made of it."""

    readings: list[Reading]
    #: people of each seat through time: person -> (seat, joined, left or None)
    lives: dict[int, tuple[int, datetime, datetime | None]]
    counts: DayCounts


def play(
    company: PlayedCompany,
    population: Population,
    *,
    start: datetime,
    days: int,
    seed: int,
    channels: Collection[Channel],
    secret: bytes = b"simulation",
    progress: Callable[[int], object] = lambda day: None,
    watch: Callable[[Reading, datetime], object] = lambda reading, now: None,
) -> Played:
    """Move ``company`` through ``days`` from ``start`` (midnight UTC); ``progress`` is told of each day as it ends.

    ``watch`` is called with each reading while the database stands as it did then.
    """
    players = _Players(company, population, seed)
    readings: list[Reading] = []

    def read(day: int, now: datetime) -> None:
        readings.append(players.read(day, now))
        watch(readings[-1], now)

    for day in range(days):
        now = start + day * _DAY
        players.change(day, now)
        if day % READING_DAYS == 0:
            read(day, now)
        _plan(company, after=now, until=now + _DAY, channels=channels, secret=secret)
        players.live(day, now + _DAY)
        progress(1)
    read(days, start + days * _DAY)
    return Played(readings=readings, lives=players.lives(start), counts=players.counts)


def _plan(company: PlayedCompany, *, after: datetime, until: datetime, channels: Collection[Channel], secret: bytes) -> None:
    """Let the planner do its work at every slot and nudge from ``after`` until ``until``, at its own instant."""
    at: datetime | None = after - timedelta(microseconds=1)
    while at is not None:
        with company.database.read() as connection:
            at = rows.next_instant(connection, after=at)
        if at is None or at >= until:
            return
        plan_due(company.database, now=at, secret=secret, channels=channels)


class _Players:
    """The simulated people: what they know, and the luck they have."""

    def __init__(self, company: PlayedCompany, population: Population, seed: int) -> None:
        people, statements = len(company.person), len(company.statements)
        self.company, self.population = company, population
        self.hiring, self.luck, self.heads, coming = np.random.default_rng(seed).spawn(4)
        self.habits = hire(population, people, self.hiring)
        self.absences = Absences(self.habits, coming)
        self.minds = Minds(population, self.habits, statements, self.heads)
        self.column = {s.id: k for k, s in enumerate(company.statements)}
        self.seat = {person: seat for seat, person in enumerate(company.person)}
        self.history: list[tuple[int, int]] = [(person, seat) for seat, person in enumerate(company.person)]
        self.shown: list[Floats] = []
        self.ever_shown = np.zeros((people, statements), dtype=np.bool_)
        self.joined: dict[int, datetime] = {}
        self.counts = DayCounts()

    def change(self, day: int, now: datetime) -> None:
        """Let chance decide who leaves; their seats get newcomers. Let a statement mean something new on its day."""
        people, statements = self.ever_shown.shape
        leaving = np.flatnonzero(self.hiring.random(people) < self.population.turnover / 30.0)
        newcomers = hire(self.population, people, self.hiring)
        if not day:
            return
        if len(leaving):
            for seat in leaving.tolist():
                del self.seat[self.company.person[seat]]
            self.company.replace(leaving.tolist(), now=now)
            self.habits.replace_people(leaving, newcomers.take(leaving))
            pairs = (leaving[:, None] * statements + np.arange(statements)).ravel()
            self.minds.forget(pairs)
            self.minds.know_from_elsewhere(pairs, self.heads)
            self.ever_shown[leaving] = False
        for seat in leaving.tolist():
            person = self.company.person[seat]
            self.seat[person] = seat
            self.joined[person] = now
            self.history.append((person, seat))
        if day == self.population.new_meaning_on:
            restate(self.company, self.company.statements[0].id, now=now)
            self.minds.forget(np.arange(people) * statements)
            self.ever_shown[:, 0] = False

    def read(self, day: int, now: datetime) -> Reading:
        """Return what people know at ``now``, and what the model makes of it."""
        true = self.minds.recall(float(day)).reshape(self.ever_shown.shape)
        return Reading(day=day, true=true, believed=self._believed(now), meant=self._meant(now))

    def _meant(self, now: datetime) -> Mask:
        meant = np.ones(self.ever_shown.shape, dtype=np.bool_)
        for statement in self.company.statements:
            if statement.audience != EVERYONE:
                who = self.company.person
                meant[:, self.column[statement.id]] = [self.company.is_meant(person, statement, on=now.date()) for person in who]
        return meant

    def _believed(self, now: datetime) -> Floats:
        day = to_days(now)
        with self.company.database.read() as connection:
            kept = rows.memories(connection, day=int(day))
        plain = recall(kept.states, day)
        mean = org_offset(kept.org)
        pairs = [kept.offsets.get(person, (0.0, 0.0)) for person in kept.person_ids.tolist()]
        sums = np.array(pairs, dtype=np.float64).reshape(len(pairs), 2)
        theta = person_offset(sums[:, 0], sums[:, 1], mean)
        predicted = predicted_recall(plain, theta, org_slope(kept.org))
        believed = np.zeros(self.ever_shown.shape)
        places = [
            (self.seat.get(person, -1), self.column.get(statement, -1))
            for person, statement in zip(kept.person_ids.tolist(), kept.statement_ids.tolist(), strict=True)
        ]
        at = np.array(places, dtype=np.intp).reshape(len(places), 2)
        here = (at >= 0).all(axis=1)
        believed[at[here, 0], at[here, 1]] = predicted[here]
        return believed

    def live(self, day: int, until: datetime) -> None:
        """Deliver what was planned for the day, let people see, forget and press, and do the day's work of a tick."""
        people, statements = self.ever_shown.shape
        luck = Luck.draw(self.luck, people=people, statements=statements, messages=_MOST_A_DAY)
        away = self.absences.next_day()
        database = self.company.database
        with database.transaction() as connection:
            sent = rows.hand_over(connection, before=until)
        count = np.zeros(people)
        if sent.showings or sent.questions:
            opened = self._opened(sent.showings, sent.questions, luck, away)
            self.counts.messages += len(opened)
            self.counts.showings += len(sent.showings)
            for one in sorted(self._meet(day, sent.showings, sent.questions, luck, opened), key=lambda p: (p.at, p.person_id)):
                press(database, one)
            np.add.at(count, [self.seat[s.person_id] for s in sent.showings], 1.0)
        clock = FixedClock(until)
        tick.close(database, clock=clock)
        tick.listen(database, clock=clock)
        self.shown.append(count)

    def _opened(self, showings: list[Showing], questions: list[SentQuestion], luck: Luck, away: Mask) -> dict[int, bool]:
        """Return delivery -> whether it is opened; the first message of a day has the first luck, and so on."""
        recent = np.sum(self.shown[-28:], axis=0) if self.shown else np.zeros(len(away))
        reads = self.habits.attention * tired(self.population, recent) * ~away
        messages = sorted({(s.person_id, s.delivery_id) for s in showings} | {(q.person_id, q.delivery_id) for q in questions})
        found, turn, before = {}, 0, 0
        for person_id, delivery_id in messages:
            turn = turn + 1 if person_id == before else 0
            before, seat = person_id, self.seat[person_id]
            found[delivery_id] = bool(luck.opens[seat, min(turn, _MOST_A_DAY - 1)] < reads[seat])
        return found

    def _meet(self, day: int, showings: list[Showing], questions: list[SentQuestion], luck: Luck, opened: dict[int, bool]) -> list[Press]:
        # nobody reads two messages at the same moment: the middle of the day stands for all of it
        moment = day + 0.5
        presses = self._answer(moment, questions, luck, opened)
        if not showings:
            return presses
        seats, columns = self._places(showings)
        sizes: dict[int, int] = {}
        position = []
        for one in showings:
            position.append(sizes.get(one.delivery_id, 0))
            sizes[one.delivery_id] = position[-1] + 1
        met = meet_texts(
            *(self.habits, luck, seats, columns),
            opened=np.array([opened[one.delivery_id] for one in showings]),
            position=np.array(position),
            size=np.array([sizes[one.delivery_id] for one in showings]),
            asks=np.array([one.asks for one in showings]),
        )
        pairs = (seats * len(self.column) + columns)[met.read]
        recalled = luck.recalls[seats, columns][met.read] < self.minds.recall(moment)[pairs]
        self.minds.read(moment, pairs, recalled=recalled, taken_in=met.taken_in[met.read])
        self.ever_shown[seats, columns] = True
        self.counts.words_read += TEXT_WORDS * int(met.read.sum())
        self.counts.acknowledged += int(met.acknowledged.sum())
        for i in np.flatnonzero(met.acknowledged | met.known).tolist():
            one = showings[i]
            presses.append(Press.on(one, at=_when(one.sent_at, luck, seats[i], columns[i]), acknowledges=bool(met.acknowledged[i])))
        return presses

    def _answer(self, moment: float, questions: list[SentQuestion], luck: Luck, opened: dict[int, bool]) -> list[Press]:
        if not questions:
            return []
        seats, columns = self._places(questions)
        pairs = seats * len(self.column) + columns
        is_open = np.array([opened[one.delivery_id] for one in questions])
        met = meet_questions(
            *(self.population, self.habits, luck, seats, columns),
            opened=is_open,
            recall=self.minds.recall(moment)[pairs],
            recognise=self.minds.recognise(moment)[pairs],
            shown_before=self.ever_shown[seats, columns],
        )
        answered = met.outcome != UNANSWERED
        told = luck.sticks[seats, columns] < self.habits.encoding[seats]
        self.minds.answer(moment, pairs[answered], knew=met.knew[answered], taken_in=told[answered])
        # whoever answers sees the text
        self.ever_shown[seats[answered], columns[answered]] = True
        self.counts.checks_answered += int(answered.sum())
        self.counts.words_read += QUESTION_WORDS * int(is_open.sum()) + TEXT_WORDS * int(answered.sum())
        return [
            Press.answering(
                questions[i],
                at=_when(questions[i].sent_at, luck, seats[i], columns[i]),
                outcome=int(met.outcome[i]),
                could_say=bool(met.could_say[i]),
                would_say=bool(met.would_say[i]),
            )
            for i in np.flatnonzero(answered).tolist()
        ]

    def _places(self, ones: list[Showing] | list[SentQuestion]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        seats = np.array([self.seat[one.person_id] for one in ones], dtype=np.intp)
        return seats, np.array([self.column[one.statement_id] for one in ones], dtype=np.intp)

    def lives(self, start: datetime) -> dict[int, tuple[int, datetime, datetime | None]]:
        """Return person -> (seat, joined, left)."""
        left = self.company.left_at
        return {person: (seat, self.joined.get(person, start), left.get(person)) for person, seat in self.history}


def _when(sent_at: datetime, luck: Luck, seat: int, column: int) -> datetime:
    """Return an instant within the working day, by luck that decides nothing else of the press."""
    return sent_at + timedelta(minutes=5 + round(230 * float(luck.sticks[seat, column])))
