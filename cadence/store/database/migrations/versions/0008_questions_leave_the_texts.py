"""A question beneath a text becomes a question of its delivery, as the others are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_DAY = {"sqlite": "d.send_after / 86400000000.0", "postgresql": "extract(epoch FROM d.send_after) / 86400.0"}
_BACK = (
    "UPDATE delivery_items SET check_id = (SELECT a.check_id FROM asked_checks a"
    " WHERE a.delivery_id = delivery_items.delivery_id AND a.version_id = delivery_items.version_id AND a.reason = 'beneath_text')"
)
#: SQLite makes the table again, which must not cost it its kind
_KEPT = {"sqlite_with_rowid": False}


def upgrade() -> None:
    """Apply; what was predicted is known of those that were answered."""
    op.execute(
        "INSERT INTO asked_checks (delivery_id, version_id, person_id, statement_id, check_id, reason, asked_day, predicted, shown_before)"
        " SELECT i.delivery_id, i.version_id, min(d.person_id), min(i.statement_id), min(i.check_id), 'beneath_text',"
        f" min({_DAY[op.get_bind().dialect.name]}), coalesce(min(a.predicted), 0.0), min(i.times_sent_before)"
        " FROM delivery_items i JOIN deliveries d ON d.id = i.delivery_id"
        " LEFT JOIN check_answers a ON a.delivery_id = i.delivery_id AND a.version_id = i.version_id"
        " WHERE i.check_id IS NOT NULL GROUP BY i.delivery_id, i.version_id"
    )
    with op.batch_alter_table("delivery_items", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.drop_constraint(op.f("fk_delivery_items_check_id_checks"), type_="foreignkey")
        batch_op.drop_column("check_id")


def downgrade() -> None:
    """Take back; questions apart from texts are lost."""
    with op.batch_alter_table("delivery_items", schema=None, table_kwargs=_KEPT) as batch_op:
        batch_op.add_column(sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_foreign_key(op.f("fk_delivery_items_check_id_checks"), "checks", ["check_id"], ["id"])
    op.execute(_BACK)
    op.execute("DELETE FROM asked_checks WHERE reason = 'beneath_text'")
