"""The report and its figures, as ``cadence report --json`` prints them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from cadence.api.context import ApiContext
from cadence.api.guarded import needs
from cadence.api.values import Slug
from cadence.identity.permissions import Permission
from cadence.operations.measuring.report_json import plain_figures, plain_report

Team = Annotated[str | None, Query(max_length=200, description="Name of a team, as in the people file")]


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the routes /report and /figures."""

    @api.get("/report", summary="Reach, frequency and acknowledgement", **needs(Permission.SEE_RESULTS))
    def get_report(statement: Slug = None, team: Team = None) -> dict[str, Any]:
        """Return what `cadence report --json` prints."""
        return plain_report(context.read_report(statement, team))

    @api.get("/figures", summary="How many know each statement, as released", **needs(Permission.SEE_RESULTS))
    def get_figures(statement: Slug = None) -> dict[str, Any]:
        """Return the released figures alone; with `statement` also those of its segments."""
        return plain_figures(context.read_report(statement, None))
