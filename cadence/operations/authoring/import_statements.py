"""Bring statement files into the database, and take statements out of use or back into it.

A version is made only where the text changed. One bad file is refused by name, line and reason and
the rest is imported; a file that vanished changes nothing. One transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.spelling import nearest
from cadence.domain.statements.check_faults import faults
from cadence.domain.statements.statement import MAX_FILE_BYTES, StatementFile, StatementMeasure, VisibleTo, cycle_in, digest_of
from cadence.errors import Invalid, NotFound
from cadence.files.statement_md import line_of, parse_statement
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.slack_limits import slack_notes
from cadence.operations.authoring.written_notes import without_question, written_notes
from cadence.store.authoring import statements as rows
from cadence.store.authoring.statements import StoredMeasure, StoredStatement
from cadence.store.responding.answering import recount
from cadence.store.responding.learning import start_anew


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A text that changed. ``material``: people are sent it and asked to acknowledge it again."""

    slug: str
    number: int
    material: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedStatement:
    """Properties that changed without a new version."""

    slug: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFile:
    """One fault of a file that was left out. ``line`` is None when it is about the whole file."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What importing statements changed, or would change: slugs, and the faults of refused files."""

    created: list[str] = field(default_factory=list)
    new_versions: list[NewVersion] = field(default_factory=list)
    updated: list[UpdatedStatement] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_statement_files(folder: Path) -> list[tuple[str, bytes | None]]:
    """Return (path below ``folder``, content) of the Markdown files in it, by path; ``folder`` may be one file.

    Hidden files and READMEs are left out. Of a file that is too large only its beginning is read. A link, or a file in a
    folder that is one, is not read, and has no content: it may lead anywhere. Raises NotFound.
    """
    if folder.is_file():
        paths = [folder]
        base = folder.parent.parent
    elif folder.is_dir():
        paths = [path for path in sorted(folder.rglob("*.md")) if path.is_file()]
        base = folder
    else:
        raise NotFound(f"there is no file or folder {folder}")
    found: list[tuple[str, bytes | None]] = []
    for path in paths:
        name = path.relative_to(base)
        if path != folder and (path.stem.upper() == "README" or any(part.startswith(".") for part in name.parts)):
            continue
        if path != folder and (path.is_symlink() or not path.resolve().is_relative_to(base.resolve())):
            found.append((name.as_posix(), None))
            continue
        with path.open("rb") as file:
            found.append((name.as_posix(), file.read(MAX_FILE_BYTES + 1)))
    return found


