"""What the ways to sign in share: the cookie that is set, the browser that asks, the throttle, and how the page is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cadence.channels.registry import MAIL
from cadence.domain.people.addresses import parse_email
from cadence.domain.sending.deliveries import Channel
from cadence.errors import Invalid
from cadence.identity.signing_in import Begun, Browser
from cadence.rendering.words import Words
from cadence.web.parts.access import Access, NotAllowed, RateLimit, cookie_name
from cadence.web.parts.context import SiteContext
from cadence.web.parts.languages import words_asked_for
from cadence.web.parts.navigation import first_page
from cadence.web.parts.templating import Render
from cadence.web.sign_in.next_path import own_path

#: tries for one address, and from one client, in a quarter of an hour. Behind a proxy all clients are one, so that is generous
FOR_ADDRESS, FROM_CLIENT = 5, 100
_WINDOW = timedelta(minutes=15)
_LONGEST_ADDRESS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The sign-in page of one installation, for all ways in."""

    context: SiteContext
    access: Access
    render: Render
    _of_address: RateLimit = field(default_factory=lambda: RateLimit(most=FOR_ADDRESS, window=_WINDOW))
    _of_client: RateLimit = field(default_factory=lambda: RateLimit(most=FROM_CLIENT, window=_WINDOW))

    def page(self, request: Request, *, status: int = 200, next_path: str = "", local: bool = False, **said: str) -> Response:
        """Return the sign-in page. ``said``: ``problem``, ``note`` and the ``email`` that was typed."""
        context = self.context
        shown = {"problem": "", "note": "", "email": ""} | said
        return self.render(
            "sign_in.html",
            self.words(request),
            status=status,
            next_path=next_path,
            local=local,
            provider=context.company_sign_in.name if context.company_sign_in is not None else "",
            ways=self.ways,
            **shown,
        )

    @property
    def ways(self) -> list[Channel]:
        """The channels that a link can be sent on, mail first."""
        return sorted(self.context.own_links, key=lambda channel: channel != MAIL)

    def words(self, request: Request) -> Words:
        """Return the words of the browser's language."""
        return words_asked_for(request, self.context.leader_words)

    def throttle(self, request: Request, address: str) -> bool:
        """Count one try for an address from this client; return whether it is within the limits. Known or not makes no difference."""
        now = self.context.clock.now()
        client = request.client.host if request.client else ""
        try:
            address = parse_email(address[:_LONGEST_ADDRESS])
        except Invalid:
            address = ""
        from_client = self._of_client.allows(client, now)
        return (not address or self._of_address.allows(address, now)) and from_client

    def check_form(self, request: Request, form: dict[str, str]) -> None:
        """Return when a form is one that we showed to nobody who is signed in. Raises NotAllowed."""
        self.access.check_form(request, form, None)

    def browser(self, request: Request) -> Browser:
        """Return who asks."""
        token = request.cookies.get(cookie_name(self.context.base_url), "")
        return Browser(session=token[:200], name=request.headers.get("user-agent", ""))

    def enter(self, request: Request, begun: Begun) -> Response:
        """Return the answer that sets the cookie of a session and leads to the page that was asked for."""
        context, secure = self.context, self.context.base_url.startswith("https://")
        viewer = self.access.viewer_of(begun.token)
        if viewer is None:
            raise NotAllowed("form", 400)
        answer = RedirectResponse(own_path(begun.next_path) or first_page(viewer), 303)
        answer.set_cookie(
            cookie_name(context.base_url),
            begun.token,
            max_age=int(context.session_most.total_seconds()),
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def leave(self) -> Response:
        """Return the answer that takes the cookie away."""
        answer = RedirectResponse("/sign-in?said=out", 303)
        secure = self.context.base_url.startswith("https://")
        answer.delete_cookie(cookie_name(self.context.base_url), path="/", secure=secure, httponly=True, samesite="lax")
        return answer
