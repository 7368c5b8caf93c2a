"""The home tab and the modals as Block Kit."""

from __future__ import annotations
