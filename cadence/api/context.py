"""What the routes of the API work with, handed in by ``assembly.site``; who calls is read back with ``Caller``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from cadence.clock import Clock
from cadence.domain.sending.deliveries import Channel
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.measuring.report import Report
from cadence.store.database.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """The parts of one installation. ``allowed`` raises for a request that may not do that; ``channels``: those that are set up.

    zone: name of the company's time zone, which says what day it is; ``forget_report``: something that reports tell was changed.
    """

    database: Database
    clock: Clock
    channels: Collection[Channel]
    zone: str
    read_report: Callable[[str | None, str | None], Report]
    forget_report: Callable[[], None]
    allowed: Callable[[Request, Permission], Viewer]


def _caller(request: Request) -> Viewer:
    viewer: Viewer = request.state.viewer
    return viewer


#: who calls, as the guarded route found them
Caller = Annotated[Viewer, Depends(_caller)]
