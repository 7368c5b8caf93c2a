"""The only code that knows every part: wires settings, store, channels and pages into one service."""

from __future__ import annotations
