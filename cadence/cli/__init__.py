"""The command line; calls operations and nothing deeper."""

from __future__ import annotations
