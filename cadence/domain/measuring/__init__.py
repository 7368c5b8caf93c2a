"""What may be said about a group, and how sure it is."""

from __future__ import annotations
