"""People, their addresses, and rules over facts about them."""

from __future__ import annotations
