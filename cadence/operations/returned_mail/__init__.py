"""Mail that comes back: bounces, complaints, absences and replies."""

from __future__ import annotations
