"""Where the files that come with Cadence lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from cadence.errors import NotFound

_PACKAGE = Path(__file__).resolve().parent


def shipped_folder(name: str) -> Path:
    """Return the shipped folder ``name`` ("messages" or "config"). Raises NotFound when the installation lacks it."""
    for candidate in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise NotFound(f"this installation has no folder {name!r}; install Cadence again")
