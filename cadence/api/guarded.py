"""The way of every request of the API: may they, was it answered before, is it still the same.

Whoever may not do it is told so before a body or a parameter is read. Which permission a route needs stands in its ``needs`` or
``changes``, and in the OpenAPI document as ``x-permission``. What is kept under an Idempotency-Key: ``idempotency``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from cadence.api.context import ApiContext
from cadence.api.idempotency import answer_once
from cadence.errors import Invalid
from cadence.identity.permissions import Permission

_PERMISSION = "x-permission"


def needs(permission: Permission) -> dict[str, Any]:
    """Return what a route that reads is declared with."""
    return {"openapi_extra": {_PERMISSION: permission.value}}


def changes(permission: Permission) -> dict[str, Any]:
    """Return what a route that changes something is declared with."""
    return {**needs(permission), "dependencies": [Depends(_key)]}


def guarded_route(context: ApiContext) -> type[APIRoute]:
    """Return the class of the routes."""

    class GuardedRoute(APIRoute):
        """A route with a permission."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """Return what answers a request."""
            answer = super().get_route_handler()
            permission = Permission((self.openapi_extra or {})[_PERMISSION])
            known = _parameters(self.dependant)

            async def guarded(request: Request) -> Response:
                viewer = await run_in_threadpool(context.allowed, request, permission)
                request.state.viewer = viewer
                for name in request.query_params:
                    if name not in known:  # a filter with a slip in its name would be a list of everything
                        raise Invalid(name or "query", None, f"is no parameter here; there are: {', '.join(sorted(known)) or 'none'}")
                if request.method == "GET":
                    return _unless_same(request, await answer(request))
                return await answer_once(context, request, viewer, answer)

            return guarded

    return GuardedRoute


def _parameters(found: Dependant) -> set[str]:
    """Return the names of the query parameters of a route."""
    return {field.alias for field in found.query_params}.union(*map(_parameters, found.dependencies))


def _unless_same(request: Request, answer: Response) -> Response:
    """Return the answer with its ETag, or 304 when the caller has it (RFC 9110, If-None-Match)."""
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    answer.headers["etag"] = tag
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers={"etag": tag}) if tag in known or "*" in known else answer


def _key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            pattern=r"^[!-~]+$",
            description="The same key with the same request within 24 hours gets the first answer and changes nothing more",
        ),
    ] = None,
) -> None:
    """Describe the header; ``answer_once`` reads it."""
