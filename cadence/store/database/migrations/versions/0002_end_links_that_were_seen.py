"""Links that were seen in stored texts end; a question says whether its sender is proven.

Questions that came by mail before were taken on the word of their From line.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "revoked_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_revoked_links")),
    )
    with op.batch_alter_table("revoked_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revoked_links_revoked_at"), ["revoked_at"], unique=False)
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sender_proven", sa.Boolean(), nullable=False, server_default=sa.text("true")))
    op.execute("UPDATE questions SET sender_proven = false WHERE source_id LIKE 'mail:%'")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_column("sender_proven")
    op.drop_table("revoked_links")
