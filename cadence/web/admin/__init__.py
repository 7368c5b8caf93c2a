"""Pages for admins and auditors."""

from __future__ import annotations
