"""The SCIM 2.0 service (RFC 7643, RFC 7644) under /scim/v2: who is let in, which resource is meant, and how errors are told.

A directory shows a token of the kind scim, which opens nothing else. What a request does: ``user_requests`` and ``group_requests``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import ValidationError
from scim2_models import Context, Error, ListResponse, Meta, ResourceType, ResponseParameters, Schema, SCIMException, SearchRequest
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.clock import Clock
from cadence.domain.audit import Actor
from cadence.errors import CadenceError, Conflict, Invalid, NotFound, StoreError
from cadence.identity.tokens import TokenKind, bearer_of, program_by_token
from cadence.scim.group_requests import GroupRequests
from cadence.scim.models import CONFIG, MOST, PROVIDER
from cadence.scim.payloads import read_body
from cadence.scim.requests import AskedChange, Found, Served
from cadence.scim.user_requests import UserRequests
from cadence.store.database.engine import Database

log = logging.getLogger("cadence.scim")

PATH = "/scim/v2"
_MEDIA_TYPE = "application/scim+json"
_CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class _Refused(Exception):
    """An answer that is an error. ``scim_type``: the keyword of RFC 7644 for it."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.error = Error(status=status, detail=detail, scim_type=scim_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimService:
    """The service of one installation. ``attributes``: the attributes of people that audiences and caps ask for."""

    database: Database
    clock: Clock
    base_url: str
    default_zone: str
    attributes: Callable[[], Collection[str]] = frozenset

    def routes(self) -> list[Route]:
        """Return the routes; every address below ``PATH`` is answered here, in SCIM's own words."""
        return [Route(PATH + "{rest:path}", self.answer, methods=["GET", *_CHANGES])]

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        body = await request.body()
        return await run_in_threadpool(self._answer, request, body)

    def _answer(self, request: Request, body: bytes) -> Response:
        try:
            with PROVIDER:
                return self._serve(request, body)
        except _Refused as refused:
            error = refused.error
        except SCIMException as told:
            error = told.to_error()
        except ValidationError as invalid:
            error = Error.from_validation_errors(invalid)[0]
        except CadenceError as told:
            error = _error_of(told)
        except IntegrityError:  # another request was first
            error = Error(status=409, detail="Another request changed the same at this moment; send it again.", scim_type="uniqueness")
        if error.status in (400, 409):
            log.info("event=scim.refused method=%s why=%s", request.method, error.scim_type)
        headers = {"www-authenticate": 'Bearer realm="Cadence"'} if error.status == 401 else {}
        return Response(error.model_dump_json(), error.status or 500, headers, _MEDIA_TYPE)

    def _serve(self, request: Request, body: bytes) -> Response:
        now = self.clock.now()
        token = bearer_of(request.headers.get("authorization", ""))
        program = program_by_token(self.database, token, kind=TokenKind.SCIM, now=now) if token else None
        if program is None:
            raise _Refused(401, "A token of the kind scim is needed; this one is none, was revoked, or is over.")
        kind, _, key = request.path_params["rest"].strip("/").partition("/")
        discovered = _discovered(kind, key, self.base)
        if discovered is not None:
            if request.method != "GET":
                raise _Refused(405, f"{kind} can only be read.")
            return Response(discovered.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE), 200, media_type=_MEDIA_TYPE)
        if kind == ".search":
            raise _Refused(501, "Search users or groups, not both at once.")
        served = self._served(kind)
        if served is None or "/" in key:
            raise _Refused(404, "There is nothing at this address.")
        payload = read_body(body) if request.method in ("POST", "PUT", "PATCH") else {}
        if request.method in _CHANGES and key != ".search":
            with self.database.transaction() as connection:
                return self._change(request, served, connection, key, payload, program.actor)
        with self.database.read() as connection:
            if key == ".search" and request.method == "POST":
                return self._listed(served, connection, payload)
            return self._read(request, served, connection, key)

    @property
    def base(self) -> str:
        """The address of the service."""
        return self.base_url.rstrip("/") + PATH

    def _served(self, kind: str) -> Served | None:
        if kind == "Users":
            return UserRequests(base=self.base, default_zone=self.default_zone, attributes=self.attributes())
        return GroupRequests(base=self.base) if kind == "Groups" else None

    def _read(self, request: Request, served: Served, connection: Connection, key: str) -> Response:
        asked: dict[str, Any] = dict(request.query_params)
        if not key:
            return self._listed(served, connection, asked)
        shown = ResponseParameters[served.model].model_validate(  # type: ignore[name-defined]
            {name: value for name, value in asked.items() if name in ("attributes", "excludedAttributes")}
        )
        return _told(served.one(connection, key), 200, Context.RESOURCE_QUERY_RESPONSE, shown, request)

    def _listed(self, served: Served, connection: Connection, asked: dict[str, Any]) -> Response:
        wanted = asked.pop("filter", None) or ""
        search = SearchRequest[served.model].model_validate(asked)  # type: ignore[name-defined]
        start, count = search.start_index or 1, min(MOST if search.count is None else search.count, MOST)
        excluded = frozenset(str(path).casefold() for path in search.excluded_attributes or [])
        found = served.find(connection, str(wanted), Found(offset=min(start - 1, 10**9), limit=count, excluded=excluded))
        answer = ListResponse[served.model](  # type: ignore[name-defined]
            total_results=found.total, start_index=start, items_per_page=len(found.resources), resources=found.resources
        )
        text = answer.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search)
        return Response(text, 200, media_type=_MEDIA_TYPE)

    def _change(
        self, request: Request, served: Served, connection: Connection, key: str, payload: dict[str, Any], actor: Actor
    ) -> Response:
        asked = AskedChange(payload=payload, actor=actor, now=self.clock.now())
        if request.method == "POST":
            if key:
                raise _Refused(405, "Nothing can be added here.")
            return _told(served.add(connection, asked), 201, Context.RESOURCE_CREATION_RESPONSE)
        if not key:
            raise _Refused(405, "Name one resource.")
        before, wanted = served.one(connection, key), request.headers.get("if-match")
        if wanted not in (None, "*") and before.meta.version not in [one.strip() for one in str(wanted).split(",")]:
            raise _Refused(412, "The resource was changed since.")
        if request.method == "DELETE":
            served.remove(connection, key, asked)
            return Response(status_code=204)
        if request.method == "PUT":
            return _told(served.replace(connection, key, before, asked), 200, Context.RESOURCE_REPLACEMENT_RESPONSE)
        return _told(served.patch(connection, key, before, asked), 200, Context.RESOURCE_PATCH_RESPONSE)


