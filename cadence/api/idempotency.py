"""The same change is made once: under an Idempotency-Key of a token the first answer is kept for 24 hours and given again.

A key is taken before the change and its answer kept after it. What was refused changed nothing, so its key is free again. Where
the service died in between nobody knows whether it was done: the key stays taken, and the caller is told to look.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from cadence.api.context import ApiContext
from cadence.errors import CadenceError, Conflict, Invalid, StoreBusy
from cadence.identity.viewers import Viewer
from cadence.store.identity import idempotency as rows

NAME = "Idempotency-Key"
KEPT = timedelta(hours=24)
_KEY = re.compile(r"[!-~]{1,255}")


class KeyInUse(Conflict):
    """A request with this key is under way, or its end is not known."""

    code = "key_in_use"


async def answer_once(
    context: ApiContext, request: Request, viewer: Viewer, answer: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    """Return the answer to a change; with a key, the first answer under it. Raises Invalid and KeyInUse."""
    key = request.headers.get(NAME)
    if key is None:
        return await answer(request)
    if not _KEY.fullmatch(key):
        raise Invalid(NAME, key, "has 1 to 255 printable ASCII characters and no space")
    if viewer.token_id is None:
        raise Invalid(NAME, key, "is kept for API tokens alone")
    said = _request_hash(request, await request.body())
    kept = await run_in_threadpool(_take, context, viewer.token_id, key, said)
    if kept is not None:
        headers = {"content-type": kept.content_type, "idempotency-replayed": "true"}
        return Response(kept.body, kept.status, headers)
    try:
        given = await answer(request)
    except (CadenceError, RequestValidationError, HTTPException):
        await run_in_threadpool(_let_go, context, viewer.token_id, key)
        raise
    if given.status_code >= 400:
        await run_in_threadpool(_let_go, context, viewer.token_id, key)
    else:
        await run_in_threadpool(_keep, context, viewer.token_id, key, given)
    return given


def _request_hash(request: Request, body: bytes) -> str:
    head = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(head.encode() + body).hexdigest()


def _take(context: ApiContext, token_id: int, key: str, said: str) -> rows.KeptAnswer | None:
    now = context.clock.now()
    with context.database.transaction() as connection:
        rows.forget_keys(connection, before=now - KEPT)
        if rows.take_key(connection, token_id, key, request_hash=said, now=now):
            return None
        kept = rows.kept_answer(connection, token_id, key)
    if kept.request_hash != said:
        raise Invalid(NAME, key, "was sent with another request; use a key of its own for each")
    if not kept.status:
        raise KeyInUse("a request with this key is under way, or the service stopped in the middle of it; look whether it was done")
    return kept


def _keep(context: ApiContext, token_id: int, key: str, given: Response) -> None:
    # the change stands, so its answer is given also when a busy database cannot keep it: the key then stays taken
    with suppress(StoreBusy), context.database.transaction() as connection:
        content_type = given.headers.get("content-type", "")
        rows.keep_answer(connection, token_id, key, status=given.status_code, content_type=content_type, body=bytes(given.body))


def _let_go(context: ApiContext, token_id: int, key: str) -> None:
    with suppress(StoreBusy), context.database.transaction() as connection:
        rows.let_key_go(connection, token_id, key)
