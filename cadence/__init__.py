"""Cadence repeats what leaders most need people to know, and shows honestly who has met it."""

from __future__ import annotations

__version__ = "0.1.0"
