"""Let a person judge the replies that the matcher is unsure of: what was said, never by whom.

Until then such a reply counts as not asked. A person's judgement stands over the matcher's, and may be corrected as long as the
words are kept. Nothing is listed while fewer people than the smallest group have written at all: who wrote would be plain.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from cadence.domain.audit import AT_THE_SHELL, Actor, Change
from cadence.domain.measuring.own_words import Judgement
from cadence.domain.spelling import nearest
from cadence.errors import Conflict, Invalid, NotFound
from cadence.store.audit.entries import append
from cadence.store.database.engine import Database
from cadence.store.responding import own_words as rows
from cadence.store.responding.own_words import UNAIDED, Priority, Reply
from cadence.store.running.notices import raise_notice, resolve_notice

#: replies on one list
MOST_LISTED = 200
#: key and code of the notice
_NOTICE = "words_waiting"


def list_unsure(database: Database) -> list[Reply]:
    """Return the replies that wait to be judged, at most 200, by statement; none while too few people have written."""
    with database.read() as connection:
        if rows.writers(connection) < database.smallest_group:
            return []
        return rows.replies_waiting(connection, limit=MOST_LISTED)


def tell_unsure(connection: Connection, *, now: datetime, smallest: int) -> None:
    """Raise the notice that replies wait to be judged, or resolve it when none does."""
    waiting = rows.count_waiting(connection) if rows.writers(connection) >= smallest else 0
    if waiting:
        raise_notice(connection, key=_NOTICE, role="leader", code=_NOTICE, now=now, detail={"count": waiting})
    else:
        resolve_notice(connection, _NOTICE, now=now)


def list_priorities(database: Database) -> list[Priority]:
    """Return the priorities in force, which an unaided reply may name."""
    with database.read() as connection:
        return rows.priorities_in_force(connection)


def judge_words(
    database: Database, reply_id: int, *, could: bool, by: str, now: datetime, names: Collection[str] = (), actor: Actor = AT_THE_SHELL
) -> Reply:
    """Keep a person's judgement of a reply and return it as it is now. ``names``: slugs of the priorities an unaided reply names.

    Raises NotFound for a reply that is not there, Conflict when its words were let go, Invalid for priorities that do not fit.
    """
    with database.transaction() as connection:
        reply = rows.reply_of(connection, reply_id)
        if reply is None:
            raise NotFound(f"there is no reply {reply_id}; see: cadence questions words")
        if not reply.words:
            raise Conflict(f"the words of reply {reply_id} were let go at the end of their time, so it cannot be judged")
        named: set[int] = set()
        if reply.kind == UNAIDED and could:
            known = {one.slug: one.statement_id for one in rows.priorities_in_force(connection)}
            for slug in names:
                if slug not in known:
                    meant = nearest(slug, known)
                    raise Invalid("names", slug, "is not a priority in force" + (f"; did you mean {meant}?" if meant else ""))
            named = {known[slug] for slug in names} or set(reply.named)
            if not named:
                raise Invalid(
                    "names", "", "is missing: which priorities does the reply name?", example=", ".join(sorted(known)[:2]) or None
                )
        elif names:
            raise Invalid("names", ", ".join(names), "are for replies that name priorities and could")
        judgement = Judgement.COULD if could else Judgement.COULD_NOT
        rows.judge(connection, reply_id, judgement=judgement, named=named, by=by, now=now)
        # which reply, and no judgement: entries are never erased, and replies are
        change = Change(action="reply.judged", object_kind="reply", object_key=str(reply_id))
        append(connection, actor, change, at=now)
        after = rows.reply_of(connection, reply_id)
    assert after is not None
    return after
