"""The servers of the acknowledgement benchmark start and answer, so that `cadence bench` ends with a table."""

from __future__ import annotations

from cadence.bench.acknowledging import measure_acknowledging


def test_one_small_round_is_measured_to_its_end() -> None:
    rows = measure_acknowledging(rounds=1, each=1)
    assert [row.name for row in rows] == ["ack", "ack_p99"]
    assert all(row.value > 0 and row.baseline > 0 for row in rows)
