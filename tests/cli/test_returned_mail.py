"""``cadence mail`` and ``cadence notices`` as an admin, or a mail server with a pipe, runs them."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.store.database import core
from cadence.store.database.engine import Database
from tests.cli.conftest import Run
from tests.fixtures.builders import a_delivery, a_person, a_statement
from tests.fixtures.returned import RETURN_PATH, a_dsn, an_answer


@pytest.fixture
def public_id(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id of a mail that Ana was sent."""
    monkeypatch.setenv("CADENCE_SMTP__RETURN_PATH", RETURN_PATH)
    assert run("init").code == 0
    database = Database(f"sqlite:///{folder}/var/cadence.db")
    delivery = a_delivery(database, a_person(database, email="ana@example.com", name="Ana"), [a_statement(database)])
    table = core.deliveries
    with database.read() as connection:
        yield connection.execute(sa.select(table.c.public_id).where(table.c.id == delivery)).scalar_one()
    database.close()


def test_a_bounce_from_a_file_is_told_listed_and_taken_back(run: Run, folder: Path, public_id: str) -> None:
    (folder / "bounce.eml").write_bytes(a_dsn(public_id))
    facts = run("mail", "ingest", "bounce.eml", "--json").facts
    assert (facts["kind"], facts["outcome"], facts["ours"], facts["repeated"]) == ("bounce", "suspended", True, False)
    assert run("mail", "ingest", "bounce.eml").out.endswith("repeated\n")

    (notice,) = run("notices", "list", "--json").facts
    assert (notice["code"], notice["role"], notice["email"]) == ("address_suspended", "admin", "ana@example.com")
    listed = run("notices", "list").out
    assert "Email to Ana was refused (5.1.1) and is suspended" in listed
    assert "cadence mail restore ana@example.com --channel email" in listed

    assert run("mail", "restore", "ana@example.com").code == 0
    assert run("notices", "list", "--json").facts == []
    assert "is in use already" in run("mail", "restore", "ana@example.com").err


def test_a_notice_is_resolved_once(run: Run, folder: Path, public_id: str) -> None:
    (folder / "bounce.eml").write_bytes(a_dsn(public_id))
    run("mail", "ingest", "bounce.eml")
    key = run("notices", "list", "--json").facts[0]["key"]
    assert run("notices", "resolve", key, "--json").facts["resolved_at"]
    assert run("notices", "list").out == "Nothing needs attention.\n"
    assert [n["key"] for n in run("notices", "list", "--all", "--json").facts] == [key]
    assert run("notices", "list", "--role", "leader", "--all", "--json").facts == []
    again = run("notices", "resolve", key)
    assert (again.code, "was resolved before" in again.err) == (1, True)
    assert "there is no notice 'nothing'" in run("notices", "resolve", "nothing").err


