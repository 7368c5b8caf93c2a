"""The third step, for a statement that is in force: both versions side by side, and whether the change means something new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.statements.drafting import ComparedWords, likely_same_meaning, word_difference
from cadence.files.draft_content import DraftContent
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.consequences import consequences_of
from cadence.operations.authoring.drafts import compare_again
from cadence.store.authoring.statements import StoredStatement
from cadence.web.leader.writing.draft_page import DraftPage, OpenDraft
from cadence.web.parts.forms import read_form


class ChangesPage(DraftPage):
    """The routes /write/{draft}/changes and /write/{draft}/compare."""

    step, template, after = "changes", "write_changes.html", "people"

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [*super().routes(), Route("/write/{draft}/compare", self.compare, methods=["POST"])]

    async def compare(self, request: Request) -> Response:
        """Take the version in force now as the one that is changed."""
        form = await read_form(request)
        viewer = self._access.require_form(request, form, Permission.WRITE)
        return await run_in_threadpool(self._compare, request, viewer)

    def _compare(self, request: Request, viewer: Viewer) -> Response:
        opened = self.open(request)
        compare_again(self._context.database, opened.id, actor=viewer.actor, now=self._context.clock.now())
        return RedirectResponse(f"{opened.path}/changes?said=write_compared", 303)

    def values(self, form: Mapping[str, str], content: DraftContent) -> dict[str, Any]:
        """Return whether it means something new, and the line for readers."""
        material = {"new": True, "same": False}.get(form.get("material", ""))
        return {"material": material, "changed": form.get("changed", "")}

    def go_on(self, request: Request, viewer: Viewer, opened: OpenDraft, saved: DraftContent, form: Mapping[str, str]) -> Response:
        """Go on once it is decided."""
        if saved.material is None or "keep" in form:
            return RedirectResponse(f"{opened.path}/changes?said=write_saved", 303)
        return super().go_on(request, viewer, opened, saved, form)

    def shown(self, request: Request, viewer: Viewer, opened: OpenDraft, content: DraftContent, form: Mapping[str, str]) -> dict[str, Any]:
        """Return both texts in pieces, and what each choice would mean in people."""
        stored = opened.changes
        chosen = content.material
        if stored is not None and chosen is None and likely_same_meaning(texts_of(stored), texts_in(content)):
            chosen = False
        return {
            "pairs": pairs_of(stored, content) if stored is not None else [],
            "chosen": chosen,
            "consequences": self._part("consequences", lambda: self._consequences(opened, content)),
        }

    def _consequences(self, opened: OpenDraft, content: DraftContent) -> Any:
        with self._context.database.read() as connection:
            return consequences_of(connection, opened.draft.statement_id, content.audience, now=self._context.clock.now())


def texts_of(stored: StoredStatement) -> dict[str, str]:
    """Return title, statement and wordings of a version, by name."""
    return {
        "title": stored.title,
        "body": stored.body,
        **{f"wording {name}": text for name, text in stored.wordings if text != stored.body},
    }


def texts_in(content: DraftContent) -> dict[str, str]:
    """Return the same of a draft."""
    said = {f"wording {one.name}": one.text.replace("\r\n", "\n").strip() for one in content.wordings}
    body = content.body.replace("\r\n", "\n").strip()
    return {"title": content.title, "body": body, **{name: text for name, text in said.items() if text != body}}


def pairs_of(stored: StoredStatement, content: DraftContent) -> list[tuple[str, tuple[ComparedWords, ...], tuple[ComparedWords, ...]]]:
    """Return (name, as it is, as it would be) of each part that differs; the statement's own text always."""
    was, would_be = texts_of(stored), texts_in(content)
    names = [name for name in {**was, **would_be} if name == "body" or was.get(name) != would_be.get(name)]
    return [(name, *word_difference(was.get(name, ""), would_be.get(name, ""))) for name in names]
