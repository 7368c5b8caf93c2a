"""What an admin or a leader is asked to look at, as sentences, and the word that it is done.

Notices are raised where the matter is found (``store.running.notices.raise_notice``); a code becomes a sentence and
a remedy here, one place for the command, the page and the API.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from cadence.channels.registry import MAIL
from cadence.domain.planning.selection import MOST_IN_90_DAYS, WORN_OUT_DAYS
from cadence.domain.sending.address_health import COMPLAINT_REST
from cadence.errors import Conflict, NotFound
from cadence.operations.sending.remedies import remedy_for
from cadence.rendering.telling import CHANNELS, tell_instant
from cadence.store.database.engine import Database
from cadence.store.running import notices as rows
from cadence.store.running.notices import StoredNotice

#: what becomes of digests while a service refuses us
_MEANWHILE = "Planned digests wait; later ones take another channel where they may."


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


def list_notices(connection: Connection, *, role: str | None = None, resolved: bool = False, limit: int = 200) -> list[ToldNotice]:
    """Return the open notices, newest first; resolved ones too when asked."""
    return [tell(notice) for notice in rows.stored_notices(connection, role=role, resolved=resolved, limit=limit)]


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


def tell(notice: StoredNotice) -> ToldNotice:
    """Return a notice in words; a code from a newer program tells itself."""
    words = _WORDS.get(notice.code)
    about = notice.name or notice.email or notice.slug
    fallback = f"{notice.code.replace('_', ' ').capitalize()}{': ' + about if about else ''}."
    sentence, remedy = words(notice) if words is not None else (fallback, "")
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


def _address_suspended(notice: StoredNotice) -> tuple[str, str]:
    channel = str(notice.detail.get("channel", MAIL))
    others = [CHANNELS.get(str(c), str(c)) for c in notice.detail.get("other_channels", [])]
    reached = f"they are reached by {' and '.join(others)} meanwhile" if others else "they have no other address, so nothing reaches them"
    reason = str(notice.detail.get("reason", ""))
    why = "failed too often" if reason == "soft_bounces" else f"was refused ({reason})" if reason else "was refused"
    sentence = f"{CHANNELS.get(channel, channel).capitalize()} to {notice.name or notice.email} {why} and is suspended; {reached}."
    return sentence, f"Correct the address in your people file, or, when it works: cadence mail restore {notice.email} --channel {channel}"


def _complaint(notice: StoredNotice) -> tuple[str, str]:
    sentence = f"The mail program of {notice.name or notice.email} reported a digest as unwanted."
    sentence += f" Their gaps are longer for {COMPLAINT_REST.days} days."
    return sentence, "Ask what would suit them: another rhythm, another channel, or a pause."


def _mail_policy(notice: StoredNotice) -> tuple[str, str]:
    domain, reason = notice.detail.get("domain", ""), notice.detail.get("reason", "")
    return (
        f"The mail system of {domain} refuses our digests by its policy ({reason}); no address was suspended.",
        remedy_for(str(notice.detail.get("cause", ""))) or "Check SPF, DKIM and DMARC of the sender address, and ask that system's admin.",
    )


def _bounce_storm(notice: StoredNotice) -> tuple[str, str]:
    since = str(notice.detail.get("since", ""))
    return (
        f"So many messages came back within a day ({notice.detail.get('suspended', 0)} addresses suspended) that no more are suspended.",
        "Look for a fault of the mail system first. Then take all of them back into use in one step: "
        f"cadence mail restore --all-since {since or 'INSTANT'} --dry-run",
    )


def _mailbox_restricted(notice: StoredNotice) -> tuple[str, str]:
    who, reason = notice.name or notice.email, notice.detail.get("reason", "")
    return (
        f"The mailbox of {who} takes mail from certain senders only ({reason}), so digests do not arrive there. Nobody else is affected.",
        "Ask the admin of that mailbox to allow our sender address; the next digest is tried as always.",
    )


def _address_failing(notice: StoredNotice) -> tuple[str, str]:
    who, reason = notice.name or notice.email, notice.detail.get("reason", "")
    channel = str(notice.detail.get("channel", MAIL))
    return (
        f"{CHANNELS.get(channel, channel).capitalize()} to {who} was refused again ({reason}). If it goes on, the address is suspended.",
        "Check the address in your people file, and whether the mailbox is full or closed.",
    )


def _domain_failing(notice: StoredNotice) -> tuple[str, str]:
    domain, reason = notice.detail.get("domain", ""), notice.detail.get("reason", "")
    return (
        f"The mail system of {domain} refuses everybody there ({reason}), while others are reached. No address was suspended.",
        "Ask that system's admin, or correct the addresses if the domain has changed. Messages are tried again by themselves.",
    )


def _refused_together(notice: StoredNotice) -> tuple[str, str]:
    count, reason = notice.detail.get("count", 0), notice.detail.get("reason", "")
    return (
        f"{count} messages were refused in a row, which is held against none of the addresses. {reason}",
        remedy_for(str(notice.detail.get("cause", ""))) or "They are tried again by themselves; if it goes on, ask its admin.",
    )


#: why a mail could not be read -> how its sentence goes on
_WHY_UNREAD = {
    "sealed": "it is encrypted or signed in a way that hides its text",
    "files": "it holds files and no text",
    "empty": "nothing is left of it without what it quotes",
    "sender": "its From line does not name exactly one sender",
    "machine": "a program wrote it, in a way that Cadence does not know",
}


def _mail_unread(notice: StoredNotice) -> tuple[str, str]:
    why = _WHY_UNREAD.get(str(notice.detail.get("why", "")), "it has no known form")
    return (
        f"A mail from or about {notice.name or notice.email} could not be read: {why}.",
        "Read it in the mailbox for returned mail, where it has a flag, and answer it yourself; then: cadence notices resolve "
        + notice.key,
    )


def _not_proven(notice: StoredNotice) -> tuple[str, str]:
    domain = notice.detail.get("from", "")
    sender = f" from {domain}" if domain else ""
    return (
        f"A mail{sender} says that a message to {notice.name or notice.email} did not arrive, but nothing shows that it comes from their "
        "mail system. It counts for nothing.",
        "If such mails are real, set smtp.return_path (docs/channels.md): then each proves itself. "
        f"Then: cadence notices resolve {notice.key}",
    )


def _mailbox(notice: StoredNotice) -> tuple[str, str]:
    return (
        f"The mailbox for returned mail cannot be read: {notice.detail.get('reason', '')}",
        "Check the imap settings, then run: cadence mail poll",
    )


def _mailbox_unmoved(notice: StoredNotice) -> tuple[str, str]:
    return (
        f"Mails are dealt with but stay where they are: {notice.detail.get('reason', '')}",
        "Set CADENCE_IMAP__DONE_FOLDER to a folder that this mailbox may have, or make that folder by hand; nothing is lost meanwhile.",
    )


def _slack_token(notice: StoredNotice) -> tuple[str, str]:
    return (
        f"Slack does not accept our token ({notice.detail.get('word', '')}), so nothing goes out there. {_MEANWHILE}",
        "Install the app again and set CADENCE_SLACK__BOT_TOKEN (docs/channels.md); then run: cadence doctor",
    )


def _slack_scope(notice: StoredNotice) -> tuple[str, str]:
    return (
        f"The Slack app lacks a permission, so nothing goes out there. {_MEANWHILE} {notice.detail.get('reason', '')}",
        "Add the scope to the app, install it again, and run: cadence doctor",
    )


def _channel_paused(notice: StoredNotice) -> tuple[str, str]:
    channel = str(notice.detail.get("channel", ""))
    name, reason = CHANNELS.get(channel, channel).capitalize(), notice.detail.get("reason", "")
    sentence = f"{name} is refusing our messages. {_MEANWHILE} {reason}"
    change = remedy_for(str(notice.detail.get("cause", ""))) or "Run: cadence doctor."
    return sentence, f"{change} Sending is tried again every 5 minutes, and resumes by itself once the cause is fixed."


def _people_sync(notice: StoredNotice) -> tuple[str, str]:
    sentence = f"The people could not be imported from Slack; nobody was changed. {notice.detail.get('reason', '')}"
    return sentence, "See what it would do: cadence people sync slack --dry-run. It is tried again every hour."


def _rewrite(notice: StoredNotice) -> tuple[str, str]:
    return (
        f"“{notice.slug}” has probably been seen {MOST_IN_90_DAYS} times in 90 days by some, "
        f"and is paused for them for {WORN_OUT_DAYS:g} days.",
        "Say it another way: another reason, another example, another wording.",
    )


def _clock_stepped(notice: StoredNotice) -> tuple[str, str]:
    before, after = _instant(notice, "from"), _instant(notice, "to")
    sentence = f"The clock of the machine was set from {before} to {after}. Nothing went out twice; what was missed shows as expired."
    return sentence, f"See that a time server sets the clock, then run: cadence notices resolve {notice.key}"


def _clock_doubted(notice: StoredNotice) -> tuple[str, str]:
    sentence = (
        f"The clock of the machine told {_instant(notice, 'now')}, the last tick was {_instant(notice, 'last_tick')}; "
        "nothing is planned or sent until it is right."
    )
    return sentence, f"Set the clock right, and all goes on by itself. Or, when it is right: cadence notices resolve {notice.key}"


def _instant(notice: StoredNotice, name: str) -> str:
    told = str(notice.detail.get(name, ""))
    return tell_instant(datetime.fromisoformat(told), "UTC") if told else "never"


#: code -> the sentence and what to do about it
_WORDS: dict[str, Callable[[StoredNotice], tuple[str, str]]] = {
    "address_suspended": _address_suspended,
    "complaint": _complaint,
    "mail_policy": _mail_policy,
    "bounce_storm": _bounce_storm,
    "mailbox_restricted": _mailbox_restricted,
    "address_failing": _address_failing,
    "domain_failing": _domain_failing,
    "refused_together": _refused_together,
    "mailbox_unreachable": _mailbox,
    "mailbox_unmoved": _mailbox_unmoved,
    "mail_unread": _mail_unread,
    "bounce_not_proven": _not_proven,
    "slack_token_revoked": _slack_token,
    "slack_scope_missing": _slack_scope,
    "channel_paused": _channel_paused,
    "people_sync_failed": _people_sync,
    "rewrite_asked": _rewrite,
    "clock_stepped": _clock_stepped,
    "clock_doubted": _clock_doubted,
}
