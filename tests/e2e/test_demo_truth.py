"""What the demo's pages say people know, held against what its people truly know."""

from __future__ import annotations

import json

from cadence.clock import SystemClock
from cadence.demo.town import TRUTH
from cadence.domain.measuring.figures import Figure, FigureKind
from cadence.operations.measuring.known import figures
from cadence.store.database.engine import Database
from tests.e2e.conftest import RunningDemo

#: of 14 statements
_HOLD = 12


def test_the_truth_lies_in_the_published_range_of_all_but_two_statements_or_nothing_is_said(demo: RunningDemo) -> None:
    truth = json.loads((demo.folder / TRUTH).read_text(encoding="utf-8"))
    told = _told(demo, FigureKind.KNOW_IT)
    assert told.keys() == truth.keys()
    assert sum(one.is_said for one in told.values()) >= 7, {slug: one.verdict.value for slug, one in told.items()}
    missed = [slug for slug, one in told.items() if one.is_said and not (one.low or 0) <= round(truth[slug] * 100) <= (one.high or 0)]
    assert len(missed) <= len(truth) - _HOLD, missed


def test_the_opening_round_has_said_what_was_known_before(demo: RunningDemo) -> None:
    before = _told(demo, FigureKind.FROM_ELSEWHERE)
    assert sum(one.is_said for one in before.values()) >= 7, {slug: one.verdict.value for slug, one in before.items()}


def _told(demo: RunningDemo, kind: FigureKind) -> dict[str, Figure]:
    database = Database(f"sqlite:///{demo.folder / 'cadence.db'}")
    try:
        with database.read() as connection:
            known = figures(connection, now=SystemClock().now())
            return {one.slug: known.of(one.id, None, kind) for one in known.statements.values()}
    finally:
        database.close()
