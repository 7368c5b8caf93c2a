"""A company that is only played, through the real planner."""

from __future__ import annotations
