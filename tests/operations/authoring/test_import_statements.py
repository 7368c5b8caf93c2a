"""Importing statement files: versions only where text changed, bad files left out, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.errors import NotFound
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.import_statements import (
    ImportReport,
    NewVersion,
    UpdatedStatement,
    import_statements,
    list_statements,
    publish_statement,
    read_statement_files,
    show_statement,
    withdraw_statement,
)
from cadence.operations.sending.prepare import digest_item
from cadence.store.authoring.statements import StoredStatement
from cadence.store.database import core
from cadence.store.database.engine import Database
from cadence.store.planning.chunks import current_statements
from cadence.store.sending.digests import load_library

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
SAMPLES = Path(__file__).parents[3] / "messages" / "statements"


WORDINGS = "## Wording: story\n\nA pump.\n\n## Wording: question\n\nWhat could you mend?\n"


def text(title: str = "Mend first", body: str = "We mend.", front: str = "") -> bytes:
    return f'+++\ntitle = "{title}"\n{front}\n+++\n\n{body}\n\n{WORDINGS}'.encode()


#: a question that may be asked about "Mend first"
LINES = """right_answer = "What opens is put right on the bench."
near_misses = ["What breaks is sold for its parts.", "What is old goes back to the maker.", "What fails is kept until the spring."]"""


def run(
    database: Database, files: Mapping[str, bytes | None], *, now: datetime = NOW, material: bool | None = None, dry_run: bool = False
) -> ImportReport:
    with database.transaction() as connection:
        return import_statements(connection, files.items(), now=now, material=material, dry_run=dry_run)


def one(database: Database, slug: str = "mend") -> StoredStatement:
    with database.read() as connection:
        return show_statement(connection, slug)


def counted(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        tables = (core.statement_versions, core.wordings)
        versions, wordings = (connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables)
    return versions, wordings


def test_the_samples_are_imported_and_a_second_time_change_nothing(database: Database) -> None:
    files = dict(read_statement_files(SAMPLES))
    first = run(database, files)
    assert (len(first.created), first.refused, first.notes) == (14, [], [])
    before = counted(database)
    second = run(database, files, now=LATER)
    assert sorted(second.unchanged) == sorted(first.created)
    assert (second.created, second.new_versions, second.updated) == ([], [], [])
    assert counted(database) == before
    with database.read() as connection:
        ready = current_statements(connection)
    assert [s.kind for s in ready][:2] == ["purpose", "vision"]
    assert all(len(s.wording_ids) == 3 for s in ready)


def test_what_a_file_says_is_what_is_stored(database: Database) -> None:
    run(
        database,
        {"values/mend.md": text(front='audience = "everyone"\nmust_acknowledge = true\neffective = 2026-09-01\n' + LINES)},
    )
    stored = one(database)
    assert (stored.kind, stored.title, stored.body, stored.number, stored.material) == ("value", "Mend first", "We mend.", 1, True)
    assert (stored.must_acknowledge, stored.effective_on, len(stored.near_misses)) == (True, date(2026, 9, 1), 3)
    assert stored.wordings == (("story", "A pump."), ("question", "What could you mend?"))
    assert (stored.created_at, stored.published_at, stored.withdrawn_at) == (NOW, NOW, None)


def test_who_may_see_it_changes_without_a_version(database: Database) -> None:
    run(database, {"values/mend.md": text()})
    assert one(database).visible_to == "everyone"
    report = run(database, {"values/mend.md": text(front='visible_to = "audience"')}, now=LATER)
    assert ([(u.slug, u.fields) for u in report.updated], report.new_versions) == ([("mend", ("visible_to",))], [])
    assert (one(database).visible_to, one(database).number) == ("audience", 1)
    assert run(database, {"values/mend.md": text(front='visible_to = "audience"')}).unchanged == ["mend"]
    run(database, {"values/mend.md": text(body="We mend, always.", front='visible_to = "audience"')})
    assert (one(database).visible_to, one(database).number) == ("audience", 2)
    run(database, {"values/mend.md": text(body="We mend, always.")})
    assert (one(database).visible_to, one(database).number) == ("everyone", 2)


def test_a_title_that_goes_out_with_another_statement_is_noted(database: Database) -> None:
    files = {
        "values/hidden.md": text(front='audience = "board"\nvisible_to = "audience"'),
        "values/told.md": text(front='supports = ["hidden"]'),
        "values/same.md": text(front='audience = "board"\nsupports = ["hidden"]'),
    }
    report = run(database, files)
    assert [note for note in report.notes if "supports" in note] == [
        "told: it supports hidden, which is visible to its audience only; the title of hidden goes out with told"
    ]


def test_a_changed_text_makes_a_new_material_version(database: Database) -> None:
    run(database, {"values/mend.md": text()})
    report = run(database, {"values/mend.md": text(body="We mend, always.")}, now=LATER)
    assert report.new_versions == [NewVersion(slug="mend", number=2, material=True)]
    stored = one(database)
    assert (stored.number, stored.body, stored.published_at, stored.created_at) == (2, "We mend, always.", LATER, NOW)
    assert counted(database) == (2, 4)


@pytest.mark.parametrize(
    ("front", "flag", "material"),
    [
        ("", None, True),
        ("material = false", None, False),
        ("material = true", None, True),
        ("material = false", True, True),
        ("", False, False),
    ],
)
def test_the_front_matter_or_a_flag_says_whether_a_change_is_material(
    database: Database, front: str, flag: bool | None, material: bool
) -> None:
    run(database, {"values/mend.md": text()})
    run(database, {"values/mend.md": text(body="We mend, always.", front=front)}, material=flag)
    assert one(database).material is material


def test_a_first_version_is_material_whatever_is_said(database: Database) -> None:
    run(database, {"values/mend.md": text(front="material = false")}, material=False)
    assert one(database).material is True


def test_properties_change_without_a_version(database: Database) -> None:
    run(database, {"values/mend.md": text(), "purposes/why.md": text("Why")})
    changed = text(front='must_acknowledge = true\neffective = 2026-12-01\nsupports = ["why"]\n' + LINES)
    report = run(database, {"values/mend.md": changed})
    assert report.updated == [
        UpdatedStatement(slug="mend", fields=("must_acknowledge", "near_misses", "right_answer", "effective_on", "supports"))
    ]
    stored = one(database)
    assert (stored.number, stored.must_acknowledge, stored.effective_on, stored.supports) == (1, True, date(2026, 12, 1), ("why",))
    assert run(database, {"values/mend.md": changed}).unchanged == ["mend"]
    assert run(database, {"values/mend.md": text()}).updated[0].fields[-1] == "supports"
    assert one(database).supports == ()


def test_a_brief_is_kept_and_changes_without_a_version(database: Database) -> None:
    run(database, {"values/mend.md": text(front='brief = "Mend what opens."\n' + LINES)})
    assert (one(database).brief, one(database).number) == ("Mend what opens.", 1)
    report = run(database, {"values/mend.md": text(front='brief = "Mend it."\n' + LINES)}, now=LATER)
    assert (report.updated, report.notes) == ([UpdatedStatement(slug="mend", fields=("brief",))], [])
    assert (one(database).brief, one(database).number) == ("Mend it.", 1)
    with database.read() as connection:
        text_sent = load_library(connection).texts[one(database).version_id]
    assert digest_item(
        text_sent, min(text_sent.wordings), position=0, reason="first_time", times_sent_before=0, showing=1, is_told=False,
        acknowledged_on=None, check=None,
    ).brief == "Mend it."  # fmt: skip
    run(database, {"values/mend.md": text()})
    assert one(database).brief == ""


def test_a_long_brief_is_noted_and_an_endless_one_refused(database: Database) -> None:
    report = run(database, {"values/mend.md": text(front=f'brief = "{"mend " * 21}"\n{LINES}')})
    assert [note.startswith("mend: brief = ") and note.endswith("has 21 words; digests have room for 20") for note in report.notes] == [
        True
    ]
    report = run(database, {"values/mend.md": text(front=f'brief = "{"mend " * 41}"')})
    assert [("brief" in str(fault), fault.line) for fault in report.refused] == [(True, 3)]


def test_a_poor_question_is_refused_with_every_fault_and_a_doubtful_one_is_noted(database: Database) -> None:
    poor = 'right_answer = "What opens is never sold and never thrown away by us."\nnear_misses = ["Sell it.", "Sell it!"]'
    report = run(database, {"values/mend.md": text(front=poor)})
    told = [(fault.line, fault.reason.split(": ", 1)[1]) for fault in report.refused]
    assert [line for line, _ in told] == [4, 4, 3, 3]
    for (_, reason), words in zip(
        told,
        (
            "near_misses = '2 lines': are fewer than 3",
            "near_misses = 'Sell it!': reads like \"Sell it.\"",
            "right_answer = 'What opens is never sold and never thrown away by us.': has 53 characters and is clearly the longest line",
            "is the only line with a negation or a word such as always, only or all",
        ),
        strict=True,
    ):
        assert words in reason
    report = run(database, {"values/mend.md": text(body="Now: what opens is put right on the bench.", front=LINES)})
    assert (report.created, report.refused) == (["mend"], [])
    assert [note.split("; ")[0] for note in report.notes] == [
        "mend: right_answer = 'What opens is put right on the bench.': stands word for word in the text"
    ]


def test_a_file_without_a_question_is_imported_and_what_is_lost_is_told(database: Database) -> None:
    report = run(database, {"values/a.md": text("A"), "values/b.md": text("B"), "values/mend.md": text(front=LINES)})
    assert report.created == ["a", "b", "mend"]
    assert [note.rpartition(": ")[2] for note in report.notes] == ["a, b"]
    assert "nobody is asked about it" in report.notes[0]


def test_a_withdrawn_statement_with_a_poor_question_comes_back_once_it_is_mended(database: Database) -> None:
    run(database, {"values/mend.md": text(front=LINES)})
    with database.transaction() as connection:
        withdraw_statement(connection, "mend", now=NOW)
        connection.execute(sa.update(core.statement_versions).values(near_misses=["What breaks is sold for its parts."]))
    with pytest.raises(InvalidFile, match=r"mend: near_misses = .1 lines.: are fewer than 3"), database.transaction() as connection:
        publish_statement(connection, "mend", now=NOW)
    run(database, {"values/mend.md": text(front=LINES)})
    with database.transaction() as connection:
        assert publish_statement(connection, "mend", now=NOW)


def test_a_bad_file_is_refused_by_name_line_and_reason_and_the_rest_is_imported(database: Database) -> None:
    report = run(
        database, {"values/a.md": text(), "values/b.md": text(front="titel = 1"), "values/c.md": b"\xff\xff", "values/d.md": text("D")}
    )
    assert report.created == ["a", "d"]
    assert [(r.file, r.line) for r in report.refused] == [("values/b.md", 3), ("values/c.md", 1)]
    assert "did you mean title?" in report.refused[0].reason


def test_a_file_that_vanished_changes_nothing(database: Database) -> None:
    run(database, {"values/a.md": text("A"), "values/b.md": text("B")})
    report = run(database, {"values/a.md": text("A")})
    assert report.unchanged == ["a"]
    assert one(database, "b").withdrawn_at is None


def test_two_files_of_one_slug_are_not_both_imported(database: Database) -> None:
    report = run(database, {"values/a.md": text("A"), "visions/b.md": text("B", front='slug = "a"')})
    assert report.created == ["a"]
    assert "already the slug of values/a.md" in report.refused[0].reason


def test_support_for_an_unknown_statement_refuses_the_file_and_those_that_lean_on_it(database: Database) -> None:
    files = {
        "values/a.md": text("A", front='supports = ["mended"]'),
        "values/b.md": text("B", front='supports = ["a"]'),
        "values/mend.md": text(),
    }
    report = run(database, files)
    assert report.created == ["mend"]
    assert {(r.file, r.line) for r in report.refused} == {("values/a.md", 3), ("values/b.md", 3)}
    assert "did you mean mend?" in report.refused[0].reason


def test_a_circle_of_supports_is_refused_also_through_the_database(database: Database) -> None:
    files = {
        "values/a.md": text("A", front='supports = ["b"]'),
        "values/b.md": text("B", front='supports = ["a"]'),
        "values/c.md": text("C"),
    }
    report = run(database, files)
    assert report.created == ["c"]
    assert len(report.refused) == 2
    run(database, {"values/b.md": text("B", front='supports = ["c"]')})
    report = run(database, {"values/c.md": text("C", front='supports = ["b"]')})
    assert report.refused[0].file == "values/c.md"
    assert one(database, "c").supports == ()


BOARD = """kind = "scoreboard"
[[measures]]
name = "Mended"
unit = "in 100"
baseline = 61
target = 80
values = [{ on = 2026-09-30, value = 66 }, { on = 2026-10-31, value = 70 }]
[[measures]]
name = "Thrown away"
baseline = 9
target = 1
values = [{ on = 2026-10-31, value = 5 }]"""


def test_measures_are_matched_by_name_and_values_by_date(database: Database) -> None:
    run(database, {"scoreboards/board.md": text(front=BOARD)})
    changed = BOARD.replace("value = 70 }", "value = 71 }, { on = 2026-11-15, value = 73 }").replace(
        "{ on = 2026-09-30, value = 66 }, ", ""
    )
    report = run(database, {"scoreboards/board.md": text(front=changed)})
    assert report.updated == [UpdatedStatement(slug="board", fields=("measures",))]
    mended, thrown = one(database, "board").measures
    assert mended.values == {date(2026, 9, 30): 66.0, date(2026, 10, 31): 71.0, date(2026, 11, 15): 73.0}
    assert (thrown.name, thrown.unit, thrown.values) == ("Thrown away", "", {date(2026, 10, 31): 5.0})
    assert run(database, {"scoreboards/board.md": text(front=changed)}).unchanged == ["board"]


def test_measures_follow_the_order_of_the_file_and_leave_with_their_name(database: Database) -> None:
    run(database, {"scoreboards/board.md": text(front=BOARD)})
    first, second = BOARD.index("[[measures]]"), BOARD.rindex("[[measures]]")
    swapped = BOARD[:first] + BOARD[second:] + "\n" + BOARD[first:second]
    run(database, {"scoreboards/board.md": text(front=swapped)})
    assert [m.name for m in one(database, "board").measures] == ["Thrown away", "Mended"]
    run(database, {"scoreboards/board.md": text(front=BOARD[:second])})
    assert [m.name for m in one(database, "board").measures] == ["Mended"]


def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database) -> None:
    files = {"values/mend.md": text(), "values/bad.md": b"x"}
    told = run(database, files, dry_run=True)
    assert counted(database) == (0, 0)
    assert told == run(database, files)
    changed = {"values/mend.md": text(body="We mend more.", front="must_acknowledge = true")}
    told = run(database, changed, dry_run=True)
    assert one(database).number == 1
    assert told == run(database, changed)


def test_a_withdrawn_statement_stays_so_until_it_is_published_again(database: Database) -> None:
    run(database, {"values/mend.md": text()})
    with database.transaction() as connection:
        assert withdraw_statement(connection, "mend", now=LATER)
        assert not withdraw_statement(connection, "mend", now=LATER)
    report = run(database, {"values/mend.md": text()}, now=LATER)
    assert one(database).withdrawn_at == LATER
    assert any("cadence statements publish mend" in note for note in report.notes)
    with database.transaction() as connection:
        assert publish_statement(connection, "mend", now=NOW)
        assert not publish_statement(connection, "mend", now=NOW)
        assert [s.slug for s in list_statements(connection)] == ["mend"]
    assert one(database).withdrawn_at is None


def test_an_unknown_slug_is_answered_with_the_nearest(database: Database) -> None:
    run(database, {"values/mend.md": text()})
    with database.read() as connection, pytest.raises(NotFound, match="did you mean mend"):
        show_statement(connection, "mned")


def test_an_audience_that_is_not_defined_yet_is_noted(database: Database) -> None:
    report = run(database, {"values/mend.md": text(front='audience = "crews"')})
    assert report.created == ["mend"]
    assert "crews" in report.notes[0]


def test_a_link_is_named_and_never_read(database: Database, tmp_path: Path) -> None:
    """It may lead to anything on the machine: a file beside the folder, the folder above, a whole other folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_bytes(text(body="a secret"))
    folder = tmp_path / "statements"
    (folder / "values").mkdir(parents=True)
    (folder / "values" / "one.md").symlink_to(outside / "secret.md")
    (folder / "values" / "gone.md").symlink_to(outside / "nowhere.md")
    (folder / "purposes").symlink_to(outside, target_is_directory=True)
    files = read_statement_files(folder)
    assert {content for _, content in files} <= {None}
    report = run(database, dict(files))
    assert report.created == []
    assert all("is a link and is not read" in refused.reason for refused in report.refused)


def test_files_are_found_by_path_and_readmes_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("values/b.md", "values/a.md", "values/README.md", ".git/x.md", "values/.b.md", "values/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert read_statement_files(tmp_path) == [("values/a.md", b"values/a.md"), ("values/b.md", b"values/b.md")]
    assert read_statement_files(tmp_path / "values" / "a.md") == [("values/a.md", b"values/a.md")]
    with pytest.raises(NotFound):
        read_statement_files(tmp_path / "nowhere")
