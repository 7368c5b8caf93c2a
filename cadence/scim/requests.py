"""What ``service`` asks of users and of groups alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from scim2_models import Context, PatchOp
from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor
from cadence.scim.payloads import plain_patch, plain_resource


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChange:
    """A change that is asked for."""

    payload: dict[str, Any]
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of a list: from where, how many; ``excluded``: attributes, in lower case, that nobody wants to see."""

    offset: int
    limit: int
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The resources of a page, and how many there are in all."""

    resources: Sequence[Any]
    total: int


class Served(Protocol):
    """One kind of resource. ``model``: its class of ``models``. Each function raises SCIMException, CadenceError or ValidationError."""

    @property
    def model(self) -> Any: ...

    def one(self, connection: Connection, key: str) -> Any:
        """Return the resource with an id."""

    def find(self, connection: Connection, text: str, page: Found) -> Page:
        """Return the resources that a filter, or none (""), asks for."""

    def add(self, connection: Connection, asked: AskedChange) -> Any:
        """Add a resource and return it."""

    def replace(self, connection: Connection, key: str, before: Any, asked: AskedChange) -> Any:
        """Let a resource be as asked, and return it."""

    def patch(self, connection: Connection, key: str, before: Any, asked: AskedChange) -> Any:
        """Change a resource as asked, and return it."""

    def remove(self, connection: Connection, key: str, asked: AskedChange) -> None:
        """Take a resource away."""


def created(model: Any, asked: AskedChange) -> Any:
    """Return the resource that is to be added. Raises ValidationError."""
    return model.model_validate(plain_resource(asked.payload), scim_ctx=Context.RESOURCE_CREATION_REQUEST)


def replaced(model: Any, before: Any, asked: AskedChange) -> Any:
    """Return the resource that is to be instead of ``before``. Raises ValidationError, SCIMException."""
    wanted = model.model_validate(plain_resource(asked.payload), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    wanted.replace(before)
    return wanted


def patched(model: Any, before: Any, asked: AskedChange) -> Any:
    """Return ``before`` with the operations applied. Raises ValidationError, SCIMException."""
    wanted, payload = before.model_copy(deep=True), plain_patch(asked.payload)
    if payload.get("Operations") == [] and asked.payload.get("Operations"):
        return wanted  # they were about what only we say
    operations: Any = PatchOp[model].model_validate(payload, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    operations.patch(wanted)
    return wanted
