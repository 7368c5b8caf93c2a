"""What a server said about a person's mail is on record for the admin, and gone once the person is erased."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from cadence.domain.sending.address_health import DETAILS_KEPT
from tests.fixtures.returned import a_dsn
from tests.limits.company import DAY, HOUR, MONDAY, Company, cadence

#: a word of the server that stands nowhere else
SAID = "Zebrafish-17"


def bounce(company: Company, name: str, folder: Path, *, status: str = "5.1.1") -> None:
    """Let the newest mail to somebody come back, with a word of the server that names them."""
    mail = company.mails(name)[-1]
    public_id = re.search(r"bounces\+([^@]+)@", mail.sender)
    assert public_id, mail.sender
    path = folder / "bounce.eml"
    address = f"{name}@example.com"
    said = f"smtp; 550 {status} <{address}> {SAID} moved to {SAID}@home.example"
    path.write_bytes(a_dsn(public_id[1], recipient=address, status=status, diagnostic=said))
    company.command("mail", "ingest", path, at=MONDAY + HOUR)


def everything_written(company: Company) -> str:
    """Return every value of the database as text."""
    with company.app.database.read() as connection:
        rows = (row for table in SQLModel.metadata.sorted_tables for row in connection.execute(sa.select(table)).mappings())
        return "\n".join(json.dumps(dict(row), default=str, ensure_ascii=False) for row in rows)


@pytest.mark.parametrize("status", ["5.1.1", "4.2.2"])
def test_what_a_server_said_goes_with_the_person(company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: str) -> None:
    monkeypatch.setenv("CADENCE_SMTP__RETURN_PATH", "bounces+{id}@example.com")
    company.statement("values")
    company.people("ana", "joanna")
    company.cadences(cadence("weekly", days=["mon"]))
    company.tick(MONDAY)
    bounce(company, "ana", tmp_path, status=status)
    assert SAID in company.command("person", "export", "ana@example.com", at=MONDAY + HOUR)

    company.command("person", "erase", "ana@example.com", "--yes", at=MONDAY + 2 * HOUR)

    left = everything_written(company)
    assert SAID not in left
    assert not re.search(r"\bana@example\.com|Ana Example", left)
    assert "joanna@example.com" in left


def test_what_was_said_of_others_stays(company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CADENCE_SMTP__RETURN_PATH", "bounces+{id}@example.com")
    company.statement("values")
    company.people("ana", "joanna")
    company.cadences(cadence("weekly", days=["mon"]))
    company.tick(MONDAY)
    bounce(company, "joanna", tmp_path)

    company.command("person", "erase", "ana@example.com", "--yes", at=MONDAY + 2 * HOUR)

    told = company.command("person", "export", "joanna@example.com", at=MONDAY + 2 * HOUR)
    assert f"550 5.1.1 <joanna@example.com> {SAID}" in told


def test_what_a_server_said_goes_after_its_time(company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ninety days later the words are gone and the code is still there, and a day earlier both were."""
    monkeypatch.setenv("CADENCE_SMTP__RETURN_PATH", "bounces+{id}@example.com")
    company.statement("values")
    company.people("ana")
    company.cadences(cadence("weekly", days=["mon"]))
    company.tick(MONDAY)
    bounce(company, "ana", tmp_path)

    company.ticks(MONDAY + 28 * DAY, days=84, every=28 * DAY)
    company.tick(MONDAY + HOUR + DETAILS_KEPT)
    assert SAID in everything_written(company), "its time is not over to the second"
    company.tick(MONDAY + 2 * HOUR + DETAILS_KEPT + DAY)

    left = everything_written(company)
    assert SAID not in left
    assert "5.1.1" in left
