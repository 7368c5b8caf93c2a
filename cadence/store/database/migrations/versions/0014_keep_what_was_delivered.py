"""What deliveries brought of a text is kept apart from the texts that stood under answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEPT = {"sqlite_with_rowid": False}
#: what was brought, in the tables that keep pairs
_TABLES = ("exposures", "past_pairs")
#: answers to questions that came apart from the text, each of which showed it; those taken back did not
_UNDER_ANSWERS = """
    SELECT count(*) FROM evidence f WHERE f.person_id = exposures.person_id AND f.statement_id = exposures.statement_id
    AND f.level = 5 AND f.delivery_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM delivery_items i WHERE i.delivery_id = f.delivery_id AND i.statement_id = f.statement_id)
    AND NOT EXISTS (SELECT 1 FROM evidence b
        WHERE b.person_id = f.person_id AND b.statement_id = f.statement_id AND b.retracts = f.source_id)
"""
_NEWEST = """
    SELECT {what} FROM deliveries d JOIN delivery_items i ON i.delivery_id = d.id
    JOIN evidence s ON s.source_id = 'sent:' || CAST(d.id AS TEXT)
    WHERE d.person_id = exposures.person_id AND i.statement_id = exposures.statement_id
    AND NOT EXISTS (SELECT 1 FROM evidence b WHERE b.source_id = 'bounce:' || CAST(d.id AS TEXT))
    ORDER BY s.occurred_at DESC, i.version_id DESC LIMIT 1
"""
_DAY = {"sqlite": "s.occurred_at / 86400000000.0", "postgresql": "extract(epoch FROM s.occurred_at) / 86400.0"}


def upgrade() -> None:
    """Apply; what was counted of answers until today is taken out again."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None, table_kwargs=_KEPT) as batch_op:
            batch_op.add_column(sa.Column("delivered_times", sa.Integer(), server_default=sa.text("0"), nullable=False))
            batch_op.add_column(sa.Column("delivered_day", sa.Float(), nullable=True))
            batch_op.add_column(sa.Column("delivered_version_id", big, nullable=True))
            name = op.f(f"fk_{table}_delivered_version_id_statement_versions")
            batch_op.create_foreign_key(name, "statement_versions", ["delivered_version_id"], ["id"])
        op.execute(f"UPDATE {table} SET delivered_times = times_sent, delivered_day = sent_day, delivered_version_id = version_id")
    day = _DAY[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE exposures SET delivered_times = times_sent - ({_UNDER_ANSWERS}), delivered_day = ({_NEWEST.format(what=day)}), "
        f"delivered_version_id = ({_NEWEST.format(what='i.version_id')}) WHERE ({_UNDER_ANSWERS}) > 0"
    )


def downgrade() -> None:
    """Take back; texts under answers count with the others."""
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None, table_kwargs=_KEPT) as batch_op:
            batch_op.drop_constraint(op.f(f"fk_{table}_delivered_version_id_statement_versions"), type_="foreignkey")
            for name in ("delivered_version_id", "delivered_day", "delivered_times"):
                batch_op.drop_column(name)
