"""The API under /api/v1, a module a noun; ``build_api`` puts them together. For programs: docs/api.md."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer

from cadence.api.context import ApiContext
from cadence.api.guarded import guarded_route
from cadence.api.problems import described
from cadence.api.v1 import audit, deliveries, people, report, scoreboards, sending, statements

_BEARER = HTTPBearer(auto_error=False, description="An API token, made on /access; its scopes are the permissions of the routes")

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: described("The request cannot be read"),
    401: described("A token that is good is needed"),
    403: described("Before there are accounts: no admin password is set and the client is not on this machine"),
    404: described("There is no such thing, or the token may not see it"),
    409: described("It is not in a state that allows this"),
    422: described("A value that cannot be used; `field` names it"),
    429: described("Too many wrong passwords"),
    503: described("The database cannot be used at the moment"),
}


def build_api(context: ApiContext) -> APIRouter:
    """Return the routes."""
    api = APIRouter(prefix="/api/v1", responses=_PROBLEMS, route_class=guarded_route(context), dependencies=[Depends(_BEARER)])
    for noun in (report, statements, scoreboards, people, deliveries, sending, audit):
        noun.add_routes(api, context)
    return api
