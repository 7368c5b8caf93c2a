"""Pages for leaders and admins."""

from __future__ import annotations
