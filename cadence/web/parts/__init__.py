"""What pages share: guard, access, forms, templating."""

from __future__ import annotations
