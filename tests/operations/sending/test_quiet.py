"""Somebody's do-not-disturb puts a message off to its end, and drops none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from cadence.clock import FixedClock
from cadence.domain.sending.deliveries import Channel
from cadence.operations.sending.send import send_ready
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW
from tests.fixtures.sending import ScriptedTransport, an_outbox, attempt_rows, delivery_row, planned, states

pytestmark = pytest.mark.databases("sqlite")

HOUR = timedelta(hours=1)


@dataclass
class Considerate(ScriptedTransport):
    """A Slack that knows until when somebody wants quiet."""

    channel: Channel = Channel.SLACK
    ends: dict[str, datetime] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)

    def quiet_until(self, user_ids: Sequence[str], *, now: datetime) -> dict[str, datetime]:
        """Return the ends that are still to come."""
        self.asked.append(list(user_ids))
        return {u: end for u, end in self.ends.items() if u in user_ids and end > now}


@pytest.fixture
def clock() -> FixedClock:
    """Monday 10:00 in Berlin."""
    return FixedClock(NOW)


def test_a_message_waits_for_the_end_and_the_others_go(database: Database, clock: FixedClock) -> None:
    first, *others = planned(database, 3, channel="slack")
    slack = Considerate(ends={"U0": NOW + HOUR})
    outbox = an_outbox(database, clock, slack)
    send_ready(outbox)
    row = delivery_row(database, first)
    assert (row.state, row.send_after, row.lease_owner, attempt_rows(database, first)) == ("planned", NOW + HOUR, None, [])
    assert {delivery_row(database, i).state for i in others} == {"sent"}
    assert slack.asked == [["U0", "U1", "U2"]], "one question for the whole batch"
    clock.advance(HOUR)
    send_ready(outbox)
    assert states(database) == {"sent": 3}


def test_a_quiet_time_into_the_night_waits_for_the_morning(database: Database, clock: FixedClock) -> None:
    (delivery,) = planned(database, channel="slack", expires_at=NOW + 30 * HOUR)
    slack = Considerate(ends={"U0": NOW + 9 * HOUR})
    send_ready(an_outbox(database, clock, slack))
    assert delivery_row(database, delivery).send_after == NOW + 23 * HOUR, "Tuesday 09:00, when people may be written to again"


@pytest.mark.parametrize(
    ("end", "expires"),
    [(NOW + 4 * HOUR, NOW + 3 * HOUR), (NOW + 9 * HOUR, NOW + 12 * HOUR)],
    ids=["it outlasts the message", "the next working hour does"],
)
def test_a_message_that_could_not_wait_so_long_goes_out_now(
    database: Database, clock: FixedClock, end: datetime, expires: datetime
) -> None:
    """Slack itself keeps it silent; waiting would drop it."""
    planned(database, channel="slack", expires_at=expires)
    send_ready(an_outbox(database, clock, Considerate(ends={"U0": end})))
    assert states(database) == {"sent": 1}


def test_a_transport_that_knows_no_quiet_is_not_asked(database: Database, clock: FixedClock) -> None:
    planned(database, 2)
    send_ready(an_outbox(database, clock, ScriptedTransport()))
    assert states(database) == {"sent": 2}
