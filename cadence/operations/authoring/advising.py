"""Advice on what somebody writes: with the word lists of this installation, compared with what is said already.

Owns which lists are read and which statements are compared. The rules: ``domain.statements.advice``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import Connection

from cadence.domain.statements.advice import Advice, OpenText, OtherStatement, advise
from cadence.domain.statements.advice.lists import WordList
from cadence.domain.statements.statement import StatementFile, StatementWording
from cadence.files.advice_toml import read_word_list
from cadence.operations.authoring.import_statements import ImportReport, RefusedFile, parse_files
from cadence.shipped import shipped_folder
from cadence.store.authoring.statements import stored_statements

#: the folder of the word lists, and what the body is called among the wordings
FOLDER, BODY = "advice", "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedWording:
    """The advice on one text of a file. ``wording``: its name, or "body"."""

    file: str
    wording: str
    text: str
    advice: tuple[Advice, ...]


def word_lists(messages_dir: Path) -> Mapping[str, WordList]:
    """Return the word lists by language: the shipped ones, and what ``messages_dir``/advice adds to them. Raises InvalidFile."""
    folders = dict.fromkeys(folder.resolve() for folder in (shipped_folder("messages") / FOLDER, messages_dir / FOLDER))
    paths = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    return _read(tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=8)
def _read(paths: tuple[tuple[Path, int], ...]) -> Mapping[str, WordList]:
    languages: dict[str, list[tuple[str, bytes]]] = {}
    for path, _ in paths:
        languages.setdefault(path.stem.lower(), []).append((str(path), path.read_bytes()))
    return {language: read_word_list(files) for language, files in languages.items()}


def others_in_force(connection: Connection, *, but: Collection[str] = ()) -> tuple[OtherStatement, ...]:
    """Return the statements in force to compare a text with; ``but``: slugs of those that are being changed."""
    stored = stored_statements(connection)
    return tuple(OtherStatement(title=one.title, text=one.body) for one in stored if one.withdrawn_at is None and one.slug not in but)


def advise_files(
    connection: Connection, files: Iterable[tuple[str, bytes | None]], lists: Mapping[str, WordList]
) -> tuple[list[AdvisedWording], list[RefusedFile]]:
    """Return the advice on every text of files, (name, content), and the faults of those that could not be read.

    Each is compared with the other files, and with the statements in force that no file says.
    """
    report = ImportReport()
    parsed = parse_files(files, report)
    stored = others_in_force(connection, but=parsed)
    written = {slug: OtherStatement(title=one.title, text=one.body) for slug, one in parsed.items()}
    found: list[AdvisedWording] = []
    for slug, statement in parsed.items():
        others = (*stored, *(other for name, other in written.items() if name != slug))
        found += _advise_file(statement, lists, others)
    return found, report.refused


def _advise_file(statement: StatementFile, lists: Mapping[str, WordList], others: tuple[OtherStatement, ...]) -> Iterator[AdvisedWording]:
    """Yield the advice on the body and each wording; what is about all of the statement is told once, with the body."""
    texts = [StatementWording(name=BODY, text=statement.body)]
    texts += [wording for wording in statement.wordings if wording.text != statement.body]
    for open_text in texts:
        is_body = open_text is texts[0]
        typed = OpenText(
            kind=statement.kind,
            title=statement.title,
            text=open_text.text,
            wordings=tuple(text for text in texts if text is not open_text),
            right_answer=statement.right_answer if is_body else "",
            near_misses=statement.near_misses if is_body else (),
        )
        given = advise(typed, lists, statements=others if is_body else ())
        yield AdvisedWording(file=statement.name, wording=open_text.name, text=open_text.text, advice=given)
