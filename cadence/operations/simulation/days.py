"""Play a company day by day: the product's planner and model on one side, simulated people on the other.

``operations.planning.plan`` decides, ``store.simulation.company`` "sends", a ``Population`` sees, forgets and responds, and the responses
go the way of real ones. The people's minds are hidden from the rules. Chance comes from the seed alone: different
rules with one seed meet the same people and the same luck. Limits: within a UTC day first all is planned, then all
is read; a response comes within hours or never; a message is seen as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cadence.domain.memory.forgetting import Floats, Mask
from cadence.domain.memory.model import org_offset, org_slope, person_offset, predicted_recall, recall
from cadence.domain.planning.cadences import EVERYONE
from cadence.domain.planning.recipients import to_days
from cadence.domain.sending.deliveries import Channel
from cadence.domain.simulation.population import Minds, Population, hire, minds
from cadence.operations.planning.plan import plan_due
from cadence.operations.running.close_silent import close_silent
from cadence.operations.simulation.company import PlayedCompany
from cadence.operations.simulation.responses import Ledger, SimulatedResponse
from cadence.store.planning import occurrences as occurrence_rows
from cadence.store.simulation import company as rows
from cadence.store.simulation.company import Showing

#: days between two readings of awareness
READING_DAYS = 7
_DAY = timedelta(days=1)
#: a person gets at most as many messages a day as have luck of their own; later ones share it
_MOST_A_DAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Awareness on one morning: mean over the statements meant for each person, one element per seat."""

    day: int
    true: Floats
    believed: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What happened, before anything is made of it."""

    readings: list[Reading]
    #: people of each seat through time: person -> (seat, joined, left or None)
    lives: dict[int, tuple[int, datetime, datetime | None]]
    checks_answered: int
    acknowledged: int


def play(
    company: PlayedCompany,
    population: Population,
    *,
    start: datetime,
    days: int,
    seed: int,
    channels: Collection[Channel],
    progress: Callable[[int], object] = lambda day: None,
) -> Played:
    """Move ``company`` through ``days`` from ``start`` (midnight UTC); ``progress`` is told of each day as it ends."""
    players = _Players(company, population, seed)
    readings = []
    for day in range(days):
        now = start + day * _DAY
        players.replace_leavers(day, now)
        if day % READING_DAYS == 0:
            readings.append(players.read(day, now))
        _plan(company, after=now, until=now + _DAY, channels=channels)
        players.live(day, now + _DAY)
        progress(1)
    readings.append(players.read(days, start + days * _DAY))
    return Played(
        readings=readings,
        lives=players.lives(start),
        checks_answered=players.checks_answered,
        acknowledged=players.acknowledged,
    )


def _plan(company: PlayedCompany, *, after: datetime, until: datetime, channels: Collection[Channel]) -> None:
    """Let the planner do its work at every slot and nudge from ``after`` until ``until``, at its own instant."""
    at: datetime | None = after - timedelta(microseconds=1)
    while at is not None:
        with company.database.read() as connection:
            at = rows.next_instant(connection, after=at)
        if at is None or at >= until:
            return
        plan_due(company.database, now=at, secret=b"simulation", channels=channels)


class _Players:
    """The simulated people: what they know, and the luck they have."""

    def __init__(self, company: PlayedCompany, population: Population, seed: int) -> None:
        people, statements = len(company.person), len(company.statements)
        self.company, self.population = company, population
        streams = np.random.default_rng(seed).spawn(3)
        self.hiring, self.luck = streams[0], streams[1]
        self.habits = hire(population, people, self.hiring)
        self.truth: Minds = minds(population, self.habits, statements, streams[2])
        self.column = {s.id: k for k, s in enumerate(company.statements)}
        self.seat = {person: seat for seat, person in enumerate(company.person)}
        self.history: list[tuple[int, int]] = [(person, seat) for seat, person in enumerate(company.person)]
        self.shown: list[NDArray[np.int64]] = []
        self.joined: dict[int, datetime] = {}
        self.checks_answered = self.acknowledged = 0
        self.ledger = Ledger(company.database)

    def replace_leavers(self, day: int, now: datetime) -> None:
        """Let chance decide who leaves; their seats get newcomers who know nothing."""
        leaving = np.flatnonzero(self.hiring.random(len(self.seat)) < self.population.turnover / 30.0)
        newcomers = hire(self.population, len(self.seat), self.hiring)
        if day == 0 or not len(leaving):
            return
        for seat in leaving.tolist():
            del self.seat[self.company.person[seat]]
        self.company.replace(leaving.tolist(), now=now)
        self.habits.replace_people(leaving, newcomers.take(leaving))
        statements = len(self.column)
        self.truth.forget((leaving[:, None] * statements + np.arange(statements)).ravel())
        for seat in leaving.tolist():
            person = self.company.person[seat]
            self.seat[person] = seat
            self.joined[person] = now
            self.history.append((person, seat))

    def read(self, day: int, now: datetime) -> Reading:
        """Return what people know at ``now``, and what the model makes of it."""
        shape = (len(self.seat), len(self.column))
        meant = self._meant(now)
        count = np.maximum(meant.sum(axis=1), 1)
        true = self.truth.recall(float(day)).reshape(shape)
        believed = self._believed(now)
        return Reading(day=day, true=(true * meant).sum(axis=1) / count, believed=(believed * meant).sum(axis=1) / count)

    def _meant(self, now: datetime) -> Mask:
        meant = np.ones((len(self.seat), len(self.column)), dtype=np.bool_)
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
        believed = np.zeros((len(self.seat), len(self.column)))
        places = [
            (self.seat.get(person, -1), self.column.get(statement, -1))
            for person, statement in zip(kept.person_ids.tolist(), kept.statement_ids.tolist(), strict=True)
        ]
        at = np.array(places, dtype=np.intp).reshape(len(places), 2)
        here = (at >= 0).all(axis=1)
        believed[at[here, 0], at[here, 1]] = predicted[here]
        return believed

    def live(self, day: int, until: datetime) -> None:
        """Deliver what was planned for the day, and let people see, forget and respond."""
        people, statements = len(self.seat), len(self.column)
        sees = self.luck.random((people, _MOST_A_DAY))
        chances = self.luck.random((5, people, statements))
        database = self.company.database
        with database.transaction() as connection:
            showings = rows.hand_over(connection, before=until)
        count = np.zeros(people, dtype=np.int64)
        if showings:
            seats = np.array([self.seat[s.person_id] for s in showings])
            columns = np.array([self.column[s.statement_id] for s in showings])
            np.add.at(count, seats, 1)
            responses = self._respond(day, showings, seats, columns, sees, chances)
            self.ledger.sent(showings)
            self.ledger.respond(responses)
        close_silent(database, now=until)
        self.ledger.closed()
        self.shown.append(count)
        _close(self.company, now=until)

    def _respond(
        self, day: int, showings: list[Showing], seats: NDArray[np.intp], columns: NDArray[np.intp], sees: Floats, chances: Floats
    ) -> list[SimulatedResponse]:
        population, habits = self.population, self.habits
        answers, acknowledges, sticks, knows, guesses = (chance[seats, columns] for chance in chances)
        recent = np.sum(self.shown[-28:], axis=0) if self.shown else np.zeros(len(self.seat))
        tired = np.exp(-population.fatigue * np.maximum(recent - population.fatigue_free, 0.0))
        turn = _turns([(s.person_id, s.delivery_id) for s in showings])
        seen = sees[seats, np.minimum(turn, _MOST_A_DAY - 1)] < (habits.attention * tired)[seats]
        options = np.array([s.options for s in showings])
        asks = np.array([s.asks for s in showings])
        answered = seen & (options > 0) & (answers < habits.answers[seats])
        acknowledged = seen & ~answered & asks & (acknowledges < habits.acknowledges[seats])
        pairs = seats * len(self.column) + columns
        # nobody reads two messages at the same moment: the middle of the day stands for all of it
        moment = day + 0.5
        knew = knows < self.truth.recall(moment)[pairs]
        right = answered & (knew | (guesses < 1.0 / np.maximum(options, 1)))
        read = seen & ~answered
        self.truth.read(moment, pairs[read], recalled=knew[read], taken_in=(sticks < habits.encoding[seats])[read])
        told = sticks < population.encoding_after_check
        self.truth.answer(moment, pairs[answered], knew=knew[answered], taken_in=told[answered])
        self.checks_answered += int(answered.sum())
        self.acknowledged += int(acknowledged.sum())
        responses = []
        for i in np.flatnonzero(answered | acknowledged).tolist():
            # within the working day, by a fixed share of the luck that decided it
            delay = timedelta(minutes=5 + round(230 * float(sticks[i])))
            responses.append(
                SimulatedResponse(showing=showings[i], at=showings[i].sent_at + delay, right=bool(right[i]) if answered[i] else None)
            )
        return responses

    def lives(self, start: datetime) -> dict[int, tuple[int, datetime, datetime | None]]:
        """Return person -> (seat, joined, left)."""
        left = self.company.left_at
        return {person: (seat, self.joined.get(person, start), left.get(person)) for person, seat in self.history}


def _turns(keys: list[tuple[int, int]]) -> NDArray[np.intp]:
    """Return for each (person, delivery) which delivery of the person's day it is: 0, 1 ..."""
    seen: dict[int, dict[int, int]] = {}
    found = []
    for person, delivery in keys:
        mine = seen.setdefault(person, {})
        found.append(mine.setdefault(delivery, len(mine)))
    return np.array(found, dtype=np.intp)


def _close(company: PlayedCompany, *, now: datetime) -> None:
    with company.database.transaction() as connection:
        occurrence_rows.close_finished(connection, now=now)
