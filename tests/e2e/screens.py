"""Every page and state there is a picture of, as one table: a new page is a row here.

``test_pages`` reads each with axe, at 320 pixels and without script; ``python -m tests.e2e.pictures --all FOLDER`` takes each at two
widths in light and dark. Pages of the rail come by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from cadence.demo.leader import FOR_THE_VISITOR
from cadence.web.parts.navigation import PAGES
from tests.e2e.conftest import RunningDemo, get


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page or state. ``path``: below Cadence's own address, or a whole address."""

    name: str
    path: Callable[[RunningDemo], str]


def _at(path: str) -> Callable[[RunningDemo], str]:
    return lambda demo: path


def _found(path: str, pattern: str) -> Callable[[RunningDemo], str]:
    """Return the first address on the page at ``path`` that ``pattern`` finds."""

    def look(demo: RunningDemo) -> str:
        found = re.search(pattern, get(f"{demo.web}{path}"))
        assert found, pattern
        return found[1]

    return look


#: pages for leaders and admins
FRAMED = (
    *(Screen(name=f"rail {page.label.removeprefix('nav_')}", path=_at(page.href)) for page in PAGES),
    Screen(name="guess", path=_at("/guess")),
    Screen(name="statements by team", path=_at("/statements?view=teams")),
    Screen(name="statements all figures", path=_at("/statements?view=teams&all=1")),
    Screen(name="statements drafts", path=_at("/statements?view=drafts")),
    Screen(name="statements retired", path=_at("/statements?view=retired")),
    Screen(name="statement", path=_found("/", r'href="(/statements/[^"#]+)"')),
    Screen(name="statement to guess", path=_at(f"/statements/{FOR_THE_VISITOR[0]}")),
    Screen(name="own words", path=_at("/own-words")),
    Screen(name="calibration", path=_at("/calibration")),
    Screen(name="questions answered", path=_at("/questions?show=closed")),
    Screen(name="people import", path=_at("/people/import")),
    Screen(name="person", path=_found("/people", r'href="(/people/\d+)"')),
    Screen(name="nobody", path=_at(f"/people?q={quote('nobody@example.com')}")),
    Screen(name="rhythm of a cadence", path=_found("/rhythm", r'href="(/rhythm/[a-z0-9-]+)"')),
    Screen(name="write", path=_at("/write")),
)

#: pages from a message, and before one is signed in
SOLO = (
    Screen(name="acknowledge", path=RunningDemo.acknowledge_link),
    Screen(name="preferences", path=RunningDemo.preferences_link),
    Screen(name="question", path=RunningDemo.question_link),
    Screen(name="expired link", path=RunningDemo.expired_link),
    Screen(name="changed link", path=lambda demo: f"{demo.acknowledge_link()[:-4]}AAAA"),
    Screen(name="no such page", path=_at("/nowhere")),
)


def addresses(demo: RunningDemo) -> dict[str, str]:
    """Return name -> whole address of every screen of Cadence's own pages."""
    found = {one.name: one.path(demo) for one in (*FRAMED, *SOLO)}
    return {name: path if path.startswith("http") else demo.web + path for name, path in found.items()}
