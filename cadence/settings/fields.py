"""The fields of the settings: for each its type, unit, limits, default, help and a good example.

Owns what a value may be, and nothing about where it comes from: ``settings`` reads file and
environment. ``Settings(...)`` takes only what it is given, so a test or the demo can be sure.
"""

from __future__ import annotations

import re
from email.utils import getaddresses
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from cadence.domain.measuring.groups import LARGEST_SMALLEST_GROUP, SMALLEST_GROUP
from cadence.domain.planning import calendars
from cadence.domain.sending.return_path import check_pattern
from cadence.errors import Invalid
from cadence.files.declared import Table, entry
from cadence.settings.relays import RELAYS, RelayName

#: messages a minute of the named relays; Exchange Online takes 30
RATE_PRESETS: dict[str, float | None] = {"exchange": 25.0, "own": None}

_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class StartTls(StrEnum):
    """How the connection to the mail server is protected. There is no "if offered": a fallback to clear text is a leak."""

    OFF = "off"
    REQUIRED = "required"
    IMPLICIT = "implicit"


def _exact(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("is true or false where a number belongs")
    if isinstance(value, str) and value != value.strip():
        raise ValueError("has a space at its beginning or end")
    return value


def _clean(value: Any) -> Any:
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("has control characters")
    return value


_Number = Annotated[float, BeforeValidator(_exact)]
_Limit = Annotated[float | None, BeforeValidator(_exact)]
_Whole = Annotated[int, BeforeValidator(_exact)]
_Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_exact)]
_Text = Annotated[str, BeforeValidator(_clean)]
Secret = SecretStr | None


def _require_host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("is not a host name or address")
    return value


def _split_url(value: str) -> SplitResult:
    if not value.isprintable() or " " in value:
        raise ValueError("has a space or a control character")
    parts = urlsplit(value)
    _ = parts.port  # raises ValueError for a port that is none
    return parts


class _Group(Table):
    model_config = ConfigDict(populate_by_name=True)


class HttpSettings(_Group):
    """Where the web server listens."""

    host: _Text = entry("127.0.0.1", "Address to listen on; keep the loopback behind a reverse proxy.")
    port: _Port = entry(8787, "Port to listen on.")

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        return _require_host(value)


class SmtpSettings(_Group):
    """The mail server that takes our messages. No host: the email channel is off."""

    preset: RelayName = entry(
        RelayName.GENERIC,
        "A relay whose server, rate and connections are known: gmail, office365, ses, postmark or generic; other settings win.",
        example="office365",
    )
    host: _Text = entry("", "Name of the mail server; empty switches the email channel off.", example="smtp.example.com")
    port: _Port = entry(587, "Port of the mail server.")
    username: _Text = entry("", "Login name; empty sends without login.", example="cadence@example.com")
    password: Secret = entry(None, "Password of the login.", example="CADENCE_SMTP__PASSWORD_FILE=/run/secrets/smtp")
    starttls: StartTls = entry(
        StartTls.REQUIRED, "off, required (STARTTLS) or implicit (TLS from the start, port 465).", example="required"
    )
    sender: _Text = entry("", "From address, with or without a name.", example="Ada Boss <cadence@example.com>", validation_alias="from")
    reply_to: _Text = entry("", "Where answers go; empty: the From address.", example="chief@example.com")
    list_domain: _Text = entry("", "Domain in List-Id and Message-ID; empty: that of the From address.", example="example.com")
    return_path: _Text = entry(
        "", "Where bounces go, with {id} for the message they are about; empty: the From address.", example="bounces+{id}@example.com"
    )
    connections: _Whole = entry(5, "Most connections open at once.", ge=1, le=20)
    processes: _Whole = entry(1, "Processes that send without a rate limit on SQLite; each has its own connections.", example=2, ge=1, le=8)
    per_minute: _Limit = entry(
        None,
        "Most messages in a minute: a number, exchange (25) or own (no limit, for your own relay).",
        example="exchange",
        unit="messages/min",
        ge=1,
        le=60_000,
        json_schema_extra={"type": ["number", "string"], "expects": "a number from 1 to 60000, exchange or own"},
    )
    connect_timeout: _Number = entry(30, "Wait for the connection.", unit="s", ge=1, le=600)
    command_timeout: _Number = entry(300, "Wait for the reply to a command.", unit="s", ge=1, le=900)
    final_timeout: _Number = entry(600, "Wait for the reply to a whole message.", unit="s", ge=1, le=900)

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        named = values.get("preset") if isinstance(values, dict) else None
        if named not in list(RelayName):  # none, or one that the field itself refuses
            return values
        relay = RELAYS[RelayName(named)]
        known = {"host": relay.host, "port": relay.port, "per_minute": relay.per_minute, "connections": relay.connections}
        return {name: value for name, value in known.items() if value} | values

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        return _require_host(value) if value else value

    @field_validator("starttls", mode="before")
    @classmethod
    def _from_bool(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value.casefold(), value)
        return {True: StartTls.REQUIRED, False: StartTls.OFF}.get(value, value) if isinstance(value, bool) else value

    @field_validator("per_minute", mode="before")
    @classmethod
    def _from_preset(cls, value: Any) -> Any:
        return RATE_PRESETS.get(value, value) if isinstance(value, str) else value

    @field_validator("sender", "reply_to")
    @classmethod
    def _is_address(cls, value: str) -> str:
        found = getaddresses([value])
        local, _, domain = found[0][1].rpartition("@") if len(found) == 1 else ("", "", "")
        if value and not (local and "@" not in local and _DOMAIN.fullmatch(domain)):
            raise ValueError("is not one email address")
        return value

    @field_validator("return_path")
    @classmethod
    def _names_the_message(cls, value: str) -> str:
        try:
            return check_pattern(value) if value else value
        except Invalid as error:
            raise ValueError(error.data["reason"]) from None

    @field_validator("list_domain")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        if value and not _DOMAIN.fullmatch(value):
            raise ValueError("is not a domain name")
        return value


