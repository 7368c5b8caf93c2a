"""Microsoft 365 and Gmail as they are today: consent, tokens, SMTP and IMAP by XOAUTH2, against stand-ins that speak the protocols."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.consent import Consent, Listener
from cadence.channels.email.mailbox import Mailbox, MailboxSettings
from cadence.channels.email.oauth import PROVIDERS, AccessTokens, OAuthAccess, TokenEndpoint, is_safe
from cadence.channels.email.smtp import SmtpTransport
from cadence.clock import FixedClock
from cadence.errors import ChannelRefused, Invalid, TemporarilyUnavailable
from cadence.operations.returned_mail.poll import MailPoller
from cadence.operations.sending.token_vault import TokenVault
from cadence.store.database.core import oauth_tokens
from cadence.store.database.engine import Database
from tests.channels.exercise import an_envelope
from tests.fixtures.builders import NOW
from tests.fixtures.oauth import CLIENT, SECRET, USER, TokenMailbox, TokenMailServer, TokenPlace

KEY, OTHER_KEY = b"k" * 40, b"o" * 40
CHANCE = {"state": "s" * 40, "verifier": "v" * 64}


@pytest.fixture
def place() -> Iterator[TokenPlace]:
    """A provider to which somebody consented."""
    with TokenPlace(refresh_tokens={"refresh-0"}) as one:
        yield one


@pytest.fixture
def vault(sqlite_url: str) -> Iterator[TokenVault]:
    """A vault with the first refresh token."""
    database = Database(sqlite_url)
    one = TokenVault(database=database, secrets=(KEY,), now=lambda: NOW)
    one.save("google", "refresh-0")
    one.save("microsoft", "refresh-0")
    yield one
    database.close()


def access_to(place: TokenPlace, provider: str = "microsoft", **changes: Any) -> OAuthAccess:
    """Return our registration with the stand-in."""
    given: dict[str, Any] = {
        "provider": PROVIDERS[provider],
        "client_id": CLIENT,
        "client_secret": SECRET,
        "authorize_url": f"{place.url}/authorize",
        "token_url": f"{place.url}/token",
    }
    return OAuthAccess(**(given | changes))


def tokens_of(place: TokenPlace, vault: TokenVault, clock: FixedClock | None = None, **changes: Any) -> AccessTokens:
    return AccessTokens(access_to(place, **changes), vault, now=(clock or FixedClock(NOW)).now)


def smtp_to(server: TokenMailServer, tokens: AccessTokens) -> SmtpTransport:
    return SmtpTransport(
        SmtpServer(host="127.0.0.1", port=server.port, username=USER, tokens=tokens.token, tls="off", helo="c.example.com", connections=1)
    )


def mailbox_at(server: TokenMailbox, tokens: AccessTokens | None = None, **changes: Any) -> MailboxSettings:
    usual = MailboxSettings(
        host="127.0.0.1", port=server.port, username=USER, tls="off", timeout=10, tokens=tokens.token if tokens is not None else None
    )
    return replace(usual, **changes)


# the token


def test_a_token_is_fetched_once_and_renewed_before_it_ends(place: TokenPlace, vault: TokenVault) -> None:
    clock = FixedClock(NOW)
    tokens = tokens_of(place, vault, clock)
    first = tokens.token()
    clock.advance(timedelta(minutes=50))
    assert tokens.token() == first
    clock.advance(timedelta(minutes=6))
    assert tokens.token() != first
    assert [a["grant_type"] for a in place.asked] == ["refresh_token"] * 2
    assert vault.load("microsoft") in place.refresh_tokens, "the provider's new refresh token is kept"


def test_a_provider_that_gives_no_new_refresh_token_leaves_the_old(place: TokenPlace, vault: TokenVault) -> None:
    place.rotates = False
    tokens_of(place, vault, provider="google").token()
    assert vault.load("google") == "refresh-0"


def test_a_clock_that_was_set_back_makes_no_token_last_for_ever(place: TokenPlace, vault: TokenVault) -> None:
    clock = FixedClock(NOW)
    tokens = tokens_of(place, vault, clock)
    first = tokens.token()
    clock.advance(-timedelta(days=3))
    assert tokens.token() != first


def test_while_the_provider_has_a_bad_minute_the_old_token_serves_to_its_end(place: TokenPlace, vault: TokenVault) -> None:
    clock = FixedClock(NOW)
    tokens = tokens_of(place, vault, clock)
    first = tokens.token()
    clock.advance(timedelta(minutes=57))
    place.script = [(503, b"busy", {})]
    assert tokens.token() == first
    place.script = [(503, b"busy", {})]
    clock.advance(timedelta(minutes=3))
    with pytest.raises(TemporarilyUnavailable, match="Microsoft gives no token now: HTTP 503"):
        tokens.token()
    assert tokens.token() != first


def test_many_threads_fetch_one_token(place: TokenPlace, vault: TokenVault) -> None:
    tokens = tokens_of(place, vault)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(tokens.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(set(found)), len(place.asked)) == (1, 1)


def test_the_application_itself_gets_a_token_at_microsoft_and_none_at_google(place: TokenPlace, vault: TokenVault) -> None:
    assert tokens_of(place, vault, application=True).token() in place.good
    assert place.asked[-1]["grant_type"] == "client_credentials"
    assert place.asked[-1]["scope"] == "https://outlook.office365.com/.default"
    with pytest.raises(ChannelRefused, match=r"Google gave no token .it gives applications no tokens of their own"):
        tokens_of(place, vault, provider="google", application=True).token()


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            (400, b'{"error":"invalid_grant","error_description":"AADSTS70000: revoked\\r\\nTrace ID: 9"}', {}),
            ChannelRefused,
            "invalid_grant: AADSTS70000",
        ),
        ((401, b'{"error":"invalid_client"}', {}), ChannelRefused, "CADENCE_OAUTH__CLIENT_ID"),
        ((302, b"", {"Location": "https://evil.example/token"}), ChannelRefused, "sends us elsewhere, which is not followed"),
        ((500, b"<html>", {}), TemporarilyUnavailable, "HTTP 500"),
        ((200, b"<html>hello", {}), TemporarilyUnavailable, "something that is no token"),
        ((200, b"[1]", {}), TemporarilyUnavailable, "something that is no token"),
        ((200, b'{"access_token": ""}', {}), TemporarilyUnavailable, "something that is no token"),
        ((200, b'{"access_token": "a\\r\\nRSET"}', {}), TemporarilyUnavailable, "something that is no token"),
        ((200, b'{"access_token": 7}', {}), TemporarilyUnavailable, "something that is no token"),
        ((200, b"x" * 100_000, {}), TemporarilyUnavailable, "something that is no token"),
    ],
    ids=lambda v: str(v)[:24],
)
def test_every_fault_of_the_provider_is_one_plain_line(
    place: TokenPlace, vault: TokenVault, answer: tuple[int, bytes, dict[str, str]], kind: type[Exception], said: str
) -> None:
    place.script = [answer]
    with pytest.raises(kind) as caught:
        tokens_of(place, vault).token()
    line = str(caught.value)
    assert said in line
    assert "\n" not in line
    assert "refresh-0" not in line
    assert SECRET not in line
    assert vault.load("microsoft") == "refresh-0"


def test_a_provider_that_cannot_be_reached_is_told(vault: TokenVault, place: TokenPlace) -> None:
    with pytest.raises(TemporarilyUnavailable, match="Microsoft cannot be reached for a token"):
        AccessTokens(access_to(place, token_url="http://127.0.0.1:9/token"), vault, now=lambda: NOW).token()


@pytest.mark.parametrize("url", ["http://login.example.com/token", "ftp://127.0.0.1/token", "http://127.0.0.1.evil.example/token"])
def test_secrets_go_over_https_or_not_at_all(place: TokenPlace, vault: TokenVault, url: str) -> None:
    assert not is_safe(url)
    with pytest.raises(ChannelRefused, match="is not https"):
        tokens_of(place, vault, token_url=url).token()


def test_nothing_is_connected_yet_is_told_with_the_command(place: TokenPlace, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(ChannelRefused, match="Microsoft is not connected yet; run: cadence mail connect microsoft"):
        tokens_of(place, TokenVault(database=database, secrets=(KEY,), now=lambda: NOW)).token()
    database.close()


# the vault


def test_the_database_holds_no_token_in_the_clear_and_each_seal_differs(vault: TokenVault) -> None:
    def kept() -> dict[str, str]:
        with vault.database.read() as connection:
            return {row.provider: row.sealed for row in connection.execute(sa.select(oauth_tokens))}

    before = kept()
    assert not any("refresh" in sealed for sealed in before.values())
    assert before["google"] != before["microsoft"]
    vault.save("google", "refresh-0")
    assert kept()["google"] != before["google"]


def test_the_secret_before_still_opens_once_and_another_does_not(vault: TokenVault) -> None:
    assert replace(vault, secrets=(OTHER_KEY, KEY)).load("google") == "refresh-0"
    assert replace(vault, secrets=(OTHER_KEY,)).load("google") == "refresh-0", "sealed with the new one since"
    with pytest.raises(ChannelRefused, match=r"sealed with another secret key .* cadence mail connect microsoft"):
        replace(vault, secrets=(OTHER_KEY,)).load("microsoft")


@pytest.mark.parametrize("change", ["1.", "2.AAAA", "1.!!!", "", "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_row_that_was_changed_or_taken_from_another_provider_is_refused(vault: TokenVault, change: str) -> None:
    with vault.database.transaction() as connection:
        rows = {row.provider: row.sealed for row in connection.execute(sa.select(oauth_tokens))}
        connection.execute(sa.update(oauth_tokens).where(oauth_tokens.c.provider == "google").values(sealed=change or rows["microsoft"]))
    with pytest.raises(ChannelRefused, match="cannot be read"):
        vault.load("google")


# the consent


@pytest.mark.parametrize("provider", ["microsoft", "google"])
def test_a_person_consents_and_the_browser_comes_back_to_this_machine(place: TokenPlace, provider: str) -> None:
    endpoint = TokenEndpoint(access_to(place, provider))
    with Listener(0) as listener:
        consent = Consent(port=listener.port, **CHANCE)
        url = consent.page(endpoint)
        shown: list[httpx.Response] = []

        def browse() -> None:
            # another page of this machine, an answer to another asking: neither ends the waiting
            httpx.get(f"http://127.0.0.1:{listener.port}/favicon.ico")
            shown.append(httpx.get(f"http://127.0.0.1:{listener.port}/?code=x&state=other"))
            there = httpx.get(url).headers["Location"].replace("localhost", "127.0.0.1")
            shown.append(httpx.get(there))

        browser = threading.Thread(target=browse)
        browser.start()
        code = listener.wait(consent, seconds=20)
        browser.join()
    given = endpoint.redeem(code, verifier=consent.verifier, redirect=consent.redirect)
    assert given.renewal in place.refresh_tokens
    assert (shown[0].status_code, "another asking" in shown[0].text) == (400, True)
    assert (shown[1].status_code, "You can close this page" in shown[1].text) == (200, True)
    asked = place.asked[0]
    assert (asked["code_challenge_method"], asked["state"], asked["redirect_uri"]) == ("S256", CHANCE["state"], consent.redirect)
    assert asked["scope"] == PROVIDERS[provider].scope
    assert PROVIDERS[provider].extra.items() <= asked.items()


def test_the_addresses_of_the_providers_are_theirs_and_name_the_tenant() -> None:
    microsoft = OAuthAccess(provider=PROVIDERS["microsoft"], client_id="c", tenant="example.onmicrosoft.com")
    assert microsoft.token_page == "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token"
    url = Consent(port=8789, **CHANCE).page(TokenEndpoint(microsoft))
    assert url.startswith("https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/authorize?")
    assert "offline_access" in url
    google = OAuthAccess(provider=PROVIDERS["google"], client_id="c")
    assert (google.token_page, google.consent_page) == (
        "https://oauth2.googleapis.com/token",
        "https://accounts.google.com/o/oauth2/v2/auth",
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (f"http://localhost:1/?error=access_denied&error_description=no+thanks&state={CHANCE['state']}", "access_denied: no thanks"),
        ("http://localhost:1/?code=x&state=y", "another asking"),
        ("http://localhost:1/?code=x", "another asking"),
        ("http://localhost:1/", "holds no code"),
        ("", "holds no code"),
    ],
)
def test_an_answer_that_is_no_consent_is_told(answer: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        Consent(port=1, **CHANCE).code_in(answer)


def test_a_code_alone_or_the_whole_address_may_be_pasted() -> None:
    consent = Consent(port=1, **CHANCE)
    assert consent.code_in(" abc-123 \n") == "abc-123"
    assert consent.code_in(f"http://localhost:1/?code=abc&state={CHANCE['state']}&session_state=9\n") == "abc"


# the mail server and the mailbox


def test_mail_is_sent_with_a_token_and_the_check_says_so(place: TokenPlace, vault: TokenVault) -> None:
    with TokenMailServer(place) as server:
        transport = smtp_to(server, tokens_of(place, vault))
        assert f"logged in as {USER} by OAuth" in transport.check()
        connection = transport.connect()
        assert connection.send(an_envelope(1)).reply.startswith("250")
        connection.close()
        assert len(server.handler.taken) == 1


def test_a_token_that_ended_early_is_renewed_in_the_same_login_and_no_message_is_lost(place: TokenPlace, vault: TokenVault) -> None:
    with TokenMailServer(place) as server:
        tokens = tokens_of(place, vault)
        transport = smtp_to(server, tokens)
        transport.check()
        place.good.clear()
        connection = transport.connect()
        connection.send(an_envelope(1))
        connection.close()
        assert (len(server.handler.taken), len(place.asked)) == (1, 2)


def test_a_mail_server_that_takes_no_token_pauses_the_channel_with_a_plain_line(place: TokenPlace, vault: TokenVault) -> None:
    class Never(TokenPlace):
        def opens(self, shown: bytes) -> bool:
            return False

    with TokenMailServer(Never()) as server, pytest.raises(ChannelRefused) as caught:
        smtp_to(server, tokens_of(place, vault)).check()
    assert f"took no OAuth token of {USER}: 535 5.7.3 Authentication unsuccessful" in str(caught.value)
    assert caught.value.cause == "login"
    assert "access-" not in str(caught.value)


def test_a_mailbox_is_read_with_a_token_that_is_renewed_without_losing_the_visit(place: TokenPlace, vault: TokenVault) -> None:
    tokens = tokens_of(place, vault)
    with TokenMailbox(place, mails={4: b"Subject: a\r\n\r\na\r\n"}) as server:
        for _ in range(2):
            with Mailbox(mailbox_at(server, tokens)) as mailbox:
                (uid,) = mailbox.uids(after=0, now=NOW)
                assert mailbox.fetch(uid) == b"Subject: a\r\n\r\na\r\n"
            place.good.clear()
        assert len(place.asked) == 2
        place.refresh_tokens.clear()
        with pytest.raises(ChannelRefused, match=r"invalid_grant: Token has been expired or revoked.*cadence mail connect microsoft"):
            Mailbox(mailbox_at(server, tokens)).__enter__()


def test_servers_without_xoauth2_are_told_so(place: TokenPlace, vault: TokenVault) -> None:
    with TokenMailbox(place, capabilities="IMAP4rev1") as server, pytest.raises(ChannelRefused, match=r"set imap\.auth to password"):
        Mailbox(mailbox_at(server, tokens_of(place, vault))).__enter__()


def test_a_poll_goes_on_after_the_token_ended(place: TokenPlace, vault: TokenVault) -> None:
    clock = FixedClock(NOW)
    with TokenMailbox(place, mails={4: b"Subject: a\r\n\r\na\r\n"}) as server:
        poller = MailPoller(database=vault.database, settings=mailbox_at(server, tokens_of(place, vault, clock)), clock=clock)
        for _ in range(3):
            report = poller.poll_due()
            assert report is not None
            place.good.clear()
            clock.advance(timedelta(minutes=70))
            poller._read_through = 0
            assert report.read == 1
