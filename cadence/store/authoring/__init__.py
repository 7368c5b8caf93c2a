"""Rows of statements, cadences and shared places."""

from __future__ import annotations
