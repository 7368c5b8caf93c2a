"""Email over SMTP."""

from __future__ import annotations
