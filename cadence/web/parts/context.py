"""What the pages need, handed in by whoever builds the site; nothing here reads settings or the environment."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from cadence.clock import Clock
from cadence.domain.measuring.groups import SMALLEST_GROUP
from cadence.domain.sending.deliveries import Channel, Digest
from cadence.domain.sending.links import Link, LinkProblem, LinkPurpose, LinkRefused, LinkSigner
from cadence.domain.statements.advice.lists import WordList
from cadence.operations.measuring.report import Report, report
from cadence.operations.running.change_company import CompanySource
from cadence.operations.sending.channel_care import SendTest
from cadence.operations.sending.eta import Paces
from cadence.rendering.own_links import GiveLink
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.words import Vocabulary, load_words
from cadence.shipped import shipped_folder
from cadence.store.database.engine import Database
from cadence.store.people.personal import has_left
from cadence.store.sending.kept_text import is_revoked
from cadence.web.parts.form_tokens import FormTokens

if TYPE_CHECKING:
    from cadence.identity.company import CompanySignIn

#: a Starlette endpoint
Endpoint = Callable[[Request], Awaitable[Response]]

#: a report that took longer than this is shown again for a while instead of counted again
_SLOW_SECONDS = 0.2
_HOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """One installation as its pages see it."""

    database: Database
    clock: Clock
    links: LinkSigner
    company_name: str
    #: scheme, host and port of this installation, without a path
    base_url: str
    #: None: the leader's pages answer to this machine only, where ``base_url`` is of it
    admin_password: SecretStr | None = None
    form_tokens: FormTokens = field(default_factory=FormTokens)
    #: how long a session may be left alone, and how long it lasts at most
    session_idle: timedelta = timedelta(hours=12)
    session_most: timedelta = timedelta(days=14)
    #: seal second factors: the installation's secret, then the one before
    secrets: tuple[bytes, ...] = field(default_factory=lambda: (token_bytes(32),), repr=False)
    #: sign-in by the company; None: it is not set up
    company_sign_in: CompanySignIn | None = None
    #: how a fresh link reaches a person on each channel that is set up
    own_links: Mapping[Channel, GiveLink] = field(default_factory=dict)
    #: mounted at POST /slack/events; None: no such address
    slack_events: Endpoint | None = None
    #: when the engine last looked for due work; None: it runs elsewhere or has not started
    last_tick: Callable[[], datetime | None] = lambda: None
    #: what keeps the engine from working; empty when all is well
    trouble: Callable[[], str] = lambda: ""
    tick_seconds: int = 60
    #: when a backup was last made, as far as Cadence was told (docs/deploy.md); None: it was told of none
    last_backup: Callable[[], datetime | None] = lambda: None
    #: the settings in force, and those they are laid over
    company: CompanySource = field(default_factory=CompanySource)
    #: how an admin's own test reaches them on each channel that is set up
    tests: Mapping[Channel, SendTest] = field(default_factory=dict)
    #: what each channel is connected to: (key of the fact's name in the words, its value)
    connection_facts: Mapping[Channel, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    #: how fast each channel takes messages, to say how long sending takes
    paces: Paces = field(default_factory=dict)
    #: seconds that only grow, for how long a report took
    monotonic: Callable[[], float] = time.monotonic
    #: the channels that are set up: what comes next is planned for them
    channels: Collection[Channel] = tuple(Channel)
    #: smallest group of people that is ever shown
    smallest_group: int = SMALLEST_GROUP
    #: attributes of people that audiences and caps ask for: what an import keeps
    kept_attributes: Callable[[], frozenset[str]] = frozenset
    #: IANA zone in which the leader's pages tell the time
    zone: str = "UTC"
    #: the words of the pages that people reach from a message, and of those for leaders and admins, by language
    page_words: Vocabulary = field(default_factory=lambda: _shipped_words("person"))
    leader_words: Vocabulary = field(default_factory=lambda: _shipped_words("leader"))
    notice_words: Vocabulary = field(default_factory=lambda: _shipped_words("notices"))
    #: what drafts are composed with, to look at them
    templates: TemplateFolder = field(default_factory=lambda: _shipped_templates())
    #: who digests are from
    sender_name: str = ""
    #: words that advice on a text looks for, by language
    advice_lists: Mapping[str, WordList] = field(default_factory=dict)
    #: how a draft reaches its author alone, on each channel that is set up
    send_to_self: Mapping[Channel, Callable[[Digest], None]] = field(default_factory=dict)
    #: what planning draws by
    secret: bytes = b""
    advice_words: Vocabulary = field(default_factory=lambda: _shipped_words("advice"))
    #: the words that explain what was sent, for both
    explain_words: Vocabulary = field(default_factory=lambda: _shipped_words("explain"))

    def read_link(self, token: str, purpose: LinkPurpose) -> Link:
        """Return what the token of a link says. Every page that a link opens asks here. Raises LinkRefused."""
        link = self.links.read(token, self.clock.now(), purpose=purpose)
        with self.database.read() as connection:
            if has_left(connection, link.person_id):
                raise LinkRefused(LinkProblem.LEFT, "This link has ended, because the person it was sent to is no longer on the list.")
            if is_revoked(connection, token):
                raise LinkRefused(LinkProblem.ENDED, "This link no longer works, because it stood in an answer that others can read.")
        return link

    @property
    def host(self) -> str:
        """The host of ``base_url``, without the port."""
        return urlsplit(self.base_url).hostname or ""


def _shipped_templates() -> TemplateFolder:
    return TemplateFolder([shipped_folder("messages") / "templates"])


def _shipped_words(part: str) -> Vocabulary:
    return load_words(_shipped_templates(), part)


@dataclass(slots=True)
class ReportReader:
    """Reads reports; one that was slow to count is kept for five times as long as it took."""

    context: SiteContext
    _kept: dict[tuple[str | None, str | None], tuple[float, Report]] = field(default_factory=dict)
    #: how often ``forget`` was called: a report begun before is not kept after it
    _forgotten: int = 0

    def __call__(self, statement: str | None = None, team: str | None = None) -> Report:
        """Return the report on one statement and one team when asked. Raises NotFound."""
        key, started = (statement, team), self.context.monotonic()
        good_until, kept = self._kept.get(key, (0.0, None))
        known = self._forgotten
        if kept is not None and started < good_until:
            return kept
        at, smallest = self.context.clock.now(), self.context.smallest_group
        found = report(self.context.database, statement=statement, team=team, now=at, smallest=smallest)
        took = self.context.monotonic() - started
        self._kept.pop(key, None)
        if took > _SLOW_SECONDS and known == self._forgotten:
            self._kept[key] = (started + took * (1 + _HOLD), found)
        return found

    def forget(self) -> None:
        """Count again from here on: something that reports tell was changed by one of the pages."""
        self._forgotten += 1
        self._kept.clear()
