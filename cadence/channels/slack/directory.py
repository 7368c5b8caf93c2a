"""Read the people of a Slack workspace (users.list), page by page, keeping what a directory needs of each.

Owns which accounts are people: bots, apps, Slackbot, invitations nobody took, and people of other
workspaces who share a channel are left out and counted. Waits as long as Slack asks; a list that cannot
be read to its end is refused, so that nobody is taken for gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cadence.channels.slack.calls import SlackCalls
from cadence.channels.slack.errors import LONGEST_RETRY_AFTER, doubtful
from cadence.errors import ChannelRefused

PAGE = 200
#: a million accounts
_MOST_PAGES = 5_000
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceMember:
    """One person of the workspace, in Slack's own words: nothing is checked yet. Empty: Slack does not say."""

    id: str
    email: str
    name: str
    zone: str
    locale: str
    deactivated: bool
    #: a guest, of one channel or several
    guest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A whole workspace. ``left_out``: accounts that are not people of this company."""

    members: tuple[WorkspaceMember, ...]
    left_out: int


def read_directory(calls: SlackCalls, *, progress: Callable[[int], None] = lambda n: None) -> Directory:
    """Return every person of the workspace, deactivated ones too. Raises TransportError; ``progress`` is told the size of each page."""
    us = calls.call(calls.client.auth_test, {}, patience=LONGEST_RETRY_AFTER)
    found: dict[str, WorkspaceMember] = {}
    left_out: set[str] = set()
    for ours in _workspaces(calls, us):
        arguments = {"limit": PAGE, "include_locale": True} | ({"team_id": ours["team_id"]} if ours is not us else {})
        for page in calls.pages(calls.client.users_list, arguments, key="members", patience=LONGEST_RETRY_AFTER, most=_MOST_PAGES):
            for told in page:
                if not isinstance(told, dict) or not isinstance(told.get("id"), str):
                    raise doubtful("an account without id", posting=False)
                if _is_ours(told, ours):
                    found.setdefault(told["id"], _member(told))
                else:
                    left_out.add(told["id"])
            progress(len(page))
    return Directory(members=tuple(found.values()), left_out=len(left_out - found.keys()))


def _workspaces(calls: SlackCalls, us: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the workspaces to read: ours, or, when the app is installed for a whole organisation, each that it may enter."""
    enterprise = us.get("enterprise_id") or us.get("team_id")
    if not (us.get("is_enterprise_install") is True or str(us.get("team_id", "")).startswith("E")):
        return [us]
    pages = calls.pages(calls.client.auth_teams_list, {"limit": PAGE}, key="teams", patience=LONGEST_RETRY_AFTER, most=_MOST_PAGES)
    teams = [team["id"] for page in pages for team in page if isinstance(team, dict) and isinstance(team.get("id"), str)]
    if not teams:
        raise ChannelRefused(
            "The app is installed for the organisation and was added to none of its workspaces: ask its Slack admin.",
            provider_code="team_access_not_granted",
        )
    return [{"team_id": team, "enterprise_id": enterprise} for team in teams]


def _is_ours(told: dict[str, Any], us: dict[str, Any]) -> bool:
    if told["id"] == _SLACKBOT or any(told.get(mark) is True for mark in ("is_bot", "is_workflow_bot", "is_stranger", "is_invited_user")):
        return False
    profile = told.get("profile")
    if isinstance(profile, dict) and profile.get("bot_id"):
        return False
    team, ours = told.get("team_id"), us.get("team_id")
    if not team or not ours or team == ours:
        return True
    # in an organisation people belong to it, and to several of its workspaces
    belongs = told.get("enterprise_user")
    if not isinstance(belongs, dict):
        return False
    teams = belongs.get("teams")
    return (
        bool(us.get("enterprise_id")) and belongs.get("enterprise_id") == us["enterprise_id"] and isinstance(teams, list) and ours in teams
    )


def _member(told: dict[str, Any]) -> WorkspaceMember:
    profile = told.get("profile")
    said = profile if isinstance(profile, dict) else {}
    names = (said.get("real_name"), told.get("real_name"), said.get("display_name"), told.get("name"))
    return WorkspaceMember(
        id=told["id"],
        # an address that its owner never proved could be anybody's
        email=_text(said.get("email")) if told.get("is_email_confirmed") is not False else "",
        name=next((text for text in map(_text, names) if text), ""),
        zone=_text(told.get("tz")),
        locale=_text(told.get("locale")),
        deactivated=told.get("deleted") is True,
        guest=told.get("is_restricted") is True or told.get("is_ultra_restricted") is True,
    )


def _text(value: Any) -> str:
    # longer than anything that is kept; what is wrong with it is said when it is checked
    return value.strip()[:1_000] if isinstance(value, str) else ""
