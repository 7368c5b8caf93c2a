"""Scoreboards: values that a program measures. Reading them: the statement of the same slug."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import Field, StrictBool

from cadence.api.context import ApiContext, Caller
from cadence.api.guarded import changes
from cadence.api.problems import problem
from cadence.api.values import Answer, Body, Day
from cadence.domain.planning.calendars import zone
from cadence.identity.permissions import Permission
from cadence.operations.authoring.measures import MOST_LINES, EnteredValue, FarOff, enter_values


class SentValue(Body):
    """One value of one measure."""

    measure: str = Field(min_length=1, max_length=200, examples=["Gauges reporting"])
    on: Day
    value: float = Field(strict=True, allow_inf_nan=False, ge=-1e15, le=1e15)


class SentValues(Body):
    """The values of one entry; all are stored or none."""

    values: list[SentValue] = Field(min_length=1, max_length=MOST_LINES)
    sure: StrictBool = Field(default=False, description="Also values far from those before them")


class Entered(Answer):
    """How many values are new, or other than before."""

    changed: int


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the route /scoreboards/{slug}/values."""

    @api.post("/scoreboards/{slug}/values", summary="Enter values", response_model=Entered, **changes(Permission.ENTER_VALUES))
    def post_values(caller: Caller, slug: Annotated[str, Path(max_length=200)], sent: SentValues) -> Any:
        """Store values; 409 `far_off` names those far from the value before, which `sure` stores all the same."""
        now = context.clock.now()
        values = [EnteredValue(measure=one.measure, on=one.on, value=one.value) for one in sent.values]
        today = now.astimezone(zone(context.zone)).date()
        try:
            changed = enter_values(context.database, slug, values, actor=caller.actor, now=now, today=today, sure=sent.sure)
        except FarOff as error:
            return _far(error)
        context.forget_report()
        return Entered(changed=changed)


def _far(error: FarOff) -> Response:
    found = [{"measure": measure, "value": value, "before": before} for measure, value, before in error.found]
    return problem(409, str(error), code=error.code, values=found)
