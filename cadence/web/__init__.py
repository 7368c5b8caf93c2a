"""The pages; call operations and nothing deeper."""

from __future__ import annotations
