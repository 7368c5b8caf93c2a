"""Publish a draft: ten minutes later, so that anybody who may write can still take it back. Nothing of it is sent inside the hold.

The tick publishes what is due, by the import that files go through.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.audit import Actor, Change, Via
from cadence.domain.statements.drafting import HOLD, OPEN, Approval, ApprovalStanding, DraftState, standing
from cadence.domain.statements.statement import digest_of
from cadence.errors import CadenceError, Conflict, Invalid
from cadence.files.draft_content import DraftContent, content_of, to_file, to_json
from cadence.files.statement_writer import write_statement
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.drafts import change_read, changed_statement, faults_of, note_draft, read_draft
from cadence.operations.authoring.import_statements import import_statements
from cadence.store.audit.entries import append
from cadence.store.authoring import drafts as rows
from cadence.store.authoring.drafts import StoredDraft
from cadence.store.database.engine import Database

log = logging.getLogger("cadence.authoring")

#: the company's setting of who has to approve
APPROVAL = "approval"


def publish_draft(database: Database, public_id: str, *, actor: Actor, now: datetime) -> datetime:
    """Hold a draft for ten minutes, then it is published; return until when. ``actor`` may publish.

    Raises InvalidFile with every fault; Conflict (``why``: "draft_stale" when another version came into force meanwhile,
    "draft_unapproved" while somebody has to approve, "draft_closed", "draft_undecided" while nobody said whether it means
    something new).
    """
    with database.transaction() as connection:
        draft, content = read_draft(connection, public_id)
        if not approval_of(connection, draft, content, may_publish=True).is_approved:
            raise Conflict("somebody else has to approve this first", why="draft_unapproved")
        return hold(connection, draft, content, actor=actor, now=now)


def hold(connection: Connection, draft: StoredDraft, content: DraftContent, *, actor: Actor, now: datetime) -> datetime:
    """Hold a draft that is approved, in the caller's transaction. Raises as ``publish_draft``."""
    if DraftState(draft.state) not in OPEN:
        raise Conflict("this draft cannot be published now", why="draft_closed", state=draft.state)
    stored = changed_statement(connection, draft)
    if stored is not None and stored.version_id != draft.version_id:
        raise Conflict("another version came into force meanwhile", why="draft_stale", number=stored.number)
    if stored is not None and content.material is None and _has_new_text(content, stored.digest):
        raise Conflict("nobody has said whether the change means something new", why="draft_undecided")
    if faults := faults_of(connection, draft, content, now=now):
        raise InvalidFile(faults)
    until = now + HOLD
    change_read(connection, draft, {"state": DraftState.HELD.value, "held_until": until, "changed_at": now})
    before, after = {"state": draft.state}, {"state": "held", "until": until.isoformat()}
    note_draft(connection, actor, "draft.held", draft.public_id, now=now, before=before, after=after)
    return until


def take_back(database: Database, public_id: str, *, actor: Actor, now: datetime) -> None:
    """Make a held draft a draft again. Raises NotFound, and Conflict (``why`` "draft_live") once it is published."""
    with database.transaction() as connection:
        draft, _ = read_draft(connection, public_id)
        if draft.state != DraftState.HELD or (draft.held_until is not None and draft.held_until <= now):
            raise Conflict("this was published already", why="draft_live")
        change_read(connection, draft, {"state": DraftState.DRAFT.value, "held_until": None, "changed_at": now})
        note_draft(connection, actor, "draft.taken_back", public_id, now=now, before={"state": "held"}, after={"state": "draft"})


def publish_held(database: Database, *, now: datetime) -> int:
    """Publish the held drafts whose time is over; return how many. One that cannot be published any more is a draft again, and says why."""
    with database.read() as connection:
        due = rows.due_drafts(connection, now=now)
    done = 0
    for draft in due:
        try:
            done += _publish(database, draft.public_id, now=now)
        except CadenceError as error:
            _give_back(database, draft.public_id, str(error), now=now)
    return done


