"""People files: the exports of directories load without editing, and each cell is what it says."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.demo.people import as_csv, sample_people
from cadence.domain.people.directory import ListedPerson, PeopleFile
from cadence.errors import Invalid
from cadence.files.people_csv import reader
from cadence.files.people_csv.manager_circles import manager_cycles

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 30)
#: columns that an audience is taken to name
KEPT = frozenset({"job_title", "user_manager", "user_id", "note", "shoe"})


def parse_people(raw: bytes) -> PeopleFile:
    return reader.parse_people(raw, today=TODAY, keep=KEPT)


def one(header: str, row: str) -> ListedPerson:
    file = parse_people(f"{header}\n{row}\n".encode())
    assert not file.refusals, file.refusals
    return file.rows[0]


def test_our_own_header_is_read() -> None:
    row = one(
        "name,email,slack_user_id,timezone,country,locale,team,location,manager_email,started_on,external,job_title",
        "Ana Sousa,Ana@Company.example,U024BE7LH,Europe/Lisbon,PT,pt_PT,Field,Porto,bo@company.example,2024-03-01,yes,Engineer",
    )
    assert (row.line, row.name, row.email, row.slack_user_id) == (2, "Ana Sousa", "ana@company.example", "U024BE7LH")
    assert (row.zone, row.country, row.locale, row.team, row.location) == ("Europe/Lisbon", "PT", "pt-PT", "Field", "Porto")
    assert (row.manager_email, row.started_on, row.external) == ("bo@company.example", date(2024, 3, 1), True)
    assert row.attributes == {"job_title": "Engineer"}


def test_columns_may_stand_in_any_order() -> None:
    assert one("team,email,name", "Field,a@b.example,Ana").team == "Field"


EXPORTS = {
    "Google Workspace": (
        "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required],"
        "Status [READ ONLY],Manager Email,Department,Work Phone,Employee Title",
        "Ana,Sousa,ana@company.example,****,/Field,Active,bo@company.example,Field,+351 1,Engineer",
    ),
    "Microsoft Entra": (
        "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,usageLocation,officeLocation,city",
        "ana_x#EXT#@c.example,Ana Sousa,Sousa,ana@company.example,Ana,7f-9,Guest,Engineer,Field,true,PT,Porto,Lisboa",
    ),
    "Okta": (
        "user.login,user.firstName,user.lastName,user.email,user.status,user.department,user.countryCode,user.timezone,user.manager",
        "ana,Ana,Sousa,ana@company.example,ACTIVE,Field,PT,Europe/Lisbon,Bo Li",
    ),
    "BambooHR": (
        "Employee #,First name,Last name,Work Email,Hire Date,Department,Location,Job Title,Reports to,Employment Status",
        "12,Ana,Sousa,ana@company.example,03/25/2024,Field,Porto,Engineer,Bo Li,Full-Time",
    ),
    "Slack": (
        "username,email,status,billing-active,has-2fa,has-sso,userid,fullname,displayname,expiration-timestamp",
        "ana,ana@company.example,Member,1,0,0,U024BE7LH,Ana Sousa,ana,",
    ),
    "a list made by hand": ("Display Name;E-Mail;Dept.;Office;Time zone;Manager's Email", "Ana Sousa;ana@company.example;Field;Porto;WET;"),
}


@pytest.mark.parametrize("tool", [tool for tool in EXPORTS if tool != "a list made by hand"])
def test_the_export_of_a_directory_loads_without_editing(tool: str) -> None:
    row = one(*EXPORTS[tool])
    assert (row.email, row.name) == ("ana@company.example", "Ana Sousa")
    assert tool == "Slack" or row.team == "Field"


def test_what_directories_know_beyond_the_name_is_used() -> None:
    entra, okta, bamboo, slack = (one(*EXPORTS[tool]) for tool in ("Microsoft Entra", "Okta", "BambooHR", "Slack"))
    assert (entra.external, entra.country, entra.location) == (True, "PT", "Porto")
    assert (okta.zone, okta.country, okta.manager_email, okta.attributes["user_manager"]) == ("Europe/Lisbon", "PT", "", "Bo Li")
    assert (bamboo.started_on, bamboo.attributes["job_title"]) == (date(2024, 3, 25), "Engineer")
    assert slack.slack_user_id == "U024BE7LH"
    assert one(*EXPORTS["Google Workspace"]).manager_email == "bo@company.example"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("status", "Deactivated"),
        ("Status [READ ONLY]", "Suspended"),
        ("accountEnabled", "False"),
        ("user.status", "DEPROVISIONED"),
        ("userAccountControl", "514"),
        ("userAccountControl", "66050"),
        ("在籍状況", "×"),
        ("Statut du contrat", "Terminé"),
    ],
)
def test_closed_accounts_are_told_apart(header: str, status: str) -> None:
    file = parse_people(f"email,{header}\na@b.example,{status}\nc@b.example,\n".encode())
    assert [row.email for row in file.rows] == ["c@b.example"]
    assert [left.email for left in file.closed] == ["a@b.example"]
    assert any("closed" in note for note in file.notes)


@pytest.mark.parametrize(("header", "status"), [("userAccountControl", "512"), ("userAccountControl", "66048"), ("在籍状況", "○")])
def test_open_accounts_are_people(header: str, status: str) -> None:
    file = parse_people(f"email,{header}\na@b.example,{status}\n".encode())
    assert ([row.email for row in file.rows], file.closed) == (["a@b.example"], ())


def test_bots_are_nobody() -> None:
    file = parse_people(b"email,status\na@b.example,Bot\nc@b.example,Member\n")
    assert [row.email for row in file.rows] == ["c@b.example"]
    assert any("no human" in note for note in file.notes)


def test_a_slack_id_of_another_system_is_only_an_attribute() -> None:
    row = one("email,name,User ID", "a@b.example,Ana,00u1abc")
    assert (row.slack_user_id, row.attributes) == ("", {"user_id": "00u1abc"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_recognised(encoding: str, delimiter: str) -> None:
    text = "name,email,team\r\nZoë Groß,zoe@b.example,Büro\r\n".replace(",", delimiter)
    file = parse_people(text.encode(encoding))
    assert (file.rows[0].name, file.rows[0].team) == ("Zoë Groß", "Büro")
    assert bool(file.notes) is (encoding == "cp1252")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_quoted_line_ends_are_read(end: str) -> None:
    text = end.join(["email,note,team", 'a@b.example,"two', 'lines, ""quoted""",Field', "", "c@b.example,,Design", ""])
    file = parse_people(text.encode())
    assert [(row.line, row.email, row.team) for row in file.rows] == [(2, "a@b.example", "Field"), (5, "c@b.example", "Design")]
    assert file.rows[0].attributes["note"] == 'two lines, "quoted"'


