"""Benchmarks that print ratios."""

from __future__ import annotations
