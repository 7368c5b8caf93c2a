"""Planned deliveries become messages that left, failed or are in doubt."""

from __future__ import annotations