def import_statements(
    connection: Connection,
    files: Iterable[tuple[str, bytes | None]],
    *,
    now: datetime,
    material: bool | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Bring ``files``, (name, content), into the database; return what changed.

    ``material`` says for this run what the changed texts are; None: each file says it, or else they
    are. A first version always is. ``dry_run`` reports the same and writes nothing.
    """
    report = ImportReport()
    stored = {statement.slug: statement for statement in rows.stored_statements(connection)}
    parsed = parse_files(files, report)
    _refuse_unknown_supports(parsed, stored, report)
    _refuse_cycles(parsed, stored, report)
    _note_oddities(connection, parsed, stored, report)
    ids = {slug: statement.id for slug, statement in stored.items()}
    positions = rows.last_positions(connection)
    for statement in parsed.values():
        before = stored.get(statement.slug)
        if before is None:
            report.created.append(statement.slug)
            if not dry_run:
                positions[statement.kind] = positions.get(statement.kind, -1) + 1
                ids[statement.slug] = _create(connection, statement, positions[statement.kind], now)
        else:
            _update(connection, statement, before, report, now=now, material=material, dry_run=dry_run)
    if not dry_run:
        for statement in parsed.values():
            before = stored.get(statement.slug)
            if sorted(statement.supports) != list(before.supports if before else ()):
                rows.set_supports(connection, ids[statement.slug], [ids[slug] for slug in statement.supports])
    return report


def list_statements(connection: Connection) -> list[StoredStatement]:
    """Return all statements with their newest version, withdrawn ones too, by slug."""
    return rows.stored_statements(connection)


def show_statement(connection: Connection, slug: str) -> StoredStatement:
    """Return one statement with its newest version. Raises NotFound, with the nearest slug."""
    found = {statement.slug: statement for statement in rows.stored_statements(connection)}
    if slug not in found:
        meant = nearest(slug, found)
        raise NotFound(f"there is no statement {slug!r}" + (f"; did you mean {meant}?" if meant else ""))
    return found[slug]


def withdraw_statement(connection: Connection, slug: str, *, now: datetime) -> bool:
    """Take a statement out of use: nothing of it is sent any more. Return False when it was so already. Raises NotFound."""
    statement = show_statement(connection, slug)
    if statement.withdrawn_at is None:
        rows.change_statement(connection, statement.id, {"withdrawn_at": now})
    return statement.withdrawn_at is None


def publish_statement(connection: Connection, slug: str) -> bool:
    """Bring a withdrawn statement back into use. Return False when it is in use already.

    Raises NotFound, and InvalidFile with every fault of its question: a file without them has to be imported first.
    """
    statement = show_statement(connection, slug)
    if statement.withdrawn_at is not None:
        poor = faults(statement.right_answer, statement.near_misses, title=statement.title)
        if poor:
            raise InvalidFile([Invalid(one.field, one.value, one.reason, where=slug) for one in poor])
        rows.change_statement(connection, statement.id, {"withdrawn_at": None})
    return statement.withdrawn_at is not None


def parse_files(files: Iterable[tuple[str, bytes | None]], report: ImportReport) -> dict[str, StatementFile]:
    """Return the statements of ``files`` by slug; what cannot be read is left out and stands in ``report.refused``."""
    found: dict[str, StatementFile] = {}
    for name, raw in files:
        if raw is None:
            report.refused.append(RefusedFile(file=name, line=None, reason=f"{name}: is a link and is not read; put the file itself there"))
            continue
        try:
            statement = parse_statement(raw, name=name)
        except InvalidFile as error:
            report.refused += [RefusedFile(file=name, line=line_of(problem), reason=str(problem)) for problem in error.problems]
            continue
        if statement.slug in found:
            _refuse(report, statement, "slug", statement.slug, f"is already the slug of {found[statement.slug].name}")
        else:
            found[statement.slug] = statement
    return found


def _refuse_unknown_supports(parsed: dict[str, StatementFile], stored: Mapping[str, StoredStatement], report: ImportReport) -> None:
    """Leave out files that support nothing known; those that support only such a file go too."""
    while True:
        known = parsed.keys() | stored.keys()
        refused = [(one, slug) for one in parsed.values() for slug in one.supports if slug not in known]
        if not refused:
            return
        for statement, slug in refused:
            meant = nearest(slug, known - {statement.slug})
            _refuse(report, statement, "supports", slug, "there is no such statement" + (f"; did you mean {meant}?" if meant else ""))
            parsed.pop(statement.slug, None)


def _refuse_cycles(parsed: dict[str, StatementFile], stored: Mapping[str, StoredStatement], report: ImportReport) -> None:
    while True:
        graph = {slug: one.supports for slug, one in stored.items()} | {slug: one.supports for slug, one in parsed.items()}
        circle = cycle_in(graph)
        guilty = [slug for slug in circle or () if slug in parsed]
        if not circle or not guilty:
            return
        told = " -> ".join((*circle, circle[0]))
        for slug in guilty:
            _refuse(report, parsed[slug], "supports", list(parsed[slug].supports), f"goes in a circle: {told}")
            del parsed[slug]
        _refuse_unknown_supports(parsed, stored, report)


def _note_oddities(
    connection: Connection, parsed: Mapping[str, StatementFile], stored: Mapping[str, StoredStatement], report: ImportReport
) -> None:
    known = rows.audience_slugs(connection) | {"everyone"}
    seen_by = {slug: (one.audience, str(one.visible_to)) for slug, one in stored.items()}
    seen_by |= {slug: (one.audience, str(one.visible_to)) for slug, one in parsed.items()}
    for one in parsed.values():
        if one.audience not in known:
            report.notes.append(f"{one.slug}: the audience {one.audience!r} is not defined yet; nobody gets it until it is")
        report.notes += [*slack_notes(one), *written_notes(one)]
        report.notes += [
            f"{one.slug}: it supports {slug}, which is visible to its audience only; the title of {slug} goes out with {one.slug}"
            for slug in one.supports
            if seen_by[slug][0] != one.audience and seen_by[slug][1] == VisibleTo.AUDIENCE
        ]
        before = stored.get(one.slug)
        if before is not None and before.withdrawn_at is not None:
            report.notes.append(f"{one.slug} is withdrawn and stays so; to use it again: cadence statements publish {one.slug}")
    report.notes += without_question(parsed.values())


def _refuse(report: ImportReport, statement: StatementFile, key: str, value: object, reason: str) -> None:
    line = statement.supports_line if key == "supports" else 1
    problem = Invalid(key, value, reason, where=f"{statement.name}, line {line}")
    report.refused.append(RefusedFile(file=statement.name, line=line, reason=str(problem)))


def _create(connection: Connection, statement: StatementFile, position: int, now: datetime) -> int:
    values = {**_properties(statement), "slug": statement.slug, "position": position, "created_at": now}
    statement_id = rows.add_statement(connection, values)
    _add_version(connection, statement, statement_id, number=1, material=True, now=now)
    _write_measures(connection, statement_id, statement.measures, ())
    return statement_id


def _update(
    connection: Connection,
    statement: StatementFile,
    before: StoredStatement,
    report: ImportReport,
    *,
    now: datetime,
    material: bool | None,
    dry_run: bool,
) -> None:
    properties = {name: value for name, value in _properties(statement).items() if value != getattr(before, name)}
    changed = [*properties]
    correction: dict[str, Any] = {}
    cosmetic = frozenset(wording.name for wording in statement.wordings if not wording.substantive)
    new_text = digest_of(statement) != before.digest
    if new_text:
        is_material = material if material is not None else statement.material is not False
        report.new_versions.append(NewVersion(slug=statement.slug, number=before.number + 1, material=is_material))
        if not dry_run:
            _add_version(connection, statement, before.id, number=before.number + 1, material=is_material, now=now)
    else:
        if statement.near_misses != before.near_misses:
            correction["near_misses"] = list(statement.near_misses)
        if statement.right_answer != before.right_answer:
            correction["right_answer"] = statement.right_answer
        if statement.brief != before.brief:
            correction["brief"] = statement.brief
        if statement.effective_on != before.effective_on:
            correction["effective_on"] = statement.effective_on
        changed += correction
        if cosmetic != before.cosmetic:
            changed.append("cosmetic")
    if sorted(statement.supports) != list(before.supports):
        changed.append("supports")
    if not _same_measures(statement.measures, before.measures):
        changed.append("measures")
    if changed:
        report.updated.append(UpdatedStatement(slug=statement.slug, fields=tuple(changed)))
    elif not new_text:
        report.unchanged.append(statement.slug)
    if dry_run:
        return
    if properties:
        rows.change_statement(connection, before.id, properties)
        if "must_acknowledge" in properties:
            recount(connection, later=True)
    if correction:
        rows.correct_version(connection, before.version_id, correction)
    if "cosmetic" in changed:
        rows.mark_cosmetic(connection, before.version_id, cosmetic)
    if "measures" in changed:
        _write_measures(connection, before.id, statement.measures, before.measures)


def _properties(statement: StatementFile) -> dict[str, str | bool | tuple[str, ...]]:
    return {
        "kind": statement.kind.value,
        "audience": statement.audience,
        "visible_to": statement.visible_to.value,
        "must_acknowledge": statement.must_acknowledge,
        "tags": statement.tags,
    }


def _add_version(
    connection: Connection, statement: StatementFile, statement_id: int, *, number: int, material: bool, now: datetime
) -> None:
    values = {
        "statement_id": statement_id,
        "number": number,
        "title": statement.title,
        "body": statement.body,
        "material": material,
        "effective_on": statement.effective_on,
        "digest": digest_of(statement),
        "near_misses": list(statement.near_misses),
        "right_answer": statement.right_answer,
        "brief": statement.brief,
        "published_at": now,
    }
    rows.add_version(connection, values, [(wording.name, wording.text, wording.substantive) for wording in statement.wordings])
    if material:
        start_anew(connection, statement_id)


def _same_measures(told: tuple[StatementMeasure, ...], stored: tuple[StoredMeasure, ...]) -> bool:
    """Whether the file says nothing new: values of dates it does not name are not its business."""
    if [_told(m) for m in told] != [(m.name, m.unit, m.baseline, m.target) for m in stored]:
        return False
    return all(known.values.get(on) == value for m, known in zip(told, stored, strict=True) for on, value in m.values)


def _told(measure: StatementMeasure) -> tuple[str, str, float, float]:
    return measure.name, measure.unit, measure.baseline, measure.target


def _write_measures(
    connection: Connection, statement_id: int, told: tuple[StatementMeasure, ...], stored: tuple[StoredMeasure, ...]
) -> None:
    """Match measures by name and values by date; a measure that the file does not name any more goes with its values."""
    known = {measure.name: measure for measure in stored}
    gone = [measure.id for measure in stored if measure.name not in {m.name for m in told}]
    if gone:
        rows.remove_measures(connection, gone)
    for position, measure in enumerate(told):
        values = {"unit": measure.unit, "baseline": measure.baseline, "target": measure.target, "position": position}
        before = known.get(measure.name)
        if before is None:
            measure_id = rows.add_measure(connection, {**values, "statement_id": statement_id, "name": measure.name})
        else:
            measure_id = before.id
            rows.change_measure(connection, measure_id, values)
        dated: dict[date, float] = dict(measure.values)
        rows.set_values(connection, measure_id, dated, before.values if before else {})
