"""One running service: the pages, the engine and Slack's way in, wired from an ``App``.

Beside ``app.py`` in the house: it builds what a process that serves needs, and decides nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from email.utils import parseaddr
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from cadence.assembly.app import App, slack_settings
from cadence.assembly.own_links import own_link_ways, to_self_ways
from cadence.assembly.site import build_site
from cadence.assembly.slack import SlackSide
from cadence.assembly.trials import connection_facts, last_backup, trial_ways
from cadence.channels.slack.calls import SlackCalls
from cadence.channels.slack.directory import read_directory
from cadence.channels.slack.webapi import SlackTransport
from cadence.engine.embedded import EmbeddedEngine
from cadence.engine.heap import freeze_heap
from cadence.engine.workers import Workers
from cadence.errors import ConfigError
from cadence.identity.signing_in import forget_old
from cadence.operations.authoring.advising import word_lists
from cadence.operations.people.needed_attributes import needed_attributes
from cadence.operations.people.sync_daily import DailySync
from cadence.operations.running.change_company import CompanySource
from cadence.operations.running.retain import retain
from cadence.operations.sending.eta import paces_of
from cadence.rendering.composers import template_folder
from cadence.rendering.words import load_words
from cadence.store.identity.accounts import has_admin
from cadence.web.parts.connections import Doors, limited
from cadence.web.parts.context import SiteContext
from cadence.web.parts.form_tokens import FormTokens
from cadence.web.parts.guard import LOOPBACK

log = logging.getLogger("cadence.service")


@dataclass
class Service:
    """Runs until the process is asked to stop (SIGINT, SIGTERM)."""

    app: App
    #: called once the pages answer
    on_ready: Callable[[], None] = lambda: None
    #: called in the handler of the signal that asks to stop: sets a flag and does no more
    on_asked: Callable[[], None] = lambda: None
    #: options that lead a worker process to the same settings
    worker_arguments: Sequence[str] = ()
    _slack: SlackSide | None = field(default=None, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)

    def run(self) -> None:
        """Serve until stopped; finishes the messages under way.

        Raises ConfigError when the port is taken, or when nobody could see the pages: no admin signs in, and there is no password.
        """
        app, settings = self.app, self.app.settings
        if settings.admin_password is None and urlsplit(settings.base_url).hostname not in LOOPBACK and not self._has_admin():
            raise ConfigError(
                f"admin_password is not set, and base_url = {settings.base_url} can be reached by others: set CADENCE_ADMIN_PASSWORD "
                "(at least 12 characters), or a base_url of this machine (for example: http://127.0.0.1:8000)"
            )
        lock = app.lock()
        helpers = settings.smtp.processes - 1
        workers = Workers(lock, count=helpers, arguments=self.worker_arguments) if lock is not None and helpers else None
        engine = EmbeddedEngine(
            app.database,
            app.outboxes,
            clock=app.clock,
            secret=app.secret,
            owner=app.owner,
            tick_seconds=settings.tick_seconds,
            workers=workers,
            chores=self._chores(),
        )
        try:
            listening = _listen(settings.http.host, settings.http.port)
        except ConfigError:
            if lock is not None:
                lock.release()
            raise
        doors = Doors()
        config = uvicorn.Config(
            self._site(engine),
            http=limited(doors),
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        asked = threading.Event()
        server = LimitedServer(config, doors=doors, on_ready=self._ready(engine), asked_to_stop=asked.is_set, on_asked=self.on_asked)
        freeze_heap()
        # uvicorn listens to signals only once it runs, and raises them again once it has stopped: the messages under way are finished first
        before = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            server.run(sockets=[listening])
        finally:
            self._stopping.set()
            if self._slack is not None:
                self._slack.stop()
            engine.stop()
            if workers is not None:
                workers.stop()
            if lock is not None:
                lock.release()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _has_admin(self) -> bool:
        with self.app.database.read() as connection:
            return has_admin(connection)

    def _ready(self, engine: EmbeddedEngine) -> Callable[[], None]:
        def ready() -> None:
            engine.start()
            if self._slack is not None:
                self._slack.start()
            self.on_ready()

        return ready

    def _site(self, engine: EmbeddedEngine) -> Any:
        app, settings = self.app, self.app.settings
        transport = self._slack_transport()
        if transport is not None:
            self._slack = SlackSide(app, transport, trouble=lambda: engine.trouble)
        return build_site(
            SiteContext(
                database=app.database,
                clock=app.clock,
                links=app.links,
                company_name=settings.company_name,
                base_url=settings.base_url,
                admin_password=settings.admin_password,
                form_tokens=FormTokens(key=hmac.digest(app.secret, b"cadence forms", "sha256")),
                session_idle=timedelta(hours=settings.sessions.idle_hours),
                session_most=timedelta(days=settings.sessions.most_days),
                secrets=app.secrets,
                company_sign_in=app.company_sign_in,
                own_links=own_link_ways(app),
                slack_events=self._slack.endpoint() if self._slack is not None else None,
                last_tick=lambda: engine.last_tick,
                trouble=lambda: engine.trouble,
                tick_seconds=settings.tick_seconds,
                last_backup=lambda: last_backup(settings.data_dir),
                tests=trial_ways(app),
                company=CompanySource(given=app.given or settings, running=settings, now=app.company, forget=app.company.forget),
                connection_facts=connection_facts(app),
                paces=paces_of(app.active_transports),
                channels=app.channels,
                smallest_group=settings.privacy.k,
                kept_attributes=self._kept_attributes,
                zone=settings.default_zone,
                page_words=load_words(template_folder(settings), "person", smallest_group=settings.privacy.k),
                leader_words=load_words(template_folder(settings), "leader", smallest_group=settings.privacy.k),
                notice_words=load_words(template_folder(settings), "notices", smallest_group=settings.privacy.k),
                templates=template_folder(settings),
                sender_name=parseaddr(settings.smtp.sender)[0],
                advice_words=load_words(template_folder(settings), "advice"),
                advice_lists=word_lists(settings.messages_dir),
                send_to_self=to_self_ways(app),
                secret=app.secret,
                explain_words=load_words(template_folder(settings), "explain", smallest_group=settings.privacy.k),
            )
        )

    def _kept_attributes(self) -> frozenset[str]:
        settings = self.app.settings
        with self.app.database.read() as connection:
            return needed_attributes(connection, config_dir=settings.config_dir, setting=settings.people.keep_attributes)

    def _chores(self) -> dict[str, Callable[[], object]]:
        """Return what is done beside sending."""
        app, slack = self.app, self.app.settings.slack
        stopping = self._stopping.is_set
        chores: dict[str, Callable[[], object]] = {
            "retention": lambda: retain(app.database, app.retention, now=app.clock.now(), stop=stopping),
            "sessions": lambda: forget_old(app.database, now=app.clock.now()),
        }
        if slack.bot_token is not None and slack.sync_at:
            # a wait that Slack asks for ends when the service does
            calls = SlackCalls(slack_settings(app.settings), sleep=self._stopping.wait)
            chores["people-sync"] = DailySync(
                database=app.database,
                clock=app.clock,
                read=lambda: read_directory(calls),
                at=time.fromisoformat(slack.sync_at),
                zone=app.settings.default_zone,
                guests=slack.sync_guests == "external",
            ).run
        poller = app.mail_poller
        if poller is not None:
            chores["mail"] = lambda: poller.poll_due(stopping)
        return chores

    def _slack_transport(self) -> SlackTransport | None:
        return next((o.transport for o in self.app.outboxes if isinstance(o.transport, SlackTransport)), None)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, opened before anything is sent, so that a taken port stops the start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only on sockets that name their protocol: else each answer waits 40 ms for an acknowledgement
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"http.port = {port}: cannot listen on {host}:{port} ({error.strerror}); set CADENCE_HTTP__PORT to a free port"
        ) from None
    return listening


class LimitedServer(uvicorn.Server):
    """uvicorn that says when it answers, and in one line when there are no descriptors left."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        doors: Doors,
        on_ready: Callable[[], None],
        asked_to_stop: Callable[[], bool] = lambda: False,
        on_asked: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._on_asked = on_asked
        self._asked_to_stop = asked_to_stop
        self._doors = doors
        self._on_ready = on_ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the signal, and say so."""
        super().handle_exit(sig, frame)
        self._on_asked()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        asyncio.get_running_loop().set_exception_handler(self._doors.handle)
        await super().startup(sockets)
        self.should_exit = self.should_exit or self._asked_to_stop()
        if self.started and not self.should_exit:
            self._on_ready()
