"""Statements, their checks and the text they may hold."""

from __future__ import annotations
