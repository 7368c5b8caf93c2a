"""Begin, save, compare and drop drafts. Each step of the editor saves its own fields; nothing that was typed is overwritten unseen.

Who publishes: ``hold``. Who approves: ``approvals``. One transaction an operation, with its audit entry.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change, differing
from cadence.domain.sending.quoted_links import without_links
from cadence.domain.statements.drafting import ON_THE_WAY, OPEN, DraftState
from cadence.errors import Conflict, Invalid, NotFound
from cadence.files.draft_content import DraftContent, content_of, from_file, to_file, to_json
from cadence.files.statement_writer import write_statement
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.import_statements import import_statements, show_statement
from cadence.operations.authoring.stored_file import file_of
from cadence.store.audit.entries import append
from cadence.store.authoring import drafts as rows
from cadence.store.authoring.drafts import StoredDraft
from cadence.store.authoring.statements import StoredStatement, audience_slugs, stored_statements
from cadence.store.database.engine import Database

#: the fields that each step of the editor saves
STEPS: Mapping[str, tuple[str, ...]] = {
    "words": ("title", "kind", "body", "wordings", "cosmetic", "brief"),
    "question": ("right_answer", "near_misses"),
    "changes": ("material", "changed"),
    "people": ("audience", "effective", "must_acknowledge", "acknowledge_by", "supports", "signed_by"),
}


def start_draft(
    database: Database, *, slug: str | None, actor: Actor, now: datetime, typo: bool = False, values: Mapping[str, Any] | None = None
) -> str:
    """Begin a draft of a new statement, or of a change to ``slug``; return its public id.

    A statement has one draft on its way: the same is returned again. ``typo``: only words are to be corrected.
    Raises NotFound and Invalid.
    """
    with database.transaction() as connection:
        stored = show_statement(connection, slug) if slug is not None else None
        if stored is not None:
            known = rows.draft_of(connection, stored.id, [*ON_THE_WAY])
            if known is not None:
                return known.public_id
        content = from_file(file_of(stored)) if stored is not None else DraftContent()
        content = content_of({**to_json(content), **(values or {}), "typo": typo, "material": False if typo else None})
        refuse_links(to_json(content))
        public_id = secrets.token_urlsafe(9)
        rows.add_draft(
            connection,
            {
                "public_id": public_id,
                "statement_id": stored.id if stored is not None else None,
                "version_id": stored.version_id if stored is not None else None,
                "state": DraftState.DRAFT.value,
                "content": to_json(content),
                "author_id": actor.account_id,
                "revision": 1,
                "created_at": now,
                "changed_at": now,
            },
        )
        note_draft(connection, actor, "draft.started", public_id, now=now, after={"statement": slug, "title": content.title})
    return public_id


def read_draft(connection: Connection, public_id: str) -> tuple[StoredDraft, DraftContent]:
    """Return a draft and what it says. Raises NotFound, also for one that was discarded."""
    found = rows.find_draft(connection, public_id)
    if found is None or found.state == DraftState.DISCARDED:
        raise NotFound("there is no such draft")
    return found, content_of(found.content)


def mark_of(content: DraftContent, step: str) -> str:
    """Return what a form of ``step`` was begun from: fields of other steps may change meanwhile."""
    said = {name: value for name, value in to_json(content).items() if name in STEPS[step]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def save_step(
    database: Database, public_id: str, step: str, values: Mapping[str, Any], *, base: str, actor: Actor, now: datetime
) -> DraftContent:
    """Save the fields of one step; return the whole. ``base``: the ``mark_of`` that the form was begun from.

    Raises Invalid; Conflict (``why`` "draft_changed") when somebody saved other values of these fields since, and (``why``
    "draft_closed") when it cannot be edited in its state; nothing is changed then.
    """
    with database.transaction() as connection:
        draft, before = read_draft(connection, public_id)
        if DraftState(draft.state) not in OPEN:
            raise Conflict("this draft cannot be changed now", why="draft_closed", state=draft.state)
        content = content_of({**to_json(before), **{name: values[name] for name in STEPS[step] if name in values}})
        if content == before:
            return content
        refuse_links(values)
        if mark_of(before, step) != base:
            raise Conflict("somebody saved this step meanwhile", why="draft_changed", at=draft.changed_at, by=draft.author)
        change: dict[str, Any] = {"content": to_json(content), "changed_at": now}
        if draft.state == DraftState.SENT_BACK:
            change["state"] = DraftState.DRAFT.value
        change_read(connection, draft, change)
        was, is_now = differing(to_json(before), to_json(content))
        note_draft(connection, actor, "draft.saved", public_id, now=now, before=was, after=is_now)
    return content


def refuse_links(values: Mapping[str, Any]) -> None:
    """Return when no text holds a link that was made for one person. Raises Invalid naming the field."""
    for name, value in values.items():
        texts = [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list | tuple) else []
        if any(without_links(text).tokens for text in texts):
            raise Invalid(name, "(hidden)", "holds a link that Cadence made for one person; whoever gets it could act as them")


def dismiss_advice(database: Database, public_id: str, key: str, *, actor: Actor, now: datetime) -> None:
    """Show this advice no more on this draft."""
    with database.transaction() as connection:
        draft, before = read_draft(connection, public_id)
        if key in before.dismissed or len(key) > 64 or len(before.dismissed) >= 200:
            return
        content = content_of({**to_json(before), "dismissed": [*before.dismissed, key]})
        change_read(connection, draft, {"content": to_json(content)})
        note_draft(connection, actor, "draft.advice_dismissed", public_id, now=now, after={"advice": key})


def discard_draft(database: Database, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Discard a draft; ``restore_draft`` brings it back. Raises NotFound and Conflict."""
    with database.transaction() as connection:
        draft, _ = read_draft(connection, public_id)
        if DraftState(draft.state) not in OPEN:
            raise Conflict("this draft cannot be discarded now", why="draft_closed", state=draft.state)
        change_read(connection, draft, {"state": DraftState.DISCARDED.value, "changed_at": now})
        note_draft(connection, actor, "draft.discarded", public_id, now=now, before={"state": draft.state}, after={"state": "discarded"})


