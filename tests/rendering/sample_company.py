"""The statements of the sample company as digests tell them, at their longest."""

from __future__ import annotations

from collections.abc import Iterator

from cadence.domain.sending.deliveries import CheckQuestion, DigestItem, DigestQuestion, MeasureReading
from cadence.domain.statements.statement import StatementFile
from cadence.files.statement_md import parse_statement
from cadence.shipped import shipped_folder
from tests.rendering.samples import an_item


def sample_statements() -> Iterator[StatementFile]:
    """Return the sample company's statements."""
    for file in sorted((shipped_folder("messages") / "statements").rglob("*.md")):
        yield parse_statement(file.read_bytes(), name=f"{file.parent.name}/{file.name}")


def sample_item(statement: StatementFile, number: int) -> DigestItem:
    """Return the statement with its longest wording and its measures."""
    wording = max((one.text for one in statement.wordings), key=len, default=statement.body)
    measures = tuple(
        MeasureReading(name=m.name, unit=m.unit, baseline=m.baseline, target=m.target, value=m.values[-1][1], value_on=m.values[-1][0])
        for m in statement.measures
        if m.values
    )
    return an_item(
        position=number,
        statement_id=number + 1,
        version_id=number + 1,
        wording_id=number + 1,
        kind=str(statement.kind),
        title=statement.title,
        body=statement.body,
        wording=wording,
        brief=statement.brief,
        supports=("By 2031, six hours' warning for every town we serve",),
        measures=measures,
        must_acknowledge=statement.must_acknowledge,
    )


def sample_question(statement: StatementFile) -> DigestQuestion:
    """Return the question about the statement, its right line first."""
    lines = (statement.right_answer, *statement.near_misses[:3])
    check = CheckQuestion(check_id=1, options=lines, right=0)
    return DigestQuestion(
        statement_id=99, slug="asked", kind=str(statement.kind), title=statement.title, version_id=99, check=check, body=statement.body
    )
