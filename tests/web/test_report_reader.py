"""A slow report is kept a while, so that looking often does not slow down the sending."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cadence.assembly.site import SiteContext
from cadence.store.database.engine import Database
from cadence.web.parts.context import ReportReader
from tests.fixtures.builders import a_statement


@pytest.mark.parametrize(("seconds", "kept"), [(0.1, False), (0.4, True)])
def test_a_report_that_took_long_is_kept_five_times_as_long(context: SiteContext, database: Database, seconds: float, kept: bool) -> None:
    now = [0.0]

    def passing() -> float:
        now[0] += seconds
        return now[0]

    read = ReportReader(replace(context, monotonic=passing))
    before = len(read().statements)
    a_statement(database)
    assert (len(read().statements) == before) is kept
    now[0] += 10
    assert len(read().statements) == before + 1