class ImapSettings(_Group):
    """The mailbox that bounces and answers come back to. No host: nothing is read by itself."""

    host: _Text = entry("", "Name of the IMAP server; empty reads no mailbox.", example="imap.example.com")
    port: _Port = entry(993, "Port of the IMAP server.")
    username: _Text = entry("", "Login name of the mailbox.", example="bounces@example.com")
    password: Secret = entry(None, "Password of the mailbox.", example="CADENCE_IMAP__PASSWORD_FILE=/run/secrets/imap")
    tls: StartTls = entry(StartTls.IMPLICIT, "implicit (TLS from the start), required (STARTTLS, port 143) or off.", example="implicit")
    folder: _Text = entry("INBOX", "Folder that is read.", min_length=1, max_length=200)
    done_folder: _Text = entry("Cadence", "Folder that mails are moved to once dealt with.", min_length=1, max_length=200)
    trusted_authserv: _Text = entry(
        "",
        "Name by which your own mail server signs Authentication-Results (RFC 8601); empty: no such header counts.",
        example="mx.example.com",
        max_length=253,
    )

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        return _require_host(value) if value else value

    @field_validator("tls", mode="before")
    @classmethod
    def _from_bool(cls, value: Any) -> Any:
        return StartTls.OFF if value is False or value == "false" else value

    @field_validator("folder", "done_folder")
    @classmethod
    def _is_folder(cls, value: str) -> str:
        if not value.isascii() or any(c in value for c in '"\\*%{'):
            raise ValueError("holds a character outside plain ASCII, a quote or a wildcard")
        return value


