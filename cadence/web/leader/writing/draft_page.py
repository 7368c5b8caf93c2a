"""What the pages of a draft share: opening it, the four steps, saving with what somebody else saved meanwhile, and the refusals.

A page names its step; what its form holds becomes the values of ``operations.authoring.drafts.save_step``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cadence.domain.statements.drafting import OPEN, DraftState
from cadence.errors import CadenceError, Conflict, Invalid
from cadence.files.draft_content import DraftContent, content_of, to_json
from cadence.files.toml_tables import InvalidFile
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.draft_preview import draft_digest
from cadence.operations.authoring.drafts import STEPS, faults_of, mark_of, read_draft, save_step
from cadence.rendering.draft_views import DraftViews
from cadence.rendering.words import Words
from cadence.store.authoring.drafts import StoredDraft
from cadence.store.authoring.statements import StoredStatement, stored_statements
from cadence.web.parts.forms import read_form
from cadence.web.parts.pages import GuardedPages

#: fields of the largest form
MOST_FIELDS = 120


#: figures and quotations are no part of a reason's name
_NOT_LETTERS = re.compile(r"\"[^\"]*\"|[\W\d]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraft:
    """A draft as a page shows it, with the statement that it changes as it is in force."""

    draft: StoredDraft
    content: DraftContent
    changes: StoredStatement | None
    #: every statement in use, by slug
    statements: Mapping[str, StoredStatement]

    @property
    def id(self) -> str:
        """The draft's public id."""
        return self.draft.public_id

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"/write/{self.draft.public_id}"

    @property
    def is_open(self) -> bool:
        """Whether its text may be changed."""
        return DraftState(self.draft.state) in OPEN

    @property
    def is_stale(self) -> bool:
        """Whether another version came into force since it was begun."""
        return self.changes is not None and self.changes.version_id != self.draft.version_id

    @property
    def is_without_texts(self) -> bool:
        """Whether nothing is written yet."""
        return not (self.content.title.strip() and self.content.body.strip())


