"""What people know, beside what leaders estimate."""

from __future__ import annotations
