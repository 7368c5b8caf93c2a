"""One test for each class of weakness that was found in neighbours of this product (CVE and GHSA numbers name the find)."""

from __future__ import annotations

import ast
import logging
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cadence.channels.slack.directory import _member
from cadence.domain.sending.links import Link, LinkPurpose, LinkRefused, LinkSigner
from cadence.rendering.markdown import to_html
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW, a_delivery, a_person, a_statement
from tests.rendering.samples import EXPIRES, a_digest, email_composer, html_of
from tests.web.conftest import PASSWORD, Sign, TestClient

PACKAGE = Path(__file__).resolve().parents[2] / "cadence"
#: tools for developers and the sample company: never part of a service that others reach
TOOLS = ("bench", "demo", "dev.py")
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in (*TOOLS, "_shipped")]
#: modules that may open a connection to somewhere else; its address is the settings' or a constant of ours
CALLERS = {
    "channels/email/oauth.py",
    "channels/slack/calls.py",
    "channels/email/conversation.py",
    "channels/email/admission.py",
    "channels/email/mailbox.py",
    "channels/email/xoauth2.py",
    "slack_app/socket_mode.py",
}
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<object data=https://evil.example/x.swf></object>",
    "<embed src=https://evil.example/x.swf>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "{{ ''.__class__.__mro__ }}",
    "${alert(1)}",
    "]]><script>alert(1)</script>",
    "--><script>alert(1)</script>",
]


