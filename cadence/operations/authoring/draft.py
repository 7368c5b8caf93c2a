"""A leader writes a statement or enters a measure's value by hand: looked at first, then stored as the import stores files.

A new statement only: what exists has wordings, near misses and people who met it, and is changed in its file. Every rule of
``files.statement_md`` holds, so what would not fit a Slack message is refused while it is written. The database holds it then;
``cadence statements show SLUG`` tells it for the operator's own files.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from cadence.domain.sending.quoted_links import without_links
from cadence.domain.statements.statement import StatementFile
from cadence.domain.statements.text import bad_character
from cadence.errors import Invalid, NotFound
from cadence.files.statement_md import parse_statement
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.import_statements import import_statements
from cadence.store.authoring import statements as rows
from cadence.store.authoring.statements import StoredMeasure, StoredStatement
from cadence.store.database.engine import Database

#: a value may be dated this far back, as in a file; never after today
_FIRST_DAY = date(1970, 1, 1)
_NUMBER = re.compile(r"-?[0-9]{1,15}([.,][0-9]{1,6})?")
_FIELDS = {"title": "title", "kind": "kind"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a leader typed. ``body``: Markdown, further wordings under lines ``## Wording: name``."""

    kind: str
    title: str
    body: str
    must_acknowledge: bool = False

    @property
    def mark(self) -> str:
        """A hash of all of it: what was looked at is what is published."""
        return hashlib.sha256(json.dumps([self.kind, self.title, self.body, self.must_acknowledge]).encode()).hexdigest()


def check_draft(database: Database, draft: Draft, *, now: datetime) -> tuple[StatementFile, list[str]]:
    """Return the statement a draft would become, and what the import says of it; writes nothing. Raises Invalid naming the field."""
    statement, raw = _file(draft)
    with database.read() as connection:
        if statement.slug in {stored.slug for stored in rows.stored_statements(connection)}:
            raise Invalid("title", draft.title, f"is already said by the statement {statement.slug}; change its file, or use another title")
        report = import_statements(connection, [raw], now=now, dry_run=True)
    if report.refused:
        raise Invalid("body", draft.title, report.refused[0].reason)
    return statement, report.notes


def publish_draft(database: Database, draft: Draft, *, now: datetime) -> str:
    """Store the statement and return its slug. Raises Invalid naming the field."""
    statement, raw = _file(draft)
    with database.transaction() as connection:
        if statement.slug in {stored.slug for stored in rows.stored_statements(connection)}:
            raise Invalid("title", draft.title, f"is already said by the statement {statement.slug}; change its file, or use another title")
        report = import_statements(connection, [raw], now=now)
        if report.refused:
            raise Invalid("body", draft.title, report.refused[0].reason)
    return statement.slug


def measures_in_force(database: Database) -> list[tuple[StoredStatement, StoredMeasure]]:
    """Return the measures of the scoreboards in use."""
    with database.read() as connection:
        stored = [one for one in rows.stored_statements(connection) if one.withdrawn_at is None]
    return [(one, measure) for one in stored for measure in one.measures]


def check_value(
    database: Database, *, measure_id: str, value: str, on: str, today: date
) -> tuple[StoredStatement, StoredMeasure, float, date]:
    """Return the measure, value and date that were typed. Raises Invalid naming the field, NotFound for a measure that is gone."""
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        raise Invalid("value", value, "is not a number", example="97.8")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise Invalid("on", on, "is not a date", example="2026-10-31") from None
    if not _FIRST_DAY <= day <= today:
        raise Invalid("on", on, "is not a day up to today", example=today.isoformat())
    found = next((pair for pair in measures_in_force(database) if str(pair[1].id) == measure_id), None)
    if found is None:
        raise NotFound("this measure is no longer there; choose another")
    return *found, float(text.replace(",", ".")), day


def store_value(database: Database, measure: StoredMeasure, value: float, on: date) -> None:
    """Store the value of one date; a value that is there already is corrected."""
    with database.transaction() as connection:
        known = next((m.values for s in rows.stored_statements(connection) for m in s.measures if m.id == measure.id), None)
        if known is None:
            raise NotFound("this measure is no longer there; choose another")
        rows.set_values(connection, measure.id, {on: value}, known)


def _file(draft: Draft) -> tuple[StatementFile, tuple[str, bytes]]:
    """Return the statement and the file that says it, as the import reads files."""
    odd = bad_character(draft.title, one_line=True)
    if odd is not None:
        raise Invalid("title", draft.title, odd[1])
    for field, text in (("title", draft.title), ("body", draft.body)):
        if without_links(text).tokens:
            raise Invalid(field, "(hidden)", "holds a link that Cadence made for one person; whoever gets it could act as them")
    made = _slug(draft.title)
    slug = made or "nameless"
    front = [
        f"title = {_quoted(draft.title)}",
        f"kind = {_quoted(draft.kind)}",
        f"must_acknowledge = {str(draft.must_acknowledge).lower()}",
    ]
    name = f"{slug}.md"
    try:
        raw = "\n".join(["+++", f"slug = {_quoted(slug)}", *front, "+++", "", draft.body]).encode()
        statement = parse_statement(raw, name=name)
    except UnicodeEncodeError:
        raise Invalid("body", draft.title, "holds half of a character") from None
    except InvalidFile as error:
        first = error.problems[0]
        field = _FIELDS.get(str(first.data["field"]).partition(" ")[0], "body")
        raise Invalid(field, first.data["value"], str(first.data["reason"])) from None
    if not made:
        raise Invalid("title", draft.title, "has no letter or digit from which a short name can be made")
    return statement, (name, raw)


def _slug(title: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60].strip("-")


def _quoted(text: str) -> str:
    """Return ``text`` as a TOML string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
