"""Rows of what arrived from Slack, and who sent it."""

from __future__ import annotations
