"""No group of fewer than ``privacy.k`` people is shown, ``privacy.k`` is five at least, and what people read says the same number."""

from __future__ import annotations

import json

import pytest

from cadence.rendering.templates import TemplateFolder
from cadence.rendering.words import load_words
from cadence.shipped import shipped_folder
from tests.limits.company import MONDAY, Company, cadence

TEAMS = {"Board": 4, "Crew": 5, "Dock": 7, "Field": 20}


def fill(company: Company) -> None:
    company.statement("values")
    for team, people in TEAMS.items():
        company.people(*(f"{team.lower()}{n}" for n in range(people)), team=team)
    company.cadences(cadence("weekly", days=["mon"]))
    company.tick(MONDAY)


def shown(company: Company) -> set[str]:
    """Return the teams of which ``cadence report`` tells a number."""
    (line,) = json.loads(company.command("report", "--json", "--statement", "values", at=MONDAY))["statements"]
    return {team["team"] for team in line["teams"] if not team["hidden"]}


def test_a_team_of_four_is_hidden_and_so_is_who_would_give_it_away(company: Company) -> None:
    fill(company)
    assert shown(company) == {"Dock", "Field"}
    told = company.command("report", "--team", "Board", at=MONDAY)
    assert "hidden: fewer than 5" in told
    assert not any(f"{n} of 4" in told for n in range(5))


@pytest.mark.parametrize(("k", "teams"), [("6", {"Dock", "Field"}), ("8", {"Field"}), ("10", {"Field"}), ("21", set())])
def test_a_larger_number_hides_more(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch, k: str, teams: set[str]) -> None:
    fill(sqlite_company)
    monkeypatch.setenv("CADENCE_PRIVACY__K", k)
    assert shown(sqlite_company) == teams


@pytest.mark.parametrize("k", ["4", "1", "0", "-5", "101", "five"])
def test_a_smaller_number_is_refused_with_its_name(sqlite_company: Company, monkeypatch: pytest.MonkeyPatch, k: str) -> None:
    monkeypatch.setenv("CADENCE_PRIVACY__K", k)
    code, out, err = sqlite_company.run("report")
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert "CADENCE_PRIVACY__K" in line
    assert k in line


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_people_read_says_the_number(language: str) -> None:
    folder = TemplateFolder([shipped_folder("messages") / "templates"])
    for part, keys in {
        "person": ("respond_private", "respond_recorded_unclear"),
        "slack": ("recorded_unclear", "home_record_note_team", "home_record_note_named"),
    }.items():
        for k in (5, 37):
            words = load_words(folder, part, smallest_group=k).for_locale(language)
            assert [key for key in keys if str(k) not in words.say(key, time="12:00")] == []
