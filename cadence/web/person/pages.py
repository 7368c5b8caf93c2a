"""The page a person reaches from a message to acknowledge a statement.

The signed link is the only key, and good for its one purpose. A GET shows; only a POST records, and it
says "recorded" after the commit. The person's choices: ``preferences_page``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cadence.domain.sending.deliveries import AcknowledgeMethod
from cadence.domain.sending.links import Link, LinkPurpose
from cadence.operations.responding.acknowledge import acknowledge, is_current, look
from cadence.operations.responding.preferences import language_of
from cadence.rendering.words import Words
from cadence.web.parts.access import NotAllowed, require_own_page
from cadence.web.parts.pages import LinkedPages
from cadence.web.person.sentences import with_time


class PersonPages(LinkedPages):
    """The routes under /a."""

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/a/{token}", self.show_statement, methods=["GET"]),
            Route("/a/{token}", self.record, methods=["POST"]),
        ]

    def show_statement(self, request: Request) -> Response:
        """Show what is to be acknowledged; changes nothing."""
        link = self._read(request, LinkPurpose.ACKNOWLEDGE)
        asked = look(self._context.database, person_id=link.person_id, version_id=link.version_id, delivery_id=link.delivery_id)
        words = self._words(link)
        return self._render(
            "acknowledge.html",
            words,
            asked=asked,
            kind=words.kind(asked.kind),
            current=is_current(asked),
            on_record=asked.acknowledged_at
            and with_time(words, "ack_on_record", asked.acknowledged_at, asked.zone, name=asked.person_name),
            token=request.path_params["token"],
        )

    def record(self, request: Request) -> Response:
        """Record the acknowledgement, then say so. The body is not read: the link says all."""
        require_own_page(request, self._context)
        link = self._read(request, LinkPurpose.ACKNOWLEDGE)
        now = self._limit(link)
        done = acknowledge(
            self._context.database,
            person_id=link.person_id,
            version_id=link.version_id,
            delivery_id=link.delivery_id,
            method=AcknowledgeMethod.LINK.value,
            now=now,
        )
        words = self._words(link)
        key = "ack_recorded" if done.first else "ack_already"
        said = with_time(words, key, done.acknowledged_at, done.zone, title=done.title)
        # the mail holds this link too: whoever pressed may take it back or ask
        more = self._context.links.sign(replace(link, purpose=LinkPurpose.RESPOND))
        return self._render("acknowledged.html", words, done=done, said=said, more=more)

    def _words(self, link: Link) -> Words:
        return self._context.page_words.for_locale(language_of(self._context.database, person_id=link.person_id))

    def _read(self, request: Request, purpose: LinkPurpose) -> Link:
        return self._context.read_link(request.path_params["token"], purpose)

    def _limit(self, link: Link) -> datetime:
        now = self._context.clock.now()
        if not self._presses.allows(link.delivery_id, now):
            raise NotAllowed("often", 429)
        return now
