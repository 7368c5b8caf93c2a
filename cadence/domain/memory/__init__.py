"""What one person probably still knows."""

from __future__ import annotations
