"""The engine, the tables, the migrations and what all queries share."""

from __future__ import annotations
