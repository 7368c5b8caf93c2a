"""What was measured beside an estimate goes: exact counts of answers, which the released figures stand in for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; who estimated what, and when, stays."""
    with op.batch_alter_table("estimates", schema=None) as batch_op:
        batch_op.drop_column("chance")
        batch_op.drop_column("respondents")
        batch_op.drop_column("right")


def downgrade() -> None:
    """Take back; the counts are gone."""
    with op.batch_alter_table("estimates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("right", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("respondents", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("chance", sa.Float(), nullable=True))
