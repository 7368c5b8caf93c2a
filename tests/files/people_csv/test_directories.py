"""A made-up export of each of the usual directories, with the columns it really has: who is here, gone, outside, and who is who."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cadence.domain.people.directory import ListedPerson, PeopleFile
from cadence.files.people_csv.reader import parse_people

TODAY = date(2026, 11, 30)

FOLDER = Path(__file__).parent / "directories"
#: export of a directory -> who of it is here, gone, outside (what stands before the @)
EXPORTS: dict[str, tuple[set[str], set[str], set[str]]] = {
    "google-workspace-admin-console": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "google-workspace-gam": ({"ana"}, {"bo", "cy"}, set()),
    "microsoft-entra": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "microsoft-365-admin-center": ({"ana"}, {"bo", "cy"}, set()),
    "active-directory": ({"ana"}, {"bo", "cy"}, set()),
    "okta": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "workday": ({"ana", "cy", "eve"}, {"bo"}, {"cy"}),
    "bamboohr": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "personio": ({"ana", "cy", "eve"}, {"bo"}, {"cy"}),
    "hibob": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "sap-successfactors": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "adp-workforce-now": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "rippling": ({"ana", "cy"}, {"bo"}, {"cy"}),
    "slack": ({"ana", "cy"}, {"bo", "polly"}, {"cy"}),
}


@pytest.fixture(params=EXPORTS)
def tool(request: pytest.FixtureRequest) -> str:
    """The name of each directory."""
    return str(request.param)


def read(tool: str) -> PeopleFile:
    return parse_people((FOLDER / f"{tool}.csv").read_bytes(), today=TODAY)


def ana(tool: str) -> ListedPerson:
    return next(row for row in read(tool).rows if row.email == "ana@example.com")


def test_the_export_loads_as_it_is(tool: str) -> None:
    file = read(tool)
    assert file.refusals == ()
    assert not [note for note in file.notes if "unknown words" in note or "left empty" in note], file.notes


def test_who_is_here_gone_and_outside_is_told_apart(tool: str) -> None:
    here, gone, outside = EXPORTS[tool]
    file = read(tool)
    assert {row.email.partition("@")[0] for row in file.rows} == here
    assert {left.email.partition("@")[0] for left in file.closed} == gone
    assert {row.email.partition("@")[0] for row in file.rows if row.external} == outside


def test_names_and_teams_are_found(tool: str) -> None:
    person = ana(tool)
    assert person.name == "Ana Lima"
    assert tool == "slack" or person.team in ("Sales", "Vertrieb")
    assert {row.name for row in read(tool).rows} <= {"Ana Lima", "Cy Dahl", "Eve Eng"}


def test_who_is_who_is_read(tool: str) -> None:
    person = ana(tool)
    if tool == "slack":
        assert person.slack_user_id == "U024BE7LA"
    elif tool != "microsoft-365-admin-center":
        assert person.employee_id == ("a77" if tool == "adp-workforce-now" else "77"), "the number of the employer"


def test_nothing_private_is_read(tool: str) -> None:
    text = repr(read(tool))
    assert "home.example" not in text
    assert "123-45-6789" not in text
    assert all(row.attributes == {} for row in read(tool).rows)


def test_every_export_of_the_folder_is_one_of_these() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == EXPORTS.keys()


def test_what_directories_know_beyond_it_is_used() -> None:
    assert (ana("okta").zone, ana("okta").country, ana("okta").locale) == ("Europe/Lisbon", "PT", "pt-PT")
    assert ana("personio").started_on == date(2020, 1, 5)
    assert ana("hibob").started_on == date(2020, 1, 5)
    assert ana("bamboohr").manager_email == "bo@example.com"
    assert ana("sap-successfactors").zone == "Europe/Lisbon"
    assert (ana("microsoft-entra").country, ana("microsoft-entra").location) == ("PT", "Porto")
