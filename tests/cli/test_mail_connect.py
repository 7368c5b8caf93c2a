"""``cadence mail connect``: a person consents in a browser, the token is kept, and mail goes out and is read with it."""

from __future__ import annotations

import io
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cadence.cli import mail_connect
from tests.cli.conftest import Run
from tests.fixtures.oauth import CLIENT, SECRET, USER, TokenMailbox, TokenMailServer, TokenPlace


@pytest.fixture
def place(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenPlace]:
    """An installation that is registered with a provider."""
    with TokenPlace() as one:
        for name, value in {
            "OAUTH__PROVIDER": "google",
            "OAUTH__CLIENT_ID": CLIENT,
            "OAUTH__CLIENT_SECRET": SECRET,
            "OAUTH__AUTHORIZE_URL": f"{one.url}/authorize",
            "OAUTH__TOKEN_URL": f"{one.url}/token",
        }.items():
            monkeypatch.setenv(f"CADENCE_{name}", value)
        assert run("init").code == 0
        yield one


def test_the_browser_ends_at_this_machine_and_the_doctor_then_logs_in_by_oauth(
    run: Run, folder: Path, place: TokenPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(mail_connect, "note", shown.append)

    def browse() -> None:
        for _ in range(1000):
            pages = [line for line in shown if line.startswith(place.url)]
            if len(shown) > 2:
                httpx.get(httpx.get(pages[0]).headers["Location"].replace("localhost", "127.0.0.1"))
                return
            time.sleep(0.01)

    browser = threading.Thread(target=browse)
    browser.start()
    done = run("mail", "connect", "google", "--port", "0")
    browser.join()
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Google is connected; its token is kept, sealed with this installation's key.")
    with TokenMailServer(place) as server, TokenMailbox(place) as mailbox:
        for name, value in {
            "SMTP__HOST": "127.0.0.1",
            "SMTP__PORT": str(server.port),
            "SMTP__STARTTLS": "off",
            "SMTP__AUTH": "oauth",
            "SMTP__USERNAME": USER,
            "SMTP__FROM": USER,
            "IMAP__HOST": "127.0.0.1",
            "IMAP__PORT": str(mailbox.port),
            "IMAP__TLS": "off",
            "IMAP__AUTH": "oauth",
            "IMAP__USERNAME": USER,
        }.items():
            monkeypatch.setenv(f"CADENCE_{name}", value)
        told = run("doctor").out
        assert f"logged in as {USER} by OAuth" in told
        assert f"INBOX of {USER} at 127.0.0.1:{mailbox.port} can be read" in told
        assert run("mail", "poll").out.startswith("0 read")
    assert not any(b"refresh-" in file.read_bytes() for file in (folder / "var").iterdir() if file.is_file())


def test_the_address_may_be_pasted_from_another_machine(run: Run, place: TokenPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    class Browser(io.StringIO):
        def readline(self, size: int = -1) -> str:  # type: ignore[override]
            return httpx.get(shown[1]).headers["Location"] + "\n"

    shown: list[str] = []
    monkeypatch.setattr(mail_connect, "note", shown.append)
    monkeypatch.setattr(sys, "stdin", Browser())
    assert run("mail", "connect", "google", "--paste", "--json").facts == {"provider": "google", "connected": True}
    assert len(place.refresh_tokens) == 1


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("http://localhost:8789/?error=access_denied&state=x", "consent = 'access_denied': the provider gave none"),
        ("http://localhost:8789/?code=x&state=x", "belongs to another asking"),
        ("", "holds no code"),
        ("a-code-of-nobody", "Google gave no token (invalid_grant)"),
    ],
)
def test_what_is_no_consent_is_told_in_a_line_and_nothing_is_kept(
    run: Run, place: TokenPlace, monkeypatch: pytest.MonkeyPatch, pasted: str, said: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(pasted + "\n"))
    done = run("mail", "connect", "google", "--paste")
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err
    assert place.refresh_tokens == set()


def test_the_wrong_provider_a_taken_port_and_no_registration_are_told(run: Run, place: TokenPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "oauth.provider = 'google': is not microsoft" in run("mail", "connect", "microsoft").err
    taken = re.search(r":(\d+)$", place.url)
    assert taken is not None
    assert f"--port = {taken[1]}: cannot be listened on" in run("mail", "connect", "google", "--port", taken[1]).err
    assert "--port = 99999: cannot be listened on" in run("mail", "connect", "google", "--port", "99999").err
    monkeypatch.delenv("CADENCE_OAUTH__CLIENT_ID")
    assert "oauth.provider and oauth.client_id are not set" in run("mail", "connect", "google").err


def test_an_application_of_microsoft_needs_nobody(run: Run, place: TokenPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_OAUTH__PROVIDER", "microsoft")
    monkeypatch.setenv("CADENCE_OAUTH__GRANT", "client_credentials")
    done = run("mail", "connect", "microsoft")
    assert (done.code, "nobody has to consent" in done.out) == (0, True)
    monkeypatch.setenv("CADENCE_OAUTH__CLIENT_SECRET", "another")
    failed = run("mail", "connect", "microsoft")
    assert failed.code == 1
    assert "Microsoft gave no token (invalid_client: AADSTS7000215: Invalid client secret)" in failed.err
