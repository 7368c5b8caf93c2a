"""Slack's way into one running service: what arrives, over HTTP or Socket Mode, and who may see what on the Home tab.

Composition beside ``service.py``: wires the inbox from an ``App`` and decides nothing. The workspace is learnt from the bot
token in the background; until Slack has told it, every request signed for this app is listened to.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cadence.assembly.app import App
from cadence.channels.slack.webapi import SlackTransport
from cadence.rendering.composers import template_folder
from cadence.rendering.slack import SlackComposer
from cadence.rendering.words import Vocabulary, load_words
from cadence.slack_app.command import Commands
from cadence.slack_app.forms import Forms
from cadence.slack_app.gate import Gate
from cadence.slack_app.home import Homes
from cadence.slack_app.inbox import SlackInbox
from cadence.slack_app.payloads import Workspace
from cadence.slack_app.presses import Presses
from cadence.slack_app.screen import SlackScreen
from cadence.slack_app.summary import health_lines, leader_lines
from cadence.store.slack_app.people import SlackPerson

if TYPE_CHECKING:  # Bolt is loaded when Slack is set up, and not before
    from cadence.slack_app.bolt_app import SlackReceiver
    from cadence.slack_app.socket_mode import SocketModeListener

log = logging.getLogger("cadence.slack")

#: seconds until Slack's socket, or the name of the workspace, is asked for again
_AGAIN = 30
#: a summary for leaders is counted again after this many seconds
_FRESH = 60


@dataclass
class SlackSide:
    """The receiving side of one app in one workspace. ``trouble``: what keeps the engine from working, for admins."""

    app: App
    transport: SlackTransport
    trouble: Callable[[], str] = lambda: ""
    #: what shows people on Slack what became of their action; None: on threads of its own
    screen_threads: Executor | None = None
    _workspace: Workspace = field(default_factory=Workspace, init=False)
    _listener: SocketModeListener | None = field(default=None, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    #: language -> when its summary was made, and its lines
    _summary: dict[str, tuple[float, Sequence[str]]] = field(default_factory=dict, init=False)

    @cached_property
    def screen(self) -> SlackScreen:
        """What may be shown."""
        return SlackScreen(self.transport.calls, threads=self.screen_threads)

    @cached_property
    def _words(self) -> Vocabulary:
        return load_words(template_folder(self.app.settings), "leader", smallest_group=self.app.settings.privacy.k)

    @cached_property
    def inbox(self) -> SlackInbox:
        """What answers."""
        app, settings = self.app, self.app.settings
        composer = SlackComposer(
            company_name=settings.company_name,
            base_url=settings.base_url,
            templates=template_folder(settings),
            links=app.links,
            smallest_group=settings.privacy.k,
        )
        presses = Presses(database=app.database, links=app.links, composer=composer)
        homes = Homes(
            database=app.database,
            links=app.links,
            composer=composer,
            company=settings.company_name,
            channels=app.channels,
            leader=self._leader,
            admin=self._admin,
        )
        return SlackInbox(
            database=app.database,
            now=app.clock.now,
            presses=presses,
            homes=homes,
            commands=Commands(database=app.database, homes=homes),
            forms=Forms(presses=presses, leads=lambda person: _named(person, settings.slack.leaders)),
        )

    @property
    def workspace(self) -> Workspace:
        """Whose requests are listened to, as far as it is known."""
        return self._workspace

    @cached_property
    def receiver(self) -> SlackReceiver:
        """What hands requests to the inbox, over HTTP and Socket Mode alike."""
        from cadence.slack_app.bolt_app import SlackReceiver

        return SlackReceiver(workspace=lambda: self._workspace, on_incoming=self.inbox, show=self.screen.show_soon, now=self.app.clock.now)

    def endpoint(self) -> Any:
        """Return what answers POST /slack/events; None when no signing secret is set."""
        secret = self.app.settings.slack.signing_secret
        if secret is None:
            return None
        from cadence.slack_app.endpoint import slack_endpoint

        return slack_endpoint(gate=Gate(signing_secret=secret.get_secret_value()), receiver=self.receiver, now=self.app.clock.now)

    def start(self) -> None:
        """Learn the workspace and, with an app token, open the socket: in the background, so that a refusal does not stop the rest."""
        threading.Thread(target=self._until_done, args=(self._learn_workspace,), name="slack-workspace", daemon=True).start()
        if self.app.settings.slack.app_token is not None:
            threading.Thread(target=self._until_done, args=(self._open_socket,), name="slack-socket", daemon=True).start()

    def stop(self) -> None:
        """Close the socket and finish what is being shown."""
        self._stopping.set()
        if self._listener is not None:
            self._listener.stop()
        self.screen.close()

    def _until_done(self, do: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                do()
            except Exception as error:  # whatever the SDK, the network or Slack comes up with
                log.error("event=slack.refused_at_start step=%s reason=%s", do.__name__.strip("_"), type(error).__name__)
                self._stopping.wait(_AGAIN)
            else:
                return

    def _learn_workspace(self) -> None:
        self._workspace = self.screen.workspace()

    def _open_socket(self) -> None:
        from cadence.slack_app.socket_mode import SocketModeListener

        token = self.app.settings.slack.app_token
        assert token is not None
        listener = SocketModeListener(self.transport.client, app_token=token.get_secret_value(), receiver=self.receiver)
        listener.start()
        self._listener = listener

    def _leader(self, person: SlackPerson) -> Sequence[str]:
        if not _named(person, self.app.settings.slack.leaders):
            return ()
        words = self._words.for_locale(person.locale)
        made_at, lines = self._summary.get(words.language, (float("-inf"), ()))
        if time.monotonic() - made_at > _FRESH:
            lines = leader_lines(words, self.app.database, now=self.app.clock.now(), smallest=self.app.settings.privacy.k)
            self._summary[words.language] = (time.monotonic(), lines)
        return lines

    def _admin(self, person: SlackPerson) -> Sequence[str]:
        if not _named(person, self.app.settings.slack.admins):
            return ()
        return health_lines(self._words.for_locale(person.locale), self.app.database, trouble=self.trouble(), now=self.app.clock.now())


def _named(person: SlackPerson, names: str) -> bool:
    """Return whether a person is in a list of email addresses and Slack user ids with commas between."""
    wanted = {name.strip().casefold() for name in names.split(",")} - {""}
    return person.email.casefold() in wanted or person.slack_user_id.casefold() in wanted
