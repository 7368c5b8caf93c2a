"""What pages are made of: what they read from, who draws them, and who may see them."""

from __future__ import annotations

from cadence.web.parts.access import LeaderAccess, RateLimit
from cadence.web.parts.context import ReportReader, SiteContext
from cadence.web.parts.templating import Render

#: presses of one message's links a minute
PRESSES = 30


class LinkedPages:
    """Pages that a link in a message opens."""

    def __init__(self, context: SiteContext, render: Render) -> None:
        self._context = context
        self._render = render
        self._presses = RateLimit(most=PRESSES)


class GuardedPages:
    """Pages for leaders and admins."""

    def __init__(self, context: SiteContext, access: LeaderAccess, read_report: ReportReader, render: Render) -> None:
        self._context = context
        self._access = access
        self._report = read_report
        self._render = render
