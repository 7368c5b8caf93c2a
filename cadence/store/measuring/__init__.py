"""Rows that figures are computed from."""

from __future__ import annotations
