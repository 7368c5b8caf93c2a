"""What people typed, read into domain values with all faults at once."""

from __future__ import annotations