class _Harmless(HTMLParser):
    """Notes what a browser could run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "form", "input", "svg", "base", "video"):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "srcdoc" or re.match(r"\s*(?:javascript|data|vbscript):", value or "", re.IGNORECASE):
                self.found.append(f"{tag} {name}={value}")


def _trees() -> list[tuple[str, ast.Module]]:
    return [(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES]


def test_a_canary_in_the_environment_never_shows(
    leader: TestClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """listmonk CVE-2025-49136, Mautic CVE-2021-27908: functions and placeholders that read the environment."""
    monkeypatch.setenv("CANARY_OF_THIS_TEST", "canary-8431")
    a_statement(database, slug="repair", title="{{ env.CANARY_OF_THIS_TEST }} %(CANARY_OF_THIS_TEST)s $CANARY_OF_THIS_TEST")
    a_person(database, name="{{ env('CANARY_OF_THIS_TEST') }}")
    with caplog.at_level(logging.DEBUG):
        shown = [
            leader.get(address).text
            for address in ("/", "/statements/repair", "/explain?email=x", "/metrics", "/api/v1/report", "/nowhere")
        ]
    name = "${CANARY_OF_THIS_TEST} {{ env }}"
    shown.append(html_of(email_composer().compose(a_digest(person_name=name, cadence_name=name), expires_at=EXPIRES)))
    assert "canary-8431" not in "".join(shown) + caplog.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_an_author_or_a_name_says_runs_in_a_mail_or_its_preview(payload: str) -> None:
    """listmonk CVE-2025-58430, CVE-2026-21483; Mautic CVE-2024-47050: stored scripts in previews."""
    # a title and a name hold no tab: that is refused where they are read
    name = payload.replace("\t", " ")
    said = replace(a_digest().items[0], title=name, body=payload, wording=payload)
    mail = html_of(email_composer().compose(a_digest(items=(said,), person_name=name, cadence_name=name), expires_at=EXPIRES))
    for html in (mail, to_html(payload)):
        found = _Harmless()
        found.feed(html)
        assert found.found == []


def test_access_ends_with_the_password_that_gave_it(leader: TestClient, client: TestClient) -> None:
    """listmonk CVE-2026-34828: sessions that outlive a change of the password. There is nothing that could: no cookie is ever set."""
    answer = leader.get("/")
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    client.cookies.update(leader.cookies)
    assert client.get("/").status_code == 401
    assert client.get("/", auth=("admin", PASSWORD + "x")).status_code == 401


def test_sql_is_written_in_the_store_alone() -> None:
    """listmonk CVE-2026-62361, Mautic CVE-2026-3105: a sibling that builds its own query."""
    statement = re.compile(
        r"^\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|DROP\s|ALTER\s)\b", re.IGNORECASE | re.DOTALL
    )
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        if not name.startswith("store/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.match(node.value)
    ]
    assert found == []


def test_the_ids_in_links_lead_nowhere_but_where_they_were_made_for(client: TestClient, database: Database, sign: Sign) -> None:
    """Mautic CVE-2018-10189: counting ids up. A number in a token cannot be changed, and no page takes one without a token."""
    statement = a_statement(database)
    ann = a_person(database, email="ann@example.com")
    token = sign(a_delivery(database, ann, [statement]), ann, statement.version_id)
    assert client.get(f"/a/{token}").status_code == 200
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(token)):
        other = letters[(letters.index(token[place]) + 1) % 64]
        assert client.get(f"/a/{token[:place]}{other}{token[place + 1 :]}").status_code == 404
    for address in (f"/a/{ann}", f"/p/{ann}", "/a/1", "/p/1", "/c/1"):
        assert client.get(address).status_code == 404


def test_a_link_of_nobody_is_answered_like_a_forged_one(client: TestClient, database: Database, sign: Sign) -> None:
    """Mautic CVE-2024-47057, CVE-2024-47059: telling who exists by the answer. Without a signed link nothing is looked up at all."""
    a_person(database, email="ann@example.com")
    for address in ("/explain?email=ann@example.com", "/explain?email=nobody@example.com"):
        assert client.get(address).status_code == 401
    texts = {client.get(f"/p/{'A' * 51}").text, client.get(f"/p/{'B' * 51}").text}
    assert len(texts) == 1


def test_only_addresses_of_the_settings_are_called() -> None:
    """Novu GHSA-4x48-cgf9-q33f: SSRF by a sibling. No address that anybody else wrote is ever called, so none has to be pinned."""
    calls = re.compile(r"create_connection|SMTP\(|IMAP4(?:_SSL)?\(|httpx\.(?:Client|post|get)|WebClient\(|SocketModeClient\(|urlopen")
    found = {path.relative_to(PACKAGE).as_posix() for path in SOURCES if calls.search(path.read_text(encoding="utf-8"))}
    assert found <= CALLERS


def test_an_address_nobody_proved_joins_nobody() -> None:
    """Novu GHSA-xj4x-44hh-737v: an account taken by an address that was never proved."""
    told = {"id": "U1", "profile": {"email": "boss@example.com", "real_name": "Not the boss"}}
    assert _member({**told, "is_email_confirmed": False}).email == ""
    assert _member({**told, "is_email_confirmed": True}).email == "boss@example.com"
    assert _member(told).email == "boss@example.com"


def test_a_token_is_for_one_purpose() -> None:
    """Mailman CVE-2021-44227: a member's token used as an administrator."""
    signer = LinkSigner({1: b"a test secret of at least 32 bytes!!"}, current=1, deployment="https://cadence.example.com")
    for made in LinkPurpose:
        token = signer.sign(Link(purpose=made, delivery_id=1, person_id=1, version_id=1, expires_at=EXPIRES))
        for wanted in LinkPurpose:
            if wanted is made:
                assert signer.read(token, NOW, purpose=wanted).purpose is made
            else:
                with pytest.raises(LinkRefused):
                    signer.read(token, NOW, purpose=wanted)


def test_no_shell_is_ever_started() -> None:
    """Mailman CVE-2025-43920: a shell in a subject."""
    found = []
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                shell = any(k.arg == "shell" and not (isinstance(k.value, ast.Constant) and k.value.value is False) for k in node.keywords)
                if called in ("os.system", "os.popen", "subprocess.getoutput", "eval", "exec", "pickle.loads", "yaml.load") or shell:
                    found.append(f"{name}:{node.lineno}: {called}")
    assert found == []


@pytest.mark.parametrize(
    "value",
    [
        "bytes=0-0",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(5_000)),
        "bytes=-1",
        "bytes=5-2",
        "bytes=0-" + "9" * 400,
        "items=0-1",
        "bytes=,,",
    ],
    ids=["one", "thousands", "suffix", "backwards", "huge", "unknown", "empty"],
)
def test_ranges_cost_nothing(client: TestClient, value: str) -> None:
    """Starlette CVE-2025-62727: a Range header of thousands of parts."""
    answer = client.get("/static/cadence.css", headers={"range": value})
    assert answer.status_code in (200, 206, 400, 416)
    assert len(answer.content) <= 2 * len(client.get("/static/cadence.css").content)
