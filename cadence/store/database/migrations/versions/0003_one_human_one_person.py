"""People keep their employer's number, the addresses they had, and who said that they are gone.

Whoever was deactivated before was so by nobody known; whoever is external stays so until a directory says otherwise.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "former_addresses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_former_addresses_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_addresses")),
        sa.UniqueConstraint("value", name=op.f("uq_former_addresses_value")),
    )
    with op.batch_alter_table("former_addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_addresses_person_id"), ["person_id"], unique=False)
    # never rebuilt: on SQLite other tables refer to its rows
    with op.batch_alter_table("people", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("deactivated_by", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("employee_id", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("slack_guest", sa.Boolean(), nullable=False, server_default=sa.text("false")))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("people", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("slack_guest")
        batch_op.drop_column("employee_id")
        batch_op.drop_column("deactivated_by")
    op.drop_table("former_addresses")
