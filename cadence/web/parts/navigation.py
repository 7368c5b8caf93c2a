"""The rail: every page that stands in it, once, with the permission that opens it. A new page adds its line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RailPage:
    """One page of the rail. ``label``: key of its name in the words for leaders; ``group``: key of the heading it stands under."""

    group: str
    label: str
    href: str
    permission: Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class RailLink:
    """One link as it is drawn. ``current``: it is the page that is open, or the one above it; ``count``: what waits there."""

    label: str
    href: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RailGroup:
    """Links under one heading. The first group of a rail is drawn without it."""

    label: str
    links: tuple[RailLink, ...]


#: in reading order; the first that somebody may open is the page they come to after signing in
PAGES = (
    RailPage(group="rail_leader", label="nav_overview", href="/", permission=Permission.SEE_RESULTS),
    RailPage(group="rail_leader", label="nav_statements", href="/statements", permission=Permission.SEE_STATEMENTS),
    RailPage(group="rail_leader", label="nav_questions", href="/questions", permission=Permission.SEE_QUESTIONS),
    RailPage(group="rail_admin", label="nav_channels", href="/channels", permission=Permission.SEE_CHANNELS),
    RailPage(group="rail_admin", label="nav_deliveries", href="/deliveries", permission=Permission.SEE_DELIVERIES),
    RailPage(group="rail_admin", label="nav_people", href="/people", permission=Permission.SEE_PEOPLE),
    RailPage(group="rail_admin", label="nav_rhythm", href="/rhythm", permission=Permission.SEE_RHYTHM),
    RailPage(group="rail_admin", label="nav_access", href="/access", permission=Permission.MANAGE_ACCESS),
    RailPage(group="rail_admin", label="nav_company", href="/company", permission=Permission.CHANGE_COMPANY),
    RailPage(group="rail_admin", label="nav_audit", href="/audit", permission=Permission.SEE_AUDIT),
    RailPage(group="rail_admin", label="nav_approval", href="/approval", permission=Permission.CHANGE_COMPANY),
)
#: where the button "Write" leads; "" draws none
WRITE_PAGE = "/write"
#: where somebody goes who may open none of them
OWN_PAGE = "/me"


def first_page(viewer: Viewer) -> str:
    """Return the path of the page that somebody comes to after signing in."""
    return next((page.href for page in PAGES if viewer.may(page.permission)), OWN_PAGE)


def rail_of(viewer: Viewer, words: Words, *, here: str, counts: Mapping[str, int] | None = None) -> tuple[RailGroup, ...]:
    """Return what stands in the rail of ``viewer``; ``here``: path of the open page; ``counts``: what waits, by ``label``."""
    seen = [page for page in PAGES if viewer.may(page.permission)]
    groups = dict.fromkeys(page.group for page in seen)
    return tuple(
        RailGroup(
            label=words.say(group),
            links=tuple(
                RailLink(
                    label=words.say(page.label), href=page.href, current=_is_under(here, page.href), count=(counts or {}).get(page.label, 0)
                )
                for page in seen
                if page.group == group
            ),
        )
        for group in groups
    )


def _is_under(here: str, href: str) -> bool:
    return here == href or (href != "/" and here.startswith(href + "/"))
