"""Slack direct messages over its Web API."""

from __future__ import annotations
