"""The JSON API under /api/v1: the same facts as the pages and the commands.

Reads only. Who may call it is decided by ``allowed``, which is handed in and raises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from cadence.clock import Clock
from cadence.domain.sending.deliveries import Channel
from cadence.identity.permissions import Permission
from cadence.operations.measuring.report import Report
from cadence.operations.measuring.report_json import plain_figures, plain_report
from cadence.operations.planning.explain import explain
from cadence.store.database.engine import Database

Slug = Annotated[str | None, Query(max_length=200, description="Slug of a statement in force")]
Team = Annotated[str | None, Query(max_length=200, description="Name of a team, as in the people file")]
Email = Annotated[str, Path(max_length=400, description="Email address of the person")]

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The admin password is needed (HTTP Basic)"},
    403: {"description": "No admin password is set and the client is not on this machine"},
    404: {"description": "No such statement, team or person"},
    422: {"description": "A value that cannot be used"},
}


def api_router(
    *,
    database: Database,
    clock: Clock,
    channels: Collection[Channel],
    read_report: Callable[[str | None, str | None], Report],
    allowed: Callable[[Request, Permission], object],
) -> APIRouter:
    """Return the routes. ``allowed`` raises for a request that may not read; ``channels``: those that are set up."""
    router = APIRouter(prefix="/api/v1", responses=_PROBLEMS)
    results, people = (_dependency(allowed, one) for one in (Permission.SEE_RESULTS, Permission.SEE_PEOPLE))

    @router.get("/report", dependencies=[results], summary="Reach, frequency and acknowledgement")
    def get_report(statement: Slug = None, team: Team = None) -> dict[str, Any]:
        """Return what ``cadence report --json`` prints."""
        return plain_report(read_report(statement, team))

    @router.get("/statements", dependencies=[results], summary="The statements in force")
    def get_statements() -> dict[str, Any]:
        """Return the statements in reading order with their counts."""
        return {"statements": plain_report(read_report(None, None))["statements"]}

    @router.get("/figures", dependencies=[results], summary="How many know each statement, as released")
    def get_figures(statement: Slug = None) -> dict[str, Any]:
        """Return the released figures alone; with ``statement`` also those of its segments."""
        return plain_figures(read_report(statement, None))

    @router.get("/people/{email}/explain", dependencies=[people], summary="Why a person was sent what, or was not")
    def get_explanation(email: Email, statement: Slug = None) -> dict[str, Any]:
        """Return what ``cadence explain --json`` prints."""
        return explain(database, email, statement, now=clock.now(), channels=channels).to_json()

    return router


def _dependency(allowed: Callable[[Request, Permission], object], permission: Permission) -> Any:
    def may_read(request: Request) -> None:
        allowed(request, permission)

    return Depends(may_read)
