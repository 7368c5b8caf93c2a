"""Read a declared table, from a file or from what the database keeps of one.

Takes bytes or plain values, opens nothing. The refusal is put into words by ``refusals``, which is loaded only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from cadence.files.declared import Fault
from cadence.files.toml_tables import read_toml

M = TypeVar("M", bound=BaseModel)


def read_file(model: type[M], raw: bytes, *, where: str) -> M:
    """Return the checked content of a TOML file; ``where`` is its name for messages. Raises InvalidFile with every fault."""
    return read_table(model, read_toml(raw, where=where), where=where)


def read_table(
    model: type[M],
    table: Any,
    *,
    where: str,
    under: tuple[str, ...] = (),
    context: Any = None,
    mistakes: Mapping[str, Fault] | None = None,
) -> M:
    """Return a table as its model. Raises InvalidFile with every fault.

    ``under``: the place of the table, for messages. ``context``: what its checks may ask for. ``mistakes``: keys that
    people bring from elsewhere, and what to tell them.
    """
    try:
        return model.model_validate(table, context=context)
    except ValidationError as error:
        from cadence.files.refusals import refused

        raise refused(model, error, table, where=where, under=under, mistakes=mistakes) from None
