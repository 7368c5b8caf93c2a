"""What ``cadence doctor`` asks Slack: the token, the permissions, the clock, and what the app can read.

Each question is one finding with what to do about it. Posts nothing; asks six small things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from slack_sdk.web import SlackResponse

from cadence.channels.base import Finding, Health
from cadence.channels.slack.calls import SlackCalls
from cadence.channels.slack.scopes import NEEDED_SCOPES, USEFUL_SCOPES, missing_scopes, scopes_of
from cadence.errors import ChannelRefused, RateLimited, TransportError

_ADD = "Add it to the app's bot scopes (config/slack-manifest.yaml has them all), and install the app again."
#: Slack refuses signatures that are five minutes off, and so do we
CLOCK_FAILS = timedelta(minutes=5)
CLOCK_WARNS = timedelta(seconds=60)
#: has the form of a conversation and is none; whether Slack looks for it shows whether we may read
_NO_CONVERSATION = "D00000000"


_UNREACHED = "See that this machine can look up and reach Slack (name server, firewall, HTTPS_PROXY), then run cadence doctor again."


def inspect_app(calls: SlackCalls, *, now: datetime, conversation: str) -> list[Finding]:
    """Return the findings; only the first when the token is not good."""
    try:
        response = calls.request(calls.client.auth_test, {})
    except TransportError as error:
        remedy = "Set CADENCE_SLACK__BOT_TOKEN again, as docs/channels.md says." if isinstance(error, ChannelRefused) else _UNREACHED
        return [Finding(name="Slack token", health=Health.FAIL, sentence=str(error), remedy=remedy)]
    data = response.data if isinstance(response.data, dict) else {}
    is_whole = data.get("is_enterprise_install") is True or str(data.get("team_id", "")).startswith("E")
    where = f"the whole organisation {data.get('team')}" if is_whole else f"workspace {data.get('team')}"
    found = [_ok("Slack token", f"The bot token is good: {where}, bot user {data.get('user')}.")]
    found.append(_scopes(scopes_of(response.headers)))
    clock = _clock(response.headers, now)
    if clock is not None:
        found.append(clock)
    found.append(_history(calls, conversation))
    found.append(
        _asked(
            "Slack directory",
            lambda: calls.request(calls.client.users_list, {"limit": 1}),
            well="The directory can be read.",
            ill="The directory cannot be read, so people cannot be imported from Slack",
        )
    )
    found.append(
        _asked(
            "Slack do-not-disturb",
            lambda: calls.request(calls.client.dnd_teamInfo, {"users": str(data.get("user_id", ""))}),
            well="Do-not-disturb can be read and is respected.",
            ill="Do-not-disturb cannot be read and is not respected",
        )
    )
    return found


def _ok(name: str, sentence: str) -> Finding:
    return Finding(name=name, health=Health.OK, sentence=sentence)


def _scopes(granted: frozenset[str]) -> Finding:
    name = "Slack scopes"
    if not granted:
        return _ok(name, "Slack does not say which scopes the app has; what it lacks shows below.")
    missing = missing_scopes(granted, NEEDED_SCOPES)
    if missing:
        return Finding(name=name, health=Health.FAIL, sentence=f"The app lacks the scopes it needs: {', '.join(missing)}.", remedy=_ADD)
    useful = missing_scopes(granted, USEFUL_SCOPES)
    if useful:
        told = "; ".join(f"{scope} ({USEFUL_SCOPES[scope]})" for scope in useful)
        return Finding(name=name, health=Health.WARN, sentence=f"The app can send, and lacks {told}.", remedy=_ADD)
    return _ok(name, f"The app has all {len(NEEDED_SCOPES) + len(USEFUL_SCOPES)} scopes of the manifest.")


def _clock(headers: Mapping[str, object], now: datetime) -> Finding | None:
    stated = next((v for k, v in headers.items() if str(k).lower() == "date"), None)
    try:
        there = parsedate_to_datetime(str(stated[0] if isinstance(stated, list | tuple) and stated else stated))
        apart = abs(now - there)
    except (TypeError, ValueError):
        return None
    told = f"This machine's clock and Slack's are {apart.total_seconds():.0f} s apart."
    if apart < CLOCK_WARNS:
        return _ok("Slack clock", told)
    health = Health.FAIL if apart >= CLOCK_FAILS else Health.WARN
    return Finding(
        name="Slack clock", health=health, sentence=told, remedy="Let this machine keep time by NTP; over 5 minutes no press counts."
    )


def _history(calls: SlackCalls, conversation: str) -> Finding:
    name = "Slack history"
    held = "A message whose answer is lost stays in doubt until a person looks."
    try:
        calls.request(calls.client.conversations_history, {"channel": conversation or _NO_CONVERSATION, "limit": 1})
    except RateLimited:
        sentence = f"Slack hardly lets the app read its own messages. {held}"
        return Finding(name=name, health=Health.WARN, sentence=sentence, remedy="Use an app of your own workspace, not a distributed one.")
    except ChannelRefused as error:
        return Finding(name=name, health=Health.FAIL, sentence=f"{error} {held}", remedy=_ADD)
    except TransportError as error:
        if error.provider_code == "channel_not_found" and not conversation:
            return _ok(name, "The app may read its own messages; none was sent yet to try it on.")
        return Finding(name=name, health=Health.WARN, sentence=f"{error} {held}", remedy="Run cadence doctor again after the next digest.")
    return _ok(name, "The newest conversation's history can be read.")


def _asked(name: str, ask: Callable[[], SlackResponse], *, well: str, ill: str) -> Finding:
    try:
        ask()
    except TransportError as error:
        remedy = _ADD if isinstance(error, ChannelRefused) else "Run cadence doctor again later."
        return Finding(name=name, health=Health.WARN, sentence=f"{ill}. {error}", remedy=remedy)
    return _ok(name, well)
