"""Pure decisions: values in, values out; no clock, no disk, no network, no chance."""

from __future__ import annotations
