"""What a person says to a message becomes evidence."""

from __future__ import annotations
