"""The audit log for programs: entries newest first, as a line of the export holds each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from cadence.api.context import ApiContext
from cadence.api.guarded import needs
from cadence.api.values import Limit, NumberCursor
from cadence.identity.permissions import Permission
from cadence.operations.audit.verify import plain_entry
from cadence.store.audit.reading import newest_entries


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the route /audit."""

    @api.get("/audit", summary="Entries of the audit log, newest first", **needs(Permission.SEE_AUDIT))
    def get_entries(
        kind: Annotated[str, Query(max_length=50, description="Only about objects of this kind, such as person")] = "",
        cursor: NumberCursor = None,
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """Return a page; each entry holds the fingerprint of the one before it, so that a copy can be verified."""
        with context.database.read() as connection:
            found = newest_entries(
                connection, kinds=(kind,) if kind else (), before=None if cursor is None else int(cursor), limit=limit + 1
            )
        entries = [plain_entry(one.entry) for one in found[:limit]]
        return {"entries": entries, "next": str(entries[-1]["id"]) if len(found) > limit else None}