def test_the_sep_line_of_spreadsheets_is_understood() -> None:
    file = parse_people(b"sep=;\r\nemail;name\r\na@b.example;Li, Bo\r\n")
    assert (file.rows[0].name, file.rows[0].line) == ("Bo Li", 3)


def test_empty_cells_at_the_end_of_rows_are_no_fault() -> None:
    assert parse_people(b"email,name,,\na@b.example,Ana,,\nb@b.example,Bo\n").refusals == ()


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("email,First Name,Last Name", "a@b.example,Ana,Sousa", "Ana Sousa"),
        ("email,Surname", "a@b.example,Sousa", "Sousa"),
        ("email,name,First Name", "a@b.example,,Ana", "Ana"),
        ("email", "ana.sousa@b.example", "ana.sousa"),
        ("email,name", "a@b.example,\u200b", "a"),
        ("email,name", "a@b.example,null", "null"),
        ("email,name", "a@b.example,None", "None"),
        ("email,name", "a@b.example,Jose\u0301", "José"),
    ],
)
def test_a_name_is_found(header: str, row: str, name: str) -> None:
    assert one(header, row).name == name


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Asia/Katmandu", "Asia/Kathmandu"),
        ("US/Eastern", "America/New_York"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("europe/berlin", "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("UTC", "Etc/UTC"),
        ("Australia/LHI", "Australia/Lord_Howe"),
        ("", ""),
    ],
)
def test_zones_are_kept_in_todays_spelling(told: str, kept: str) -> None:
    assert one("email,tz", f"a@b.example,{told}").zone == kept


@pytest.mark.parametrize(
    ("told", "kept"),
    [("pt", "PT"), ("Portugal", "PT"), ("United Kingdom", "GB"), ("USA", "US"), ("Deutschland", "DE"), ("united states", "US"), ("", "")],
)
def test_countries_are_kept_as_two_letters(told: str, kept: str) -> None:
    assert one("email,country", f"a@b.example,{told}").country == kept


@pytest.mark.parametrize(
    "told", ["2024-03-01", "2024-03-01T08:00:00Z", "01.03.2024", "1.3.2024", "1 Mar 2024", "01-Mar-2024", '"March 1, 2024"', "2024/03/01"]
)
def test_dates_are_read(told: str) -> None:
    assert one("email,start date", f"a@b.example,{told}").started_on == date(2024, 3, 1)


