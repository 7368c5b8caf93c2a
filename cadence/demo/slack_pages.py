"""The pages of the Slack stand-in: everybody's messages and Home tabs, modals, the slash command and the shortcuts.

Plain forms. Each sends what Slack would send, waits a moment for what changes, and shows the page again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from cadence.demo.mrkdwn import object_html, to_html
from cadence.demo.page_server import PageReply, PageRequest, Pages, View
from cadence.demo.slack_workspace import channel_of, instant_of

if TYPE_CHECKING:
    from cadence.demo.slack_stand_in import SlackStandIn

#: how long a page waits for a change after Cadence has answered, in seconds
_WAIT = 2.0
_USER = r"/dm/(?P<user_id>[A-Z0-9]{1,30})"
_SHORTCUTS = (("ask_question", "Ask the leader"), ("draft_statement", "Write a statement"), ("enter_value", "Enter a value"))


class SlackPages:
    """The views of one stand-in."""

    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack
        self.pages = Pages("Slack stand-in")
        #: user id -> answers to commands that only they see, until the next look
        self._told: dict[str, list[dict[str, Any]]] = {}

    def routes(self) -> dict[str, View]:
        """Return the routes for the page server."""
        return {
            r"GET /": self._people,
            r"GET /demo\.css": self.pages.style,
            rf"GET {_USER}": self._messages,
            rf"GET {_USER}/home": self._home,
            rf"POST {_USER}/press": self._press,
            rf"POST {_USER}/choose": self._choose,
            rf"POST {_USER}/submit": self._submit,
            rf"POST {_USER}/close": self._close,
            rf"POST {_USER}/command": self._command,
            rf"POST {_USER}/shortcut": self._shortcut,
        }

    def _people(self, request: PageRequest) -> PageReply:
        search, counts = request.query.get("q", "").strip(), self._slack.workspace.counts()
        wanted = search.casefold()
        people = [
            (user, *counts.get(channel_of(user.id), (0, "")))
            for user in self._slack.users.values()
            if wanted in f"{user.name} {user.email}".casefold()
        ]
        people.sort(key=lambda one: (-float(one[2] or 0), one[0].name))
        shown = [(user, count, instant_of(ts) if ts else None) for user, count, ts in people]
        return self.pages.show("slack_people.html", people=shown, search=search, total=sum(c[0] for c in counts.values()))

    def _messages(self, request: PageRequest, user_id: str) -> PageReply:
        messages = []
        if user_id in self._slack.users:
            zone = ZoneInfo(self._slack.users[user_id].zone)
            messages = [m | {"at": instant_of(m["ts"]).astimezone(zone)} for m in reversed(self._slack.messages(user_id))]
        return self._show("slack_messages.html", request, user_id, messages=messages)

    def _home(self, request: PageRequest, user_id: str) -> PageReply:
        if user_id in self._slack.users and "notice" not in request.query and "shown" not in request.query:
            before = self._slack.workspace.version
            status, text = self._slack.open_home(user_id)
            if status != 200:
                return self._back(user_id, "/home", f"Cadence answered {status}." if status else f"Cadence could not be reached: {text}")
            self._slack.workspace.wait_for_change(before, seconds=_WAIT)
        return self._show("slack_home.html", request, user_id, home=self._slack.workspace.homes.get(user_id))

    def _show(self, name: str, request: PageRequest, user_id: str, **values: Any) -> PageReply:
        if user_id not in self._slack.users:
            return self.pages.missing("There is no such person.", back="Show everybody")
        return self.pages.show(
            name,
            user=self._slack.users[user_id],
            notice=request.query.get("notice", ""),
            modals=self._slack.workspace.modals_of(user_id)[:1],
            told=self._told.pop(user_id, []),
            shortcuts=_SHORTCUTS,
            object_html=object_html,
            to_html=to_html,
            **values,
        )

    def _press(self, request: PageRequest, user_id: str) -> PageReply:
        form = request.form
        ts = form.get("ts", "")
        press = lambda: self._slack.press(user_id, ts, action_id=form.get("action_id", ""), value=form.get("value", ""))  # noqa: E731
        return self._do(user_id, press, back="", anchor=f"#m{ts}")

    def _choose(self, request: PageRequest, user_id: str) -> PageReply:
        form = request.form
        choose = lambda: self._slack.choose(user_id, action_id=form.get("action_id", ""), value=form.get("value", ""))  # noqa: E731
        return self._do(user_id, choose, back="/home")

    def _submit(self, request: PageRequest, user_id: str) -> PageReply:
        form = dict(request.form)
        view_id, back = form.pop("view_id", ""), form.pop("back", "")
        return self._do(user_id, lambda: self._slack.submit(view_id, form), back="/home" if back == "/home" else "")

    def _close(self, request: PageRequest, user_id: str) -> PageReply:
        modal = self._slack.workspace.modals.get(request.form.get("view_id", ""))
        if modal is not None and modal.user_id == user_id:
            self._slack.workspace.answer_modal(modal.view["id"], None, entered={})
        return self._back(user_id, "/home" if request.form.get("back") == "/home" else "", "")

    def _command(self, request: PageRequest, user_id: str) -> PageReply:
        def type_it() -> tuple[int, str]:
            status, text = self._slack.command(user_id, request.form.get("text", ""))
            if status == 200 and text:
                self._told.setdefault(user_id, []).append(json.loads(text))
            return status, text

        return self._do(user_id, type_it, back="")

    def _shortcut(self, request: PageRequest, user_id: str) -> PageReply:
        return self._do(user_id, lambda: self._slack.shortcut(user_id, request.form.get("callback_id", "")), back="")

    def _do(self, user_id: str, act: Callable[[], tuple[int, str]], *, back: str, anchor: str = "") -> PageReply:
        before = self._slack.workspace.version
        status, text = act()
        if status != 200:
            return self._back(user_id, back, f"Cadence answered {status}." if status else f"Cadence could not be reached: {text}", anchor)
        if not text:
            self._slack.workspace.wait_for_change(before, seconds=_WAIT)
        return self._back(user_id, back, "", "#window" if self._slack.workspace.modals_of(user_id) else anchor)

    def _back(self, user_id: str, place: str, notice: str, anchor: str = "") -> PageReply:
        query = {"notice": notice} if notice else {"shown": "1"} if place == "/home" else {}
        return PageReply(status=303, headers={"Location": f"/dm/{user_id}{place}{'?' + urlencode(query) if query else ''}{anchor}"})
