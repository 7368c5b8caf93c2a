"""Rows that planning reads and writes."""

from __future__ import annotations
