"""Calls of Slack's Web API: one client, its pace, and the rests that Slack asked for, each method by itself.

The SDK's own retries are off: a lost answer would post twice (measured). A
short rest is waited out before the next call of that method; a longer one is told to the caller, who
comes back later instead of holding a thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from cadence.channels.pacing import Pace, Rests
from cadence.channels.slack.errors import broken, doubtful, refused
from cadence.domain.sending.retry import LONGEST_HELD
from cadence.errors import RateLimited

#: asked for again this often when Slack says "wait" to one page of a list
_TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAccess:
    """The app's token, where the Web API is, and the pace in messages a second (None: no limit, for tests)."""

    bot_token: str = field(repr=False)
    api_url: str = "https://slack.com/api/"
    per_second: float | None = 1.0
    timeout: int = 30


class SlackCalls:
    """What the transport and the directory share; may be used by several threads."""

    def __init__(
        self, settings: SlackAccess, *, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.client = web_client(settings)
        self.pace = Pace(settings.per_second, monotonic=monotonic, sleep=sleep)
        self._rests = Rests(monotonic=monotonic)
        self._sleep = sleep

    def call(
        self, method: Callable[..., SlackResponse], arguments: dict[str, Any], *, posting: bool = False, patience: timedelta = LONGEST_HELD
    ) -> dict[str, Any]:
        """Return the answer's content. Raises TransportError; ``posting`` and ``patience`` as in ``request``."""
        data = self.request(method, arguments, posting=posting, patience=patience).data
        if not isinstance(data, dict):
            raise doubtful("an answer that is not Slack's", posting=posting)
        return data

    def request(
        self, method: Callable[..., SlackResponse], arguments: dict[str, Any], *, posting: bool = False, patience: timedelta = LONGEST_HELD
    ) -> SlackResponse:
        """Return Slack's answer, headers and all.

        posting: the call puts a message into the world: it keeps the pace, and a lost answer leaves the outcome unknown.
        patience: a rest of this method that is longer is not waited for. Raises TransportError.
        """
        name = method.__name__
        left = self.rest_of(method, patience=patience)
        if left > 0:
            self._sleep(left)
        if posting:
            self.pace.wait()
        try:
            return method(**arguments)
        except SlackApiError as error:
            found = refused(error, posting=posting)
            if isinstance(found, RateLimited) and found.retry_after is not None:
                self._rests.ask(name, found.retry_after.total_seconds())
            raise found from error
        except Exception as error:  # the SDK lets whatever urllib, http.client and json raise pass through
            raise broken(error, posting=posting) from error

    def rest_of(self, method: Callable[..., SlackResponse], *, patience: timedelta = LONGEST_HELD) -> float:
        """Return the seconds that Slack asked to wait before the next call. Raises RateLimited when they are more than ``patience``."""
        left = self._rests.left(method.__name__)
        if left > patience.total_seconds():
            raise RateLimited("Slack asked for a rest that is not over.", provider_code="ratelimited", retry_after=timedelta(seconds=left))
        return left

    def pages(
        self, method: Callable[..., SlackResponse], arguments: dict[str, Any], *, key: str, patience: timedelta, most: int
    ) -> Iterator[list[Any]]:
        """Yield the list under ``key`` of one page after another, at most ``most``; waits as Slack asks, up to ``patience`` each time.

        Raises TransportError, also when there are more pages: a list is never taken for whole that is not.
        """
        arguments = dict(arguments)
        for _ in range(most):
            data = self._page(method, arguments, patience)
            found = data.get(key)
            if not isinstance(found, list):
                raise doubtful(f"an answer without {key}", posting=False)
            yield found
            following = data.get("response_metadata")
            cursor = following.get("next_cursor") if isinstance(following, dict) else None
            if not cursor:
                return
            if cursor == arguments.get("cursor"):
                break
            arguments["cursor"] = cursor
        raise doubtful(f"a list of {key} without end", posting=False)

    def _page(self, method: Callable[..., SlackResponse], arguments: dict[str, Any], patience: timedelta) -> dict[str, Any]:
        for _ in range(_TRIES - 1):
            try:
                return self.call(method, arguments, patience=patience)
            except RateLimited as error:
                if error.retry_after is None or error.retry_after > patience:
                    raise
        return self.call(method, arguments, patience=patience)


def web_client(settings: SlackAccess) -> WebClient:
    """Return slack-sdk's client without retries; it does not log answers, which may hold more than we know."""
    quiet = logging.getLogger("cadence.slack.sdk")
    quiet.setLevel(logging.CRITICAL)
    base = settings.api_url if settings.api_url.endswith("/") else settings.api_url + "/"
    return WebClient(token=settings.bot_token, base_url=base, timeout=settings.timeout, retry_handlers=[], logger=quiet)
