"""Who is reached how and when, and the ids of what is planned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cadence.domain.planning.recipients import Skip, in_slice, nudge_key, nudge_source, public_ids, route, wished
from cadence.domain.sending.deliveries import Channel

BOTH = (Channel.SLACK, Channel.EMAIL)


@pytest.mark.parametrize(
    ("preferred", "health", "channels", "expected"),
    [
        ("", (("email", False), ("slack", False)), BOTH, ("slack", None, "email")),
        ("email", (("email", False), ("slack", False)), BOTH, ("email", None, "slack")),
        ("email", (("email", True), ("slack", False)), BOTH, ("slack", None, "")),
        ("", (("email", False),), BOTH, ("email", None, "")),
        ("", (("email", True),), BOTH, ("email", Skip.ADDRESS_SUSPENDED, "")),
        ("", (), BOTH, ("slack", Skip.NO_ADDRESS, "")),
        ("", (("email", False),), (), ("", Skip.CHANNEL_NOT_SET_UP, "")),
        ("slack", (("email", False), ("slack", False)), (Channel.EMAIL,), ("email", None, "")),
    ],
)
def test_the_route_is_the_persons_choice_then_the_cadences_order(
    preferred: str, health: tuple[tuple[str, bool], ...], channels: tuple[Channel, ...], expected: tuple[str, Skip | None, str]
) -> None:
    assert tuple(route(preferred, health, channels)) == expected


def test_a_wish_stays_within_the_week_and_never_lies_in_the_past() -> None:
    berlin, tuesday = ZoneInfo("Europe/Berlin"), date(2026, 3, 24)
    now = datetime(2026, 3, 24, 9, tzinfo=UTC)
    wish: dict[str, Any] = {"here": berlin, "not_before": now}
    assert wished(tuesday, time(9, 30), preferred_day=6, preferred_time="10:00", **wish) == datetime(2026, 3, 29, 8, tzinfo=UTC)
    assert wished(tuesday, time(9, 30), preferred_day=None, preferred_time="11:30", **wish) == datetime(2026, 3, 24, 10, 30, tzinfo=UTC)
    assert wished(tuesday, time(9, 30), preferred_day=0, preferred_time="", **wish) is None
    assert wished(tuesday, time(9, 30), preferred_day=1, preferred_time="", **wish) is None, "half past nine is over"


def test_public_ids_differ_by_secret_occurrence_person_and_channel_and_repeat() -> None:
    ids = [
        public_ids(secret, key)(person, channel)
        for secret in (b"a", b"b")
        for key in ("k", "l")
        for person in (1, 11)
        for channel in ("email", "slack")
    ]
    assert len(set(ids)) == 16
    assert all(len(one) == 24 for one in ids)
    assert public_ids(b"a", "k")(1, "email") == ids[0]


def test_a_nudge_names_what_it_follows() -> None:
    key = "weekly|Asia/Tokyo|09:00|2026-11-23"
    assert nudge_source(nudge_key(3, key)) == key
    assert nudge_source(key) == ""


def test_a_slice_has_about_its_share_and_keeps_it() -> None:
    inside = [n for n in range(5_000) if in_slice("our-purpose", n, 0.1)]
    assert 400 < len(inside) < 600
    assert set(inside) < {n for n in range(5_000) if in_slice("our-purpose", n, 0.2)}
    assert inside != [n for n in range(5_000) if in_slice("repair-before-replace", n, 0.1)]
