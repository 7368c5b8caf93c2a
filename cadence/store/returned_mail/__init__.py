"""Rows of mail that came back."""

from __future__ import annotations
