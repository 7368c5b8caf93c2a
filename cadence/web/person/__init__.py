"""Pages that links in messages lead to."""

from __future__ import annotations
