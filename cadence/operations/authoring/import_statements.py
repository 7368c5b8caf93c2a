"""Bring statement files into the database, and take statements out of use or back into it.

A version is made only where the text changed. One bad file is refused by name, line and reason and
the rest is imported; a file that vanished changes nothing. What was changed in the browser is not overwritten by itself. One
transaction of the caller's, with its audit entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import AT_THE_SHELL, Actor, Change
from cadence.domain.spelling import nearest
from cadence.domain.statements.check_faults import faults
from cadence.domain.statements.statement import MAX_FILE_BYTES, StatementFile, StatementMeasure, VisibleTo, cycle_in, digest_of
from cadence.errors import Invalid, NotFound
from cadence.files.statement_md import line_of, parse_statement
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.slack_limits import slack_notes
from cadence.operations.authoring.stored_file import differences, file_of, plain
from cadence.operations.authoring.written_notes import without_question, written_notes
from cadence.store.audit.entries import append
from cadence.store.authoring import statements as rows
from cadence.store.authoring.statements import StoredMeasure, StoredStatement
from cadence.store.identity.accounts import leaders
from cadence.store.responding.answering import recount
from cadence.store.responding.learning import start_anew

#: what may be corrected in a version whose text stays
_CORRECTED = ("near_misses", "right_answer", "brief", "effective_on", "changed")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStatement:
    """A file that was left out because the statement was changed in the browser; what it would change, field by field."""

    file: str
    slug: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What importing statements changed, or would change: slugs, and the faults of refused files."""

    created: list[str] = field(default_factory=list)
    new_versions: list[NewVersion] = field(default_factory=list)
    updated: list[UpdatedStatement] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: list[KeptStatement] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One import: when, by whom, where it was written, and what it may do."""

    now: datetime
    material: bool | None
    dry_run: bool
    actor: Actor
    edited_in: str
    overwrite: bool


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
    actor: Actor = AT_THE_SHELL,
    edited_in: str = "file",
    overwrite: bool = False,
) -> ImportReport:
    """Bring ``files``, (name, content), into the database; return what changed.

    ``material`` says for this run what the changed texts are; None: each file says it, or else they
    are. A first version always is. ``dry_run`` reports the same and writes nothing. ``edited_in``: "file", or "browser" for what
    was written there. A file that would change what was edited in the browser is ``kept`` out, unless ``overwrite``.
    """
    report = ImportReport()
    run = _Run(now=now, material=material, dry_run=dry_run, actor=actor, edited_in=edited_in, overwrite=overwrite)
    stored = {statement.slug: statement for statement in rows.stored_statements(connection)}
    parsed = parse_files(files, report)
    _refuse_unknown_supports(parsed, stored, report)
    _refuse_cycles(parsed, stored, report)
    _keep_edited(parsed, stored, report, run)
    signers = leaders(connection)
    _note_oddities(connection, parsed, stored, signers, report)
    ids = {slug: statement.id for slug, statement in stored.items()}
    positions = rows.last_positions(connection)
    for statement in parsed.values():
        before = stored.get(statement.slug)
        if before is None:
            report.created.append(statement.slug)
            if not dry_run:
                positions[statement.kind] = positions.get(statement.kind, -1) + 1
                properties = _properties(statement, signers)
                ids[statement.slug] = _create(connection, statement, properties, positions[statement.kind], run)
        else:
            _update(connection, statement, before, _properties(statement, signers), report, run)
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


def withdraw_statement(connection: Connection, slug: str, *, now: datetime, actor: Actor = AT_THE_SHELL) -> bool:
    """Take a statement out of use: nothing of it is sent any more. Return False when it was so already. Raises NotFound."""
    statement = show_statement(connection, slug)
    if statement.withdrawn_at is not None:
        return False
    rows.change_statement(connection, statement.id, {"withdrawn_at": now})
    change = Change(
        action="statement.retired", object_kind="statement", object_key=slug, before={"retired": False}, after={"retired": True}
    )
    append(connection, actor, change, at=now)
    return True


def publish_statement(connection: Connection, slug: str, *, now: datetime, actor: Actor = AT_THE_SHELL) -> bool:
    """Bring a withdrawn statement back into use. Return False when it is in use already.

    Raises NotFound, and InvalidFile with every fault of its question: a file without them has to be imported first.
    """
    statement = show_statement(connection, slug)
    if statement.withdrawn_at is None:
        return False
    poor = faults(statement.right_answer, statement.near_misses, title=statement.title)
    if poor:
        raise InvalidFile([Invalid(one.field, one.value, one.reason, where=slug) for one in poor])
    rows.change_statement(connection, statement.id, {"withdrawn_at": None})
    change = Change(
        action="statement.brought_back", object_kind="statement", object_key=slug, before={"retired": True}, after={"retired": False}
    )
    append(connection, actor, change, at=now)
    return True


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


def _keep_edited(parsed: dict[str, StatementFile], stored: Mapping[str, StoredStatement], report: ImportReport, run: _Run) -> None:
    """Leave out files that would overwrite what somebody changed in the browser."""
    if run.edited_in == "browser" or run.overwrite:
        return
    for statement in [*parsed.values()]:
        before = stored.get(statement.slug)
        if before is None or not (before.edited_in == "browser" or _changes_by_hand(statement, before)):
            continue
        was, would_be = differences(file_of(before), statement)
        if would_be:
            report.kept.append(KeptStatement(file=statement.name, slug=statement.slug, before=was, after=would_be))
            del parsed[statement.slug]


def _changes_by_hand(statement: StatementFile, before: StoredStatement) -> bool:
    """Return whether a file has another value for a day on which somebody entered one."""
    known = {one.name: one for one in before.measures}
    return any(
        on in known[one.name].by_hand and known[one.name].values[on] != value
        for one in statement.measures
        if one.name in known
        for on, value in one.values
    )


def _note_oddities(
    connection: Connection,
    parsed: Mapping[str, StatementFile],
    stored: Mapping[str, StoredStatement],
    signers: Mapping[str, int],
    report: ImportReport,
) -> None:
    known = rows.audience_slugs(connection) | {"everyone"}
    seen_by = {slug: (one.audience, str(one.visible_to)) for slug, one in stored.items()}
    seen_by |= {slug: (one.audience, str(one.visible_to)) for slug, one in parsed.items()}
    for one in parsed.values():
        if one.audience not in known:
            report.notes.append(f"{one.slug}: the audience {one.audience!r} is not defined yet; nobody gets it until it is")
        if one.signed_by and one.signed_by not in signers:
            report.notes.append(f"{one.slug}: nobody with the address {one.signed_by!r} is a leader here; it is signed by the company")
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


def _create(connection: Connection, statement: StatementFile, properties: dict[str, Any], position: int, run: _Run) -> int:
    values = {**properties, "slug": statement.slug, "position": position, "created_at": run.now, "edited_in": run.edited_in}
    statement_id = rows.add_statement(connection, values)
    _add_version(connection, statement, statement_id, number=1, material=True, run=run)
    _write_measures(connection, statement_id, statement.measures, ())
    said = {name: value for name, value in plain(statement).items() if value}
    append(
        connection,
        run.actor,
        Change(action="statement.created", object_kind="statement", object_key=statement.slug, after=said),
        at=run.now,
    )
    return statement_id


def _update(
    connection: Connection,
    statement: StatementFile,
    before: StoredStatement,
    properties: dict[str, Any],
    report: ImportReport,
    run: _Run,
) -> None:
    stored_as = {"signed_by": "signed_by_id"}
    properties = {name: value for name, value in properties.items() if value != getattr(before, stored_as.get(name, name))}
    changed = [*properties]
    correction: dict[str, Any] = {}
    cosmetic = frozenset(wording.name for wording in statement.wordings if not wording.substantive)
    new_text = digest_of(statement) != before.digest
    number = before.number
    if new_text:
        number += 1
        is_material = run.material if run.material is not None else statement.material is not False
        report.new_versions.append(NewVersion(slug=statement.slug, number=number, material=is_material))
        if not run.dry_run:
            _add_version(connection, statement, before.id, number=number, material=is_material, run=run)
    else:
        correction = {name: getattr(statement, name) for name in _CORRECTED if getattr(statement, name) != getattr(before, name)}
        if "near_misses" in correction:
            correction["near_misses"] = list(statement.near_misses)
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
    if run.dry_run or not (changed or new_text):
        return
    if before.edited_in != run.edited_in:
        properties["edited_in"] = run.edited_in
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
    was, is_now = differences(file_of(before), statement)
    if new_text:
        was, is_now = {**was, "version": before.number}, {**is_now, "version": number}
    action = "statement.new_version" if new_text else "statement.changed"
    change = Change(action=action, object_kind="statement", object_key=statement.slug, before=was, after=is_now)
    append(connection, run.actor, change, at=run.now)


def _properties(statement: StatementFile, signers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "kind": statement.kind.value,
        "audience": statement.audience,
        "visible_to": statement.visible_to.value,
        "must_acknowledge": statement.must_acknowledge,
        "acknowledge_by": statement.acknowledge_by,
        "signed_by": signers.get(statement.signed_by),
        "tags": statement.tags,
    }


def _add_version(connection: Connection, statement: StatementFile, statement_id: int, *, number: int, material: bool, run: _Run) -> None:
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
        "published_at": run.now,
        "changed": statement.changed,
        "author_id": run.actor.account_id,
    }
    rows.add_version(connection, values, [(wording.name, wording.text, wording.substantive) for wording in statement.wordings])
    if material:
        start_anew(connection, statement_id)


def _same_measures(told: tuple[StatementMeasure, ...], stored: tuple[StoredMeasure, ...]) -> bool:
    """Whether the file says nothing new: values of dates it does not name are not its business."""
    if [_told(m) for m in told] != [(m.name, m.unit, m.baseline, m.target, m.target_on) for m in stored]:
        return False
    return all(known.values.get(on) == value for m, known in zip(told, stored, strict=True) for on, value in m.values)


def _told(measure: StatementMeasure) -> tuple[str, str, float, float, date | None]:
    return measure.name, measure.unit, measure.baseline, measure.target, measure.target_on


def _write_measures(
    connection: Connection, statement_id: int, told: tuple[StatementMeasure, ...], stored: tuple[StoredMeasure, ...]
) -> None:
    """Match measures by name and values by date; a measure that the file does not name any more goes with its values."""
    known = {measure.name: measure for measure in stored}
    gone = [measure.id for measure in stored if measure.name not in {m.name for m in told}]
    if gone:
        rows.remove_measures(connection, gone)
    for position, measure in enumerate(told):
        values = {
            "unit": measure.unit,
            "baseline": measure.baseline,
            "target": measure.target,
            "target_on": measure.target_on,
            "position": position,
        }
        before = known.get(measure.name)
        if before is None:
            measure_id = rows.add_measure(connection, {**values, "statement_id": statement_id, "name": measure.name})
        else:
            measure_id = before.id
            rows.change_measure(connection, measure_id, values)
        dated: dict[date, float] = dict(measure.values)
        rows.set_values(connection, measure_id, dated, before.values if before else {})
