"""Tables exported by other programs: bytes in, rows of cells out, with the line each row begins on.

Owns encoding, delimiter, quoting and size; knows no column. A row that cannot be read is a fault
with its line, and reading goes on after it. Format: RFC 4180 and what spreadsheets make of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from cadence.errors import Invalid

MAX_BYTES = 100_000_000
MAX_COLUMNS = 200
MAX_CELL = 10_000

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record. ``fault`` says why it cannot be used; ``cells`` is then what was read of it."""

    line: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A decoded table. ``rows`` may be read once, and holds as many cells as ``header`` in each row without a fault."""

    header: list[str]
    header_line: int
    rows: Iterator[Row]
    notes: tuple[str, ...] = ()


def read_table(raw: bytes) -> Table:
    """Return the table of a CSV file in UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon or tab.

    Raises Invalid when the file is too large, has no header, or has more than 200 columns.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid("size", f"{len(raw)} bytes", f"is more than {MAX_BYTES} bytes")
    text, notes = _decode(raw)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Invalid("text", "\0", "holds a NUL character; this is no table of text", where=f"line {line}")
    delimiter, text, skipped = _delimiter(text)
    records = _records(text, delimiter, skipped)
    header = next((row for row in records if any(cell.strip() for cell in row.cells) or row.fault), None)
    if header is None:
        raise Invalid("header", "", "is missing; the file is empty", example="name,email,timezone")
    if header.fault:
        raise Invalid("header", header.cells[:3], header.fault, where=f"line {header.line}")
    if len(header.cells) > MAX_COLUMNS:
        raise Invalid("header", f"{len(header.cells)} columns", f"has more than {MAX_COLUMNS} columns", where=f"line {header.line}")
    names = [" ".join(cell.split()) for cell in header.cells]
    while names and not names[-1]:
        names.pop()
    return Table(header=names, header_line=header.line, rows=_checked(records, len(names)), notes=notes)


def _decode(raw: bytes) -> tuple[str, tuple[str, ...]]:
    sample = raw[:4000]
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif len(sample) >= 4 and sample.count(0) > len(sample) // 4:
        encoding = "utf-16-le" if sample[1] == 0 else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        return raw.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise Invalid("encoding", f"byte {error.start}", "is not UTF-16 text; save the file as UTF-8") from None
        start, line = error.start, raw.count(b"\n", 0, error.start) + 1
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        reason = "is neither UTF-8 nor Windows-1252 text; save the file as UTF-8"
        raise Invalid("encoding", f"byte {start}", reason, where=f"line {line}") from None
    return text, (f"line {line} is not UTF-8, so the file was read as Windows-1252 (Latin-1); check the accented letters",)


def _delimiter(text: str) -> tuple[str, str, int]:
    """Return delimiter, text after a "sep=" line of Excel, and how many lines that took."""
    first, _, rest = text.partition("\n")
    told = first.strip("\r\"' ")
    if told.lower().startswith("sep=") and len(told) == 5 and told[4] in _DELIMITERS:
        return told[4], rest, 1
    line = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count), text, 0


def _records(text: str, delimiter: str, skipped: int) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line=line, cells=[], fault=_plain(str(error)))
            continue
        yield Row(line=line, cells=cells)


def _plain(message: str) -> str:
    if "unexpected end of data" in message:
        return "has an opening quote that is never closed"
    if "field larger" in message:
        return f"has a cell of more than {MAX_CELL} characters, or a quote that is never closed"
    return "has text after a closing quote; a quote inside a cell is written twice"


def _checked(records: Iterator[Row], width: int) -> Iterator[Row]:
    for row in records:
        cells = row.cells
        if row.fault:
            yield row
            continue
        if len(cells) != width:
            if not any(cells):
                continue
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if len(cells) != width:
                yield Row(line=row.line, cells=cells, fault=f"has {len(cells)} cells where the header has {width}")
                continue
        elif not any(cells):
            continue
        if max(map(len, cells)) > MAX_CELL:
            yield Row(line=row.line, cells=cells, fault=f"has a cell of more than {MAX_CELL} characters")
            continue
        yield row
