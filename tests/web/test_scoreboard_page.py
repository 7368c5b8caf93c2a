"""A scoreboard: on its way or not in a word, values by hand and from a table, what is far off asked about, and taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cadence.assembly.site import SiteContext
from cadence.clock import FixedClock
from cadence.domain.statements.progress import Progress, is_far, way_of
from cadence.operations.authoring.import_statements import import_statements, show_statement
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW
from tests.web.conftest import TestClient

FILE = b"""+++
slug = "gauges"
kind = "scoreboard"
title = "Do the gauges answer?"
[[measures]]
name = "Two ways home"
unit = "gauges"
baseline = 1104
target = 1912
by = 2026-12-31
values = [{ on = 2026-01-12, value = 1104 }, { on = 2026-10-31, value = 1571 }]
[[measures]]
name = "<b>Keepers</b>"
baseline = 0
target = 60
+++
People trust what answers.
"""


def _values(database: Database) -> dict[str, dict[str, float]]:
    with database.read() as connection:
        return {one.name: {f"{on}": value for on, value in one.values.items()} for one in show_statement(connection, "gauges").measures}


def test_values_are_entered_asked_about_taken_back_and_kept_from_files(context: SiteContext, clock: FixedClock, leader: TestClient) -> None:
    database = context.database
    with database.transaction() as connection:
        import_statements(connection, [("gauges.md", FILE)], now=NOW)
        first, second = (one.id for one in show_statement(connection, "gauges").measures)
    page = leader.get("/scoreboards/gauges").text
    assert "Behind plan: Two ways home." in page
    assert "&lt;b&gt;Keepers&lt;/b&gt;" in page
    far = leader.post("/scoreboards/gauges", data={f"v{first}": "160", f"v{second}": "38", "on": "2026-11-23"})
    assert (far.status_code, "160 is far from 1,571" in far.text, 'value="38"' in far.text) == (422, True, True)
    assert leader.post("/scoreboards/gauges", data={f"v{first}": "many"}).status_code == 422
    assert leader.post("/scoreboards/gauges", data={f"v{first}": "1", "on": "2027-01-01"}).status_code == 422
    saved = leader.post("/scoreboards/gauges", data={f"v{first}": "1604", "table": "<b>Keepers</b>;2026-11-01;12,5", "on": "2026-11-23"})
    assert "Take it back" in saved.text
    assert _values(database)["<b>Keepers</b>"] == {"2026-11-01": 12.5}
    leader.post("/scoreboards/gauges/take-back")
    assert _values(database)["Two ways home"] == {"2026-01-12": 1104, "2026-10-31": 1571}
    leader.post("/scoreboards/gauges", data={f"v{first}": "160", "sure": "1", "on": "2026-10-31"})
    clock.set(clock.now() + timedelta(minutes=11))
    assert "can no longer be taken back" in leader.post("/scoreboards/gauges/take-back").text
    assert _values(database)["Two ways home"]["2026-10-31"] == 160
    with database.transaction() as connection:
        assert [one.slug for one in import_statements(connection, [("gauges.md", FILE)], now=NOW).kept] == ["gauges"]


@pytest.mark.parametrize(
    ("values", "target", "by", "word"),
    [
        ({}, 100, date(2026, 12, 31), Progress.NO_VALUE),
        ({date(2026, 1, 1): 0, date(2026, 11, 20): 85}, 100, date(2026, 12, 31), Progress.ON_TRACK),
        ({date(2026, 1, 1): 0, date(2026, 11, 20): 70}, 100, date(2026, 12, 31), Progress.BEHIND),
        ({date(2026, 1, 1): 0, date(2026, 10, 1): 85}, 100, date(2026, 12, 31), Progress.OLD),
        ({date(2026, 1, 1): 0, date(2026, 11, 20): 100}, 100, date(2026, 12, 31), Progress.REACHED),
        ({date(2026, 1, 1): 0, date(2026, 11, 20): 50}, 100, None, Progress.OPEN),
        ({date(2026, 1, 1): 0, date(2026, 11, 20): 99}, 100, date(2026, 11, 1), Progress.BEHIND),
        ({date(2026, 1, 1): 0, date(2026, 11, 20): -85}, -100, date(2026, 12, 31), Progress.ON_TRACK),
    ],
)
def test_a_measure_stands_in_one_word(values: dict[date, float], target: float, by: date | None, word: Progress) -> None:
    way = way_of(sorted(values.items()), baseline=0, target=target, target_on=by, today=date(2026, 11, 23))
    assert way.progress is word
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in (*way.points, *way.plan))


def test_what_is_five_times_off_is_far() -> None:
    found = [is_far(value, before) for value, before in [(8.3, 81), (83, 81), (500, 100), (499, 100), (-1, 1), (5, 0), (1, None), (0, 3)]]
    assert found == [True, False, True, False, True, False, False, True]
