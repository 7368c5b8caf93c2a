"""Evidence may leave at the end of its time; what it added up to is kept for each person and pair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _number(name: str, default: str | None = None) -> sa.Column[float]:
    server = None if default is None else sa.text(default)
    return sa.Column(name, sa.Float(), server_default=server, nullable=default is None)


def _count(name: str, *, small: bool) -> sa.Column[int]:
    kind: sa.types.TypeEngine[int] = sa.SmallInteger() if small else sa.Integer()
    return sa.Column(name, kind, server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    """Apply."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "pasts",
        sa.Column("person_id", big, nullable=False),
        _number("until_day", "0.0"),
        *(_count(name, small=False) for name in ("asked", "answered", "acknowledgeable", "acknowledged")),
        _number("score", "0.0"),
        _number("information", "0.0"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pasts_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_pasts")),
    )
    op.create_table(
        "past_habits",
        sa.Column("person_id", big, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        _number("responses", "0.0"),
        _number("silences", "0.0"),
        _number("as_of_day", "0.0"),
        _count("silent_in_row", small=True),
        _number("responded_day"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_past_habits_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "channel", name=op.f("pk_past_habits")),
    )
    op.create_table(
        "past_pairs",
        sa.Column("person_id", big, nullable=False),
        sa.Column("statement_id", big, nullable=False),
        sa.Column("meaning_id", big, nullable=True),
        _number("encoded", "0.0"),
        _number("stability", "2.3065"),
        _number("difficulty", "5.0"),
        _number("seen_day"),
        _number("right_day"),
        _number("folded_day"),
        _number("seen_sum", "0.0"),
        _number("seen_variance", "0.0"),
        _count("unanswered", small=True),
        _count("times_sent", small=False),
        _number("sent_day"),
        sa.Column("version_id", big, nullable=True),
        _count("sent_quarter", small=True),
        _count("sent_in_quarter", small=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_past_pairs_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_past_pairs_statement_id_statements")),
        sa.ForeignKeyConstraint(["meaning_id"], ["statement_versions.id"], name=op.f("fk_past_pairs_meaning_id_statement_versions")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_past_pairs_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("person_id", "statement_id", name=op.f("pk_past_pairs")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take back; what had left stays away, so what is kept of it goes too."""
    op.drop_table("past_pairs")
    op.drop_table("past_habits")
    op.drop_table("pasts")
