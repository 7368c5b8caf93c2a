"""Build the schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audiences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiences")),
        sa.UniqueConstraint("slug", name=op.f("uq_audiences_slug")),
    )
    op.create_table(
        "cadences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadences")),
        sa.UniqueConstraint("slug", name=op.f("uq_cadences_slug")),
    )
    op.create_table(
        "channel_status",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures_in_row", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_status")),
    )
    op.create_table(
        "check_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("score", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("information", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("slope_score", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("slope_information", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_check_days")),
    )
    op.create_table(
        "limit_sets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_sets")),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("manager_email", sa.Text(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("preferred_channel", sa.Text(), nullable=False),
        sa.Column("preferred_day", sa.SmallInteger(), nullable=True),
        sa.Column("preferred_time", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("preferred_locale", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("fewer_until", Instant(), nullable=True),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("moved_at", Instant(), nullable=True),
        sa.Column("shared", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("deactivated_at", Instant(), nullable=True),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index("ix_people_zone_id", ["zone", "id"], unique=False)

    op.create_table(
        "slack_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("reply", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slack_events")),
    )
    with op.batch_alter_table("slack_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slack_events_received_at"), ["received_at"], unique=False)

    op.create_table(
        "statements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("visible_to", sa.Text(), server_default=sa.text("'everyone'"), nullable=False),
        sa.Column("must_acknowledge", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("slug", name=op.f("uq_statements_slug")),
    )
    op.create_table(
        "addresses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("suspended_at", Instant(), nullable=True),
        sa.Column("suspended_reason", sa.Text(), nullable=False),
        sa.Column("failure_score", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_addresses_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("person_id", "channel", name=op.f("uq_addresses_person_id_channel")),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index("ix_addresses_channel_value", ["channel", "value"], unique=False)

    op.create_table(
        "attention",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("responses", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("silences", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("as_of_day", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("seen_if_silent", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("silent_in_row", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("responded_day", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_attention_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", "channel", name=op.f("pk_attention")),
    )
    op.create_table(
        "measures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_measures_statement_id_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measures")),
        sa.UniqueConstraint("statement_id", "name", name=op.f("uq_measures_statement_id_name")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_notices_statement_id_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_table(
        "occurrences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("cadence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("local_time", sa.Text(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("fire_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_through", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cadence_id"], ["cadences.id"], name=op.f("fk_occurrences_cadence_id_cadences")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("key", name=op.f("uq_occurrences_key")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index(
            "ix_occurrences_unclosed",
            ["state"],
            unique=False,
            sqlite_where=sa.text("state <> 'closed'"),
            postgresql_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "recall_offsets",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("information", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recall_offsets_person_id_people")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_recall_offsets")),
    )
    op.create_table(
        "slots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("cadence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("local_time", sa.Text(), nullable=False),
        sa.Column("next_local_date", sa.Date(), nullable=True),
        sa.Column("next_fire_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cadence_id"], ["cadences.id"], name=op.f("fk_slots_cadence_id_cadences")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("cadence_id", "zone", "local_time", name=op.f("uq_slots_cadence_id_zone_local_time")),
    )
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slots_next_fire_at"), ["next_fire_at"], unique=False)

    op.create_table(
        "statement_supports",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supports_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_supports_statement_id_statements")),
        sa.ForeignKeyConstraint(["supports_id"], ["statements.id"], name=op.f("fk_statement_supports_supports_id_statements")),
        sa.PrimaryKeyConstraint("statement_id", "supports_id", name=op.f("pk_statement_supports")),
    )
    op.create_table(
        "statement_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("material", sa.Boolean(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("near_misses", sa.JSON(), nullable=False),
        sa.Column("right_answer", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_versions_statement_id_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_versions")),
        sa.UniqueConstraint("statement_id", "number", name=op.f("uq_statement_versions_statement_id_number")),
    )
    op.create_table(
        "checks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("right", sa.Text(), nullable=False),
        sa.Column("distractors", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_checks_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
        sa.UniqueConstraint("version_id", "digest", name=op.f("uq_checks_version_id_digest")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("occurrence_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("local_week", sa.Integer(), nullable=False),
        sa.Column("local_day", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("local_quarter", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("must_deliver", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("counted", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.Column("item_count", sa.SmallInteger(), nullable=False),
        sa.Column("send_after", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("attempt_count", sa.SmallInteger(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("dated", Instant(), nullable=True),
        sa.Column("settle_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name=op.f("fk_deliveries_occurrence_id_occurrences")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deliveries_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("occurrence_id", "person_id", "channel", name=op.f("uq_deliveries_occurrence_id_person_id_channel")),
        sa.UniqueConstraint("public_id", name=op.f("uq_deliveries_public_id")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_person_day", ["person_id", "local_day"], unique=False)
        batch_op.create_index(
            "ix_deliveries_ready",
            ["send_after"],
            unique=False,
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(
            "ix_deliveries_sending",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'sending'"),
            postgresql_where=sa.text("state = 'sending'"),
        )
        batch_op.create_index(
            "ix_deliveries_settle",
            ["settle_at"],
            unique=False,
            sqlite_where=sa.text("settle_at IS NOT NULL"),
            postgresql_where=sa.text("settle_at IS NOT NULL"),
        )

    op.create_table(
        "estimates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), server_default=sa.text("('')"), nullable=False),
        sa.Column("right", sa.Integer(), nullable=True),
        sa.Column("respondents", sa.Integer(), nullable=True),
        sa.Column("chance", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_estimates_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_estimates_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimates")),
        sa.UniqueConstraint("statement_id", "number", name=op.f("uq_estimates_statement_id_number")),
    )
    op.create_table(
        "exposures",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.Column("sent_quarter", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_in_quarter", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_wording_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sent_day", sa.Float(), nullable=True),
        sa.Column("planned_day", sa.Float(), nullable=True),
        sa.Column("encoded", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("stability", sa.Float(), server_default=sa.text("(2.3065)"), nullable=False),
        sa.Column("difficulty", sa.Float(), server_default=sa.text("(5.0)"), nullable=False),
        sa.Column("seen_day", sa.Float(), nullable=True),
        sa.Column("folded_day", sa.Float(), nullable=True),
        sa.Column("seen_sum", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("seen_variance", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("unanswered", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("right_day", sa.Float(), nullable=True),
        sa.Column("held_until_day", sa.Float(), nullable=True),
        sa.Column("fewer_until_day", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_exposures_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_exposures_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_exposures_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("person_id", "statement_id", name=op.f("pk_exposures")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("exposures", schema=None) as batch_op:
        batch_op.create_index("ix_exposures_statement", ["statement_id"], unique=False)

    op.create_table(
        "measure_values",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("measure_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["measure_id"], ["measures.id"], name=op.f("fk_measure_values_measure_id_measures")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_values")),
        sa.UniqueConstraint("measure_id", "value_on", name=op.f("uq_measure_values_measure_id_value_on")),
    )
    op.create_table(
        "wordings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("substantive", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_wordings_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wordings")),
        sa.UniqueConstraint("version_id", "name", name=op.f("uq_wordings_version_id_name")),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_acknowledgements_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_acknowledgements_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_acknowledgements_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_acknowledgements_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
        sa.UniqueConstraint("person_id", "version_id", name=op.f("uq_acknowledgements_person_id_version_id")),
    )
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.create_index("ix_acknowledgements_version", ["version_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=False),
        sa.Column("intent_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("provider_code", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id_deliveries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_attempts_delivery_id_number")),
    )
    op.create_table(
        "check_answers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("choice", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("options", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("right", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("plain", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("predicted", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("gain_score", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("gain_information", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("gain_slope_score", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("gain_slope_information", sa.Float(), server_default=sa.text("(0.0)"), nullable=False),
        sa.Column("answered_at", Instant(), nullable=False),
        sa.Column("answered_day", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_check_answers_check_id_checks")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_check_answers_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_check_answers_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_check_answers_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_check_answers_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_answers")),
        sa.UniqueConstraint("delivery_id", "version_id", name=op.f("uq_check_answers_delivery_id_version_id")),
    )
    with op.batch_alter_table("check_answers", schema=None) as batch_op:
        batch_op.create_index("ix_check_answers_day", ["answered_day"], unique=False)
        batch_op.create_index("ix_check_answers_person", ["person_id"], unique=False)
        batch_op.create_index("ix_check_answers_statement", ["statement_id", "person_id"], unique=False)

    op.create_table(
        "delivery_items",
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wording_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("times_sent_before", sa.Integer(), nullable=False),
        sa.Column("showing", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_delivery_items_check_id_checks")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_items_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_delivery_items_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_delivery_items_version_id_statement_versions")),
        sa.ForeignKeyConstraint(["wording_id"], ["wordings.id"], name=op.f("fk_delivery_items_wording_id_wordings")),
        sa.PrimaryKeyConstraint("delivery_id", "position", name=op.f("pk_delivery_items")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("delivery_items", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_items_statement", ["statement_id", "delivery_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=True),
        sa.Column("outcome", sa.Float(), nullable=True),
        sa.Column("options", sa.SmallInteger(), nullable=True),
        sa.Column("retracts", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_evidence_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_evidence_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_evidence_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_evidence_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("source_id", name=op.f("uq_evidence_source_id")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(
            "ix_evidence_person_statement",
            ["person_id", "statement_id"],
            unique=False,
            sqlite_where=sa.text("statement_id IS NOT NULL"),
            postgresql_where=sa.text("statement_id IS NOT NULL"),
        )

    op.create_table(
        "incoming_mails",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_incoming_mails_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_incoming_mails_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mails")),
        sa.UniqueConstraint("source_id", name=op.f("uq_incoming_mails_source_id")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_questions_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_questions_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_questions_statement_id_statements")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("source_id", name=op.f("uq_questions_source_id")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "taps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("tapped_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_taps_delivery_id_deliveries")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_taps_person_id_people")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_taps_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_taps_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taps")),
        sa.UniqueConstraint("source_id", name=op.f("uq_taps_source_id")),
    )
    with op.batch_alter_table("taps", schema=None) as batch_op:
        batch_op.create_index("ix_taps_person_statement", ["person_id", "statement_id"], unique=False)
        batch_op.create_index("ix_taps_statement", ["statement_id", "kind"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("taps", schema=None) as batch_op:
        batch_op.drop_index("ix_taps_statement")
        batch_op.drop_index("ix_taps_person_statement")

    op.drop_table("taps")
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questions_person_id"))

    op.drop_table("questions")
    op.drop_table("incoming_mails")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_evidence_person_statement",
            sqlite_where=sa.text("statement_id IS NOT NULL"),
            postgresql_where=sa.text("statement_id IS NOT NULL"),
        )

    op.drop_table("evidence")
    with op.batch_alter_table("delivery_items", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_items_statement")

    op.drop_table("delivery_items")
    with op.batch_alter_table("check_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_check_answers_statement")
        batch_op.drop_index("ix_check_answers_person")
        batch_op.drop_index("ix_check_answers_day")

    op.drop_table("check_answers")
    op.drop_table("attempts")
    with op.batch_alter_table("acknowledgements", schema=None) as batch_op:
        batch_op.drop_index("ix_acknowledgements_version")

    op.drop_table("acknowledgements")
    op.drop_table("wordings")
    op.drop_table("measure_values")
    with op.batch_alter_table("exposures", schema=None) as batch_op:
        batch_op.drop_index("ix_exposures_statement")

    op.drop_table("exposures")
    op.drop_table("estimates")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_settle", sqlite_where=sa.text("settle_at IS NOT NULL"), postgresql_where=sa.text("settle_at IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_deliveries_sending", sqlite_where=sa.text("state = 'sending'"), postgresql_where=sa.text("state = 'sending'")
        )
        batch_op.drop_index("ix_deliveries_ready", sqlite_where=sa.text("state = 'planned'"), postgresql_where=sa.text("state = 'planned'"))
        batch_op.drop_index("ix_deliveries_person_day")

    op.drop_table("deliveries")
    op.drop_table("checks")
    op.drop_table("statement_versions")
    op.drop_table("statement_supports")
    with op.batch_alter_table("slots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slots_next_fire_at"))

    op.drop_table("slots")
    op.drop_table("recall_offsets")
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_occurrences_unclosed", sqlite_where=sa.text("state <> 'closed'"), postgresql_where=sa.text("state <> 'closed'")
        )

    op.drop_table("occurrences")
    op.drop_table("notices")
    op.drop_table("measures")
    op.drop_table("attention")
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_index("ix_addresses_channel_value")

    op.drop_table("addresses")
    op.drop_table("statements")
    with op.batch_alter_table("slack_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slack_events_received_at"))

    op.drop_table("slack_events")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index("ix_people_zone_id")

    op.drop_table("people")
    op.drop_table("marks")
    op.drop_table("limit_sets")
    op.drop_table("check_days")
    op.drop_table("channel_status")
    op.drop_table("cadences")
    op.drop_table("audiences")
