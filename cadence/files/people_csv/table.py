"""Tables exported by other programs: bytes in, rows of cells out, with the line each row begins on.

Owns encoding, delimiter, quoting, size and the lines before and after the table; knows no column. A row that cannot be read
is a fault with its line, and reading goes on after it. Format: RFC 4180 and what spreadsheets make of it.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cadence.errors import Invalid

MAX_BYTES = 100_000_000
MAX_COLUMNS = 200
MAX_CELL = 10_000

_DELIMITERS = ",;\t|"
#: titles and dates that reports print above their header
_MOST_ABOVE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One record. ``fault`` says why it cannot be used; ``cells`` is then what was read of it."""

    line: int
    cells: list[str]
    fault: str = ""
    #: an empty line stands before it
    after_gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTable:
    """A decoded table. ``rows`` may be read once, and holds as many cells as ``header`` in each row without a fault."""

    header: list[str]
    header_line: int
    rows: Iterator[TableRow]
    notes: tuple[str, ...] = ()


def read_table(raw: bytes, *, is_header: Callable[[list[str]], bool]) -> CellTable:
    """Return the table of a CSV file in UTF-8, UTF-16 or Windows-1252, separated by comma, semicolon, tab or upright stroke.

    ``is_header`` tells the header among the first lines; where none is one, the first line with text is taken for it.
    Raises Invalid when the file is too large, has no header, or has more than 200 columns.
    """
    if len(raw) > MAX_BYTES:
        raise Invalid("size", f"{len(raw)} bytes", f"is more than {MAX_BYTES} bytes")
    text, notes = _decode(raw)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Invalid("text", "\0", "contains a NUL character; this is not a text table", where=f"line {line}")
    delimiter, above, text, skipped = _find_header(text, is_header)
    records = _records(text, delimiter, skipped)
    passed = 0
    header = None
    for row in records:
        if any(cell.strip() for cell in row.cells) or row.fault:
            if passed == above:
                header = row
                break
            passed += 1
    if header is None:
        raise Invalid("header", "", "is missing; the file is empty", example="name,email,timezone")
    if header.fault:
        raise Invalid("header", header.cells[:3], header.fault, where=f"line {header.line}")
    if len(header.cells) > MAX_COLUMNS:
        raise Invalid("header", f"{len(header.cells)} columns", f"has more than {MAX_COLUMNS} columns", where=f"line {header.line}")
    names = [" ".join(cell.split()) for cell in header.cells]
    while names and not names[-1]:
        names.pop()
    if above:
        notes = (*notes, f"lines skipped above the header in line {header.line}: {above}")
    return CellTable(header=names, header_line=header.line, rows=_checked(records, len(names)), notes=notes)


def _find_header(text: str, is_header: Callable[[list[str]], bool]) -> tuple[str, int, str, int]:
    """Return delimiter, how many lines with text stand above the header, the text, and how many lines a "sep=" of Excel took."""
    told, text, skipped = _told_delimiter(text)
    best: tuple[int, str, int] | None = None
    for delimiter in told or _DELIMITERS:
        above = 0
        for row in itertools.islice(_records(text[:200_000], delimiter, 0), _MOST_ABOVE):
            if not row.fault and is_header(row.cells):
                if best is None or len(row.cells) > best[0]:
                    best = len(row.cells), delimiter, above
                break
            above += any(cell.strip() for cell in row.cells) or bool(row.fault)
    if best is not None:
        return best[1], best[2], text, skipped
    line = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    outside = "".join(line.split('"')[::2])
    return told or max(_DELIMITERS, key=outside.count), 0, text, skipped


def _told_delimiter(text: str) -> tuple[str, str, int]:
    """Return the delimiter of a "sep=" line of Excel, the text after it, and how many lines that took."""
    first, _, rest = text.partition("\n")
    told = first.strip("\r\"' ")
    if told.lower().startswith("sep=") and len(told) == 5 and told[4] in _DELIMITERS:
        return told[4], rest, 1
    return "", text, 0


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


def _records(text: str, delimiter: str, skipped: int) -> Iterator[TableRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield TableRow(line=line, cells=[], fault=_plain(str(error)))
            continue
        yield TableRow(line=line, cells=cells)


def _plain(message: str) -> str:
    if "unexpected end of data" in message:
        return "has an opening quote that is never closed"
    if "field larger" in message:
        return f"has a cell of more than {MAX_CELL} characters, or a quote that is never closed"
    return "has text after a closing quote; a quote inside a cell is written twice"


def _checked(records: Iterator[TableRow], width: int) -> Iterator[TableRow]:
    gap = False
    for row in records:
        cells = row.cells
        if not row.fault and not any(map(str.strip, cells)):
            gap = True
            continue
        if gap:
            row, gap = replace(row, after_gap=True), False
        if row.fault:
            yield row
            continue
        if len(cells) != width:
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if len(cells) != width:
                yield replace(row, fault=f"has {len(cells)} cells where the header has {width}")
                continue
        if max(map(len, cells)) > MAX_CELL:
            yield replace(row, fault=f"has a cell of more than {MAX_CELL} characters")
            continue
        yield row
