"""Steps of teams and other groups inside an audience: they close together with the step of the whole, or wait.

Owns which groups may close beside the whole and beside each other, and their figures, drawn to the company's. The rule by which no
two figures single out a few: ``domain.measuring.separation``; the figure: ``domain.measuring.know_it``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.engine import Connection

from cadence.domain.measuring.answering_habits import Ints
from cadence.domain.measuring.figures import Group
from cadence.domain.measuring.know_it import Learnt, share_knowing, verdict
from cadence.domain.measuring.releases import STEP
from cadence.domain.measuring.separation import SEGMENTS, Combinations, closing_groups, parts_of
from cadence.operations.measuring.closed_steps import GroupCounts, closed_step
from cadence.operations.measuring.due_steps import DueStep
from cadence.operations.measuring.evidence import Evidence
from cadence.store.measuring.know_it import names_of
from cadence.store.measuring.releases import Step

#: the newest step of each statement and group about what people know
NewestSteps = Mapping[tuple[int, Group], Step]


class _Answerers:
    """The groups of everybody who answered, and their answers by group; those who left count where they were last."""

    def __init__(self, connection: Connection, evidence: Evidence) -> None:
        people, self.place = np.unique(evidence.weighed.answers.person, return_inverse=True)
        names = names_of(connection, people.tolist())
        self.names = [names.get(int(person), ("",) * len(SEGMENTS)) for person in people]
        #: kind -> its names, and which of them each answer belongs to
        self.codes: dict[str, tuple[dict[str, int], Ints]] = {}
        self._answers: dict[str, tuple[Ints, Ints]] = {}
        for at, kind in enumerate(SEGMENTS):
            code = {name: k for k, name in enumerate(sorted({one[at] for one in self.names}))}
            of_person = np.array([code[one[at]] for one in self.names], dtype=np.int64)
            self.codes[kind] = (code, of_person[self.place])
            order = np.argsort(self.codes[kind][1], kind="stable")
            self._answers[kind] = (order, np.searchsorted(self.codes[kind][1][order], np.arange(len(code) + 1)))

    def count(self, answers: Ints) -> int:
        """Return how many different people gave ``answers`` (places)."""
        return len(np.unique(self.place[answers]))

    def combinations(self, answers: Ints) -> Combinations:
        """Return how many different people gave them, by the names of their groups."""
        return Counter(self.names[person] for person in np.unique(self.place[answers]).tolist())

    def of(self, group: Group) -> Ints:
        """Return the places of all answers of a group's people, ascending."""
        code = self.codes[group.kind][0].get(group.name)
        order, edges = self._answers[group.kind]
        return order[:0] if code is None else order[edges[code] : edges[code + 1]]

    def new_people(self, kind: str, answers: Ints, ids: Ints, after: Mapping[str, int]) -> dict[str, int]:
        """Return how many different people of each group in ``after`` gave one of ``answers`` with an id above the group's."""
        code, of_answer = self.codes[kind]
        above = np.full(len(code), np.iinfo(np.int64).max)
        for name, newest in after.items():
            if name in code:
                above[code[name]] = newest
        late = answers[ids[answers] > above[of_answer[answers]]]
        people, first = np.unique(self.place[late], return_index=True)
        found = np.bincount(of_answer[late][first], minlength=len(code)) if len(people) else np.zeros(len(code), dtype=np.int64)
        return {name: int(found[code[name]]) for name in after if name in code}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupGround:
    """What the steps of groups stand on: the audiences' people by names, what was published, and the rules of the day."""

    audiences: Mapping[str, Combinations]
    newest: NewestSteps
    now: datetime
    #: since the company's first question
    since_first_question: timedelta
    smallest: int

    def last(self, step: DueStep, group: Group) -> Step | None:
        """Return the newest step of the group in today's meaning."""
        found = self.newest.get((step.statement.id, group))
        return found if found is not None and found.version_id in step.statement.same_meaning else None

    def number(self, step: DueStep, group: Group) -> int:
        """Return the number of the group's next step."""
        found = self.newest.get((step.statement.id, group))
        return 1 if found is None else found.step + 1


def group_steps(connection: Connection, evidence: Evidence, due: Sequence[tuple[int, DueStep]], ground: GroupGround) -> list[Step]:
    """Return the steps of groups that close beside the steps of whole audiences in ``due``, each given with its column."""
    shown = {name: parts_of(people, smallest=ground.smallest) for name, people in ground.audiences.items()}
    learnt = evidence.learnt
    if learnt is None or not any(shown[step.statement.audience] for _, step in due):
        return []
    answerers = _Answerers(connection, evidence)
    closing: dict[Group, list[tuple[int, DueStep]]] = defaultdict(list)
    for column, step in due:
        for group in _closing(evidence, answerers, column, step, shown[step.statement.audience], ground):
            closing[group].append((column, step))
    return [
        step for group in sorted(closing, key=_by_name) for step in _steps_of(evidence, learnt, answerers, group, closing[group], ground)
    ]


def _closing(
    evidence: Evidence, answerers: _Answerers, column: int, step: DueStep, shown: Iterable[Group], ground: GroupGround
) -> set[Group]:
    """Return the groups that close beside this step of the whole."""
    about = evidence.about(column)
    after: dict[str, dict[str, int]] = defaultdict(dict)
    for group in shown:
        last = ground.last(step, group)
        if last is None or ground.now - last.released_at >= STEP:
            after[group.kind][group.name] = 0 if last is None else last.newest_answer_id
    new = {
        Group(kind=kind, name=name): n
        for kind, named in after.items()
        for name, n in answerers.new_people(kind, about, evidence.id, named).items()
    }
    since_whole = about if step.last is None else about[evidence.id[about] > step.last.newest_answer_id]
    beside_all = closing_groups(new, answerers.combinations(about), may=sorted(new, key=_by_name), smallest=ground.smallest)
    return closing_groups(new, answerers.combinations(since_whole), may=sorted(beside_all, key=_by_name), smallest=ground.smallest)


def _steps_of(
    evidence: Evidence, learnt: Learnt, answerers: _Answerers, group: Group, steps: Sequence[tuple[int, DueStep]], ground: GroupGround
) -> list[Step]:
    everyone = evidence.everyone.of(group.kind, group.name)
    if everyone is None:
        return []
    mine = answerers.of(group)
    shares = share_knowing(learnt, everyone, group=evidence.weighed.sums(evidence.columns, mine))
    found = []
    for column, step in steps:
        about = evidence.about(column, among=mine)
        counts = GroupCounts(
            people=int(everyone.people[column]),
            told=int(everyone.told[column]),
            answered=answerers.count(about),
            newest_answer_id=int(evidence.id[about].max()),
        )
        said = verdict(
            days=ground.since_first_question / timedelta(days=1),
            people=counts.answered,
            selection=learnt.selection,
            width=float(shares.high[column] - shares.low[column]),
            smallest=ground.smallest,
        )
        number, selection = ground.number(step, group), learnt.selection
        found.append(
            closed_step(
                step,
                group,
                counts,
                shares,
                column,
                last=ground.last(step, group),
                verdict=said,
                number=number,
                now=ground.now,
                selection=selection,
            )
        )
    return found


def _by_name(group: Group) -> tuple[str, str]:
    return group.kind, group.name
