"""The schema's history (Alembic), applied from inside the program.

``upgrade`` builds or migrates; ``check`` says whether tables and migrations agree. No alembic.ini: the configuration is
made here so that the wheel needs no file beside it. Whether a database is up to date: ``schema_version``.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from cadence.store.database.engine import Database


def configuration(database: Database) -> Config:
    """Return the Alembic configuration for ``database``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database"] = database
    return config


def upgrade(url: str) -> None:
    """Bring the database at ``url`` to this program's schema; nothing happens when it is there already."""
    database = Database(url)
    try:
        command.upgrade(configuration(database), "head")
    finally:
        database.close()


def check(url: str) -> None:
    """Raise alembic's CommandError when the tables differ from what the migrations build."""
    database = Database(url)
    try:
        command.check(configuration(database))
    finally:
        database.close()
