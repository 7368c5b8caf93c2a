"""The sample company, its mail sink, its Slack stand-in and its simulated people."""

from __future__ import annotations
