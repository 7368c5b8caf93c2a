"""What is told by name is what ``privacy.mode`` says: acknowledgements that are asked for, also what was sent and seen; never answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.statements.taps import TapKind
from cadence.operations.responding.acknowledge import acknowledge
from cadence.operations.responding.tap import tap
from cadence.store.database import core
from tests.limits.company import DAY, HOUR, MONDAY, Company, cadence


def live(company: Company) -> None:
    """Ana acknowledges what must be, and what need not be; Bo taps "unclear" on both; Cy does nothing."""
    company.statement("asked", must_acknowledge="true")
    company.statement("unasked")
    company.people("ana", "bo", "cy")
    company.cadences(cadence("weekly", days=["mon"]))
    company.tick(MONDAY)
    for name, kind in (("ana", None), ("bo", TapKind.UNCLEAR)):
        for link in company.links(company.mails(name)[-1], at=MONDAY + HOUR):
            about: dict[str, Any] = {"person_id": link.person_id, "version_id": link.version_id, "delivery_id": link.delivery_id}
            if kind is None:
                acknowledge(company.app.database, **about, method="link", now=MONDAY + HOUR)
            else:
                tap(company.app.database, **about, kind=kind, channel="email", now=MONDAY + HOUR)
    company.restart()


def told(company: Company, slug: str) -> dict[str, dict[str, Any]]:
    found = json.loads(company.command("acknowledged", slug, "--json", at=MONDAY + DAY))
    return {one["email"].partition("@")[0]: one for one in found["people"]}


def explained(company: Company, name: str) -> dict[str, dict[str, Any]]:
    found = json.loads(company.command("explain", f"{name}@example.com", "--json", at=MONDAY + DAY))
    return {one["slug"]: one for one in found["statements"]}


def test_in_mode_team_only_acknowledgements_that_are_asked_for_are_told(company: Company) -> None:
    live(company)
    lines = told(company, "asked")
    assert {name: one["acknowledged_at"] is not None for name, one in lines.items()} == {"ana": True, "bo": False, "cy": False}
    assert {(one["times_sent"], one["last_sent"], one["seen_at"]) for one in lines.values()} == {(None, None, None)}
    code, out, err = company.run("acknowledged", "unasked")
    assert (code, out) == (1, "")
    assert "privacy.mode is team" in err
    assert explained(company, "ana")["asked"]["acknowledged_at"] is not None
    for name, slug in (("ana", "unasked"), ("bo", "asked"), ("bo", "unasked")):
        line = explained(company, name)[slug]
        assert (line["acknowledged_at"], line["seen_at"]) == (None, None), (name, slug)


def test_in_mode_named_what_was_sent_and_seen_is_told_and_not_how(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADENCE_PRIVACY__MODE", "named")
    live(company)
    for slug in ("asked", "unasked"):
        lines = told(company, slug)
        assert {name: one["times_sent"] for name, one in lines.items()} == {"ana": 1, "bo": 1, "cy": 1}
        assert {name: one["seen_at"] is not None for name, one in lines.items()} == {"ana": True, "bo": True, "cy": False}
        assert {name: one["acknowledged_at"] is not None for name, one in lines.items()} == {"ana": True, "bo": False, "cy": False}
        assert "unclear" not in json.dumps([lines, explained(company, "bo")]).lower()
    assert explained(company, "bo")["asked"]["seen_at"] is not None


@pytest.mark.parametrize("mode", ["open", "Team", ""])
def test_a_mode_that_there_is_not_is_refused_or_the_default(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("CADENCE_PRIVACY__MODE", mode)
    code, _, err = sqlite_company.run("report")
    if not mode:
        assert code == 0
        return
    assert code == 1
    assert "CADENCE_PRIVACY__MODE" in err
    assert "team" in err
    assert "named" in err


def doctor_says(company: Company) -> dict[str, Any]:
    """Return what ``cadence doctor`` finds about the privacy mode."""
    _, out, _ = company.run("doctor", "--json")
    (found,) = [one for one in json.loads(out)["checks"] if one["name"] == "privacy"]
    return dict(found)


def test_a_change_of_the_mode_is_said_before_and_done_when_it_is_asked_for(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    live(company)
    with company.app.database.transaction() as connection:
        row = connection.execute(sa.select(core.evidence).where(core.evidence.c.statement_id.is_not(None))).mappings().first()
        assert row is not None
        said = {"statement_id": row["statement_id"], "person_id": row["person_id"], "version_id": row["version_id"]}
        connection.execute(sa.insert(core.beliefs).values(**said, belief=1, said_at=MONDAY))
    company.restart()
    assert doctor_says(company)["health"] == "ok"
    code, _, err = company.run("privacy", "apply", "--yes")
    assert code == 1
    assert "privacy.mode is team" in err
    monkeypatch.setenv("CADENCE_PRIVACY__MODE", "aggregate")
    assert doctor_says(company)["health"] == "fail"
    assert "cadence privacy apply" in company.command("privacy", "show")
    code, _, err = company.run("privacy", "apply")
    assert code == 1
    assert "1 beliefs" in err
    assert "Say --yes to do it" in err
    assert json.loads(company.command("privacy", "apply", "--yes", "--json"))["beliefs"] == 1
    assert doctor_says(company)["health"] == "ok"
    assert json.loads(company.command("privacy", "show", "--json")) == {
        "mode": "aggregate",
        "answers": 0,
        "own_words": 0,
        "beliefs": 0,
        "facts": 0,
    }
