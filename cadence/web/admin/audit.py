"""The audit log: who changed what, newest first, with a search, and all of it as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cadence.identity.permissions import Permission
from cadence.operations.audit.tell import GROUPS, by_day, tell_entry
from cadence.operations.audit.verify import Verified, plain_entry, verify
from cadence.store.audit.reading import count_entries, entries_in_order, fingerprint_at, newest_entries
from cadence.web.parts.pages import GuardedPages

#: entries on a page, and those that are verified each time it is opened
_SHOWN, _VERIFIED = 50, 5_000
_LONGEST = 200


class AuditPages(GuardedPages):
    """The routes under /audit."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/audit", self.show, methods=["GET"]),
            Route("/audit.jsonl", self.export, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show a page of entries, with a search and a filter, and whether the newest ones form one chain."""
        viewer = self._access.require(request, Permission.SEE_AUDIT)
        query = request.query_params
        text, group = query.get("text", "").replace("\0", "").strip()[:_LONGEST], query.get("kind", "")
        kinds = GROUPS.get(group, ())
        before = int(query["before"]) if _is_number(query.get("before", "")) else None
        with self._context.database.read() as connection:
            found = newest_entries(connection, text=text, kinds=kinds, before=before, limit=_SHOWN + 1)
            count = count_entries(connection)
            start = max(count - _VERIFIED, 0)
            after, previous = fingerprint_at(connection, skip=start)
            checked: Verified = verify(entries_in_order(connection, after=after), previous=previous)
        words = self._words_for(request, viewer)
        return self._draw(
            request,
            viewer,
            "audit.html",
            days=by_day([tell_entry(words, one, zone_name=self._context.zone) for one in found[:_SHOWN]], self._context.zone),
            next_before=found[_SHOWN - 1].entry.id if len(found) > _SHOWN else None,
            text=text,
            group=group if kinds else "",
            groups=list(GROUPS),
            count=count,
            checked=checked,
            is_all=start == 0,
            is_search=bool(text or kinds or before),
        )

    def export(self, request: Request) -> Response:
        """Send every entry, one JSON document a line: what ``cadence audit verify FILE`` reads."""
        self._access.require(request, Permission.SEE_AUDIT)
        headers = {"content-disposition": 'attachment; filename="audit.jsonl"'}
        return StreamingResponse(self._lines(), media_type="application/jsonl", headers=headers)

    def _lines(self) -> Iterator[str]:
        with self._context.database.read() as connection:
            for entry in entries_in_order(connection):
                yield json.dumps(plain_entry(entry), ensure_ascii=False, sort_keys=True) + "\n"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
