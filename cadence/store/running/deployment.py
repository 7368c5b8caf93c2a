"""The name that tells this installation's database from every other one: what its links are bound to.

Made when it is first asked for and never changed. It goes where the rows go that a link names: a database that moves to another
address, or comes back from a backup, keeps its links; a new database beside the same key does not open those of the old one for
whoever has the old numbers now. docs/decisions/0010 says why it is not the address.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cadence.store.database.core import deployments
from cadence.store.database.engine import Database
from cadence.store.database.sql import insert_for

_ONE = 1


def deployment_name(database: Database, *, fresh: str) -> str:
    """Return the name of the installation that ``database`` belongs to; ``fresh`` (unguessable) becomes it where there is none."""
    with database.read() as connection:
        known = _known(connection)
    if known is not None:
        return known
    with database.transaction() as connection:
        connection.execute(insert_for(connection, deployments).values(id=_ONE, name=fresh).on_conflict_do_nothing())
    with database.read() as connection:
        return _known(connection) or fresh


def _known(connection: Connection) -> str | None:
    return connection.execute(sa.select(deployments.c.name).where(deployments.c.id == _ONE)).scalar_one_or_none()
