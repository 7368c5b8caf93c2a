"""The right that a mail provider gives (OAuth refresh token) is kept, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "oauth_tokens",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_oauth_tokens")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("oauth_tokens")
