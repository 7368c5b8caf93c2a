"""What the product does, one verb per module."""

from __future__ import annotations
