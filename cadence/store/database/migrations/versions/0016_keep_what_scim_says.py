"""What SCIM says of a person is kept as it said it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "directory_users",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_directory_users_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_directory_users")),
        sa.UniqueConstraint("user_name", name=op.f("uq_directory_users_user_name")),
    )
    op.create_index(op.f("ix_directory_users_external_id"), "directory_users", ["external_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_directory_users_external_id"), table_name="directory_users")
    op.drop_table("directory_users")
