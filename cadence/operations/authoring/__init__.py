"""What leaders and admins write becomes rows: statements, cadences, drafts, posts and previews."""

from __future__ import annotations
