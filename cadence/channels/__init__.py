"""The ways out: one folder per channel, each a transport behind the contract of ``base``."""

from __future__ import annotations
