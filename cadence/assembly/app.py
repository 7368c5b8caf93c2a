"""The composition root: settings in, one wired application out.

The only place that knows every part. Nothing here decides; nothing elsewhere builds. Parts are made
when first asked for, so that a command pays only for what it uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import cached_property, partial
from secrets import token_hex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cadence.clock import Clock, SharedClock, SystemClock
from cadence.domain.people.retention import Retention
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import LinkSigner
from cadence.errors import ConfigError, StoreError
from cadence.settings.loading import Settings, has_secret, key_file, load_or_create_secret
from cadence.store.database.engine import Database, FileLock
from cadence.store.running.clock_watch import database_time
from cadence.store.running.deployment import deployment_name
from cadence.store.running.inspections import has_sent
from cadence.store.sending.ledger import lease_owner

if TYPE_CHECKING:
    from cadence.assembly.company import CompanyNow
    from cadence.channels.base import Transport
    from cadence.channels.email.oauth import AccessTokens, OAuthAccess
    from cadence.channels.slack.webapi import SlackAccess
    from cadence.identity.company import CompanySignIn
    from cadence.operations.returned_mail.poll import MailPoller
    from cadence.operations.sending.send import Outbox
    from cadence.operations.sending.token_vault import TokenVault


@dataclass
class App:
    """One installation of Cadence."""

    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    #: transports to use instead of those the settings describe (tests, the demo)
    transports: Sequence[Transport] | None = None
    #: settings of files and environment, where ``settings`` are those with the company's own over them
    given: Settings | None = None
    #: the database is made afresh each time (the demo)
    disposable: bool = False

    def __post_init__(self) -> None:
        """Let processes that may run on several machines share the clock of their database; an injected clock stays."""
        if isinstance(self.clock, SystemClock) and not self.settings.database_url.startswith("sqlite"):
            self.clock = SharedClock(self._database_time, self.clock)

    def _database_time(self) -> datetime:
        with self.database.read() as connection:
            return database_time(connection)

    def clock_ahead(self) -> timedelta | None:
        """Return by how much this machine's clock is ahead of the database's; None where they are one, or the database does not answer."""
        try:
            return self.clock.compare() if isinstance(self.clock, SharedClock) else None
        except StoreError:
            return None

    @cached_property
    def database(self) -> Database:
        """The database, not yet opened."""
        settings = self.settings
        return Database(
            settings.database_url,
            disposable=self.disposable,
            own_address=settings.base_url,
            privacy=settings.privacy.mode,
            smallest_group=settings.privacy.k,
            connections=settings.database_connections,
        )

    @cached_property
    def secret(self) -> bytes:
        """The signing key. Raises ConfigError when it is lost while messages that it signed are with people."""
        if not has_secret(self.settings) and self._has_sent():
            raise ConfigError(
                f"{key_file(self.settings)} is missing, and messages were sent with it: restore it from a backup. "
                "A new one (cadence init --new-key) ends every link in the messages sent so far"
            )
        return load_or_create_secret(self.settings)

    def _has_sent(self) -> bool:
        """Whether a message went out from this database; False where there is no database yet."""
        if self.database.is_sqlite and not self.database.path.exists():
            return False
        try:
            with self.database.read() as connection:
                return has_sent(connection)
        except StoreError:
            return False

    @cached_property
    def owner(self) -> str:
        """The name under which this process takes leases."""
        return lease_owner()

    @cached_property
    def links(self) -> LinkSigner:
        """Signer and reader of the links in messages."""
        keys = {1: self.secret}
        if self.settings.secret_key_previous is not None:
            keys[0] = self.settings.secret_key_previous.get_secret_value().encode()
        name = deployment_name(self.database, fresh=token_hex(16))
        return LinkSigner(keys, current=1, deployment=name, address=self.settings.base_url)

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that are set up."""
        return tuple(t.channel for t in self.active_transports)

    @cached_property
    def active_transports(self) -> Sequence[Transport]:
        """The transports of the channels that are set up. Raises ConfigError when mail has no From address."""
        if self.transports is not None:
            return self.transports
        found: list[Transport] = []
        if self.settings.smtp.host:
            if not self.settings.smtp.sender:
                raise ConfigError(
                    "smtp.from is empty: mail needs a From address (for example: CADENCE_SMTP__FROM='Ada Boss <cadence@example.com>')"
                )
            found.append(_smtp(self))
        if self.settings.slack.bot_token is not None:
            found.append(_slack(self.settings))
        return found

    @cached_property
    def company(self) -> CompanyNow:
        """The settings in force, with what an admin changes while we run."""
        from cadence.assembly.company import CompanyNow

        return CompanyNow(self.database, self.given or self.settings)

    @cached_property
    def outboxes(self) -> list[Outbox]:
        """One outbox for each channel that is set up."""
        from cadence.assembly.company import LiveComposer
        from cadence.operations.sending.send import Outbox
        from cadence.rendering.composers import composer_for

        return [
            Outbox(
                database=self.database,
                clock=self.clock,
                transport=transport,
                compose=LiveComposer(self.company, partial(composer_for, transport.channel, links=self.links)),
                owner=self.owner,
            )
            for transport in self.active_transports
        ]

    @cached_property
    def retention(self) -> Retention:
        """How long what is kept about people stays."""
        days = self.settings.retention
        return Retention(
            answers=timedelta(days=days.answers_days),
            evidence=timedelta(days=days.evidence_days),
            own_words=timedelta(days=days.own_words_days),
            replies=timedelta(days=days.replies_days),
            notices=timedelta(days=days.notices_days),
        )

    @cached_property
    def answers_to(self) -> tuple[str, ...]:
        """The addresses of ours that people answer to, lower case."""
        smtp = self.settings.smtp
        found = (parseaddr(one)[1].lower() for one in (smtp.reply_to, smtp.sender))
        return tuple(address for address in found if address)

    @cached_property
    def oauth_access(self) -> OAuthAccess:
        """Our registration with the provider of the mail account. Raises ConfigError when there is none."""
        from cadence.channels.email.oauth import PROVIDERS, OAuthAccess

        oauth = self.settings.oauth
        if oauth.provider not in PROVIDERS or not oauth.client_id:
            raise ConfigError("oauth.provider and oauth.client_id are not set; docs/channels.md walks through both providers")
        return OAuthAccess(
            provider=PROVIDERS[oauth.provider],
            client_id=oauth.client_id,
            client_secret=oauth.client_secret.get_secret_value() if oauth.client_secret else "",
            tenant=oauth.tenant,
            application=oauth.grant == "client_credentials",
            authorize_url=oauth.authorize_url,
            token_url=oauth.token_url,
        )

    @cached_property
    def token_vault(self) -> TokenVault:
        """Where the right that the provider gave is kept."""
        from cadence.operations.sending.token_vault import TokenVault

        return TokenVault(database=self.database, secrets=self.secrets, now=self.clock.now)

    @cached_property
    def secrets(self) -> tuple[bytes, ...]:
        """The secret that seals, and the one before, which still opens."""
        previous = self.settings.secret_key_previous
        return (self.secret, previous.get_secret_value().encode()) if previous is not None else (self.secret,)

    @cached_property
    def company_sign_in(self) -> CompanySignIn | None:
        """Sign-in by the company; None when it is not set up."""
        oidc = self.settings.oidc
        if not oidc.issuer:
            return None
        from cadence.identity.company import CompanySignIn

        return CompanySignIn(
            issuer=oidc.issuer,
            name=oidc.name or self.settings.company_name,
            client_id=oidc.client_id,
            client_secret=oidc.client_secret.get_secret_value() if oidc.client_secret else "",
            scopes=oidc.scopes,
            group_claim=oidc.group_claim,
            base_url=self.settings.base_url,
            secrets=self.secrets,
        )

    @cached_property
    def mail_tokens(self) -> AccessTokens:
        """The access tokens for SMTP and IMAP."""
        from cadence.channels.email.oauth import AccessTokens

        return AccessTokens(self.oauth_access, self.token_vault, now=self.clock.now)

    @cached_property
    def mail_poller(self) -> MailPoller | None:
        """The visitor of the mailbox for returned mail, None when there is none. Raises ConfigError without a password."""
        imap = self.settings.imap
        if not imap.host:
            return None
        if imap.password is None and imap.auth == "password":
            raise ConfigError("imap.password is not set (for example: CADENCE_IMAP__PASSWORD_FILE=/run/secrets/imap)")
        from cadence.channels.email.mailbox import MailboxSettings
        from cadence.operations.returned_mail.poll import MailPoller

        return MailPoller(
            database=self.database,
            settings=MailboxSettings(
                host=imap.host,
                port=imap.port,
                username=imap.username,
                password=imap.password.get_secret_value() if imap.password else "",
                tokens=self.mail_tokens.token if imap.auth == "oauth" else None,
                tls=imap.tls.value,
                folder=imap.folder,
                done_folder=imap.done_folder,
            ),
            clock=self.clock,
            return_path=self.settings.smtp.return_path,
            answers_to=self.answers_to,
            trusted_authserv=self.settings.imap.trusted_authserv,
            relay=self.settings.smtp.host,
        )

    def lock(self) -> FileLock | None:
        """Take the one-process lock of a SQLite database; None on PostgreSQL. Raises AlreadyRunning."""
        if not self.database.is_sqlite:
            return None
        lock = FileLock(self.database)
        lock.acquire()
        return lock

    def close(self) -> None:
        """Close connections to the channels and the database."""
        if "outboxes" in self.__dict__:
            for outbox in self.outboxes:
                outbox.close()
        if "database" in self.__dict__:
            self.database.close()


