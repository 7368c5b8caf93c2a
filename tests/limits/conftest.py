"""A company of files on each database, with a mail server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cadence.cli.main import main
from cadence.demo.mail_sink import MailSink
from tests.limits.company import Company


@pytest.fixture
def company(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Company]:
    """An empty company on each database, whose only channel is mail to a server on loopback."""
    yield from _company(database_url, tmp_path, monkeypatch, capsys)


@pytest.fixture
def sqlite_company(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Company]:
    """The same on SQLite alone, for the many cases of a rule that the database has no part in."""
    yield from _company(sqlite_url, tmp_path, monkeypatch, capsys)


def _company(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Company]:
    folder = tmp_path / "company"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CADENCE_DATABASE_URL", url)

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    with MailSink() as inbox:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(inbox.smtp_port)), ("STARTTLS", "off"), ("FROM", "ada@example.com")):
            monkeypatch.setenv(f"CADENCE_SMTP__{name}", value)
        made = Company(folder=folder, run=run, inbox=inbox)
        yield made
        made.close()
