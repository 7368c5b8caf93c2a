"""The fourth step: who hears it, from when, by when they confirm, whom it is from; and what will happen then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cadence.domain.planning.cadences import EVERYONE
from cadence.errors import Invalid
from cadence.files.draft_content import DraftContent
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.approvals import ask_for_approval
from cadence.operations.authoring.consequences import audience_sizes, what_happens
from cadence.operations.authoring.hold import approval_of, approvers, publish_draft
from cadence.store.authoring.statements import audience_slugs
from cadence.store.identity.accounts import leaders_by_name
from cadence.web.leader.writing.draft_page import DraftPage, OpenDraft

#: statements that one may say it serves
_MOST_SERVED = 50


class PeoplePage(DraftPage):
    """The route /write/{draft}/people."""

    step, template = "people", "write_people.html"

    def values(self, form: Mapping[str, str], content: DraftContent) -> dict[str, Any]:
        """Return audience, dates, what it serves and who signs. Raises Invalid naming a date that is none."""
        confirmed = form.get("confirm") == "yes"
        return {
            "audience": form.get("audience", content.audience),
            "effective": _day(form, "effective") if form.get("when") == "date" else None,
            "must_acknowledge": confirmed,
            "acknowledge_by": _day(form, "acknowledge_by") if confirmed and form.get("acknowledge_by") else None,
            "supports": [name.removeprefix("serves-") for name in form if name.startswith("serves-")][:_MOST_SERVED],
            "signed_by": form.get("signed_by", content.signed_by),
        }

    def go_on(self, request: Request, viewer: Viewer, opened: OpenDraft, saved: DraftContent, form: Mapping[str, str]) -> Response:
        """Publish it, ask for approval, or keep it."""
        context = self._context
        database, now = context.database, context.clock.now()
        if "publish" in form and viewer.may(Permission.PUBLISH):
            publish_draft(database, opened.id, actor=viewer.actor, now=now)
            return RedirectResponse(opened.path, 303)
        if "ask" in form:
            ask_for_approval(database, opened.id, note=form.get("note", ""), actor=viewer.actor, now=now)
            return RedirectResponse(opened.path, 303)
        return RedirectResponse("/statements?view=drafts&said=write_saved", 303)

    def shown(self, request: Request, viewer: Viewer, opened: OpenDraft, content: DraftContent, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the choices with their counts, and what will happen."""
        now = self._context.clock.now()
        with self._context.database.read() as connection:
            slugs = [EVERYONE, *sorted(audience_slugs(connection) - {EVERYONE})]
            sizes = audience_sizes(connection, slugs, now=now)
            standing = approval_of(connection, opened.draft, content, may_publish=viewer.may(Permission.PUBLISH))
            names = approvers(connection)
            signers = leaders_by_name(connection)
        saved = self.open(request) if form else opened
        faults = [] if form else self.faults(saved)
        happens = None if faults else self._part("happens", lambda: self._happens(content))
        return {
            "audiences": [(slug, sizes.get(slug, 0)) for slug in slugs],
            "served": [one for one in opened.statements.values() if one.slug != content.slug],
            "signers": signers,
            "may_publish": viewer.may(Permission.PUBLISH) and standing.is_approved,
            "ask": [names[one] for one in standing.waiting_for if one != viewer.account_id],
            "to_mend": list(faults),
            "happens": happens,
            "today": now.date(),
        }

    def _happens(self, content: DraftContent) -> Any:
        context = self._context
        return what_happens(context.database, content, channels=context.channels, secret=context.secret, now=context.clock.now())


def _day(form: Mapping[str, str], name: str) -> str | None:
    """Return the day that a field holds, as it is kept. Raises Invalid."""
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid(name, text or None, "is not a date", example="2026-12-18") from None
