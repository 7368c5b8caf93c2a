"""Simulated people and their year."""

from __future__ import annotations
