"""What makes the operations happen on time."""

from __future__ import annotations
