"""The second step: the question that people are asked later, its three near misses, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cadence.domain.statements.check_faults import FITTING_LINE, doubts, faults
from cadence.domain.statements.checks import LEAST_NEAR_MISSES, LINES, ask
from cadence.domain.statements.statement import MAX_NEAR_MISSES
from cadence.files.draft_content import DraftContent
from cadence.files.markdown import shown
from cadence.identity.viewers import Viewer
from cadence.rendering.words import Words
from cadence.web.leader.writing.draft_page import DraftPage, OpenDraft, lines_of, tell_reason


class QuestionPage(DraftPage):
    """The route /write/{draft}/question."""

    step, template, after = "question", "write_question.html", "changes"

    def values(self, form: Mapping[str, str], content: DraftContent) -> dict[str, Any]:
        """Return the lines; none at all with "No check question"."""
        if "none" in form:
            return {"right_answer": "", "near_misses": []}
        lines = [line for line in lines_of(form, "near", most=MAX_NEAR_MISSES) if line.strip()]
        return {"right_answer": form.get("right", ""), "near_misses": lines}

    def go_on(self, request: Request, viewer: Viewer, opened: OpenDraft, saved: DraftContent, form: Mapping[str, str]) -> Response:
        """Go on, or stay where the lines were only kept."""
        if "keep" in form:
            return RedirectResponse(f"{opened.path}/question?said=write_saved", 303)
        return super().go_on(request, viewer, opened, saved, form)

    def shown(self, request: Request, viewer: Viewer, opened: OpenDraft, content: DraftContent, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the lines, what is wrong with them, and the question as people see it."""
        lines = list(content.near_misses)
        right, full = content.right_answer.strip(), [line.strip() for line in lines if line.strip()]
        asked = ask(0, right, full, key=opened.id, lines=LINES).options if right and full else ()
        return {
            "lines": lines + [""] * (LEAST_NEAR_MISSES - len(lines)),
            "fitting": FITTING_LINE,
            "asked": asked,
            "letters": "ABCDEF",
            "said": self._part("question", lambda: self._said_of(self._words_for(request, viewer), content, right, full)) or (),
        }

    def _said_of(self, words: Words, content: DraftContent, right: str, lines: list[str]) -> list[tuple[str, str]]:
        """Return (the line it is about, why) of everything that is wrong with the lines."""
        if not right and not lines:
            return []
        texts = [shown(text) for text in (content.body, *(one.text for one in content.wordings))]
        found = [*faults(right, lines, title=content.title), *doubts(right, lines, texts=texts)]
        return [(one.value or "", _sentence(tell_reason(words, one.reason))) for one in found]


def _sentence(reason: str) -> str:
    """Return a reason as it stands alone."""
    return f"{reason[:1].upper()}{reason[1:]}."
