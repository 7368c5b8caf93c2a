"""The fields of the settings: for each its type, unit, limits, default, help and a good example.

Types are ``values``'; where a setting comes from, file or environment, is ``loading``'s. ``Settings(...)`` takes only
what it is given, so a test or the demo can be sure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from cadence.domain.measuring.groups import LARGEST_SMALLEST_GROUP, SMALLEST_GROUP
from cadence.domain.people.privacy import PrivacyMode
from cadence.domain.people.retention import MEASURE_DAYS, NOTICES_DAYS, REPLIES_DAYS, SHORTEST_MEASURE, WORDS_DAYS
from cadence.files.declared import DeclaredTable, entry
from cadence.settings.relays import RELAYS, RelayName
from cadence.settings.values import (
    Address,
    Amount,
    AnswerAddress,
    ApiUrl,
    BaseUrl,
    Colour,
    Count,
    DailyTime,
    DatabaseUrl,
    Domain,
    Folder,
    Grant,
    Guests,
    HelloName,
    Host,
    HostOrNone,
    Key,
    Line,
    LogIn,
    OAuthProvider,
    Password,
    Port,
    Rate,
    ReturnPath,
    SafeUrl,
    Secret,
    StartTls,
    Tls,
    TlsOrBool,
    Zone,
)


class _Group(DeclaredTable):
    model_config = ConfigDict(populate_by_name=True)


class HttpSettings(_Group):
    """Where the web server listens."""

    host: Host = entry("127.0.0.1", "Address to listen on; keep the loopback behind a reverse proxy.")
    port: Port = entry(8787, "Port to listen on.")


class SmtpSettings(_Group):
    """The mail server that takes our messages. No host: the email channel is off."""

    preset: RelayName = entry(
        RelayName.GENERIC,
        "A relay whose server, rate and connections are known: gmail, office365, ses, postmark or generic; other settings win.",
        example="office365",
    )
    host: HostOrNone = entry("", "Name of the mail server; empty switches the email channel off.", example="smtp.example.com")
    port: Port = entry(587, "Port of the mail server.")
    username: Line = entry("", "Login name; empty sends without login.", example="cadence@example.com")
    password: Secret = entry(None, "Password of the login.", example="CADENCE_SMTP__PASSWORD_FILE=/run/secrets/smtp")
    auth: LogIn = entry("password", "How to log in: password, or oauth (Microsoft 365 and Gmail, see [oauth]).", example="oauth")
    starttls: TlsOrBool = entry(
        StartTls.REQUIRED, "off, required (STARTTLS) or implicit (TLS from the start, port 465).", example="required"
    )
    sender: Address = entry("", "From address, with or without a name.", example="Ada Boss <cadence@example.com>", validation_alias="from")
    reply_to: AnswerAddress = entry(
        "",
        "Where replies go, with {id} for an address that only one message has; empty: the From address.",
        example="answers+{id}@example.com",
    )
    list_domain: Domain = entry("", "Domain in List-Id and Message-ID; empty: that of the From address.", example="example.com")
    return_path: ReturnPath = entry(
        "", "Where bounces go, with {id} for the message they are about; empty: the From address.", example="bounces+{id}@example.com"
    )
    helo: HelloName = entry(
        "", "Name in our greeting to the mail server (EHLO); empty: the host of base_url.", example="cadence.example.com"
    )
    connections: Count = entry(5, "Maximum number of open connections.", ge=1, le=20)
    processes: Count = entry(1, "Processes that send without a rate limit on SQLite; each has its own connections.", example=2, ge=1, le=8)
    per_minute: Rate = entry(
        None,
        "Most messages in a minute: a number, exchange (25) or own (no limit, for your own relay).",
        example="exchange",
        unit="messages/min",
        ge=1,
        le=60_000,
        json_schema_extra={"type": ["number", "string"], "expects": "a number from 1 to 60000, exchange or own"},
    )
    connect_timeout: Amount = entry(30, "Wait for the connection.", unit="s", ge=1, le=600)
    command_timeout: Amount = entry(300, "Wait for the reply to a command.", unit="s", ge=1, le=900)
    final_timeout: Amount = entry(600, "Wait for the reply to a whole message.", unit="s", ge=1, le=900)

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        named = values.get("preset") if isinstance(values, dict) else None
        if named not in list(RelayName):  # none, or one that the field itself refuses
            return values
        relay = RELAYS[RelayName(named)]
        known = {"host": relay.host, "port": relay.port, "per_minute": relay.per_minute, "connections": relay.connections}
        return {name: value for name, value in known.items() if value} | values


class ImapSettings(_Group):
    """The mailbox that bounces and answers come back to. No host: nothing is read by itself."""

    host: HostOrNone = entry("", "Name of the IMAP server; empty reads no mailbox.", example="imap.example.com")
    port: Port = entry(993, "Port of the IMAP server.")
    username: Line = entry("", "Login name of the mailbox.", example="bounces@example.com")
    password: Secret = entry(None, "Password of the mailbox.", example="CADENCE_IMAP__PASSWORD_FILE=/run/secrets/imap")
    auth: LogIn = entry("password", "How to log in: password, or oauth (Microsoft 365 and Gmail, see [oauth]).", example="oauth")
    tls: Tls = entry(StartTls.IMPLICIT, "implicit (TLS from the start), required (STARTTLS, port 143) or off.", example="implicit")
    folder: Folder = entry("INBOX", "Folder to read.")
    done_folder: Folder = entry("Cadence", "Folder that mails are moved to once processed.")
    trusted_authserv: Line = entry(
        "",
        "Name your own mail server gives in Authentication-Results (RFC 8601); empty: such headers are ignored.",
        example="mx.example.com",
        max_length=253,
    )


class OAuthSettings(_Group):
    """Our registration with Microsoft or Google, for smtp.auth and imap.auth = "oauth"; docs/channels.md walks through both."""

    provider: OAuthProvider = entry("none", "Who gives the tokens: microsoft or google.", example="microsoft")
    tenant: Domain = entry("organizations", "Your company at Microsoft: the tenant's id or domain.", example="example.onmicrosoft.com")
    client_id: Line = entry("", "Id of the application that you registered.", example="11111111-2222-3333-4444-555555555555")
    client_secret: Secret = entry(
        None, "Secret of the application, if it has one.", example="CADENCE_OAUTH__CLIENT_SECRET_FILE=/run/secrets/oauth"
    )
    grant: Grant = entry(
        "code",
        "code: a person consents once (cadence mail connect); client_credentials: the application itself, Microsoft only.",
        example="code",
    )
    authorize_url: SafeUrl = entry("", "Page of the consent in place of the provider's; tests point it elsewhere.")
    token_url: SafeUrl = entry("", "Address of the tokens in place of the provider's; tests point it elsewhere.")


class SlackSettings(_Group):
    """The Slack app. No bot token: the Slack channel is off."""

    bot_token: Secret = entry(None, "Bot token; empty switches the Slack channel off.", example="xoxb-...")
    app_token: Secret = entry(None, "App token; when set, everything arrives by Socket Mode.", example="xapp-...")
    signing_secret: Secret = entry(None, "Verifies that requests over HTTP come from Slack.", example="32 hex digits")
    api_url: ApiUrl = entry("https://slack.com/api/", "Where the Web API is; tests point it elsewhere.")
    per_second: Amount = entry(1.0, "Most messages in a second.", unit="messages/s", ge=0.1, le=3)
    leaders: Line = entry(
        "",
        "Who sees the summary and may write statements in Slack: email addresses or Slack user ids, with commas between.",
        example="ada@example.com, U012ABCDEF",
    )
    admins: Line = entry(
        "", "Who sees the health of Cadence in Slack: email addresses or Slack user ids, with commas between.", example="ops@example.com"
    )
    sync_at: DailyTime = entry(
        "", "Import people from Slack every day at this time of the default zone; empty: only by command.", example="03:30"
    )
    sync_guests: Guests = entry(
        "external", "Guests of the workspace: external imports them as people outside the company, excluded leaves them out."
    )


class OidcSettings(_Group):
    """Sign-in by the company (OpenID Connect); docs/sign-in.md walks through each provider. No issuer: it is off."""

    issuer: SafeUrl = entry("", "Address of the provider, as its discovery document names itself.", example="https://login.example.com")
    name: Line = entry("", "Name of the provider on the button; empty: the name of the company.", example="Microsoft", max_length=60)
    client_id: Line = entry("", "Id of the application that you registered.", example="11111111-2222-3333-4444-555555555555")
    client_secret: Secret = entry(
        None, "Secret of the application, if it has one.", example="CADENCE_OIDC__CLIENT_SECRET_FILE=/run/secrets/oidc"
    )
    scopes: Line = entry(
        "openid email profile", "What is asked of the provider, with spaces between.", example="openid email profile groups"
    )
    group_claim: Line = entry("", "Claim that lists the groups of a person; empty: roles are given by hand.", example="groups")


class SessionSettings(_Group):
    """How long somebody stays signed in."""

    idle_hours: Count = entry(12, "Time after which a browser that was left alone is signed out.", unit="h", ge=1, le=720)
    most_days: Count = entry(14, "Time after which everybody signs in again.", unit="days", ge=1, le=90)


class PeopleSettings(_Group):
    """What is kept of what directories say."""

    keep_attributes: Line = entry(
        "",
        "Columns of people files that are kept although no audience names them, with commas between; private ones are never read.",
        example="job_title, cost_center",
    )


class PrivacySettings(_Group):
    """What may be shown about people."""

    mode: PrivacyMode = entry(
        PrivacyMode.TEAM,
        "team: others see by name who acknowledged what must be acknowledged; named: also who was sent and saw what; "
        "aggregate: no answer is kept with its person.",
        example="named",
    )
    k: Count = entry(
        SMALLEST_GROUP,
        f"Smallest group that is ever shown; {SMALLEST_GROUP} or more.",
        unit="people",
        ge=SMALLEST_GROUP,
        le=LARGEST_SMALLEST_GROUP,
    )


class RetentionSettings(_Group):
    """How long what is kept about people stays; what each leaves behind is in docs/privacy.md."""

    answers_days: Count = entry(MEASURE_DAYS, "Answers and beliefs; published figures stay.", unit="days", ge=SHORTEST_MEASURE, le=3650)
    evidence_days: Count = entry(
        MEASURE_DAYS, "What was sent, seen and done with it; folded into counts.", unit="days", ge=SHORTEST_MEASURE, le=3650
    )
    own_words_days: Count = entry(
        WORDS_DAYS, "Words that people wrote to a question of ours; what they were judged stays.", unit="days", ge=14, le=3650
    )
    replies_days: Count = entry(
        REPLIES_DAYS, "What mail servers and Slack said to each try; their codes stay.", unit="days", ge=14, le=3650
    )
    notices_days: Count = entry(NOTICES_DAYS, "Notices, from the day they were resolved.", unit="days", ge=14, le=3650)


class CompanySettings(_Group):
    """How messages and pages of the company look; also set on the page /company."""

    sign_off: Line = entry("", "Name below each mail; empty: that of the From address.", example="Helen", max_length=100)
    colour: Colour = entry("", "Colour of links and buttons; empty: ours.", example="#0b5a5c")


class Settings(_Group):
    """All settings. ``Settings(...)`` reads neither files nor environment: that is ``load_settings``."""

    data_dir: Path = entry(Path("var"), "Folder of the database, the key file and locks.", example="/var/lib/cadence")
    database_url: DatabaseUrl = Field(
        default_factory=lambda data: f"sqlite:///{data['data_dir'] / 'cadence.db'}",
        repr=False,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; by default cadence.db in data_dir.",
        examples=["postgresql://cadence@db.example.com/cadence"],
        json_schema_extra={"secret": True, "default": "sqlite:///var/cadence.db"},
    )
    database_connections: Count = entry(
        8, "Most connections to PostgreSQL that one process opens; pages and sending wait for a free one.", example=16, ge=6, le=100
    )
    base_url: BaseUrl = entry(
        "http://127.0.0.1:8787", "Address of this installation in links, without a path.", example="https://cadence.example.com"
    )
    secret_key: Key = entry(
        None, "Signs links and sessions, at least 32 characters; by default a key file in data_dir.", example="openssl rand -hex 32"
    )
    secret_key_previous: Key = entry(None, "The previous key; links signed with it work until it is removed.", example="the old secret_key")
    admin_password: Password = entry(None, "Password of the admin pages; none: only from this machine.", example="at least 12 characters")
    company_name: Line = entry("Our company", "Name shown in messages and pages.", example="Example Ltd", min_length=1, max_length=100)
    default_zone: Zone = entry("UTC", "Time zone of people who have none.", example="Europe/Berlin")
    tick_seconds: Count = entry(60, "Time between two checks for what is due.", unit="s", ge=1, le=3600)
    messages_dir: Path = entry(
        Path("messages"), "Your statements and templates; the program supplies what is not there.", example="messages"
    )
    config_dir: Path = entry(Path("config"), "Folder of cadences.toml.", example="config")
    http: HttpSettings = HttpSettings()
    smtp: SmtpSettings = SmtpSettings()
    imap: ImapSettings = ImapSettings()
    oauth: OAuthSettings = OAuthSettings()
    slack: SlackSettings = SlackSettings()
    oidc: OidcSettings = OidcSettings()
    sessions: SessionSettings = SessionSettings()
    people: PeopleSettings = PeopleSettings()
    company: CompanySettings = CompanySettings()
    privacy: PrivacySettings = PrivacySettings()
    retention: RetentionSettings = RetentionSettings()

    @model_validator(mode="after")
    def _is_complete(self) -> Settings:
        missing = []
        if self.imap.host and not self.imap.username:
            missing.append("imap.host is set but imap.username is missing (for example: CADENCE_IMAP__USERNAME=bounces@example.com)")
        if self.smtp.preset is RelayName.SES and not self.smtp.host:
            missing.append("smtp.host is missing: the one of Amazon SES depends on your region (email-smtp.eu-central-1.amazonaws.com)")
        if self.smtp.host and not self.smtp.sender:
            missing.append("smtp.host is set but smtp.from is missing (for example: CADENCE_SMTP__FROM=cadence@example.com)")
        if self.oidc.issuer and not self.oidc.client_id:
            missing.append("oidc.issuer is set but oidc.client_id is missing (for example: CADENCE_OIDC__CLIENT_ID=cadence)")
        if self.oidc.issuer and "openid" not in self.oidc.scopes.split():
            missing.append(f"oidc.scopes = {self.oidc.scopes!r}: openid is missing (for example: openid email profile)")
        by_oauth = [name for name, group in (("smtp", self.smtp), ("imap", self.imap)) if group.host and group.auth == "oauth"]
        for name, value, example in (
            ("oauth.provider", self.oauth.provider.replace("none", ""), "CADENCE_OAUTH__PROVIDER=microsoft"),
            ("oauth.client_id", self.oauth.client_id, "CADENCE_OAUTH__CLIENT_ID=11111111-2222-3333-4444-555555555555"),
        ):
            if by_oauth and not value:
                missing.append(f"{by_oauth[0]}.auth is oauth but {name} is missing (for example: {example})")
        if "smtp" in by_oauth and not self.smtp.username:
            missing.append("smtp.auth is oauth but smtp.username is missing (for example: CADENCE_SMTP__USERNAME=cadence@example.com)")
        if self.oauth.grant == "client_credentials" and self.oauth.provider == "google":
            missing.append("oauth.grant is client_credentials, which Google does not give; use code")
        if self.oauth.grant == "client_credentials" and by_oauth and self.oauth.client_secret is None:
            missing.append("oauth.grant is client_credentials but oauth.client_secret is missing (CADENCE_OAUTH__CLIENT_SECRET_FILE)")
        if missing:
            raise ValueError("\nsettings: ".join(missing))
        return self
