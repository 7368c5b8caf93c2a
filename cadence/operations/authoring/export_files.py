"""Write what is in the database back as the files it is imported from: importing them again changes nothing.

A further kind of file is one more function in ``WRITERS``. Retired statements are left out, because a file cannot say that of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath

from sqlalchemy.engine import Connection

from cadence.files.statement_md import parse_statement
from cadence.files.statement_writer import write_statement
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.import_statements import read_statement_files
from cadence.operations.authoring.stored_file import file_of
from cadence.store.authoring.statements import stored_statements

#: the folder of the statements in an export
STATEMENTS = "statements"


def statement_files(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of each statement in use. The names keep the reading order of a kind."""
    stored = sorted((one for one in stored_statements(connection) if one.withdrawn_at is None), key=lambda one: (one.kind, one.position))
    for kind, group in groupby(stored, key=lambda one: one.kind):
        for number, one in enumerate(group, 1):
            yield f"{STATEMENTS}/{kind}/{number:02}-{one.slug}.md", write_statement(file_of(one))


#: what each kind of file is written by
WRITERS: tuple[Callable[[Connection], Iterable[tuple[str, str]]], ...] = (statement_files,)


def export_files(connection: Connection, folder: Path) -> tuple[list[str], list[str]]:
    """Write every file below ``folder``; return (paths written, paths that said the same already), in order.

    A statement that a file there says already is written into that file, whatever its name. A link is never written through.
    """
    known = _slugs_in(folder)
    written: list[str] = []
    same: list[str] = []
    for write in WRITERS:
        for name, text in write(connection):
            slug = PurePosixPath(name).stem.partition("-")[2]
            path = folder / known.get(slug, name)
            if path.is_file() and path.read_bytes() == text.encode():
                same.append(path.relative_to(folder).as_posix())
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                path.unlink()
            path.write_bytes(text.encode())
            written.append(path.relative_to(folder).as_posix())
    return written, same


def _slugs_in(folder: Path) -> dict[str, str]:
    """Return slug -> path below ``folder`` of the statements that files there say."""
    found: dict[str, str] = {}
    if not folder.is_dir():
        return found
    for name, raw in read_statement_files(folder):
        try:
            if raw is not None:
                found[parse_statement(raw, name=name).slug] = name
        except InvalidFile:  # not ours to overwrite
            continue
    return found
