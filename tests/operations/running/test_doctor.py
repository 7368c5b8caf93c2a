"""The doctor finds what is wrong, says it in a sentence and says what to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.channels.base import Capabilities
from cadence.domain.audit import AT_THE_SHELL
from cadence.domain.sending.deliveries import Channel
from cadence.errors import ChannelRefused
from cadence.operations.running.doctor import Check, Health, doctor, worst
from cadence.operations.sending.channel_care import pause_channel
from cadence.operations.sending.stopping import stop_sending
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.running import clock_watch
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_audience


class Service:
    """A transport that only answers its check."""

    capabilities = Capabilities(reads_back=False, messages_per_second=None, max_connections=1)

    def __init__(self, channel: Channel, fault: Exception | None = None) -> None:
        self.channel = channel
        self._fault = fault

    def connect(self) -> Any:
        raise AssertionError("the doctor sends nothing")

    def check(self) -> str:
        if self._fault:
            raise self._fault
        return "the server answered"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret.key"
    path.write_text("x" * 64)
    path.chmod(0o600)
    return path


def _look(database: Database, key_file: Path, *, key_in_file: bool = True, **changed: Any) -> dict[str, Check]:
    arguments: dict[str, Any] = {
        "data_dir": key_file.parent,
        "key_file": key_file if key_in_file else None,
        "base_url": "https://cadence.example.com",
        "transports": [Service(Channel.EMAIL)],
        "now": NOW,
        "least_free_bytes": 0,
    }
    checks = doctor(database, **(arguments | changed))
    assert all(c.sentence.endswith((".", "!", "?")) for c in checks)
    assert all(c.remedy or c.health is Health.OK for c in checks)
    return {c.name: c for c in checks}


def test_sound_house_is_all_ok(database: Database, key_file: Path) -> None:
    a_person(database)
    a_statement(database)
    a_cadence(database)

    found = _look(database, key_file)

    assert {name: c.health for name, c in found.items() if c.health is not Health.OK} == {}
    assert worst(list(found.values())) is Health.OK


def test_empty_house_is_told_what_to_do_first(database: Database, key_file: Path) -> None:
    found = _look(database, key_file)

    assert "cadence people import" in found["people"].remedy
    assert "cadence statements import" in found["statements"].remedy
    assert "cadence cadences apply" in found["cadences"].remedy


def test_exposed_or_missing_key_fails(database: Database, key_file: Path) -> None:
    key_file.chmod(0o644)
    assert "0644" in _look(database, key_file)["secret key"].sentence
    key_file.unlink()
    assert _look(database, key_file)["secret key"].health is Health.FAIL
    assert _look(database, key_file, key_in_file=False)["secret key"].health is Health.OK


def test_missing_folder_and_full_disk_are_told(database: Database, key_file: Path) -> None:
    assert _look(database, key_file, data_dir=key_file.parent / "nowhere")["data folder"].health is Health.FAIL
    assert _look(database, key_file, least_free_bytes=10**18)["disk"].health is Health.WARN


@pytest.mark.parametrize(
    ("url", "health"), [("http://127.0.0.1:8787", "warn"), ("http://cadence.example.com", "warn"), ("https://cadence.example.com", "ok")]
)
def test_base_url_people_cannot_use_is_a_warning(database: Database, key_file: Path, url: str, health: str) -> None:
    assert _look(database, key_file, base_url=url)["base URL"].health == health


def test_channels_are_asked_and_their_fault_is_told(database: Database, key_file: Path) -> None:
    broken = [Service(Channel.EMAIL, ChannelRefused("535 the password is wrong")), Service(Channel.SLACK, ZeroDivisionError())]

    found = _look(database, key_file, transports=broken)

    assert found["email"].sentence == "535 the password is wrong."
    assert found["Slack"].sentence == "The check failed: ZeroDivisionError."
    assert _look(database, key_file, transports=[])["channels"].health is Health.FAIL


def test_database_without_tables_is_told_and_nothing_breaks(tmp_path: Path, key_file: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")

    found = _look(database, key_file)

    assert found["database"].health is Health.FAIL
    assert "cadence init" in found["database"].sentence + found["database"].remedy
    database.close()


def test_people_statements_and_audiences_with_gaps_are_named(database: Database, key_file: Path) -> None:
    a_person(database, email="ann@example.com", with_address=False)
    a_statement(database, slug="thin", wordings=["Only one."])
    an_audience(database, "nobody", {"team": ["Nowhere"]})
    a_cadence(database, slug="lonely", audience="nobody")

    found = _look(database, key_file)

    assert "ann@example.com" in found["people"].sentence
    assert "thin" in found["wordings"].sentence
    assert "lonely" in found["audiences"].sentence


def test_pause_doubt_and_overdue_slots_are_told(database: Database, key_file: Path) -> None:
    ann = a_person(database, email="ann@example.com")
    a_delivery(database, ann, [a_statement(database)], state="unknown", reason="in_doubt_twice")
    cadence = a_cadence(database, slug="weekly")
    with database.transaction() as connection:
        status, slots = core.channel_status, core.slots
        pause = {"channel": "email", "paused_until": NOW + timedelta(minutes=5), "reason": "535 refused", "failures_in_row": 0}
        connection.execute(sa.insert(status).values(**pause))
        due = {"cadence_id": cadence, "zone": "Europe/Berlin", "local_time": "09:30", "next_fire_at": NOW - timedelta(hours=1)}
        connection.execute(sa.insert(slots).values(next_local_date=NOW.date(), **due))

    found = _look(database, key_file, zone="Europe/Berlin")

    assert "email is paused until Mon 23 Nov 2026, 10:05 (Europe/Berlin): 535 refused." in found["pause"].sentence
    assert "ann@example.com (email)" in found["doubt"].sentence
    assert found["engine"].health is Health.FAIL
    assert "weekly, Europe/Berlin" in found["engine"].sentence


def test_a_stop_and_a_pause_by_hand_are_told_with_their_way_out(database: Database, key_file: Path) -> None:
    stop_sending(database, reason="an accident", until=None, actor=AT_THE_SHELL, now=NOW)
    pause_channel(database, "email", channels=[Channel.EMAIL], actor=AT_THE_SHELL, now=NOW)
    found = _look(database, key_file)
    assert "All sending is stopped until somebody starts it again, by somebody at the shell. Why: an accident." in found["stop"].sentence
    assert found["stop"].remedy == "When it may go on: cadence start"
    assert "email is paused by an admin until somebody resumes it." in found["pause"].sentence


def test_a_clock_that_cannot_be_right_is_a_finding(database: Database, key_file: Path) -> None:
    assert "there has been no tick yet" in _look(database, key_file)["clock"].sentence
    with database.transaction() as connection:
        clock_watch.record_tick(connection, now=NOW)
    assert _look(database, key_file, now=NOW + timedelta(days=7))["clock"].health is Health.OK
    back = _look(database, key_file, now=NOW - timedelta(hours=1))["clock"]
    assert (back.health, "was set back" in back.sentence) == (Health.WARN, True)
    ahead = _look(database, key_file, now=NOW + timedelta(days=400), zone="Europe/Berlin")["clock"]
    assert ahead.health is Health.FAIL
    assert "(Europe/Berlin)" in ahead.sentence
    assert "cadence notices resolve clock-doubted" in ahead.remedy
