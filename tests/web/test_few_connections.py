"""A process opens few connections to PostgreSQL, and pages wait for their turn: a burst is answered, not turned away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from cadence.assembly.app import App
from cadence.assembly.site import SiteContext, build_site
from cadence.errors import StoreBusy, StoreError
from cadence.settings.loading import Settings
from cadence.store.database.engine import Database, plain_error, plain_errors
from tests.fixtures.builders import a_delivery, a_person, a_statement
from tests.web.conftest import PASSWORD, TestClient

#: most connections of the smallest server that is told to work, but for those that PostgreSQL keeps for its superuser
SMALL_SERVER = 40 - 3
BURST = 12


@pytest.mark.databases("postgresql")
def test_a_burst_of_pages_is_answered_over_one_connection(context: SiteContext, database_url: str) -> None:
    """No page holds a connection while it asks for another: then a few that wait for each other would all be turned away."""
    few = Database(database_url, connections=1)
    a_delivery(few, a_person(few), [a_statement(few, slug="repair")], state="sent")
    site = build_site(replace(context, database=few))
    with TestClient(site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        client.auth = ("admin", PASSWORD)
        assert client.get("/").status_code == 200
        addresses = list(islice(cycle(("/", "/statements/repair", "/metrics", "/readyz", "/api/v1/report", "/statements")), BURST))
        with ThreadPoolExecutor(BURST) as burst:
            answers = list(burst.map(client.get, addresses))
    few.close()
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.databases("postgresql")
def test_one_that_serves_and_three_workers_fit_into_a_small_server(database_url: str, tmp_path: Path) -> None:
    apps = [App(Settings(data_dir=tmp_path, database_url=database_url)) for _ in range(4)]
    pools = [cast(sa.pool.QueuePool, app.database.engine.pool) for app in apps]
    assert sum(pool.size() + pool._max_overflow for pool in pools) + 2 <= SMALL_SERVER, "a command wants room too"
    assert cast(sa.pool.QueuePool, App(Settings(database_url=database_url, database_connections=16)).database.engine.pool).size() == 16


@pytest.mark.parametrize(
    ("told", "kind", "said"),
    [
        ("connection failed: FATAL: sorry, too many clients already", StoreBusy, "lower CADENCE_DATABASE_CONNECTIONS"),
        ("connection failed: FATAL: remaining connection slots are reserved for superusers", StoreBusy, "the database is busy"),
        ('connection failed: FATAL: password authentication failed for user "cadence"', StoreError, "refuses the login"),
        ('connection failed: FATAL: database "cadnce" does not exist', StoreError, "no database of that name"),
        ("connection failed: Connection refused", StoreError, "cannot be reached"),
        ("database or disk is full", StoreError, "the last change was not kept"),
        ('could not extend file "base/1/2": No space left on device', StoreError, "the last change was not kept"),
        ("deadlock detected", StoreBusy, "try again"),
    ],
)
def test_what_a_database_says_becomes_a_sentence_that_is_true(told: str, kind: type[StoreError], said: str) -> None:
    plain = plain_error(sa.exc.OperationalError("SELECT", {}, Exception(told)))
    assert type(plain) is kind
    assert said in str(plain)
    assert "nothing was sent" not in str(plain)


def test_who_waited_in_vain_for_a_connection_is_told_that_we_are_busy() -> None:
    with pytest.raises(StoreBusy, match="in use; try again"), plain_errors():
        raise sa.exc.TimeoutError("QueuePool limit of size 8 overflow 0 reached")
