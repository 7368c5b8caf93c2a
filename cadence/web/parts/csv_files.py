"""A CSV file that a table program opens: a byte order mark for its encoding, and no cell that it would run as a formula.

Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response


def csv_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return the file ``name`` to be kept, with ``head`` as its first line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([plain_cell(str(cell)) for cell in row] for row in rows)
    disposition = f'attachment; filename="{name}"'
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers={"content-disposition": disposition})


def plain_cell(text: str) -> str:
    """Return a cell that a table program reads as text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else text
