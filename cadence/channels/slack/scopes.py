"""The permissions of the Slack app: the same names as in config/slack-manifest.yaml (a test holds that).

What is needed stops sending when it is missing; what is useful switches one feature off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: without these no message goes out, or a lost one could not be looked up
NEEDED_SCOPES = ("chat:write", "im:history", "im:write")
#: scope -> what does not work without it
USEFUL_SCOPES = {
    "users:read": "people cannot be imported from Slack (cadence people sync slack)",
    "users:read.email": "people of Slack cannot be matched by their email address",
    "dnd:read": "do-not-disturb is not respected",
    "commands": "/cadence is not known to Slack",
    "channels:read": "who could see a post in a public channel is not known",
    "channels:history": "a lost answer to a post in a public channel cannot be looked up",
}


def scopes_of(headers: Mapping[str, object]) -> frozenset[str]:
    """Return the scopes that Slack names beside its answers; empty when it names none."""
    stated = next((v for k, v in headers.items() if str(k).lower() == "x-oauth-scopes"), "")
    if isinstance(stated, list | tuple):
        stated = ",".join(str(part) for part in stated)
    return frozenset(scope for scope in str(stated).replace(" ", "").split(",") if scope)


def missing_scopes(granted: frozenset[str], wanted: Iterable[str] = NEEDED_SCOPES) -> list[str]:
    """Return the scopes of ``wanted`` that are not granted, in their order; none when Slack did not say what is granted."""
    return [scope for scope in wanted if scope not in granted] if granted else []
