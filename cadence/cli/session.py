"""What the commands share: the options, opening the application, and printing facts.

Facts go to standard output (one JSON document with ``--json``), everything else to standard error.
Progress is shown on a terminal only.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cadence.assembly.app import App


def add_common(parser: argparse.ArgumentParser, *, as_json: bool = True) -> None:
    """Add ``--config`` and ``--json``."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: config/cadence.toml)")
    if as_json:
        parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_at(parser: argparse.ArgumentParser) -> None:
    """Add ``--at``."""
    parser.add_argument("--at", metavar="INSTANT", help="act as if it were this instant: ISO 8601 with an offset, 2026-11-23T09:00+01:00")


@contextmanager
def open_app(args: argparse.Namespace, *, schema: bool = True) -> Iterator[App]:
    """Yield the application the settings describe, its schema checked; closes it at the end."""
    from cadence.assembly.app import App
    from cadence.clock import command_clock
    from cadence.errors import Invalid
    from cadence.settings.loading import load_settings

    clock = command_clock(getattr(args, "at", None))
    settings = load_settings(args.config)
    if settings.data_dir.exists() and not settings.data_dir.is_dir():
        raise Invalid("data_dir", str(settings.data_dir), "is a file, not a folder", example="/var/lib/cadence")
    app = App(settings, clock=clock, given=settings)
    try:
        if schema:
            from cadence.store.database.schema_version import require_current

            require_current(app.database)
            from cadence.operations.running.change_company import company_of

            if (in_force := company_of(app.database, settings)) != settings:
                app.close()
                app = App(in_force, clock=clock, given=settings)
        yield app
    finally:
        app.close()


def plain(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: dataclasses as objects, instants as ISO 8601 with offset."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    return value


def print_json(value: Any) -> None:
    """Print one JSON document."""
    # a file name that is not UTF-8, or a terminal that is not, gets escapes that JSON itself knows
    text = json.dumps(plain(value), ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(plain(value), indent=2)
    sys.stdout.write(text + "\n")


def say(line: str = "") -> None:
    """Print one line of facts, at once: a pipe may wait for it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """Tell the person at the terminal something that is not a fact of the answer."""
    sys.stderr.write(line + "\n")


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, indent: str = "") -> None:
    """Print aligned columns; numbers to the right."""
    shown = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(len(h), *(len(r[i]) for r in shown)) if shown else len(h) for i, h in enumerate(headers)]
    numeric = [
        bool(shown) and all(r[i].replace(".", "").replace("%", "").replace(",", "").strip("- ").isdigit() or not r[i] for r in shown)
        for i in range(len(headers))
    ]

    def line(cells: Sequence[str]) -> str:
        return indent + "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cells, widths, numeric, strict=True)).rstrip()

    say(line(list(headers)))
    say(indent + "  ".join("-" * w for w in widths))
    for row in shown:
        say(line(row))


@contextmanager
def progress(label: str, *, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yield a function that counts work done; a bar on a terminal, silence in a pipe."""
    if not sys.stderr.isatty():
        yield lambda n: None
        return
    from tqdm import tqdm

    with tqdm(desc=label, total=total, unit="", leave=False, file=sys.stderr) as bar:

        def advance(n: int) -> None:
            bar.update(n)

        yield advance
