"""What became of the deliveries of closed occurrences is counted once, and again when one of them changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TROUBLE = sa.text("state IN ('failed', 'unknown')")
#: a migration that makes ``deliveries`` again on SQLite (``batch_alter_table`` with recreate) must make these again too
_ENDED = "OLD.state NOT IN ('planned', 'sending')"
_RECOUNT = "UPDATE occurrences SET counted = false WHERE id = OLD.occurrence_id"


def upgrade() -> None:
    """Apply. Closed occurrences are counted by the next ticks; until then they are counted live."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("occurrences", sa.Column("counted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "occurrence_counts",
        sa.Column("statement_id", big, autoincrement=False, nullable=False),
        sa.Column("occurrence_id", big, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_occurrence_counts_occurrence_id_occurrences")),
        sa.PrimaryKeyConstraint("statement_id", "occurrence_id", "channel", "state", name=op.f("pk_occurrence_counts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_occurrence_counts_occurrence", "occurrence_counts", ["occurrence_id"])
    op.create_index("ix_occurrence_counts_trouble", "occurrence_counts", ["statement_id"], sqlite_where=_TROUBLE, postgresql_where=_TROUBLE)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER deliveries_changed AFTER UPDATE OF state ON deliveries "
            f"WHEN {_ENDED} AND OLD.state <> NEW.state BEGIN {_RECOUNT}; END"
        )
        op.execute(f"CREATE TRIGGER deliveries_gone AFTER DELETE ON deliveries WHEN {_ENDED} BEGIN {_RECOUNT}; END")
        return
    op.execute(f"CREATE FUNCTION recount_occurrence() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_RECOUNT}; RETURN NULL; END $$")
    op.execute(
        f"CREATE TRIGGER deliveries_changed AFTER UPDATE OF state ON deliveries FOR EACH ROW "
        f"WHEN ({_ENDED} AND OLD.state <> NEW.state) EXECUTE FUNCTION recount_occurrence()"
    )
    op.execute(
        f"CREATE TRIGGER deliveries_gone AFTER DELETE ON deliveries FOR EACH ROW WHEN ({_ENDED}) EXECUTE FUNCTION recount_occurrence()"
    )


def downgrade() -> None:
    """Take back; the deliveries are counted live again."""
    on = "" if op.get_bind().dialect.name == "sqlite" else " ON deliveries"
    op.execute(f"DROP TRIGGER deliveries_changed{on}")
    op.execute(f"DROP TRIGGER deliveries_gone{on}")
    if on:
        op.execute("DROP FUNCTION recount_occurrence()")
    op.drop_table("occurrence_counts")
    op.drop_column("occurrences", "counted")
