"""CSV imports 45 to 58 of the catalogue of bad input: refused by line, or safe as data."""

from __future__ import annotations

from datetime import date

import pytest

from cadence.domain.people.addresses import parse_email
from cadence.domain.people.directory import PeopleFile
from cadence.errors import Invalid
from cadence.files.people_csv import reader

#: columns that an audience is taken to name
KEPT = frozenset(
    {
        "role",
        "admin",
        "is_admin",
        "deactivated_at",
        "attributes",
        "preferred_channel",
        "paused_until",
        "password",
        "id",
        "person_id",
        "note",
    }
)


def parse_people(raw: bytes) -> PeopleFile:
    return reader.parse_people(raw, today=date(2026, 11, 30), keep=KEPT)


def read(text: str) -> PeopleFile:
    return parse_people(text.encode())


UNUSABLE = {
    "45 UTF-16 cut in half": (b"\xff\xfee\x00m", "encoding"),
    "45 neither UTF-8 nor Latin-1": (b"email\n\x81\x8d@b.example", "encoding"),
    "45 NUL": (b"email,name\na@b.example,A\0na\n" + b"x" * 200, "text"),
    "46 empty": (b"", "header"),
    "46 white lines": (b"\n\n \n", "header"),
    "46 no header": (b"Ana,Field\nBo,Design\n", "header"),
    "46 no email column": (b"name,team\nAna,Field\n", "header"),
    "46 header twice": (b"email,name,Name\na@b.example,A,B\n", "header"),
    "46 email twice": (b"email,E-Mail\na@b.example,b@b.example\n", "header"),
    "46 300 columns": ((",".join(["email"] + [f"c{i}" for i in range(299)]) + "\n").encode(), "header"),
    "46 header with a bidi sign": ("email,na\u202eme\n".encode(), "header"),
    "46 header with an open quote": (b'email,"name\na@b.example,Ana\n', "header"),
    "47 a file of more than 100 MB": (b"email\n" + b"x" * 100_000_000, "size"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_an_unusable_file_is_refused_as_a_whole(case: str) -> None:
    raw, field = UNUSABLE[case]
    with pytest.raises(Invalid) as caught:
        parse_people(raw)
    assert caught.value.data["field"] == field
    assert len(str(caught.value)) < 400


HEADER = "name,email,slack_user_id,timezone,country,locale,team,manager_email,started_on,external"

ROWS = {
    "47 unclosed quote": ('"Ana,a@b.example,,,,,,,,', "", "never closed"),
    "47 text after a quote": ('"Ana"x,a@b.example,,,,,,,,', "", "closing quote"),
    "47 a cell of 10,001": ("Ana,a@b.example,,,,," + "x" * 10_001 + ",,,", "", "more than 10000"),
    "47 a cell of a megabyte": ('Ana,a@b.example,,,,,"' + "x" * 1_000_000 + '",,,', "", "more than 10000"),
    "50 two at signs": ("Ana,a@b@c.example,,,,,,,,", "email", "more than one @"),
    "50 quoted at sign": ('Ana,"""a@evil""@b.example",,,,,,,,', "email", "more than one @"),
    "50 quoted local part": ('Ana,"""a b""@b.example",,,,,,,,', "email", "before the @"),
    "50 CR LF": ('Ana,"a@b.example\r\nRCPT TO:<e>",,,,,,,,', "email", "one line"),
    "50 LF": ('Ana,"a@b.example\nX",,,,,,,,', "email", "one line"),
    "50 route": ('Ana,"@x.example:a@b.example",,,,,,,,', "email", "more than one @"),
    "50 comment": ("Ana,a(x)@b.example,,,,,,,,", "email", "before the @"),
    "50 literal": ("Ana,a@[127.0.0.1],,,,,,,,", "email", "no valid domain"),
    "50 number": ("Ana,a@127.0.0.1,,,,,,,,", "email", "no valid domain"),
    "50 one label": ("Ana,root@localhost,,,,,,,,", "email", "no valid domain"),
    "50 two dots": ("Ana,a..b@b.example,,,,,,,,", "email", "two in a row"),
    "50 long local part": ("Ana," + "a" * 65 + "@b.example,,,,,,,,", "email", "64 bytes"),
    "50 long address": ("Ana,aaaa@" + "b" * 60 + ("." + "c" * 60) * 3 + ".example,,,,,,,,", "email", "254"),
    "50 NUL by another name": ("Ana,a\x01@b.example,,,,,,,,", "email", "U+0001"),
    "50 two addresses": ('Ana,"a@b.example,c@b.example",,,,,,,,', "email", "more than one @"),
    "50 empty": ("Ana,,,,,,,,,", "email", "is empty"),
    "51 bad punycode": ("Ana,a@xn--a-ecp.ru--\u00df.example,,,,,,,,", "email", "domain"),
    "51 sharp s": ("Ana,a@straße.example,,,,,,,,", "email", "two ways"),
    "51 joiner in the domain": ("Ana,a@b\u200db.example,,,,,,,,", "email", "two ways"),
    "51 bidi in the local part": ("Ana,a\u202eb@b.example,,,,,,,,", "email", "U+202E"),
    "55 cut in the row": ("Ana,a@b.example,,Euro", "", "4 cells where the header has 10"),
    "one cell too many": ("Ana,a@b.example,,,,,,,,,x", "", "11 cells"),
    "58 a name of 500": ("x" * 500 + ",a@b.example,,,,,,,,", "name", "200"),
    "58 bidi in the name": ("A\u202ena,a@b.example,,,,,,,,", "name", "U+202E"),
    "58 escape in the name": ("A\x1b[31mna,a@b.example,,,,,,,,", "name", "U+001B"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_is_refused_by_line_and_the_rest_is_read(case: str) -> None:
    row, field, word = ROWS[case]
    last = "Zoe,zoe@b.example,,,,,,,,"
    file = read(f"{HEADER}\nBo,bo@b.example,,,,,,,,\n{row}\n" + (last if "unclosed" not in case else ""))
    (refusal,) = file.refusals
    assert (refusal.line, refusal.field) == (3, field)
    assert word in str(refusal), str(refusal)
    assert str(refusal).isprintable()
    assert len(str(refusal)) < 300
    assert [r.email for r in file.rows] == ["bo@b.example"] + (["zoe@b.example"] if "unclosed" not in case else [])


NOTED = {
    "50 header in the manager": ('Ana,a@b.example,,,,,,"m@b.example\r\nBcc: x@y.example",,', "manager_email", "more than one @"),
    "53 unknown zone": ("Ana,a@b.example,,Europe/Berlim,,,,,,", "timezone", "not a time zone of the IANA database"),
    "53 abbreviation": ("Ana,a@b.example,,EST,,,,,,", "timezone", "abbreviation"),
    "53 offset with summer time": ("Ana,a@b.example,,UTC-03:30,,,,,,", "timezone", "clocks change"),
    "53 a path": ("Ana,a@b.example,,../../etc/passwd,,,,,,", "timezone", "not a time zone"),
    "unknown country": ("Ana,a@b.example,,,Atlantis,,,,,", "country", "is not a country"),
    "unknown locale": ("Ana,a@b.example,,,,klingon!,,,,", "locale", "not a language tag"),
    "ambiguous date": ("Ana,a@b.example,,,,,,,03/04/2024,", "started_on", "day or month first"),
    "no date": ("Ana,a@b.example,,,,,,,soon,", "started_on", "not a date"),
    "30 February": ("Ana,a@b.example,,,,,,,2024-02-30,", "started_on", "not a date"),
    "year 9999": ("Ana,a@b.example,,,,,,,9999-12-31,", "started_on", "not a real date"),
    "neither yes nor no": ("Ana,a@b.example,,,,,,,,perhaps", "external", "'perhaps' (1)"),
    "no Slack id": ("Ana,a@b.example,#general,,,,,,,", "slack_user_id", "not a Slack member id"),
    "a long team": ("Ana,a@b.example,,,,," + "x" * 300 + ",,,", "team", "longer than 200"),
    "bidi in the team": ("Ana,a@b.example,,,,,a\u202eb,,,", "team", "U+202E"),
}


@pytest.mark.parametrize("case", NOTED)
def test_a_fact_that_nobody_needs_refuses_nobody_and_is_noted(case: str) -> None:
    row, field, word = NOTED[case]
    file = read(f"{HEADER}\n{row}\n")
    assert file.refusals == ()
    (ana,) = file.rows
    assert not getattr(ana, {"timezone": "zone"}.get(field, field))
    (note,) = [note for note in file.notes if field in note]
    assert word in note
    assert note.isprintable()
    assert "did you mean" not in note


def test_50_an_address_in_angle_brackets_is_the_address() -> None:
    (row,) = read("name,email\nAna,Ana Lima <a@b.example>\n").rows
    assert row.email == "a@b.example"


@pytest.mark.parametrize("cell", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\t=1"])
def test_48_formulas_come_in_as_text(cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    (row,) = read(f"email,name,note\na@b.example,{quoted},{quoted}\n").rows
    assert row.name == cell.strip()
    assert row.attributes["note"] == cell.strip()


def test_49_the_same_address_in_other_case_is_the_same_person() -> None:
    file = read("email\nAna@B.example\nana@b.EXAMPLE\nan.a@b.example\nana+x@b.example\n")
    assert [row.email for row in file.rows] == ["ana@b.example", "an.a@b.example", "ana+x@b.example"]
    assert any("more than one row" in note and "ana@b.example" in note for note in file.notes)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("ana@büro.example", "ana@xn--bro-hoa.example"),
        ("Ana@BÜRO.example", "ana@xn--bro-hoa.example"),
        ("ana@xn--bro-hoa.example", "ana@xn--bro-hoa.example"),
        ("josé@b.example", "josé@b.example"),
        ("jose\u0301@b.example", "josé@b.example"),
        ("用户@例え.example", "用户@xn--r8jz45g.example"),
        ("o'neil+x@b.example", "o'neil+x@b.example"),
    ],
)
def test_51_international_addresses_have_one_spelling(told: str, kept: str) -> None:
    assert parse_email(told) == kept


def test_51_a_look_alike_domain_is_another_one_and_is_noted() -> None:
    file = read("email\nana@company.example\nana@c\u043empany.example\n")
    assert file.rows[0].email != file.rows[1].email
    assert "xn--" in file.rows[1].email
    assert any("xn--" in note for note in file.notes)


def test_52_managers_who_are_missing_or_oneself_refuse_nobody() -> None:
    file = read("email,manager\na@b.example,a@b.example\nc@b.example,gone@b.example\nd@b.example,Bo Li\n")
    assert len(file.rows) == 3
    assert file.rows[2].manager_email == ""


def test_54_columns_of_power_are_attributes_and_secrets_are_not_read() -> None:
    text = "email,role,admin,is_admin,attributes,preferred_channel,paused_until,password\n"
    (row,) = read(text + 'a@b.example,admin,true,1,"{""x"":1}",slack,2099-01-01,hunter2\n').rows
    assert set(row.attributes) == {"role", "admin", "is_admin", "attributes", "preferred_channel", "paused_until"}
    assert not hasattr(row, "role")
    assert "hunter2" not in repr(row)


def test_57_an_id_column_is_never_a_key() -> None:
    (row,) = read("id,email,person_id\n1,a@b.example,7\n").rows
    assert row.attributes == {"id": "1", "person_id": "7"}


@pytest.mark.parametrize(
    "name", ["👩‍👩‍👧 Ana", "שרה כהן", "null", "None", "undefined", "<b>Ana</b>", "{{7*7}}", "Robert'); DROP TABLE people;--", "x" * 200]
)
def test_58_odd_names_are_names(name: str) -> None:
    (row,) = read(f"email,name\na@b.example,{name}\n").rows
    assert row.name == name


def test_two_people_cannot_share_a_slack_id() -> None:
    file = read("email,slack id\na@b.example,U024BE7LH\nc@b.example,U024BE7LH\n")
    assert [row.email for row in file.rows] == ["a@b.example"]
    assert file.refusals[0].field == "slack_user_id"


def test_a_file_full_of_unknown_places_is_read_with_one_note_each() -> None:
    rows = "".join(f"p{n}@b.example,Mars/Crater_{n},Land {n}\n" for n in range(20_000))
    file = read("email,timezone,country\n" + rows)
    assert (len(file.rows), file.refusals, len(file.notes)) == (20_000, (), 2)
    assert "20000 rows" in file.notes[0]


def test_52_a_long_chain_of_managers_is_walked_in_one_pass() -> None:
    rows = "".join(f"p{n}@b.example,p{n + 1}@b.example\n" for n in range(20_000))
    assert len(read("email,manager email\n" + rows).rows) == 20_000
