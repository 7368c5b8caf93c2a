"""What simulated people say back, learned from as real answers and acknowledgements are, a day of it in one transaction.

The same facts, rows and pure functions as ``answer_check``, ``acknowledge`` and ``learn``; only what those read from the
tables for each press is kept in hand here, because thousands of people press in a minute of real time. A rebuild of a
played company finds no difference (tested). Choices are not drawn: a response is right or wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.memory.evidence import Closing, History, Said, Shown, history, of_meaning
from cadence.domain.memory.model import answer_terms, offset_gains, org_offset, org_slope, person_offset, predicted_recall
from cadence.domain.memory.single import folded
from cadence.domain.sending.deliveries import AcknowledgeMethod, EvidenceLevel
from cadence.operations.responding.learn import learned
from cadence.store.database.bulk import day_of
from cadence.store.database.engine import Database
from cadence.store.responding import answers as answer_rows
from cadence.store.responding import learning
from cadence.store.responding.answers import NewAnswer
from cadence.store.responding.learning import Learned
from cadence.store.simulation import company as rows
from cadence.store.simulation.company import NewAcknowledgement, Showing


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedResponse:
    """What one person says about one showing: a check answered right or wrong, or (``right`` None) an acknowledgement."""

    showing: Showing
    at: datetime
    right: bool | None


class Ledger:
    """The evidence of a played company, as ``store.responding.learning`` would read it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shown: dict[int, list[Shown]] = defaultdict(list)
        self._said: dict[int, list[Said]] = defaultdict(list)
        self._sums: dict[int, tuple[float, float]] = {}
        self._last_closing = 0
        with database.read() as connection:
            self._meanings = learning.meanings(connection)

    def sent(self, showings: Sequence[Showing]) -> None:
        """Take note of what was delivered."""
        together: dict[int, list[Showing]] = defaultdict(list)
        for one in showings:
            together[one.delivery_id].append(one)
        for delivery_id, some in together.items():
            items = tuple((one.statement_id, one.version_id) for one in some)
            first = some[0]
            self._shown[first.person_id].append(Shown(delivery_id, first.channel, day_of(first.sent_at), None, items))

    def closed(self) -> None:
        """Take note of the deliveries that were closed since the last call."""
        with self._database.read() as connection:
            found = rows.closings_after(connection, self._last_closing)
        for one in found:
            self._last_closing = max(self._last_closing, one.fact_id)
            mine = self._shown[one.person_id]
            place = next(i for i in range(len(mine) - 1, -1, -1) if mine[i].delivery_id == one.delivery_id)
            mine[place] = mine[place]._replace(closing=Closing(one.fact_id, one.day, one.seen))

    def respond(self, responses: Sequence[SimulatedResponse]) -> None:
        """Record what was said on one day, in the order it was said, and learn from it."""
        if not responses:
            return
        ordered = sorted(responses, key=lambda r: (r.at, r.showing.delivery_id, r.showing.statement_id))
        with self._database.transaction() as connection:
            ids = rows.fact_ids(connection, len(ordered))
            answers: list[tuple[int, NewAnswer]] = []
            acknowledged: list[tuple[int, NewAcknowledgement]] = []
            orgs: dict[int, tuple[float, float]] = {}
            by_delivery: dict[int, list[tuple[int, SimulatedResponse]]] = defaultdict(list)
            for fact_id, response in zip(ids, ordered, strict=True):
                by_delivery[response.showing.delivery_id].append((fact_id, response))
            touched: dict[int, set[int]] = defaultdict(set)
            for delivery_id, some in by_delivery.items():
                person = some[0][1].showing.person_id
                before = self._before(person, delivery_id)
                for fact_id, response in some:
                    if response.right is None:
                        acknowledged.append((fact_id, _acknowledgement(response)))
                    else:
                        day = floor(day_of(response.at))
                        if day not in orgs:
                            org = answer_rows.org_sums(connection, day=day)
                            orgs[day] = org_offset(org), org_slope(org)
                        answers.append((fact_id, self._scored(response, before, *orgs[day])))
                self._said[person] += [_said(fact_id, response) for fact_id, response in some]
                shown = next(one for one in reversed(self._shown[person]) if one.delivery_id == delivery_id)
                touched[person] |= {statement for statement, _ in shown.items}
            rows.add_answers(connection, answers)
            rows.add_acknowledgements(connection, acknowledged)
            self._learn(connection, touched)

    def _before(self, person: int, delivery_id: int) -> History:
        """Return what all evidence but that of one delivery says."""
        shown = [one for one in self._shown[person] if one.delivery_id != delivery_id]
        return history(shown, [one for one in self._said[person] if one.delivery_id != delivery_id])

    def _scored(self, response: SimulatedResponse, before: History, mean: float, slope: float) -> NewAnswer:
        """Return the answer with what was predicted from all evidence but that of its own showing."""
        showing, person = response.showing, response.showing.person_id
        day = day_of(response.at)
        meaning = self._meanings.get(showing.statement_id, frozenset())
        plain = folded(of_meaning(before.facts.get(showing.statement_id, []), meaning)).recall(day)
        score, information = self._sums.get(person, (0.0, 0.0))
        theta = person_offset(np.array([score]), np.array([information]), mean)
        predicted = predicted_recall(np.array([plain]), theta, slope)
        terms = answer_terms(predicted, np.array([float(bool(response.right))]), np.array([1.0 / showing.options]))
        gains = offset_gains(np.array([plain]), theta, slope, *terms)[:, 0].tolist()
        self._sums[person] = score + gains[0], information + gains[1]
        return NewAnswer(
            check_id=showing.check_id,
            person_id=person,
            statement_id=showing.statement_id,
            version_id=showing.version_id,
            delivery_id=showing.delivery_id,
            channel=showing.channel,
            choice=0 if response.right else 1,
            options=showing.options,
            right=bool(response.right),
            plain=plain,
            predicted=float(predicted[0]),
            gains=(gains[0], gains[1], gains[2], gains[3]),
            answered_at=response.at,
            answered_day=floor(day),
            source_id=_source(response),
        )

    def _learn(self, connection: Connection, touched: dict[int, set[int]]) -> None:
        pairs: list[Learned] = []
        for person, statements in sorted(touched.items()):
            found = history(self._shown[person], self._said[person])
            learning.write_unanswered(connection, person, found.unanswered)
            pairs += [learned(person, s, found, self._meanings.get(s, frozenset())) for s in sorted(statements)]
            learning.write_habits(connection, [(person, channel, habit) for channel, habit in found.habits.items()])
        learning.write_learned(connection, pairs)


def _source(response: SimulatedResponse) -> str:
    one = response.showing
    if response.right is None:
        return f"ack:{one.version_id}:{one.person_id}"
    return f"check:{one.delivery_id}:{one.version_id}"


def _acknowledgement(response: SimulatedResponse) -> NewAcknowledgement:
    one = response.showing
    return NewAcknowledgement(
        source_id=_source(response),
        person_id=one.person_id,
        statement_id=one.statement_id,
        version_id=one.version_id,
        delivery_id=one.delivery_id,
        channel=one.channel,
        method=AcknowledgeMethod.LINK.value,
        at=response.at,
    )


def _said(fact_id: int, response: SimulatedResponse) -> Said:
    one, is_check = response.showing, response.right is not None
    return Said(
        fact_id=fact_id,
        source_id=_source(response),
        level=int(EvidenceLevel.CHECK_ANSWERED if is_check else EvidenceLevel.ACKNOWLEDGED),
        delivery_id=one.delivery_id,
        statement_id=one.statement_id,
        version_id=one.version_id,
        channel=one.channel,
        day=day_of(response.at),
        seen=1.0 if is_check else None,
        outcome=float(bool(response.right)) if is_check else None,
        options=one.options if is_check else None,
        retracts=None,
    )
