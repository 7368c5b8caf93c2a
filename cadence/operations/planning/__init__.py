"""Who gets which statements in which occurrence, and why."""

from __future__ import annotations
