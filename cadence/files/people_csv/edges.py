"""What surrounds the people in a file: a second header, totals and remarks below, and columns that would have to be known. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cadence.files.people_csv.columns import Columns, half_understood, holds_address
from cadence.files.people_csv.dates import is_day
from cadence.files.people_csv.folding import fold, fold_words
from cadence.files.people_csv.standing import Says, says_of_flag, says_of_word
from cadence.files.people_csv.table import TableRow

#: a column with more different cells holds no words of status
_MOST_WORDS = 500
#: how lines below a table begin
_FOOTER = frozenset(
    fold_words(
        "total|totals|sum|grand total|count|row count|records|number of records|exported|export date|generated|created|report|printed"
        "|as of|end of report|end|confidential|page|source|filters|summe|gesamt|anzahl|erstellt|stand|exportiert|ende|total général"
        "|nombre|généré|exporté|page|confidentiel|total general|cantidad|generado|exportado|fecha|confidencial|total geral|quantidade"
        "|gerado|exportado em|totaal|aantal|geëxporteerd|gegenereerd|totale|numero|generato|esportato|razem|suma|liczba|wygenerowano"
        "|summa|antal|i alt|totalt|yhteensä|合計|件数|出力日|作成日|总计|合计|导出时间|합계|총계"
    )
)
_FOOTER_START = re.compile(r"\s*([^\d:=]+)")


def without_edges(rows: list[TableRow], emails: Sequence[int], notes: list[str]) -> list[TableRow]:
    """Return the rows without a second header (of SAP SuccessFactors) and without what stands below the table; ``notes`` tell of both.

    ``emails``: the columns of addresses. A line at the end without any address is below the table when an empty line stands before
    it, or when it begins as totals and remarks do.
    """
    if rows and not rows[0].fault and holds_address([rows[0].cells[index] for index in emails]):
        notes.append(f"line {rows[0].line} repeats the header and was skipped")
        rows = rows[1:]
    end = len(rows)
    while end and not any("@" in cell for cell in rows[end - 1].cells):
        end -= 1
    below = rows[end:]
    start = next((n for n, row in enumerate(below) if row.after_gap), len(below))
    kept = [row for row in below[:start] if not _is_footer(row)]
    if len(below) > len(kept):
        notes.append(f"lines skipped below the table, without an address: {len(below) - len(kept)}")
    return [*rows[:end], *kept]


def check_watched(columns: Columns, rows: list[TableRow], *, where: str) -> None:
    """Refuse the file when a column that no table knows seems to say who left or who is from outside. Raises Invalid."""
    for index, header, telling in columns.watched:
        values = {row.cells[index].strip() for row in rows if not row.fault and row.cells[index].strip()}
        if values and len(values) <= _MOST_WORDS and _speaks(values, telling):
            because = f": the column {header!r} seems to say who left or who is external"
            raise half_understood(columns.understood, [header], where=where, because=because)


def _speaks(values: set[str], telling: bool) -> bool:
    """Whether the cells of a column are words of status; of a column whose header speaks of it, yes, no and days are too."""
    words = [says_of_word(value) for value in values]
    if telling:
        pairs = zip(words, values, strict=True)
        return all(word is not Says.UNKNOWN or says_of_flag(value) is not None or is_day(value) for word, value in pairs)
    known = sum(word not in (Says.UNKNOWN, Says.NOTHING) for word in words)
    return known * 5 >= len(values) * 4 and (Says.CLOSED in words or Says.OUTSIDE in words)


def _is_footer(row: TableRow) -> bool:
    first = next((cell for cell in row.cells if cell.strip()), "")
    begins = _FOOTER_START.match(first)
    return begins is not None and fold(begins[1]) in _FOOTER
