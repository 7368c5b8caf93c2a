"""What is ready, late, leased and open is found by small indexes, however much waits and however much is done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_PLANNED, _SENDING = "state = 'planned'", "state = 'sending'"
_BEFORE = (("ix_deliveries_ready", ["send_after"], _PLANNED), ("ix_deliveries_sending", ["lease_until"], _SENDING))
_AFTER = (
    ("ix_deliveries_ready", ["channel", "send_after", "id"], _PLANNED),
    ("ix_deliveries_late", ["expires_at"], _PLANNED),
    ("ix_deliveries_leased", ["lease_until"], "lease_until IS NOT NULL"),
    ("ix_deliveries_open", ["occurrence_id"], "state IN ('planned', 'sending', 'unknown')"),
)


def _swap(old: tuple[tuple[str, list[str], str], ...], new: tuple[tuple[str, list[str], str], ...]) -> None:
    for name, _, _ in old:
        op.drop_index(name, table_name="deliveries")
    for name, columns, where in new:
        op.create_index(name, "deliveries", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """Apply."""
    _swap(_BEFORE, _AFTER)


def downgrade() -> None:
    """Take back."""
    _swap(_AFTER, _BEFORE)
