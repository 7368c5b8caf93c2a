"""Answers may be counted in batches in place of being kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SUMS = ("asked_day", "predicted", "asked", "answered")


def upgrade() -> None:
    """Apply."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "answer_batches",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("statement_id", big, nullable=False),
        sa.Column("version_id", big, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("first_fact", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("people", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lines", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("newest_day", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *(sa.Column(name, sa.Float(), server_default=sa.text("0.0"), nullable=False) for name in _SUMS),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_answer_batches_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_answer_batches_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_batches")),
    )
    op.create_index("ix_answer_batches_version", "answer_batches", ["version_id", "closed"], unique=False)


def downgrade() -> None:
    """Take back; what was counted is lost, no single answer was there."""
    op.drop_table("answer_batches")
