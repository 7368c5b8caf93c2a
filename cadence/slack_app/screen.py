"""Show people on Slack what became of their action: change a message, open a modal, publish the Home tab.

Called after Slack has its answer, on threads of its own: a Web API that hangs holds up neither the next answer nor the pages.
What cannot be shown is logged and stays as it was: the record is kept all the same, and the next look at Home or the next
press shows it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from cadence.channels.slack.calls import SlackCalls
from cadence.errors import CadenceError, TransportError
from cadence.slack_app.incoming import Incoming, MessageChange, SlackAction, SlackAnswer, SlackCommand, SlackShortcut
from cadence.slack_app.payloads import Workspace

log = logging.getLogger("cadence.slack")

#: a longer rest that Slack asked for is not waited for: what is shown late is of no use
_PATIENCE = timedelta(seconds=1)
#: changes made at once; more wait their turn
AT_ONCE = 10


class SlackScreen:
    """What one app may show in one workspace. ``threads``: where it is shown; closed with it."""

    def __init__(self, calls: SlackCalls, *, threads: Executor | None = None) -> None:
        self._calls = calls
        self._client = calls.client
        self._turns = [threading.Lock() for _ in range(64)]
        self._threads = threads or ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slack-screen")

    def show_soon(self, incoming: Incoming, answer: SlackAnswer) -> None:
        """Show what ``answer`` holds on another thread, and return at once."""
        if answer.modal is None and answer.message is None and answer.home is None:
            return
        try:
            self._threads.submit(self._shown, incoming, answer)
        except RuntimeError:  # closed
            log.warning("event=slack.not_shown code=stopping")

    def close(self) -> None:
        """Finish what is being shown; what waits for its turn is left out."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def show(self, incoming: Incoming, answer: SlackAnswer) -> None:
        """Show what ``answer`` holds beside the reply itself; never raises CadenceError."""
        trigger = incoming.trigger_id if isinstance(incoming, SlackAction | SlackCommand | SlackShortcut) else ""
        if answer.modal is not None and trigger:  # first: the trigger is good for three seconds only
            self._try("views.open", self._client.views_open, {"trigger_id": trigger, "view": answer.modal})
        if answer.message is not None:
            try:
                self._change(answer.message)
            except CadenceError as error:
                log.error("event=slack.not_shown method=chat.update code=%s", error.code)
        if answer.home is not None:
            try:
                view = answer.home.view()
                if self._try("views.publish", self._client.views_publish, {"user_id": incoming.slack_user_id, "view": view}):
                    answer.home.shown()
            except CadenceError as error:
                log.error("event=slack.not_shown method=views.publish code=%s", error.code)

    def _change(self, change: MessageChange) -> None:
        # one at a time for each message: what was made later, from a newer record, must not be overwritten by what was made before
        with self._turns[hash((change.channel_id, change.message_ts)) % len(self._turns)]:
            content = change.content()
            if content is not None:
                arguments = {"channel": change.channel_id, "ts": change.message_ts, "text": content.text, "blocks": content.blocks}
                self._try("chat.update", self._client.chat_update, arguments)

    def _shown(self, incoming: Incoming, answer: SlackAnswer) -> None:
        try:
            self.show(incoming, answer)
        except Exception:  # nobody asks the thread what became of it
            log.exception("event=slack.not_shown")

    def workspace(self) -> Workspace:
        """Return the workspace, or the organisation, and the app of the bot token. Raises TransportError."""
        told = self._calls.call(self._client.auth_test, {}, patience=_PATIENCE)
        return Workspace.of(told, app_id=self._app_id(told.get("bot_id")))

    def _app_id(self, bot_id: object) -> str:
        if not isinstance(bot_id, str) or not bot_id:
            return ""
        try:
            bot = self._calls.call(self._client.bots_info, {"bot": bot_id}, patience=_PATIENCE).get("bot")
        except TransportError as error:
            log.warning("event=slack.app_not_known code=%s", error.provider_code)
            return ""
        found = bot.get("app_id") if isinstance(bot, dict) else None
        return found if isinstance(found, str) else ""

    def _try(self, name: str, method: Callable[..., Any], arguments: dict[str, Any]) -> bool:
        try:
            self._calls.call(method, arguments, patience=_PATIENCE)
        except TransportError as error:
            log.warning("event=slack.not_shown method=%s code=%s", name, error.provider_code)
            return False
        return True
