"""Whether a database has the schema of this program, asked by every command before it does anything.

Reads what ``migrations`` wrote without Alembic, whose import takes as long as a small command does. Building and
migrating are ``migrations``.
"""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from cadence.errors import SchemaOutOfDate
from cadence.store.database.engine import Database

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_NAMED = re.compile(r'^(revision|down_revision)\b[^=\n]*= *"([^"\n]+)"', re.MULTILINE)


def newest_revision() -> str:
    """Return the revision that no other one follows."""
    named = [one for path in sorted(_VERSIONS.glob("*.py")) for one in _NAMED.findall(path.read_text(encoding="utf-8"))]
    followed = {revision for name, revision in named if name == "down_revision"}
    [newest] = [str(revision) for name, revision in named if name == "revision" and revision not in followed]
    return newest


def require_current(database: Database) -> None:
    """Raise SchemaOutOfDate unless the database has exactly this program's schema."""
    with database.read() as connection:
        there = sa.inspect(connection).has_table("alembic_version")
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none() if there else None
    if found is None:
        raise SchemaOutOfDate("the database has no Cadence tables yet; run: cadence init")
    if found != newest_revision():
        raise SchemaOutOfDate(f"the database has schema {found}, this program needs {newest_revision()}; run: cadence init")