class DraftPage(GuardedPages):
    """One step of the editor."""

    step: ClassVar[str] = ""
    template: ClassVar[str] = ""
    #: the step that "Next" leads to
    after: ClassVar[str] = ""

    def routes(self) -> list[Route]:
        """Return the routes."""
        path = f"/write/{{draft}}/{self.step}"
        return [Route(path, self.show, methods=["GET"]), Route(path, self.send, methods=["POST"])]

    def show(self, request: Request) -> Response:
        """Show the step as it was saved."""
        viewer = self._access.require(request, Permission.WRITE)
        opened = self.open(request)
        if not opened.is_open:
            return RedirectResponse(opened.path, 303)
        return self.page(request, viewer, opened, opened.content)

    async def send(self, request: Request) -> Response:
        """Save the step and go on, or show it again with what is said of it."""
        form = await read_form(request, most=MOST_FIELDS)
        viewer = self._access.require_form(request, form, Permission.WRITE)
        return await run_in_threadpool(self._send, request, viewer, form)

    def _send(self, request: Request, viewer: Viewer, form: Mapping[str, str]) -> Response:
        opened = self.open(request)
        words = self._words_for(request, viewer)
        try:
            values = self.values(form, opened.content)
            typed = content_of({**to_json(opened.content), **values})
        except Invalid as error:
            return self.page(request, viewer, opened, opened.content, form=form, status=422, problem=tell_fault(words, error))
        if "check" in form:
            return self.page(request, viewer, opened, typed, form=form, checked=True)
        try:
            saved = self.save(opened, values, viewer, base=form.get("base", ""))
            return self.go_on(request, viewer, opened, saved, form)
        except Conflict as error:
            now_saved = self.open(request)
            if not now_saved.is_open:
                return RedirectResponse(now_saved.path, 303)
            return self.page(
                request, viewer, now_saved, typed, form=form, status=409, problem=self.tell_conflict(words, error), theirs=now_saved.content
            )
        except Invalid as error:
            return self.page(request, viewer, self.open(request), typed, form=form, status=422, problem=tell_fault(words, error))
        except InvalidFile as error:
            return self.page(request, viewer, self.open(request), typed, form=form, status=422, faults=error.problems)

    def save(self, opened: OpenDraft, values: Mapping[str, Any], viewer: Viewer, *, base: str) -> DraftContent:
        """Keep the fields of this step. Raises as ``save_step``."""
        context = self._context
        return save_step(context.database, opened.id, self.step, values, base=base, actor=viewer.actor, now=context.clock.now())

    def values(self, form: Mapping[str, str], content: DraftContent) -> dict[str, Any]:
        """Return the fields of the draft that a form says. Raises Invalid."""
        raise NotImplementedError

    def go_on(self, request: Request, viewer: Viewer, opened: OpenDraft, saved: DraftContent, form: Mapping[str, str]) -> Response:
        """Answer a form whose values are kept."""
        following = self.after
        if following == "changes" and opened.changes is None:
            following = "people"
        return RedirectResponse(f"{opened.path}/{following}", 303)

    def shown(self, request: Request, viewer: Viewer, opened: OpenDraft, content: DraftContent, form: Mapping[str, str]) -> dict[str, Any]:
        """Return what this step's template is given beside what all have."""
        return {}

    def page(
        self,
        request: Request,
        viewer: Viewer,
        opened: OpenDraft,
        content: DraftContent,
        *,
        form: Mapping[str, str] | None = None,
        status: int = 200,
        problem: str = "",
        faults: Sequence[Invalid] = (),
        theirs: DraftContent | None = None,
        checked: bool = False,
    ) -> Response:
        """Return the page of the step. ``content``: with what was typed; ``theirs``: what somebody else saved meanwhile."""
        words = self._words_for(request, viewer)
        return self._draw(
            request,
            viewer,
            self.template,
            status=status,
            opened=opened,
            content=content,
            base=mark_of(theirs or opened.content, self.step),
            steps=self._steps(words, opened),
            problem=problem,
            faults=[tell_fault(words, one) for one in faults],
            theirs=theirs,
            checked=checked,
            toast=self._said(request, viewer, "write_saved", "write_sent", "write_begun", "write_taken_back", "write_compared"),
            **self.shown(request, viewer, opened, content, form or {}),
        )

    def open(self, request: Request) -> OpenDraft:
        """Return the draft of the address. Raises NotFound."""
        with self._context.database.read() as connection:
            draft, content = read_draft(connection, request.path_params["draft"])
            stored = {one.slug: one for one in stored_statements(connection)}
        changes = next((one for one in stored.values() if one.id == draft.statement_id), None)
        in_use = {slug: one for slug, one in stored.items() if one.withdrawn_at is None}
        return OpenDraft(draft=draft, content=content, changes=changes, statements=in_use)

    def faults(self, opened: OpenDraft) -> list[Invalid]:
        """Return what keeps the saved draft from being published."""
        with self._context.database.read() as connection:
            return faults_of(connection, opened.draft, opened.content, now=self._context.clock.now())

    def tell_conflict(self, words: Words, error: Conflict) -> str:
        """Return in the reader's language why nothing was changed."""
        why = str(error.data.get("why", ""))
        values = {"who": str(error.data.get("by") or words.say("write_somebody")), "number": str(error.data.get("number", ""))}
        at = error.data.get("at")
        values["time"] = words.moment(at, self._context.zone) if at is not None else ""
        return words.say(f"refused_{why}", **values) if f"refused_{why}" in words.texts else words.say("refused_draft_closed")

    def digest(self, viewer: Viewer, opened: OpenDraft, content: DraftContent, wording: str, *, address: str = "") -> Any:
        """Return the draft as its author would get it."""
        return draft_digest(
            content,
            wording=wording,
            titles={slug: one.title for slug, one in opened.statements.items()},
            address=address or "reader@preview.invalid",
            name=viewer.name,
            locale=viewer.locale or "en",
            zone_name=self._context.zone,
            now=self._context.clock.now(),
        )

    @cached_property
    def views(self) -> DraftViews:
        """What composes drafts to look at."""
        context = self._context
        return DraftViews(
            company_name=context.company_name, base_url=context.base_url, templates=context.templates, sender_name=context.sender_name
        )

    def _steps(self, words: Words, opened: OpenDraft) -> list[tuple[str, str, bool, bool]]:
        """Return (label, address, current, done) of each step that this draft has."""
        wanted = [step for step in STEPS if step != "changes" or opened.changes is not None]
        if opened.content.typo:
            wanted = ["words", "people"]
        done = steps_done(opened)
        return [(words.say(f"write_step_{step}"), f"{opened.path}/{step}", step == self.step, step in done) for step in wanted]


def steps_done(opened: OpenDraft) -> set[str]:
    """Return the steps in which something is said already."""
    content = opened.content
    done = {
        "words": not opened.is_without_texts,
        "question": bool(content.right_answer),
        "changes": content.material is not None,
    }
    return {step for step, is_done in done.items() if is_done}


def tell_fault(words: Words, error: CadenceError) -> str:
    """Return a refusal as a sentence: which field, its value, and why."""
    field = str(error.data.get("field", "")).partition(" ")[0].partition("[")[0].partition(".")[0]
    named = words.names["write_fields"].get(field, words.names["write_fields"]["text"])
    reason = tell_reason(words, str(error.data.get("reason", error)))
    value = error.data.get("value")
    return words.say("write_fault", field=named, value=f" “{value}”" if value not in (None, "''", '""', "") else "", reason=reason)


def tell_reason(words: Words, reason: str) -> str:
    """Return why a value cannot be used, in the reader's language where the words know this reason, else as the rules say it."""
    first = reason.partition(";")[0]
    return words.names["write_reasons"].get(_NOT_LETTERS.sub("_", first).strip("_").lower(), reason)


def lines_of(form: Mapping[str, str], prefix: str, *, most: int) -> Iterable[str]:
    """Yield the fields ``prefix``1, ``prefix``2 ... of a form."""
    for number in range(1, most + 1):
        if f"{prefix}{number}" in form:
            yield form[f"{prefix}{number}"]
