"""What columns are made of, and the names of constraints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from cadence.store.database.types import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata: MetaData = SQLModel.metadata
metadata.naming_convention = NAMING

#: SQLite counts rowids only on INTEGER keys; PostgreSQL wants 64 bits
BigId = BigInteger().with_variant(Integer(), "sqlite")


#: SQLite keeps the rows in the order of their key: planning reads and writes whole stretches of people
BY_KEY = {"sqlite_with_rowid": False}


def key() -> Any:
    """A number of its own for each row."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def reference(target: str, *, nullable: bool = False, index: bool = False, primary_key: bool = False) -> Any:
    """The key of a row of ``target`` ("table.column")."""
    column = Column(BigId, ForeignKey(target), nullable=nullable, index=index, primary_key=primary_key)
    return Field(default=None, sa_column=column)


def instant(*, nullable: bool = True, index: bool = False) -> Any:
    """An instant (``store.database.types``)."""
    return Field(default=None, sa_column=Column(Instant(), nullable=nullable, index=index))


def text_column(*, nullable: bool = False, unique: bool = False) -> Any:
    """Text; empty by default, or NULL."""
    return Field(default=None if nullable else "", sa_column=Column(Text(), nullable=nullable, unique=unique))


def json_object() -> Any:
    """A JSON object."""
    return Field(default_factory=dict, sa_column=Column(JSON(), nullable=False))


def word_list() -> Any:
    """A JSON list of strings."""
    return Field(default_factory=list, sa_column=Column(JSON(), nullable=False, server_default=text("'[]'")))


def number(default: float | None = None) -> Any:
    """A float; NULL when it has no ``default``."""
    server = None if default is None else text(repr(default))
    return Field(default=default, sa_column=Column(Float(), nullable=default is None, server_default=server))


def count(*, small: bool = True) -> Any:
    """A whole number from 0; ``small``: 16 bits."""
    return Field(default=0, sa_column=Column(SmallInteger() if small else Integer(), nullable=False, server_default=text("0")))


def flag(default: bool = False) -> Any:
    """Yes or no."""
    return Field(default=default, sa_column=Column(Boolean(), nullable=False, server_default=text("true" if default else "false")))


def account() -> Any:
    """The account that did it; NULL: nobody who signs in. No foreign key: SQLite cannot add one to a table that is there."""
    return Field(default=None, sa_column=Column(BigId, nullable=True))


def edited_in() -> Any:
    """Where it is edited: "file" or "browser" (an import of files never overwrites the second by itself)."""
    return Field(default="file", sa_column=Column(Text(), nullable=False, server_default=text("'file'")))


def word() -> Any:
    """Text that is empty in rows which do not say."""
    return Field(default="", sa_column=Column(Text(), nullable=False, server_default=text("''")))
