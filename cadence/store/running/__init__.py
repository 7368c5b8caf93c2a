"""Rows by which the service looks after itself."""

from __future__ import annotations
