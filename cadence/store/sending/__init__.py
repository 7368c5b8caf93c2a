"""Rows of deliveries on their way and of the addresses they go to."""

from __future__ import annotations
