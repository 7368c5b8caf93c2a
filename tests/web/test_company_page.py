"""The company's settings in the browser: over the file, validated alike, followed by mails without a restart; a logo with nothing in it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.assembly.app import App
from cadence.assembly.company import FRESH, CompanyNow, LiveComposer
from cadence.assembly.site import SiteContext, build_site
from cadence.domain.sending.deliveries import Channel, EmailEnvelope
from cadence.domain.sending.links import LinkSigner
from cadence.files.logo import MOST_BYTES
from cadence.identity.permissions import Role
from cadence.operations.running.change_company import CompanySource
from cadence.rendering.composers import composer_for
from cadence.settings.fields import Settings, SmtpSettings
from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account, sign_in
from tests.fixtures.builders import NOW
from tests.rendering.samples import a_digest, text_of
from tests.web.conftest import SECRET, LeaderClient, TestClient, form_token_for

GIVEN = Settings(smtp=SmtpSettings(host="smtp.example.com", sender="Ada Boss <cadence@example.com>"))


def a_png(*, width: int = 2, extra: bytes = b"", text: bytes = b"") -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b"".join(b"\0" + b"\x0b\x5a\x5c" * width for _ in range(2)) + extra
    head = struct.pack(">IIBBBBB", width, 2, 8, 2, 0, 0, 0)
    told = chunk(b"tEXt", text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + told + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"") + text


@pytest.fixture
def seconds() -> list[float]:
    """The seconds that only grow, in a list of one."""
    return [0.0]


@pytest.fixture
def company(database: Database, seconds: list[float]) -> CompanyNow:
    return CompanyNow(database, GIVEN, monotonic=lambda: seconds[0])


@pytest.fixture
def admin(context: SiteContext, company: CompanyNow) -> Iterator[LeaderClient]:
    source = CompanySource(given=GIVEN, running=GIVEN, now=company, forget=company.forget)
    context = replace(context, company=source, monotonic=company.monotonic)
    number = make_account(context.database, [Role.ADMIN], now=NOW)
    with LeaderClient(build_site(context), base_url="https://cadence.example.com", client=("203.0.113.9", 5000)) as client:
        client.context = context
        client.cookies.update(sign_in(context.database, number, now=NOW))
        yield client


def form(**changed: str) -> dict[str, str]:
    said = {"smtp.from": "Ada Boss <cadence@example.com>", "company.sign_off": "", "company.colour": "", "privacy.mode": "team"}
    return said | {"retention.answers_days": "400"} | {name.replace("__", "."): value for name, value in changed.items()}


def upload(client: LeaderClient, raw: bytes) -> Any:
    token = form_token_for(client.context, client, "/company/logo")
    return TestClient.post(client, "/company/logo", files={"logo": ("logo", raw)}, data={"form_token": token})


def audited(database: Database) -> list[Any]:
    with database.read() as connection:
        query = sa.select(core.audit_entries.c.action, core.audit_entries.c.before, core.audit_entries.c.after)
        return [tuple(row) for row in connection.execute(query.order_by(core.audit_entries.c.id))]


def test_what_is_saved_wins_over_the_file_and_every_process_follows(admin: LeaderClient, database: Database, seconds: list[float]) -> None:
    elsewhere = CompanyNow(database, GIVEN, monotonic=lambda: seconds[0])
    signer = LinkSigner({1: SECRET}, current=1, deployment="x")
    compose = LiveComposer(elsewhere, lambda settings: composer_for(Channel.EMAIL, settings, signer))

    def compose_mail() -> EmailEnvelope:
        message = compose(a_digest())
        assert isinstance(message, EmailEnvelope)
        return message

    def mail() -> str:
        return compose_mail().content.decode()

    before = mail()
    assert ("From: Ada Boss" in before, "#1d5c54" in before) == (True, True)
    assert "From the settings file" in admin.get("/company").text

    changes = {"company__sign_off": "Helen", "company__colour": "#7A1F5C", "smtp__from": "Helen Mostyn <cadence@example.com>"}
    page = admin.post("/company", data=form(**changes))
    assert (page.status_code, "Saved." in page.text, "Set on this page" in page.text) == (200, True, True)
    assert "--accent: #7a1f5c" in admin.get("/company.css").text

    assert mail() == before  # looked a moment ago
    seconds[0] += FRESH
    assert "/company.css?7a1f5c" in admin.get("/company").text
    after = mail()
    assert ("From: Helen Mostyn" in after, "#7a1f5c" in after, "#1d5c54" in after) == (True, True, False)
    assert "\nHelen\n" in text_of(compose_mail())

    # the same as in the file again: nothing is kept beside it
    admin.post("/company", data=form())
    with database.read() as connection:
        assert connection.execute(sa.select(core.company_settings.c.name)).all() == []
    assert [entry[0] for entry in audited(database)] == ["company.changed", "company.changed"]
    assert audited(database)[0][2] == {
        "smtp.from": "Helen Mostyn <cadence@example.com>",
        "company.sign_off": "Helen",
        "company.colour": "#7a1f5c",
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"company__colour": "#e0a95a"}, "has 2.1 : 1 on white"),
        ({"company__colour": "red"}, "is no colour"),
        ({"smtp__from": "Ada <nobody>"}, "is not one email address"),
        ({"privacy__mode": "secret"}, "secret"),
        ({"retention__answers_days": "3"}, "3"),
        ({"company__sign_off": "a\x07b"}, "control characters"),
    ],
)
@pytest.mark.databases("sqlite")
def test_a_wrong_value_keeps_what_was_typed_and_stores_nothing(
    admin: LeaderClient, database: Database, changed: dict[str, str], said: str
) -> None:
    page = admin.post("/company", data=form(**changed, **({} if "company__sign_off" in changed else {"company__sign_off": "Typed"})))
    assert (page.status_code, said in page.text) == (422, True)
    assert "Typed" in page.text or "company__sign_off" in changed
    assert audited(database) == []


def test_a_logo_is_written_again_with_nothing_but_the_picture(admin: LeaderClient, database: Database, client: TestClient) -> None:
    assert client.get("/company/logo").status_code == 404
    page = upload(admin, a_png(text=b"Author\0<script>alert(1)</script>"))
    assert "The logo is in use" in page.text
    assert 'src="/company/logo?' in page.text
    picture = client.get("/company/logo")
    assert picture.headers["content-type"] == "image/png"
    assert ("sandbox" in picture.headers["content-security-policy"], picture.headers["x-content-type-options"]) == (True, "nosniff")
    assert picture.content == a_png()

    evil = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="alert(1)"><script>alert(1)</script><style>*{}</style>'
        '<a href="javascript:alert(1)"><rect/></a><image href="https://example.com/x.png"/><foreignObject><p>x</p></foreignObject>'
        '<path d="M0 0h9" fill="url(https://example.com)" stroke="#0b5a5c" style="fill:url(//x)"/>'
        '<rect fill="url(#g)" onclick="x()"/></svg>'
    )
    assert upload(admin, evil.encode()).status_code == 200
    picture = client.get("/company/logo")
    assert picture.headers["content-type"] == "image/svg+xml"
    left = picture.text
    assert ('d="M0 0h9"' in left, 'stroke="#0b5a5c"' in left, 'fill="url(#g)"' in left) == (True, True, True)
    for bad in ("script", "style", "href", "example.com", "foreignObject", "onload", "onclick", "alert", "<p>"):
        assert bad not in left

    refused = {
        "large": (b"x" * (MOST_BYTES + 1), a_png(width=2_001)),
        "neither": (b"GIF89a", b"", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "<svg>".encode("utf-16"), b"<svg><svg/></svg>"),
        "damaged": (a_png()[:-20], a_png().replace(b"IDAT", b"IDAX"), a_png(extra=b"\0" * 60_000), b"<svg"),
    }
    for said, pictures in refused.items():
        for raw in pictures:
            page = upload(admin, raw)
            assert (page.status_code, said in page.text) == (422, True), raw[:20]
    admin.post("/company/logo/remove")
    assert client.get("/company/logo").status_code == 404
    assert [entry[0] for entry in audited(database)] == ["company.logo_changed", "company.logo_changed", "company.logo_removed"]


@pytest.mark.databases("sqlite")
def test_what_a_running_service_does_not_follow_is_said_until_it_is_started_again(
    admin: LeaderClient, database: Database, tmp_path: Path
) -> None:
    page = admin.post("/company", data=form(privacy__mode="aggregate")).text
    assert "takes effect when Cadence is started again" in page.partition("How messages look")[0]
    app = App(GIVEN)
    app.database = database
    assert (app.company().privacy.mode.value, app.settings.privacy.mode.value) == ("aggregate", "team")
