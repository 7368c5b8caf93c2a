"""Accounts, drafts, the audit log, and what an admin decides in the browser.

Everything that is there was edited in files, and nobody has an account yet.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cadence.store.database.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_REFUSED = "the audit log is only ever added to"


def _protect_audit() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entries_no_{deed.lower()} BEFORE {deed} ON audit_entries "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
            )
        return
    op.execute(f"CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$")
    op.execute(
        "CREATE TRIGGER audit_entries_only_added BEFORE UPDATE OR DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )


def upgrade() -> None:
    """Apply."""
    # who is a manager is asked for each request of somebody who signed in
    op.create_index("ix_people_manager_email", "people", ["manager_email"], unique=False)
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "directory_groups",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_groups")),
        sa.UniqueConstraint("public_id", name=op.f("uq_directory_groups_public_id")),
    )
    op.create_table(
        "group_roles",
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group_name", "role", name=op.f("pk_group_roles")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("person_id", big, nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("sender_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reply_to", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("recovery", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("signed_in_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_accounts_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_accounts_issuer_subject")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_person_id"), ["person_id"], unique=False)

    op.create_table(
        "directory_members",
        sa.Column("group_id", big, nullable=False),
        sa.Column("person_id", big, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["directory_groups.id"], name=op.f("fk_directory_members_group_id_directory_groups")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_directory_members_person_id_people")),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_directory_members")),
    )
    op.create_table(
        "account_roles",
        sa.Column("account_id", big, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.Column("granted_by", big, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_roles_account_id_accounts")),
        sa.ForeignKeyConstraint(["granted_by"], ["accounts.id"], name=op.f("fk_account_roles_granted_by_accounts")),
        sa.PrimaryKeyConstraint("account_id", "role", "source", name=op.f("pk_account_roles")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_api_tokens_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_entries_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_entries_hash")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_account_id"), ["account_id"], unique=False)
        batch_op.create_index("ix_audit_entries_object", ["object_kind", "object_key"], unique=False)

    op.create_table(
        "company_settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_company_settings_account_id_accounts")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_company_settings")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("statement_id", big, nullable=True),
        sa.Column("version_id", big, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("author_id", big, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("held_until", Instant(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_drafts_author_id_accounts")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_drafts_statement_id_statements")),
        sa.ForeignKeyConstraint(["version_id"], ["statement_versions.id"], name=op.f("fk_drafts_version_id_statement_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_drafts_public_id")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index("ix_drafts_state", ["state"], unique=False)

    op.create_table(
        "import_runs",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("undo", sa.JSON(), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_import_runs_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_runs_public_id")),
    )
    op.create_table(
        "put_off",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_put_off_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_put_off")),
        sa.UniqueConstraint("account_id", "subject", name=op.f("uq_put_off_account_id_subject")),
    )
    op.create_table(
        "rule_versions",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_rule_versions_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_versions")),
    )
    with op.batch_alter_table("rule_versions", schema=None) as batch_op:
        batch_op.create_index("ix_rule_versions_slug", ["slug", "applied_at"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_account_id"), ["account_id"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_in_links_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_links_token_hash")),
    )
    op.create_table(
        "slot_exceptions",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("cadence_id", big, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("moved_to", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_slot_exceptions_account_id_accounts")),
        sa.ForeignKeyConstraint(["cadence_id"], ["cadences.id"], name=op.f("fk_slot_exceptions_cadence_id_cadences")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_exceptions")),
        sa.UniqueConstraint("cadence_id", "local_date", name=op.f("uq_slot_exceptions_cadence_id_local_date")),
    )
    op.create_table(
        "stops",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("stopped_by", big, nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", big, nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["accounts.id"], name=op.f("fk_stops_ended_by_accounts")),
        sa.ForeignKeyConstraint(["stopped_by"], ["accounts.id"], name=op.f("fk_stops_stopped_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stops")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("account_id", big, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_webhooks_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("draft_id", big, nullable=False),
        sa.Column("account_id", big, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_approvals_account_id_accounts")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_approvals_draft_id_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("token_id", big, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), server_default="0", nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name=op.f("fk_idempotency_keys_token_id_api_tokens")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_idempotency_keys_token_id_key")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_keys_at", ["at"], unique=False)

    op.create_table(
        "webhook_events",
        sa.Column("id", big, autoincrement=True, nullable=False),
        sa.Column("webhook_id", big, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("reply", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reply_status", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_events_webhook_id_webhooks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_events_public_id")),
    )
    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_webhook_events_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    with op.batch_alter_table("audiences", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("edited_in", sa.Text(), server_default=sa.text("'file'"), nullable=False))

    with op.batch_alter_table("cadences", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("edited_in", sa.Text(), server_default=sa.text("'file'"), nullable=False))

    with op.batch_alter_table("estimates", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("account_id", big, nullable=True))
        batch_op.add_column(sa.Column("superseded_at", Instant(), nullable=True))

    with op.batch_alter_table("limit_sets", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("edited_in", sa.Text(), server_default=sa.text("'file'"), nullable=False))

    with op.batch_alter_table("measure_values", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("entered_by", big, nullable=True))
        batch_op.add_column(sa.Column("entered_at", Instant(), nullable=True))

    with op.batch_alter_table("measures", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("target_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("owner_id", big, nullable=True))

    with op.batch_alter_table("statement_versions", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("changed", sa.Text(), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("author_id", big, nullable=True))

    with op.batch_alter_table("statements", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("acknowledge_by", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("signed_by", big, nullable=True))
        batch_op.add_column(sa.Column("edited_in", sa.Text(), server_default=sa.text("'file'"), nullable=False))
    _protect_audit()


def downgrade() -> None:
    """Take back; accounts, drafts and the audit log are lost."""
    op.drop_index("ix_people_manager_email", table_name="people")
    with op.batch_alter_table("statements", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("edited_in")
        batch_op.drop_column("signed_by")
        batch_op.drop_column("acknowledge_by")

    with op.batch_alter_table("statement_versions", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("author_id")
        batch_op.drop_column("changed")

    with op.batch_alter_table("measures", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("owner_id")
        batch_op.drop_column("target_on")

    with op.batch_alter_table("measure_values", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("entered_at")
        batch_op.drop_column("entered_by")

    with op.batch_alter_table("limit_sets", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("edited_in")

    with op.batch_alter_table("estimates", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("superseded_at")
        batch_op.drop_column("account_id")

    with op.batch_alter_table("cadences", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("edited_in")

    with op.batch_alter_table("audiences", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("edited_in")

    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_webhook_events_due", sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'")
        )

    op.drop_table("webhook_events")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotency_keys_at")

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_draft_id"))

    op.drop_table("approvals")
    op.drop_table("webhooks")
    op.drop_table("stops")
    op.drop_table("slot_exceptions")
    op.drop_table("sign_in_links")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_account_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("rule_versions", schema=None) as batch_op:
        batch_op.drop_index("ix_rule_versions_slug")

    op.drop_table("rule_versions")
    op.drop_table("put_off")
    op.drop_table("import_runs")
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.drop_index("ix_drafts_state")

    op.drop_table("drafts")
    op.drop_table("company_settings")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_object")
        batch_op.drop_index(batch_op.f("ix_audit_entries_account_id"))

    op.drop_table("audit_entries")
    op.drop_table("api_tokens")
    op.drop_table("account_roles")
    op.drop_table("directory_members")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_person_id"))

    op.drop_table("accounts")
    op.drop_table("group_roles")
    op.drop_table("directory_groups")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_audit_change()")
