"""Who does not want to be disturbed at the moment, as Slack says it (dnd.teamInfo, scope dnd:read).

Asked for 50 people at once and remembered for five minutes, so that no message costs a call of its own. A
courtesy, not a condition: where it cannot be asked, nobody counts as disturbed and sending goes on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cadence.channels.slack.calls import SlackCalls
from cadence.errors import ChannelRefused, TransportError

log = logging.getLogger("cadence.slack")

#: most people in one call
CHUNK = 50
REMEMBERED = timedelta(minutes=5)
#: a permission that is not there is not asked for at every batch
NOT_GRANTED_FOR = timedelta(hours=1)
#: longer than this nobody is waited for, whatever Slack says
_LONGEST = timedelta(days=2)
_AT_ONCE = timedelta(seconds=2)


class DoNotDisturb:
    """Remembers for each person until when they want quiet."""

    def __init__(self, calls: SlackCalls) -> None:
        self._calls = calls
        #: user id -> (asked at, the spans told: from, to), seconds since 1970
        self._known: dict[str, tuple[datetime, tuple[tuple[float, float], ...]]] = {}
        self._not_before: datetime | None = None
        self._lock = threading.Lock()

    def until(self, user_ids: Sequence[str], *, now: datetime) -> dict[str, datetime]:
        """Return user id -> end of their quiet time, for those who are in one at ``now``. Never raises."""
        with self._lock:
            wanted = [u for u in dict.fromkeys(user_ids) if not self._is_fresh(u, now)]
            for start in range(0, len(wanted), CHUNK):
                if self._not_before is not None and now < self._not_before:
                    break
                self._ask(wanted[start : start + CHUNK], now)
            found = {}
            for user_id in user_ids:
                spans = self._known[user_id][1] if user_id in self._known else ()
                end = next((b for a, b in spans if a <= now.timestamp() < b), None)
                if end is not None and end - now.timestamp() <= _LONGEST.total_seconds():
                    found[user_id] = datetime.fromtimestamp(end, UTC)
            return found

    def _is_fresh(self, user_id: str, now: datetime) -> bool:
        known = self._known.get(user_id)
        return known is not None and timedelta(0) <= now - known[0] < REMEMBERED

    def _ask(self, user_ids: list[str], now: datetime) -> None:
        try:
            data = self._calls.call(self._calls.client.dnd_teamInfo, {"users": ",".join(user_ids)}, patience=_AT_ONCE)
        except ChannelRefused as error:
            self._not_before = now + NOT_GRANTED_FOR
            log.info("event=slack.dnd_off code=%s", error.provider_code)
            return
        except TransportError as error:
            self._not_before = now + (error.retry_after or REMEMBERED)
            log.warning("event=slack.dnd_unknown code=%s", error.provider_code)
            return
        told = data.get("users")
        for user_id in user_ids:
            self._known[user_id] = (now, _spans(told.get(user_id) if isinstance(told, dict) else None))
        if len(self._known) > 100_000:  # people who left; nobody is asked for twice in five minutes because of this
            self._known = {u: known for u, known in self._known.items() if now - known[0] < REMEMBERED}


def _spans(told: Any) -> tuple[tuple[float, float], ...]:
    """Return the quiet times that Slack tells of one person: their nightly one and a snooze; what cannot be read is none."""
    if not isinstance(told, dict):
        return ()
    found = []
    if told.get("dnd_enabled") is True:
        found.append((_number(told.get("next_dnd_start_ts")), _number(told.get("next_dnd_end_ts"))))
    if told.get("snooze_enabled") is True:
        found.append((0.0, _number(told.get("snooze_endtime"))))
    return tuple(span for span in found if span[0] < span[1])


def _number(value: Any) -> float:
    # beyond the year 9999 there are no dates
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 253_370_764_800 else 0.0
