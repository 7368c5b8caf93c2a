"""An installation is told from others by a name in its database, whatever its address."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cadence.assembly.app import App
from cadence.clock import FixedClock
from cadence.domain.sending.links import Link, LinkPurpose, LinkRefused
from cadence.settings.loading import Settings
from cadence.store.database import migrations
from cadence.store.database.engine import Database
from cadence.store.running.deployment import deployment_name
from tests.fixtures.builders import NOW

_LINK = Link(purpose=LinkPurpose.RESPOND, delivery_id=5, person_id=7, version_id=3, expires_at=NOW + timedelta(days=14))


def test_a_name_once_given_stays(database: Database) -> None:
    assert deployment_name(database, fresh="first") == "first"
    assert deployment_name(database, fresh="second") == "first"


def test_links_follow_the_database_to_another_address_and_to_no_other_database(database_url: str, tmp_path: Path) -> None:
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    migrations.upgrade(other_url)
    plain = {"secret_key": "k" * 32, "data_dir": tmp_path}
    here = {"base_url": "http://before.example.com", "database_url": database_url}
    before, after, other = (
        App(Settings.model_validate({**plain, **here, **changed}), clock=FixedClock(NOW))
        for changed in ({}, {"base_url": "https://after.example.com"}, {"database_url": other_url})
    )
    try:
        token = before.links.sign(_LINK)
        assert after.links.read(token, NOW) == _LINK
        assert after.links.sign(_LINK) == token
        with pytest.raises(LinkRefused, match="not made by us"):
            other.links.read(token, NOW)
    finally:
        for app in (before, after, other):
            app.close()