def test_the_whole_column_tells_whether_the_day_comes_first() -> None:
    file = parse_people(b"email,hire date\na@b.example,03/04/2024\nb@b.example,25/12/2023\n")
    assert file.rows[0].started_on == date(2024, 4, 3)
    file = parse_people(b"email,hire date\na@b.example,03/04/2024\nb@b.example,12/25/2023\n")
    assert file.rows[0].started_on == date(2024, 3, 4)


@pytest.mark.parametrize(
    ("header", "word", "external"),
    [
        ("external", "TRUE", True),
        ("external", "n", False),
        ("external", "", False),
        ("Contractor", "yes", True),
        ("user type", "Guest", True),
        ("worker type", "Regular", False),
        ("worker type", "Mystery", False),
        ("employee type", "CWK", True),
    ],
)
def test_words_for_outside_the_company(header: str, word: str, external: bool) -> None:
    assert one(f"email,{header}", f"a@b.example,{word}").external is external


def test_managers_in_a_circle_are_noted_not_refused() -> None:
    text = "email,manager_email\na@b.example,b@b.example\nb@b.example,a@b.example\nc@b.example,c@b.example\n"
    file = parse_people(text.encode())
    assert len(file.rows) == 3
    assert any("a@b.example -> b@b.example -> a@b.example" in note for note in file.notes)
    assert any("c@b.example is their own manager" in note for note in file.notes)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("abcdef"), max_size=6))
def test_every_circle_of_managers_is_found_once(managers: dict[str, str]) -> None:
    circles = manager_cycles(managers)
    members = [email for circle in circles for email in circle]
    assert len(members) == len(set(members))
    in_circle = set()
    for start in managers:
        at, steps = start, 0
        while at in managers and steps <= len(managers):
            at, steps = managers[at], steps + 1
            if at == start:
                in_circle.add(start)
                break
    assert in_circle == set(members)


def test_the_file_says_which_facts_it_has() -> None:
    file = parse_people(b"email,First Name,team,shoe\na@b.example,Ana,,\n")
    assert file.present >= {"email", "name", "team"}
    assert "zone" not in file.present
    assert file.attributes == {"shoe"}


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for content in (raw, b"email,name,tz,start date,external\n" + raw, b"\xff\xfe" + raw):
        with suppress(Invalid):
            file = parse_people(content)
            assert isinstance(file, PeopleFile)
            assert all(refusal.line > 1 and refusal.reason for refusal in file.refusals)


def test_the_sample_people_are_made_byte_for_byte() -> None:
    made = subprocess.run([sys.executable, "-m", "cadence.demo.people"], cwd=ROOT, capture_output=True, check=True).stdout
    assert made == (ROOT / "config" / "people.csv").read_bytes()
    assert made == as_csv(sample_people()).encode()


def test_the_sample_company_is_as_varied_as_a_real_one() -> None:
    file = parse_people((ROOT / "config" / "people.csv").read_bytes())
    assert (len(file.rows), file.refusals, file.notes) == (240, (), ())
    zones = {row.zone for row in file.rows}
    assert len(zones) >= 10
    assert zones >= {"Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago"}
    emails = {row.email for row in file.rows}
    assert [row.name for row in file.rows if not row.manager_email] == ["Helen Mostyn"]
    assert {row.manager_email for row in file.rows} - {""} <= emails
    assert all(email.endswith(".example") for email in emails)
    share = {
        "external": sum(row.external for row in file.rows) / 240,
        "slack": sum(bool(row.slack_user_id) for row in file.rows) / 240,
        "new": sum(row.started_on is not None and row.started_on > date(2026, 10, 24) for row in file.rows) / 240,
    }
    assert 0.06 <= share["external"] <= 0.10
    assert 0.65 <= share["slack"] <= 0.75
    assert 0.05 <= share["new"] <= 0.08


def test_people_of_the_stories_exist() -> None:
    names = {person.name for person in sample_people()}
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in (ROOT / "messages" / "statements").rglob("*.md"))
    named = {
        "Helen Mostyn",
        "Owen Pryce",
        "Anjali Baruah",
        "Caleb Friesen",
        "Dieter Kessler",
        "Pemba Lama",
        "Farida Rahman",
        "Marcela Fuentes",
    }
    named |= {"Ruth Odhiambo", "Joanne Tully", "Tom Whitcombe", "Ines Carvalho"}
    assert all(name in text for name in named)
    assert named <= names
