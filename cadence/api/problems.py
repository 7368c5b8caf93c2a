"""Errors of the API as RFC 9457 problem documents: application/problem+json with type, title, status and detail."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from cadence.errors import CadenceError, Conflict, Invalid, NotFound, StoreError

MEDIA_TYPE = "application/problem+json"


_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
    },
}


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def status_of(error: CadenceError) -> int:
    """Return the HTTP status that says what ``error`` says."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Conflict):
        return 409
    if isinstance(error, Invalid):
        return 422
    if isinstance(error, StoreError):
        return 503
    status = error.data.get("status")
    return status if isinstance(status, int) else 500


def problem(status: int, detail: str, *, code: str, headers: dict[str, str] | None = None, **more: Any) -> ProblemResponse:
    """Return a problem document. ``code``: the stable word for it; ``more``: members of its own."""
    title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    content = {"type": f"urn:cadence:problem:{code}", "title": title, "status": status, "detail": detail, "code": code, **more}
    return ProblemResponse(content, status_code=status, headers=headers)


def problem_of(error: CadenceError, *, headers: dict[str, str] | None = None) -> ProblemResponse:
    """Return the problem document of an error; a wrong field is named."""
    more = {"field": error.data["field"]} if isinstance(error, Invalid) and "field" in error.data else {}
    return problem(status_of(error), str(error), code=error.code, headers=headers, **more)


def described(description: str) -> dict[str, Any]:
    """Return how the OpenAPI document describes an answer that is a problem document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
