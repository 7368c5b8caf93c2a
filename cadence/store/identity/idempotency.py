"""Rows of idempotency keys: which request of a token took a key, and the answer that it had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import idempotency_keys as keys
from cadence.store.database.sql import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a key was taken for. ``status`` 0: there is no answer."""

    request_hash: str
    status: int
    content_type: str
    body: bytes


def take_key(connection: Connection, token_id: int, key: str, *, request_hash: str, now: datetime) -> bool:
    """Take a key for a request; return False, and write nothing, when it is taken."""
    values = {"token_id": token_id, "key": key, "request_hash": request_hash, "at": now, "status": 0, "headers": {}, "body": b""}
    taken = insert_for(connection, keys).values(values).on_conflict_do_nothing().returning(keys.c.id)
    return connection.execute(taken).first() is not None


def kept_answer(connection: Connection, token_id: int, key: str) -> KeptAnswer:
    """Return what a key that is taken was taken for."""
    row = connection.execute(sa.select(keys).where(*_of(token_id, key))).one()
    content_type = str(row.headers.get("content-type", ""))
    return KeptAnswer(request_hash=row.request_hash, status=row.status, content_type=content_type, body=bytes(row.body))


def keep_answer(connection: Connection, token_id: int, key: str, *, status: int, content_type: str, body: bytes) -> None:
    """Keep the answer that the request under a key had."""
    values = {"status": status, "headers": {"content-type": content_type}, "body": body}
    connection.execute(sa.update(keys).where(*_of(token_id, key)).values(values))


def let_key_go(connection: Connection, token_id: int, key: str) -> None:
    """Forget that a key was taken for a request that was refused."""
    connection.execute(sa.delete(keys).where(*_of(token_id, key), keys.c.status == 0))


def forget_keys(connection: Connection, *, before: datetime) -> None:
    """Delete the keys that were taken before that instant."""
    connection.execute(sa.delete(keys).where(keys.c.at < before))


def _of(token_id: int, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return keys.c.token_id == token_id, keys.c.key == key