def approval_of(connection: Connection, draft: StoredDraft, content: DraftContent, *, may_publish: bool) -> ApprovalStanding:
    """Return how the approval of a draft stands. ``may_publish``: whoever asks is allowed to publish."""
    said = {one.account_id: one for one in rows.approvals_of(connection, draft.id)}  # the newest of each
    mark = text_mark(content)
    return standing(
        policy_in_force(connection),
        author=draft.author_id,
        author_may_publish=may_publish,
        approvers=approvers(connection),
        approved_by={one.account_id for one in said.values() if one.decision == "approved" and one.digest == mark},
    )


def approvers(connection: Connection) -> dict[int, str]:
    """Return account -> name of those who may approve: approvers where there are any, else leaders."""
    return rows.accounts_with(connection, ["approver"]) or rows.accounts_with(connection, ["leader"])


def policy_in_force(connection: Connection) -> Approval:
    """Return who has to approve."""
    value = rows.company_setting(connection, APPROVAL)
    return Approval(value) if value in Approval._value2member_map_ else Approval.NONE


def set_policy(database: Database, value: str, *, actor: Actor, now: datetime) -> Approval:
    """Decide who has to approve; drafts that wait are judged by it at their next approval. Raises Invalid."""
    if value not in Approval._value2member_map_:
        raise Invalid(APPROVAL, value, "is not one of: " + ", ".join(Approval))
    with database.transaction() as connection:
        before = policy_in_force(connection)
        if before != value:
            rows.set_company_setting(connection, APPROVAL, value, account_id=actor.account_id, now=now)
            change = Change(
                action="company.changed",
                object_kind="company",
                object_key=APPROVAL,
                before={APPROVAL: before.value},
                after={APPROVAL: value},
            )
            append(connection, actor, change, at=now)
    return Approval(value)


def text_mark(content: DraftContent) -> str:
    """Return a hash of everything that people would get: an approval is of this text and no other."""
    said = {name: value for name, value in to_json(content).items() if name != "dismissed"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _has_new_text(content: DraftContent, digest: str) -> bool:
    try:
        return digest_of(to_file(content)) != digest
    except InvalidFile:
        return True


def _publish(database: Database, public_id: str, *, now: datetime) -> bool:
    with database.transaction() as connection:
        draft = rows.find_draft(connection, public_id)
        if draft is None or draft.state != DraftState.HELD or draft.held_until is None or draft.held_until > now:
            return False  # taken back, or published by another process
        content = content_of(draft.content)
        stored = changed_statement(connection, draft)
        if stored is not None and stored.version_id != draft.version_id:
            raise Conflict(f"version {stored.number} came into force meanwhile; look at what it changed, then publish again")
        if faults := faults_of(connection, draft, content, now=now):
            raise InvalidFile(faults)
        statement = to_file(content)
        raw = (f"{statement.slug}.md", write_statement(statement).encode())
        actor = Actor(via=Via.SERVICE, account_id=draft.author_id)
        import_statements(connection, [raw], now=now, actor=actor, edited_in="browser", material=content.material)
        values = {"state": DraftState.PUBLISHED.value, "published_at": now, "changed_at": now}
        if stored is None:
            values |= rows.ids_of(connection, statement.slug)
        change_read(connection, draft, values)
        note_draft(
            connection,
            actor,
            "draft.published",
            public_id,
            now=now,
            before={"state": "held"},
            after={"state": "published", "statement": statement.slug},
        )
    log.info("event=draft.published statement=%s", statement.slug)
    return True


def _give_back(database: Database, public_id: str, why: str, *, now: datetime) -> None:
    with database.transaction() as connection:
        draft = rows.find_draft(connection, public_id)
        if draft is None or draft.state != DraftState.HELD:
            return
        change_read(connection, draft, {"state": DraftState.DRAFT.value, "held_until": None, "note": why[:500], "changed_at": now})
        actor = Actor(via=Via.SERVICE)
        note_draft(
            connection,
            actor,
            "draft.not_published",
            public_id,
            now=now,
            before={"state": "held"},
            after={"state": "draft", "why": why[:500]},
        )
    log.warning("event=draft.not_published draft=%s", public_id)
