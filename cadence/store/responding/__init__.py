"""Rows of what people said to messages."""

from __future__ import annotations
