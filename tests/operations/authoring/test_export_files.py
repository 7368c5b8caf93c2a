"""What is exported is what was imported: reading the files again changes nothing, in the same database and in an empty one."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cadence.domain.statements.statement import PLAIN, StatementFile, StatementKind, StatementMeasure, StatementWording, VisibleTo
from cadence.files.statement_writer import same_again
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.export_files import export_files
from cadence.operations.authoring.import_statements import import_statements, read_statement_files
from cadence.store.database.engine import Database
from tests.fixtures.builders import NOW

SAMPLES = Path(__file__).parents[3] / "messages" / "statements"
_MARKS = string.ascii_letters + string.digits + " \n\"'\\#*_[]()<>&+=~`|{}%.-äß€\t"
_LINE = st.text(_MARKS.replace("\n", "").replace("\t", ""), max_size=40).map(lambda text: " ".join(text.split()))
_DAY = st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))
_NUMBER = st.floats(-1e15, 1e15, allow_nan=False)
_SLUG = st.from_regex(r"\A[a-z][a-z0-9]{0,8}\Z")
_BODY = st.text(_MARKS, min_size=1, max_size=120).map(str.strip).filter(bool)
_MEASURE = st.builds(
    StatementMeasure,
    name=_LINE.filter(bool),
    unit=_LINE.map(lambda text: text[:20].strip()),
    baseline=_NUMBER,
    target=_NUMBER,
    target_on=_DAY,
    values=st.dictionaries(st.dates(date(2000, 1, 1), date(2099, 12, 31)), _NUMBER, max_size=3).map(lambda v: tuple(sorted(v.items()))),
)


@st.composite
def _statements(draw: st.DrawFn) -> StatementFile:
    body = draw(_BODY)
    names = draw(st.lists(_SLUG, max_size=3, unique=True))
    said = tuple(StatementWording(name=name, text=draw(_BODY), substantive=draw(st.booleans())) for name in names)
    must = draw(st.booleans())
    kind = draw(st.sampled_from(StatementKind))
    return StatementFile(
        name="",
        slug=draw(_SLUG),
        kind=kind,
        title=draw(_LINE.filter(bool)),
        body=body,
        wordings=said or (StatementWording(name=PLAIN, text=body, substantive=False),),
        visible_to=draw(st.sampled_from(VisibleTo)),
        must_acknowledge=must,
        acknowledge_by=draw(_DAY) if must else None,
        tags=tuple(draw(st.lists(_SLUG, max_size=2, unique=True))),
        effective_on=draw(_DAY),
        brief=draw(_LINE),
        changed=draw(_LINE),
        measures=(draw(_MEASURE),) if kind is StatementKind.SCOREBOARD else (),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(_statements())
def test_a_written_statement_reads_as_it_was_or_is_refused(statement: StatementFile) -> None:
    try:
        assert same_again(statement) == _lined(statement, same_again(statement))
    except InvalidFile:
        return  # it says what a file may not say: never something else


def _lined(statement: StatementFile, read: StatementFile) -> StatementFile:
    """Return ``statement`` with what reading adds that is no part of it: on which line of the file a key stands."""
    return replace(statement, supports_line=read.supports_line)


def test_importing_an_export_changes_nothing(database: Database, tmp_path: Path) -> None:
    with database.transaction() as connection:
        import_statements(connection, read_statement_files(SAMPLES), now=NOW)
        first, same = export_files(connection, tmp_path)
        assert (len(first), same) == (len([*SAMPLES.rglob("*.md")]), [])
        assert sorted(export_files(connection, tmp_path)[1]) == sorted(first)
        again = import_statements(connection, read_statement_files(tmp_path), now=NOW)
        assert (again.created, again.new_versions, again.updated, again.refused, again.kept) == ([], [], [], [], [])
    (tmp_path / first[0]).rename(tmp_path / "named-otherwise.md")
    with database.read() as connection:
        assert "named-otherwise.md" in export_files(connection, tmp_path)[1]
