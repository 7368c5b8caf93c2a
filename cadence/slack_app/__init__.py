"""What arrives from Slack: events, presses, forms, commands, and the views that answer them."""

from __future__ import annotations
