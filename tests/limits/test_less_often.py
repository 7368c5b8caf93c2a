"""Who finds something too often gets it less often and is told so: what explain says of each turn is what that turn does."""

from __future__ import annotations

import pytest

from cadence.domain.statements.taps import TapKind
from cadence.operations.planning.explain import explain_person
from cadence.operations.responding.tap import tap
from tests.limits.company import DAY, HOUR, MONDAY, Company, cadence

RULES = "[limits]\nmin_gap_days = 2\ndigests_per_week = 14\n"


@pytest.mark.parametrize(
    ("table", "days", "usually", "then"),
    [
        # every seventh day: half as long again is more than a week, so every second turn
        pytest.param(cadence("weekly", days=["mon"]), (7, 14), 7, 14, id="fixed"),
        # the gap of two days becomes three: from Monday to Thursday, not Wednesday
        pytest.param(cadence("daily", more='mode = "adaptive"\ntarget_awareness = 0.99'), (1, 2, 3), 2, 3, id="adaptive"),
    ],
)
@pytest.mark.parametrize("pressed", [False, True])
def test_too_often_lengthens_the_gap_and_explain_knows(
    company: Company, table: str, days: tuple[int, ...], usually: int, then: int, pressed: bool
) -> None:
    company.statement("values")
    company.people("ana")
    company.cadences(RULES + table)
    company.tick(MONDAY)
    (link,) = company.links(company.mails()[0], at=MONDAY)
    if pressed:
        ids = {"person_id": link.person_id, "version_id": link.version_id, "delivery_id": link.delivery_id}
        tap(company.app.database, **ids, kind=TapKind.TOO_OFTEN, channel="email", now=MONDAY)

    arrived, foretold = [], []
    for day in days:
        at = MONDAY + day * DAY
        (line,) = explain_person(company.app.database, link.person_id, now=at - HOUR).statements
        assert any("less often" in sentence for sentence in line.sentences) is pressed
        foretold += [day] if line.next_slot is not None and line.next_slot.date() == at.date() else []
        before = len(company.mails())
        company.tick(at)
        arrived += [day] if len(company.mails()) > before else []
        if arrived:
            break
    assert foretold == arrived == [then if pressed else usually]
