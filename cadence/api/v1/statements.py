"""Statements: the list in reading order, and one with its texts. Results stand in them for whoever may see results."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from cadence.api.context import ApiContext, Caller
from cadence.api.guarded import needs
from cadence.api.values import Cursor, Limit, read_cursor, write_cursor
from cadence.errors import Invalid, NotFound
from cadence.identity.permissions import Permission
from cadence.operations.measuring.report_json import plain_report
from cadence.store.authoring.statements import StoredStatement, stored_statements
from cadence.store.measuring.reports import VersionText, texts_of
from cadence.store.planning.chunks import current_statements


def add_routes(api: APIRouter, context: ApiContext) -> None:
    """Add the routes under /statements."""

    @api.get("/statements", summary="The statements in force", **needs(Permission.SEE_STATEMENTS))
    def get_statements(caller: Caller, cursor: Cursor = None, limit: Limit = 100) -> dict[str, Any]:
        """Return a page of the statements in reading order; with the permission `see_results` also their counts and figures."""
        with context.database.read() as connection:
            known = {one.slug: one for one in stored_statements(connection)}
            order = [one.slug for one in current_statements(connection) if one.slug in known]
        begin = 0
        if cursor is not None:
            (last,) = read_cursor(cursor, str)
            if last not in order:
                raise Invalid("cursor", cursor, "is of a statement that is not in force; begin again")
            begin = order.index(last) + 1
        page = order[begin : begin + limit]
        results = _results(context, caller, None)
        is_more = begin + limit < len(order)
        return {
            "statements": [{**_listed(known[slug]), **results.get(slug, {})} for slug in page],
            "next": write_cursor(page[-1]) if is_more else None,
        }

    @api.get("/statements/{slug}", summary="One statement with its texts", **needs(Permission.SEE_STATEMENTS))
    def get_statement(caller: Caller, slug: Annotated[str, Path(max_length=200)]) -> dict[str, Any]:
        """Return a statement, also a retired one, with wordings and versions; `results` for whoever may see them, else null."""
        with context.database.read() as connection:
            found = next((one for one in stored_statements(connection) if one.slug == slug), None)
            if found is None:
                raise NotFound(f"there is no statement {slug!r}")
            texts = texts_of(connection, found.id)
        results = {} if found.withdrawn_at else _results(context, caller, slug)
        return {
            **_listed(found),
            "withdrawn_at": found.withdrawn_at.isoformat() if found.withdrawn_at else None,
            "body": found.body,
            "wordings": [{"name": name, "text": text} for name, text in found.wordings],
            "supports": list(found.supports),
            "tags": list(found.tags),
            "measures": [
                {
                    "name": one.name,
                    "unit": one.unit,
                    "baseline": one.baseline,
                    "target": one.target,
                    "values": {on.isoformat(): value for on, value in sorted(one.values.items())},
                }
                for one in found.measures
            ],
            "versions": [_version(one) for one in texts],
            "results": results.get(slug),
        }


def _results(context: ApiContext, caller: Caller, slug: str | None) -> dict[str, Any]:
    if not caller.may(Permission.SEE_RESULTS):
        return {}
    return {line["slug"]: line for line in plain_report(context.read_report(slug, None))["statements"]}


def _listed(one: StoredStatement) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "kind": one.kind,
        "title": one.title,
        "audience": one.audience,
        "must_acknowledge": one.must_acknowledge,
        "signed_by": one.signed_by or None,
        "edited_in": one.edited_in,
        "version": one.number,
        "published_at": one.published_at.isoformat(),
        "effective_on": one.effective_on.isoformat() if one.effective_on else None,
    }


def _version(one: VersionText) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "body": one.body,
        "material": one.material,
        "published_at": one.published_at.isoformat(),
        "changed": one.changed,
        "wordings": [{"name": name, "text": text} for name, text in one.wordings],
    }
