"""Ask others to approve a draft, approve it, or send it back with a note. What approval is needed: ``domain.statements.drafting``."""

from __future__ import annotations

from datetime import datetime

from cadence.domain.audit import Actor
from cadence.domain.statements.drafting import OPEN, DraftState
from cadence.errors import Conflict, Invalid
from cadence.files.toml_tables import InvalidFile
from cadence.operations.authoring.drafts import change_read, faults_of, note_draft, read_draft, refuse_links
from cadence.operations.authoring.hold import approval_of, approvers, hold, text_mark
from cadence.store.authoring import drafts as rows
from cadence.store.authoring.drafts import StoredDraft
from cadence.store.database.engine import Database

#: characters of a note to an author or an approver
LONGEST_NOTE = 1_000


def ask_for_approval(database: Database, public_id: str, *, note: str, actor: Actor, now: datetime) -> list[str]:
    """Ask whoever can approve; return their names. ``note``: the author's reason.

    Raises InvalidFile with every fault of the text, Invalid and Conflict.
    """
    with database.transaction() as connection:
        draft, content = read_draft(connection, public_id)
        if DraftState(draft.state) not in OPEN:
            raise Conflict("this draft cannot be sent for approval now", why="draft_closed", state=draft.state)
        if faults := faults_of(connection, draft, content, now=now):
            raise InvalidFile(faults)
        asked = approval_of(connection, draft, content, may_publish=False).waiting_for
        if not asked:
            raise Conflict("nobody here can approve it: an admin gives somebody that role", why="draft_nobody")
        values = {"state": DraftState.WAITING.value, "note": checked_note(note), "changed_at": now}
        change_read(connection, draft, values)
        after = {"state": "waiting", "note": values["note"]}
        note_draft(connection, actor, "draft.asked", public_id, now=now, before={"state": draft.state}, after=after)
        names = approvers(connection)
    return [names[one] for one in asked]


def approve_draft(database: Database, public_id: str, *, mark: str, note: str, actor: Actor, now: datetime) -> datetime | None:
    """Approve the text that was read (``mark``); return until when it is held, None while others have to approve, too.

    Raises Conflict (``why``: "draft_not_waiting", "draft_own", "draft_changed" when the text is another by now), and as ``hold``.
    """
    with database.transaction() as connection:
        draft, content = read_draft(connection, public_id)
        _require_waiting(draft, actor)
        if mark != text_mark(content):
            raise Conflict("the text was changed since you read it", why="draft_changed", at=draft.changed_at, by=draft.author)
        said = {"draft_id": draft.id, "account_id": actor.account_id, "decision": "approved", "note": checked_note(note)}
        rows.add_approval(connection, {**said, "digest": mark, "at": now})
        note_draft(connection, actor, "draft.approved", public_id, now=now, after={"note": said["note"]})
        if not approval_of(connection, draft, content, may_publish=False).is_approved:
            return None
        return hold(connection, draft, content, actor=actor, now=now)


def send_back(database: Database, public_id: str, *, note: str, actor: Actor, now: datetime) -> None:
    """Give a draft back to its author with a note. Raises Invalid without one, Conflict."""
    if not checked_note(note):
        raise Invalid("note", None, "is missing: say what has to change")
    with database.transaction() as connection:
        draft, content = read_draft(connection, public_id)
        _require_waiting(draft, actor)
        said = {"draft_id": draft.id, "account_id": actor.account_id, "decision": "sent_back", "note": checked_note(note)}
        rows.add_approval(connection, {**said, "digest": text_mark(content), "at": now})
        change_read(connection, draft, {"state": DraftState.SENT_BACK.value, "changed_at": now})
        after = {"state": "sent_back", "note": said["note"]}
        note_draft(connection, actor, "draft.sent_back", public_id, now=now, before={"state": draft.state}, after=after)


def checked_note(note: str) -> str:
    """Return a note as it is kept. Raises Invalid when it is too long."""
    kept = note.strip()
    refuse_links({"note": kept})
    if len(kept) > LONGEST_NOTE:
        raise Invalid("note", kept, f"has {len(kept)} characters; at most {LONGEST_NOTE} are kept")
    return kept


def _require_waiting(draft: StoredDraft, actor: Actor) -> None:
    if draft.state != DraftState.WAITING or actor.account_id is None:
        raise Conflict("this draft does not wait for approval", why="draft_not_waiting", state=draft.state)
    if draft.author_id == actor.account_id:
        raise Conflict("nobody approves what they wrote themselves", why="draft_own")