def _smtp(app: App) -> Transport:
    from cadence.channels.email.admission import SmtpServer, own_name
    from cadence.channels.email.smtp import SmtpTransport

    settings = app.settings
    smtp = settings.smtp
    return SmtpTransport(
        SmtpServer(
            host=smtp.host,
            port=smtp.port,
            username=smtp.username,
            password=smtp.password.get_secret_value() if smtp.password else "",
            tokens=app.mail_tokens.token if smtp.auth == "oauth" else None,
            tls=smtp.starttls.value,
            helo=smtp.helo or own_name(urlsplit(settings.base_url).hostname or "", parseaddr(smtp.sender)[1].rpartition("@")[2]),
            connections=smtp.connections,
            per_second=smtp.per_minute / 60 if smtp.per_minute else None,
            connect_timeout=smtp.connect_timeout,
            command_timeout=smtp.command_timeout,
            final_timeout=smtp.final_timeout,
        )
    )


def slack_settings(settings: Settings) -> SlackAccess:
    """Return what the Slack channel needs of the settings. Raises ConfigError without a bot token."""
    from cadence.channels.slack.webapi import SlackAccess

    slack = settings.slack
    if slack.bot_token is None:
        raise ConfigError("slack.bot_token is not set: the Slack channel is off")
    return SlackAccess(bot_token=slack.bot_token.get_secret_value(), api_url=slack.api_url, per_second=slack.per_second)


def _slack(settings: Settings) -> Transport:
    from cadence.channels.slack.webapi import SlackTransport

    return SlackTransport(slack_settings(settings))
