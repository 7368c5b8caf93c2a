"""The JSON face: reads what operations and store tell, changes through operations alone. Programs start in ``v1``."""

from __future__ import annotations
