"""Rows of a company that is only played."""

from __future__ import annotations