def restore_draft(database: Database, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Bring a discarded draft back. Raises NotFound, and Conflict when its statement has another draft on its way."""
    with database.transaction() as connection:
        draft = rows.find_draft(connection, public_id)
        if draft is None or draft.state != DraftState.DISCARDED:
            raise NotFound("there is no such draft")
        if draft.statement_id is not None and rows.draft_of(connection, draft.statement_id, [*ON_THE_WAY]) is not None:
            raise Conflict("another draft of this statement was begun meanwhile", why="draft_other")
        change_read(connection, draft, {"state": DraftState.DRAFT.value, "changed_at": now})
        note_draft(connection, actor, "draft.restored", public_id, now=now, before={"state": "discarded"}, after={"state": "draft"})


def compare_again(database: Database, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Take the version in force now as the one that the draft changes: its author has seen it."""
    with database.transaction() as connection:
        draft, _ = read_draft(connection, public_id)
        stored = changed_statement(connection, draft)
        if stored is None or stored.version_id == draft.version_id:
            return
        change_read(connection, draft, {"version_id": stored.version_id, "changed_at": now})
        after = {"version": stored.number}
        note_draft(connection, actor, "draft.compared", public_id, now=now, before={"version": draft.version_number}, after=after)


def changed_statement(connection: Connection, draft: StoredDraft) -> StoredStatement | None:
    """Return the statement that a draft changes, as it is in force now; None for a new one."""
    if draft.statement_id is None:
        return None
    return next((one for one in stored_statements(connection) if one.id == draft.statement_id), None)


def faults_of(connection: Connection, draft: StoredDraft, content: DraftContent, *, now: datetime) -> list[Invalid]:
    """Return everything that keeps a draft from being published, as an import of it as a file would say it."""
    try:
        statement = to_file(content)
    except InvalidFile as error:
        return list(error.problems)
    stored = {one.slug: one for one in stored_statements(connection)}
    if draft.statement_id is None and statement.slug in stored:
        return [Invalid("title", content.title, f"gives the short name {statement.slug}, which another statement has; use another title")]
    if statement.audience != "everyone" and statement.audience not in audience_slugs(connection):
        return [Invalid("audience", statement.audience, "is no audience here; choose another")]
    report = import_statements(
        connection, [(f"{statement.slug}.md", write_statement(statement).encode())], now=now, dry_run=True, edited_in="browser"
    )
    return [Invalid("supports" if "supports" in one.reason else "text", None, one.reason) for one in report.refused]


def change_read(connection: Connection, draft: StoredDraft, values: dict[str, Any]) -> None:
    """Change a draft, if it is still as it was read. Raises Conflict when another transaction changed it in between."""
    if not rows.change_draft(connection, draft, values):
        raise Conflict("somebody saved this draft at the same moment", why="draft_changed", at=draft.changed_at, by=draft.author)


def note_draft(
    connection: Connection,
    actor: Actor,
    action: str,
    public_id: str,
    *,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add the audit entry of something done with a draft."""
    change = Change(action=action, object_kind="draft", object_key=public_id, before=before or {}, after=after or {})
    append(connection, actor, change, at=now)