class SlackSettings(_Group):
    """The Slack app. No bot token: the Slack channel is off."""

    bot_token: Secret = entry(None, "Bot token; empty switches the Slack channel off.", example="xoxb-...")
    app_token: Secret = entry(None, "App token; when set, everything arrives by Socket Mode.", example="xapp-...")
    signing_secret: Secret = entry(None, "Checks that what arrives over HTTP comes from Slack.", example="32 hex digits")
    api_url: _Text = entry("https://slack.com/api/", "Where the Web API is; tests point it elsewhere.")
    per_second: _Number = entry(1.0, "Most messages in a second.", unit="messages/s", ge=0.1, le=3)
    leaders: _Text = entry(
        "",
        "Who sees the summary and may write statements in Slack: email addresses or Slack user ids, with commas between.",
        example="ada@example.com, U012ABCDEF",
    )
    admins: _Text = entry(
        "", "Who sees the health of Cadence in Slack: email addresses or Slack user ids, with commas between.", example="ops@example.com"
    )
    sync_at: _Text = entry(
        "", "Take people over from Slack every day at this time of the default zone; empty: only when told to.", example="03:30"
    )
    sync_guests: _Text = entry(
        "external", "Guests of the workspace: external takes them over as people outside the company, excluded leaves them out."
    )

    @field_validator("sync_at")
    @classmethod
    def _is_time(cls, value: str) -> str:
        if value and not _TIME.fullmatch(value):
            raise ValueError("is not a time of day HH:MM between 00:00 and 23:59")
        return value

    @field_validator("sync_guests")
    @classmethod
    def _is_guests(cls, value: str) -> str:
        if value not in ("external", "excluded"):
            raise ValueError("is neither external nor excluded")
        return value

    @field_validator("api_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        parts = _split_url(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("is not an http or https address")
        return value if value.endswith("/") else value + "/"


class PrivacySettings(_Group):
    """What may be shown about people."""

    k: _Whole = entry(
        SMALLEST_GROUP,
        f"Smallest group that is ever shown; {SMALLEST_GROUP} or more.",
        unit="people",
        ge=SMALLEST_GROUP,
        le=LARGEST_SMALLEST_GROUP,
    )


class Settings(_Group):
    """All settings. ``Settings(...)`` reads neither files nor environment: that is ``load_settings``."""

    data_dir: Path = entry(Path("var"), "Folder of the database, the key file and locks.", example="/var/lib/cadence")
    database_url: str = Field(
        default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'cadence.db'}" if "data_dir" in data else "",
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; by default cadence.db in data_dir.",
        examples=["postgresql://cadence@db.example.com/cadence"],
        json_schema_extra={"secret": True, "default": "sqlite:///var/cadence.db"},
    )
    base_url: str = entry(
        "http://127.0.0.1:8787", "Address of this installation in links, without a path.", example="https://cadence.example.com"
    )
    secret_key: Secret = entry(
        None, "Signs links and sessions, at least 32 characters; by default a key file in data_dir.", example="openssl rand -hex 32"
    )
    secret_key_previous: Secret = entry(
        None, "The key before; links signed with it stay good until it is removed.", example="the old secret_key"
    )
    admin_password: Secret = entry(None, "Password of the admin pages; none: only from this machine.", example="at least 12 characters")
    company_name: _Text = entry("Our company", "Name shown in messages and pages.", example="Example Ltd", min_length=1, max_length=100)
    default_zone: str = entry("UTC", "Time zone of people who have none.", example="Europe/Berlin")
    tick_seconds: _Whole = entry(60, "Time between two looks at what is due.", unit="s", ge=1, le=3600)
    messages_dir: Path = entry(
        Path("messages"), "Your statements and templates; what is not there comes with the program.", example="messages"
    )
    config_dir: Path = entry(Path("config"), "Folder of cadences.toml.", example="config")
    http: HttpSettings = HttpSettings()
    smtp: SmtpSettings = SmtpSettings()
    imap: ImapSettings = ImapSettings()
    slack: SlackSettings = SlackSettings()
    privacy: PrivacySettings = PrivacySettings()

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str) -> str:
        scheme, found, rest = value.partition("://")
        if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and ":memory:" not in rest:
            return value
        if scheme in ("postgresql", "postgres", "postgresql+psycopg") and found and rest:
            # imported here: who reads settings for a file database needs no database library
            from sqlalchemy.engine import make_url
            from sqlalchemy.exc import ArgumentError

            try:
                make_url(value)
            except (ArgumentError, ValueError):
                raise ValueError("is not written postgresql://USER:PASSWORD@HOST:PORT/NAME") from None
            return value
        raise ValueError("is neither sqlite:///FILE nor postgresql://...")

    @field_validator("base_url")
    @classmethod
    def _is_base(cls, value: str) -> str:
        parts = _split_url(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or not _HOST.fullmatch(parts.hostname):
            raise ValueError("is not an http or https address")
        if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("has more than scheme, host and port")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("secret_key", "secret_key_previous")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("has fewer than 32 characters")
        return value

    @field_validator("admin_password")
    @classmethod
    def _is_password(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 12:
            raise ValueError("has fewer than 12 characters")
        return value

    @field_validator("default_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            return calendars.zone(value).key
        except Invalid as error:
            raise ValueError(error.data["reason"]) from None

    @model_validator(mode="after")
    def _is_complete(self) -> Settings:
        missing = []
        if self.imap.host and not self.imap.username:
            missing.append("imap.host is set but imap.username is missing (for example: CADENCE_IMAP__USERNAME=bounces@example.com)")
        if self.smtp.preset is RelayName.SES and not self.smtp.host:
            missing.append("smtp.host is missing: the one of Amazon SES depends on your region (email-smtp.eu-central-1.amazonaws.com)")
        if self.smtp.host and not self.smtp.sender:
            missing.append("smtp.host is set but smtp.from is missing (for example: CADENCE_SMTP__FROM=cadence@example.com)")
        if missing:
            raise ValueError("\nsettings: ".join(missing))
        return self
