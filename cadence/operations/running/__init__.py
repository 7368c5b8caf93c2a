"""What a running installation does by itself, and what looks after it."""

from __future__ import annotations
