"""Who finds something too often gets it less often and is told so: what explain says of each turn is what that turn does."""

from __future__ import annotations

from typing import Any

import pytest

from cadence.domain.statements.taps import TapKind
from cadence.operations.planning.explain import explain_person
from cadence.operations.responding.tap import tap
from tests.limits.company import DAY, HOUR, MONDAY, Company, cadence

RULES = "[limits]\nmin_gap_days = 2\ndigests_per_week = 14\n"


@pytest.mark.parametrize(
    ("table", "days", "gaps"),
    [
        # every seventh day: half as long again is more than a week, so every second turn
        pytest.param(cadence("weekly", days=["mon"]), (7, 14), {"ana": 14, "bo": 7}, id="fixed"),
        # the gap of two days becomes three: from Monday to Thursday, not Wednesday
        pytest.param(cadence("daily", more='mode = "adaptive"\ntarget_awareness = 0.99'), (1, 2, 3), {"ana": 3, "bo": 2}, id="adaptive"),
    ],
)
def test_too_often_lengthens_the_gap_and_explain_knows(company: Company, table: str, days: tuple[int, ...], gaps: dict[str, int]) -> None:
    """Ana presses "too often", Bo does not."""
    company.statement("values")
    company.people("ana", "bo")
    company.cadences(RULES + table)
    company.tick(MONDAY)
    links = {name: company.links(company.mails(name)[0], at=MONDAY)[0] for name in gaps}
    ids: dict[str, Any] = {
        "person_id": links["ana"].person_id,
        "version_id": links["ana"].version_id,
        "delivery_id": links["ana"].delivery_id,
    }
    tap(company.app.database, **ids, kind=TapKind.TOO_OFTEN, channel="email", now=MONDAY)

    foretold: dict[str, int] = {}
    for day in days:
        at = MONDAY + day * DAY
        for name, link in links.items():
            (line,) = explain_person(company.app.database, link.person_id, now=at - HOUR).statements
            assert any("less often" in sentence for sentence in line.sentences) is (name == "ana")
            if line.next_slot is not None and line.next_slot.date() == at.date():
                foretold.setdefault(name, day)
        company.tick(at)
        for name, gap in gaps.items():
            assert (len(company.mails(name)) > 1) is (day >= gap), (name, day)
    assert foretold == gaps
