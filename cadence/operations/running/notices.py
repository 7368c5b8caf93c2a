"""What needs an admin's or a leader's attention, as sentences, and the word that it is done.

Notices are raised where the matter is found (``store.running.notices.raise_notice``); a code becomes a sentence and
a remedy here, from the words' part "notices", one place for the command, the page and the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.lists import format_list
from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL
from cadence.domain.planning.selection import MOST_IN_90_DAYS, WORN_OUT_DAYS
from cadence.domain.sending.address_health import COMPLAINT_REST
from cadence.errors import Conflict, NotFound
from cadence.rendering.words import Words, english, fill
from cadence.store.database.engine import Database
from cadence.store.running import notices as rows
from cadence.store.running.notices import StoredNotice

#: the part of the word files
PART = "notices"
#: notices whose remedy is that of the cause, where the mail server told one
_BY_CAUSE = frozenset({"mail_policy", "refused_together"})
_INSTANTS = ("from", "to", "now", "own", "last_tick")
_OF_THE_CLOCK = frozenset({"clock_stepped", "clock_doubted", "clock_differs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotice:
    """A notice as a person reads it. ``email`` and ``slug`` are empty when it is about nobody or no statement."""

    key: str
    role: str
    code: str
    sentence: str
    remedy: str
    email: str
    slug: str
    raised_at: datetime
    resolved_at: datetime | None
    detail: dict[str, Any]


def list_notices(
    connection: Connection, *, role: str | None = None, resolved: bool = False, limit: int = 200, words: Words | None = None
) -> list[ToldNotice]:
    """Return the open notices, newest first; resolved ones too when asked. ``words``: of the reader's language, None for English."""
    return [tell(notice, words) for notice in rows.stored_notices(connection, role=role, resolved=resolved, limit=limit)]


def resolve(database: Database, key: str, *, now: datetime) -> ToldNotice:
    """Say that a matter is dealt with; return its notice. Raises NotFound, and Conflict when it was resolved before."""
    with database.transaction() as connection:
        found = rows.find_notice(connection, key)
        if found is None:
            raise NotFound(f"there is no notice {key!r}; see: cadence notices list")
        if not rows.resolve_notice(connection, key, now=now):
            raise Conflict(f"the notice {key!r} was resolved before")
        after = rows.find_notice(connection, key)
        assert after is not None
        return tell(after)


def tell(notice: StoredNotice, words: Words | None = None) -> ToldNotice:
    """Return a notice in words, English without any; a code from a newer program tells itself."""
    words = words or english(PART)
    about = notice.name or notice.email or notice.slug
    sentence = f"{notice.code.replace('_', ' ').capitalize()}{': ' + about if about else ''}."
    remedy = ""
    if notice.code in words.names["sentences"]:
        values = _values(words, notice)
        sentence = fill(words.names["sentences"][notice.code], values)
        own = words.names["causes"].get(values["cause"], "") if notice.code in _BY_CAUSE else ""
        remedy = own or fill(words.names["remedies"][notice.code], values)
    return ToldNotice(
        key=notice.key,
        role=notice.role,
        code=notice.code,
        sentence=sentence,
        remedy=remedy,
        email=notice.email,
        slug=notice.slug,
        raised_at=notice.raised_at,
        resolved_at=notice.resolved_at,
        detail=notice.detail,
    )


def _values(words: Words, notice: StoredNotice) -> dict[str, str]:
    """Return what a sentence or a remedy may name."""
    detail = {key: str(value) for key, value in notice.detail.items()}
    channel, domain = detail.get("channel", MAIL), detail.get("from", "")
    return {
        "key": notice.key,
        "who": notice.name or notice.email,
        "email": notice.email,
        "slug": notice.slug,
        "code": channel,
        "channel": words.name("channels", channel),
        "why": _why(words, detail.get("reason", "")),
        "reached": _reached(words, notice),
        "reason": detail.get("reason", ""),
        "word": detail.get("word", ""),
        "domain": detail.get("domain", ""),
        "sender": words.say("from_domain", domain=domain) if domain else "",
        "unread": words.names["unread_because"].get(detail.get("why", ""), words.texts["unread"]),
        "count": detail.get("count", "0"),
        "line": detail.get("line", ""),
        "suspended": detail.get("suspended", "0"),
        "since": detail.get("since") or words.texts["some_instant"],
        "cause": detail.get("cause", ""),
        "machine": detail.get("machine", ""),
        "change": words.names["causes"].get(detail.get("cause", ""), words.texts["run_doctor"]),
        "meanwhile": words.texts["meanwhile"],
        "days": words.number(COMPLAINT_REST.days),
        "times": words.number(MOST_IN_90_DAYS),
        "worn_days": words.number(WORN_OUT_DAYS),
        **{
            name: _instant(words, detail.get(name, ""))
            for name in ("from", "to", "now", "own", "last_tick")
            if notice.code in _OF_THE_CLOCK
        },
    }


def _why(words: Words, reason: str) -> str:
    if reason == "soft_bounces":
        return words.texts["why_failed"]
    return words.say("why_refused_for", reason=reason) if reason else words.texts["why_refused"]


def _reached(words: Words, notice: StoredNotice) -> str:
    others = [words.name("by_channel", str(code)) for code in notice.detail.get("other_channels", [])]
    if not others:
        return words.texts["reached_by_nothing"]
    return words.say("reached_by", channels=str(format_list(others, locale=words.locale)))


def _instant(words: Words, told: str) -> str:
    return words.moment(datetime.fromisoformat(told), "UTC") if told else words.texts["never"]
