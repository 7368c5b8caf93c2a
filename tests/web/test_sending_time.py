"""While a large send runs, health, metrics and the overview say how long it still takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cadence.assembly.site import SiteContext, build_site
from cadence.operations.sending.eta import ChannelPace
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_cadence, a_delivery, a_person, a_statement, an_occurrence
from tests.web.conftest import PASSWORD, TestClient

pytestmark = pytest.mark.databases("sqlite")


def test_the_remaining_time_is_told_while_messages_wait(context: SiteContext, database: Database) -> None:
    occurrence, statement = an_occurrence(database, a_cadence(database), state="planned"), a_statement(database)
    for n in range(8):
        late: dict[str, Any] = {"send_after": NOW + timedelta(hours=1)} if n == 7 else {}
        person = a_person(database)
        a_delivery(database, person, [statement], state="planned", channel="slack", occurrence_id=occurrence, at=NOW, **late)
    site = build_site(replace(context, paces={"slack": ChannelPace(per_second=0.1), "email": ChannelPace(per_second=None)}))
    with TestClient(site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        assert client.get("/readyz").json()["sending"] == {"slack": {"messages": 7, "eta_seconds": 70}}
        client.auth = ("admin", PASSWORD)
        metrics = client.get("/metrics").text
        assert 'cadence_sending_messages_left{channel="slack"} 7' in metrics
        assert 'cadence_sending_seconds_left{channel="slack"} 70' in metrics
        assert "Still sending. Slack: about 1 min at 6 messages a minute (7 messages)." in client.get("/").text


def test_with_nothing_to_send_nothing_is_said(context: SiteContext) -> None:
    site = build_site(replace(context, paces={"slack": ChannelPace(per_second=1.0)}))
    with TestClient(site, base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        assert client.get("/readyz").json()["sending"] == {}
        client.auth = ("admin", PASSWORD)
        assert "Still sending" not in client.get("/").text
