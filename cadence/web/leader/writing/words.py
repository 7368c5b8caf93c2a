"""The first step: the title, the statement and its wordings, with advice beside it and the mail and Slack message it becomes.

With JavaScript the same form is posted while somebody types and its part ``look`` is swapped in; without, "Check" loads the page again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cadence.channels.registry import MAIL
from cadence.domain.statements.advice import OpenText, advise
from cadence.domain.statements.advice.marking import marked
from cadence.domain.statements.statement import KINDS, MAX_TITLE, PLAIN, StatementWording
from cadence.errors import CadenceError, Invalid
from cadence.files.draft_content import DraftContent
from cadence.files.toml_tables import is_slug
from cadence.identity.permissions import Permission
from cadence.identity.viewers import Viewer
from cadence.operations.authoring.advising import others_in_force
from cadence.operations.authoring.drafts import dismiss_advice
from cadence.web.leader.writing.draft_page import DraftPage, OpenDraft

#: for the mail as it is sent, which has its own styles: no script, no form, nothing from elsewhere
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
)
#: characters of a title from which it is said to be long
GOOD_TITLE = 60


class WordsPage(DraftPage):
    """The routes /write/{draft}/words and /write/{draft}/mail."""

    step, template, after = "words", "write_words.html", "question"

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [*super().routes(), Route("/write/{draft}/mail", self.mail, methods=["GET"])]

    def mail(self, request: Request) -> Response:
        """Show the mail as it is sent, as it was saved last, on a page of its own."""
        viewer = self._access.require(request, Permission.WRITE)
        opened = self.open(request)
        wording = _wording(request.query_params.get("wording", ""), opened.content)
        shown = self.views.mail(self.digest(viewer, opened, opened.content, wording))
        return HTMLResponse(shown.html, headers={"content-security-policy": _MAIL_POLICY})

    def values(self, form: Mapping[str, str], content: DraftContent) -> dict[str, Any]:
        """Return title, kind, and the text of the wording that is open; a wording that is added or removed. Raises Invalid."""
        text, wording = form.get("text", ""), _wording(form.get("wording", ""), content)
        said = [(one.name, text if one.name == wording else one.text) for one in content.wordings]
        body = content.body if wording else text
        if "add" in form and (name := form.get("name", "").strip().lower().replace(" ", "-")):
            if not is_slug(name) or name in [known for known, _ in said]:
                raise Invalid("wording", form["name"], "is not a new name of letters, digits and hyphens")
            # with the first one of its own, the statement's text stays among those that are rotated
            said += [(name, "")] if said else [(PLAIN, body), (name, "")]
        if "remove" in form:
            said = [(name, text) for name, text in said if name != wording]
            if [name for name, _ in said] == [PLAIN]:
                said = []
        values: dict[str, Any] = {
            "title": form.get("title", content.title),
            "kind": form.get("kind", content.kind.value),
            "brief": form.get("brief", content.brief),
            "body": body,
            "wordings": [{"name": name, "text": body if name == PLAIN and not wording else text} for name, text in said],
        }
        if content.cosmetic is not None:
            values["cosmetic"] = [name for name in content.cosmetic if name in dict(said)]
        return values

    def go_on(self, request: Request, viewer: Viewer, opened: OpenDraft, saved: DraftContent, form: Mapping[str, str]) -> Response:
        """Stay with the wording that is open, or go to the question."""
        wording = _wording(form.get("wording", ""), saved)
        here = f"{opened.path}/words" + (f"?wording={wording}" if wording else "")
        join = "&" if wording else "?"
        if "add" in form:
            name = saved.wordings[-1].name if saved.wordings else ""
            return RedirectResponse(f"{opened.path}/words?wording={name}", 303)
        if "dismiss" in form:
            dismiss_advice(self._context.database, opened.id, form["dismiss"], actor=viewer.actor, now=self._context.clock.now())
        elif "myself" in form:
            self._send_to_self(viewer, opened, saved, wording)
            return RedirectResponse(f"{here}{join}said=write_sent", 303)
        elif "tab" in form:
            tab = _wording(form["tab"], saved)
            return RedirectResponse(f"{opened.path}/words" + (f"?wording={tab}" if tab else ""), 303)
        elif "keep" not in form and "remove" not in form:
            return super().go_on(request, viewer, opened, saved, form)
        return RedirectResponse(f"{here}{join}said=write_saved", 303)

    def shown(self, request: Request, viewer: Viewer, opened: OpenDraft, content: DraftContent, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the open wording, its advice, and what it becomes."""
        wording = _wording(form.get("wording", request.query_params.get("wording", "")), content)
        text = content.wording_text(wording)
        advice = self._part("advice", lambda: self._advice(opened, content, wording)) or ()
        spoken = self._context.advice_words.for_locale(self._words_for(request, viewer).language)
        digest = self._part("draft", lambda: self.digest(viewer, opened, content, wording))
        return {
            "wording": wording,
            "text": text,
            "length": len(text.split()),
            "kind_names": [(one, self._words_for(request, viewer).name("kinds", one)) for one in KINDS],
            "longest": MAX_TITLE,
            "good_title": GOOD_TITLE,
            "advice": [(one, spoken.say(one.kind.value, **one.values)) for one in advice],
            "marked": list(marked(text, advice)),
            "mail": self._part("mail", lambda: self.views.mail(digest)) if digest else None,
            "workspace": self._part("workspace", lambda: self.views.slack(digest)) if digest else None,
            "to_self": bool(viewer.email) and MAIL in self._context.send_to_self,
        }

    def _advice(self, opened: OpenDraft, content: DraftContent, wording: str) -> Any:
        with self._context.database.read() as connection:
            others = others_in_force(connection, but={content.slug})
        said = [StatementWording(name="body", text=content.body)] if wording else []
        said += [StatementWording(name=one.name, text=one.text) for one in content.wordings if one.name not in (wording, PLAIN)]
        typed = OpenText(
            kind=content.kind,
            title=content.title,
            text=content.wording_text(wording),
            wordings=tuple(said),
        )
        return advise(typed, self._context.advice_lists, statements=others, dismissed=content.dismissed)

    def _send_to_self(self, viewer: Viewer, opened: OpenDraft, saved: DraftContent, wording: str) -> None:
        """Send the draft to its author. Raises Invalid in words when it cannot be sent."""
        send = self._context.send_to_self.get(MAIL)
        if send is None or not viewer.email:
            raise Invalid("mail", None, "is not set up here")
        try:
            send(self.digest(viewer, opened, saved, wording, address=viewer.email))
        except CadenceError as error:
            raise Invalid("mail", None, str(error)) from error


def _wording(name: str, content: DraftContent) -> str:
    """Return the wording that is open; "" is the statement itself, and so is its own text among the wordings."""
    known = {one.name for one in content.wordings} - ({PLAIN} if content.wording_text(PLAIN) == content.body else set())
    return name if name in known else ""
