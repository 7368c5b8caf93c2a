"""What an admin decided for the company in the browser: settings by their dotted name, and the logo."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import company_settings
from cadence.store.database.sql import insert_for

_LOGO = "logo"


def kept_settings(connection: Connection) -> dict[str, Any]:
    """Return name -> value of the settings that were changed in the browser."""
    query = sa.select(company_settings.c.name, company_settings.c.content).where(company_settings.c.name != _LOGO)
    return {name: content["value"] for name, content in connection.execute(query)}


def keep_setting(connection: Connection, name: str, value: Any, *, account_id: int | None, now: datetime) -> None:
    """Keep a setting."""
    _keep(connection, name, {"value": value}, account_id, now)


def drop_setting(connection: Connection, name: str) -> None:
    """Let the file's value hold again."""
    connection.execute(sa.delete(company_settings).where(company_settings.c.name == name))


def kept_logo(connection: Connection) -> tuple[str, bytes, datetime] | None:
    """Return (media type, picture, when it was kept), None when there is none."""
    query = sa.select(company_settings.c.content, company_settings.c.changed_at).where(company_settings.c.name == _LOGO)
    row = connection.execute(query).first()
    return None if row is None else (row.content["kind"], b64decode(row.content["picture"]), row.changed_at)


def keep_logo(connection: Connection, kind: str, picture: bytes, *, account_id: int | None, now: datetime) -> None:
    """Keep the logo."""
    _keep(connection, _LOGO, {"kind": kind, "picture": b64encode(picture).decode()}, account_id, now)


def drop_logo(connection: Connection) -> bool:
    """Forget the logo; return whether there was one."""
    return connection.execute(sa.delete(company_settings).where(company_settings.c.name == _LOGO)).rowcount == 1


def _keep(connection: Connection, name: str, content: dict[str, Any], account_id: int | None, now: datetime) -> None:
    values = {"content": content, "changed_at": now, "account_id": account_id}
    added = insert_for(connection, company_settings).values(name=name, **values)
    connection.execute(added.on_conflict_do_update(index_elements=["name"], set_=values))