class _Dumps(Protocol):
    def model_dump_json(self, *, scim_ctx: Context) -> str: ...


def _told(resource: Any, status: int, context: Context, shown: Any = None, request: Request | None = None) -> Response:
    headers = {"etag": resource.meta.version, "location": resource.meta.location}
    if request is not None and request.headers.get("if-none-match") == resource.meta.version:
        return Response(status_code=304, headers={"etag": resource.meta.version})
    if status != 201:
        del headers["location"]
    return Response(resource.model_dump_json(scim_ctx=context, response_parameters=shown), status, headers, _MEDIA_TYPE)


def _discovered(kind: str, key: str, base: str) -> _Dumps | None:
    """Return what the service says of itself there, None when that is no address of it."""
    if kind == "ServiceProviderConfig" and not key:
        config: _Dumps = _located(CONFIG, f"{base}/ServiceProviderConfig", "ServiceProviderConfig")
        return config
    if kind not in ("ResourceTypes", "Schemas"):
        return None
    model: Any = ResourceType if kind == "ResourceTypes" else Schema
    said = PROVIDER.resource_types if kind == "ResourceTypes" else PROVIDER.schemas
    listed = [_located(one, f"{base}/{kind}/{one.id}", model.__name__) for one in said]
    if key:
        one: _Dumps | None = next((found for found in listed if found.id == key), None)
        if one is None:
            raise _Refused(404, f"There is no {model.__name__} {key[:100]}.")
        return one
    answer: _Dumps = ListResponse[model](total_results=len(listed), start_index=1, items_per_page=len(listed), resources=listed)
    return answer


def _located(resource: Any, location: str, kind: str) -> Any:

    copied = resource.model_copy(deep=True)
    copied.meta = Meta(resource_type=kind, location=location)
    return copied


def _error_of(told: CadenceError) -> Error:
    text = str(told)
    detail = f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
    if isinstance(told, NotFound):
        return Error(status=404, detail=detail)
    if isinstance(told, Conflict):
        return Error(status=409, detail=detail, scim_type=told.data.get("scim"))
    if isinstance(told, Invalid):
        return Error(status=400, detail=detail, scim_type="invalidValue")
    return Error(status=503 if isinstance(told, StoreError) else 500, detail=detail)
