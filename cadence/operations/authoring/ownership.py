"""Retire a statement, bring it back, and give it to another leader. One transaction each, with its audit entry."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cadence.domain.audit import Actor, Change
from cadence.errors import Invalid
from cadence.operations.authoring.import_statements import publish_statement, withdraw_statement
from cadence.store.audit.entries import append
from cadence.store.authoring import statements as rows
from cadence.store.database.engine import Database
from cadence.store.identity.accounts import leaders


def retire(database: Database, slug: str, *, actor: Actor, now: datetime) -> bool:
    """Take a statement out of use; return False when it was so already. Raises NotFound."""
    with database.transaction() as connection:
        return withdraw_statement(connection, slug, now=now, actor=actor)


def bring_back(database: Database, slug: str, *, actor: Actor, now: datetime) -> bool:
    """Bring a retired statement back into use; return False when it is in use. Raises NotFound and InvalidFile."""
    with database.transaction() as connection:
        return publish_statement(connection, slug, now=now, actor=actor)


def hand_over(database: Database, slugs: Collection[str], *, to: str, actor: Actor, now: datetime) -> int:
    """Make statements those of the leader with this address ("": the company's); return how many changed hands.

    Raises Invalid when nobody with the address is a leader.
    """
    with database.transaction() as connection:
        known = leaders(connection)
        if to and to not in known:
            raise Invalid("signed_by", to, "is not the address of a leader here")
        moved = [one for one in rows.stored_statements(connection) if one.slug in slugs and one.signed_by_id != known.get(to)]
        if not moved:
            return 0
        rows.sign_all(connection, [one.id for one in moved], known.get(to))
        for one in moved:
            rows.change_statement(connection, one.id, {"edited_in": "browser"})
            change = Change(
                action="statement.handed_over",
                object_kind="statement",
                object_key=one.slug,
                before={"signed_by": one.signed_by},
                after={"signed_by": to},
            )
            append(connection, actor, change, at=now)
    return len(moved)
