"""Settings: their fields, where they come from, and what a relay is known to want."""

from __future__ import annotations
