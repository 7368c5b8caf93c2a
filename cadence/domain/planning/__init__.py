"""Whom a turn is for, when it is due, and which statements it carries."""

from __future__ import annotations
