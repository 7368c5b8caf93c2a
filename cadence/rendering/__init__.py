"""From statements to words on a page: Markdown, templates, email and Slack composition."""

from __future__ import annotations