def test_a_pipe_is_read_to_its_end(run: Run, public_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.BytesIO(an_answer(public_id) + b"x" * 5_000_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
    assert run("mail", "ingest").out.startswith("reply, message")
    assert pipe.read() == b""


@pytest.mark.parametrize("raw", [b"", b"\x00" * 100, a_dsn("0123456789abcdef01234567"), b"From: x@y.zz\n\nhello"])
def test_what_is_not_ours_is_told_and_is_no_error(run: Run, folder: Path, public_id: str, raw: bytes) -> None:
    (folder / "mail.eml").write_bytes(raw)
    done = run("mail", "ingest", "mail.eml")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("nothing was changed\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mail", "ingest", "nowhere.eml"), "nowhere.eml: No such file or directory"),
        (("mail", "poll"), "imap.host is not set"),
        (("mail", "restore", "nobody@example.com"), "nobody@example.com has no email address"),
        (("mail", "restore", "nobody"), "has no @"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_refusals_are_one_line(run: Run, public_id: str, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.code == 1
    assert said in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SMTP__RETURN_PATH", "bounces@example.com", "holds {id} not exactly once"),
        ("SMTP__RETURN_PATH", "{id}+{id}@example.com", "holds {id} not exactly once"),
        ("SMTP__RETURN_PATH", "bounces@{id}.example.com", "holds {id} not exactly once"),
        ("SMTP__RETURN_PATH", "bounces {id}@example.com", "before the @"),
        ("SMTP__RETURN_PATH", "a-prefix-that-is-much-too-long-for-a-local-part+{id}@example.com", "more than 64 bytes"),
        ("IMAP__HOST", "imap.example.com", "imap.username is missing"),
        ("IMAP__FOLDER", 'IN"BOX', "a quote"),
    ],
)
def test_wrong_settings_are_told(run: Run, public_id: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"CADENCE_{name}", value)
    done = run("mail", "poll")
    assert done.code == 1
    assert said in done.err


def test_a_mailbox_without_password_is_told(run: Run, public_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_IMAP__HOST", "127.0.0.1")
    monkeypatch.setenv("CADENCE_IMAP__USERNAME", "bounces")
    assert "imap.password is not set" in run("mail", "poll").err


def test_a_storm_is_taken_back_in_one_step_with_a_dry_run_before(run: Run, folder: Path, public_id: str) -> None:
    (folder / "bounce.eml").write_bytes(a_dsn(public_id))
    run("mail", "ingest", "bounce.eml", "--at", "2026-11-23T10:00Z")
    since = ("mail", "restore", "--all-since", "2026-11-23T09:00+01:00")
    tried = run(*since, "--dry-run")
    assert (tried.code, tried.out.splitlines()[-1]) == (0, "1 email address would be in use again; nothing was changed")
    assert tried.out.startswith("ana@example.com: suspended 2026-11-23 10:00 UTC (5.1.1)")
    assert run(*since, "--json").facts["addresses"][0]["email"] == "ana@example.com"
    assert run("notices", "list", "--json").facts == []
    assert run(*since).out == "0 email addresses are in use again\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--all-since", "yesterday"], 1, "--all-since = 'yesterday': is not an ISO 8601 instant with an offset"),
        (["--all-since", "2026-11-23T09:00"], 1, "--all-since"),
        (["ana@example.com", "--dry-run"], 1, "--dry-run = 'given': goes with --all-since only"),
        (["ana@example.com", "--all-since", "2026-11-23T09:00Z"], 2, "not allowed with argument"),
        ([], 2, "required"),
    ],
)
def test_wrong_words_to_restore_are_told_in_a_line(run: Run, public_id: str, arguments: list[str], code: int, said: str) -> None:
    done = run("mail", "restore", *arguments)
    assert (done.code, said in done.err) == (code, True), done.err


def test_an_answer_says_whether_its_sender_is_proven_and_holds_no_link(
    run: Run, folder: Path, public_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADENCE_SMTP__REPLY_TO", "answers+{id}@example.com")
    monkeypatch.setenv("CADENCE_IMAP__TRUSTED_AUTHSERV", "mx.example.com")
    monkeypatch.setenv("CADENCE_BASE_URL", "https://cadence.example.com")
    quoted = "\n\nKnown already, unclear, or too often? Tell us:\nhttps://cadence.example.com/c/TOKENOFTHISPERSON\n"
    sent = {
        "nothing": an_answer(public_id, text=f"Why?{quoted}"),
        "server": an_answer(public_id, text="And when?", headers="Authentication-Results: mx.example.com; dmarc=pass\n"),
        "domain": an_answer(public_id, text="So?", headers="Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\n"),
        "address": an_answer("", text="And who?", to=f"answers+{public_id}@example.com"),
    }
    for name, raw in sent.items():
        (folder / f"{name}.eml").write_bytes(raw)
        assert run("mail", "ingest", f"{name}.eml", "--json").facts["outcome"] == "question"
    told = {q["text"].split("\n")[0]: q["sender_proven"] for q in run("questions", "list", "--json").facts}
    assert told == {"Why?": False, "And when?": False, "So?": True, "And who?": True}
    listed = run("questions", "list").out
    assert listed.count("(sender not proven)") == 2
    assert "Tell us:\n    [link]\n" in listed
    assert "TOKENOFTHISPERSON" not in listed


def test_a_mail_that_cannot_be_read_is_told_by_command_and_doctor(run: Run, folder: Path, public_id: str) -> None:
    (folder / "comma.eml").write_bytes(an_answer(public_id, sender="Doe, Jo <ana@example.com>"))
    assert run("mail", "ingest", "comma.eml").out.startswith("other, message ")
    (notice,) = run("notices", "list", "--json").facts
    assert notice["sentence"] == "A mail from or about Ana could not be read: its From line does not name exactly one sender."
    assert "cadence notices resolve" in notice["remedy"]
