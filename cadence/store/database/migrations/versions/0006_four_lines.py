"""A question shows four lines; those that were stored before go on showing up to six."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("checks", sa.Column("lines", sa.SmallInteger(), server_default=sa.text("4"), nullable=False))
    op.execute("UPDATE checks SET lines = 6")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("checks", schema=None) as batch_op:
        batch_op.drop_column("lines")
