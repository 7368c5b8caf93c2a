"""Questions are asked apart from texts, with the draw behind them; figures are released in frozen steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; of the answers so far the right line is known, which of the wrong ones was chosen is not."""
    op.create_table(
        "company_learning",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("refreshed_day", sa.Float(), server_default=sa.text("0.0"), nullable=False),
        sa.Column("noise_share", sa.Float(), server_default=sa.text("0.05"), nullable=False),
        sa.Column("attention", sa.Float(), server_default=sa.text("0.5"), nullable=False),
        sa.Column("responding", sa.Float(), server_default=sa.text("0.5"), nullable=False),
        sa.Column("both", sa.Float(), server_default=sa.text("0.0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_learning")),
    )
    op.create_table(
        "answering",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("acknowledgeable", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("acknowledged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("asked_day", sa.Float(), nullable=True),
        sa.Column("noise", sa.Float(), server_default=sa.text("0.0"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_answering_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_answering")),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_kind", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("released_at", Instant(), nullable=False),
        sa.Column("people", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("answered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=True),
        sa.Column("low", sa.SmallInteger(), nullable=True),
        sa.Column("high", sa.SmallInteger(), nullable=True),
        sa.Column("newest_answer_id", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("selection", sa.Float(), server_default=sa.text("0.0"), nullable=False),
        sa.Column("details", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_releases_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_releases_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint(
            "figure",
            "statement_id",
            "group_kind",
            "group_name",
            "step",
            name=op.f("uq_releases_figure_statement_id_group_kind_group_name_step"),
        ),
    )
    op.create_index("ix_releases_day", "releases", ["released_at"], unique=False)

    op.create_table(
        "asked_checks",
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_day", sa.Float(), server_default=sa.text("0.0"), nullable=False),
        sa.Column("predicted", sa.Float(), server_default=sa.text("0.0"), nullable=False),
        sa.Column("shown_before", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("silent_before", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("eligible", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_asked_checks_check_id_checks")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_asked_checks_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_asked_checks_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_asked_checks_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_asked_checks_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("delivery_id", "version_id", name=op.f("pk_asked_checks")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_asked_checks_person", "asked_checks", ["person_id"], unique=False)
    op.create_index("ix_asked_checks_statement", "asked_checks", ["statement_id", "asked_day"], unique=False)

    op.create_table(
        "beliefs",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("belief", sa.SmallInteger(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_beliefs_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_beliefs_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_beliefs_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_beliefs_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("statement_id", "person_id", name=op.f("pk_beliefs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "own_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("judgement", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("judged_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("named", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("offered_at", Instant(), nullable=False),
        sa.Column("said_at", Instant(), nullable=True),
        sa.Column("judged_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["check_answers.id"], name=op.f("fk_own_words_answer_id_check_answers")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_own_words_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_own_words_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_own_words_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_own_words_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_words")),
        sa.UniqueConstraint("source_id", name=op.f("uq_own_words_source_id")),
    )
    op.create_index("ix_own_words_person", "own_words", ["person_id"], unique=False)
    op.create_index("ix_own_words_waiting", "own_words", ["judgement", "said_at"], unique=False)

    op.add_column("check_answers", sa.Column("line", sa.SmallInteger(), nullable=True))

    op.add_column("exposures", sa.Column("asked_day", sa.Float(), nullable=True))
    op.add_column("exposures", sa.Column("asked_in_vain", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))

    op.add_column("statement_versions", sa.Column("brief", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.execute('UPDATE check_answers SET line = 0 WHERE "right"')
    # who deals how with what was sent so far is counted by the first tick
    op.execute("INSERT INTO marks (name, position) SELECT 'count_answering', 0 WHERE EXISTS (SELECT 1 FROM deliveries)")


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM marks WHERE name = 'count_answering'")
    with op.batch_alter_table("statement_versions", schema=None) as batch_op:
        batch_op.drop_column("brief")

    with op.batch_alter_table("exposures", schema=None) as batch_op:
        batch_op.drop_column("asked_in_vain")
        batch_op.drop_column("asked_day")

    with op.batch_alter_table("check_answers", schema=None) as batch_op:
        batch_op.drop_column("line")

    op.drop_table("own_words")
    op.drop_table("beliefs")

    op.drop_table("asked_checks")

    op.drop_table("releases")
    op.drop_table("answering")
    op.drop_table("company_learning")
