"""Whom a mail server's refusal is about: us, one mailbox, this message, or the moment.

Pure. One function, ``judge_reply``, for what a relay says in the conversation and for what a returned mail quotes. The enhanced
code (RFC 3463) counts wherever it stands; the words of ``reply_words`` count where it says little or the wrong thing. Whether
a refusal may suspend an address is not said here: that hangs on what others got meanwhile (``domain.sending.run_evidence``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cadence.domain.sending import reply_words as words
from cadence.domain.sending.reply_words import Cause

#: of a text that is looked at
_MOST = 2_000

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_BASIC = re.compile(r"(?<![\d.#])([45]\d\d)(?!\d)")
#: an address may hold any word
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,253}")


class RefusalVerdict(StrEnum):
    """Whom a refusal is about."""

    #: us: every recipient would get it (relaying, login, sender, blocklist, policy)
    CHANNEL = "channel"
    #: the address: there is no such mailbox, or it is closed
    GONE = "gone"
    #: the address, which may work again: full, unavailable, no way to its domain
    FAILING = "failing"
    #: a rule of one mailbox that keeps us out, and says nothing of others
    RESTRICTED = "restricted"
    #: this message: its size or form
    MESSAGE = "message"
    #: the moment: try again
    LATER = "later"
    #: permanent, and it does not say why
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """Where the words were said."""

    #: before a sender was named: greeting, EHLO, STARTTLS, login
    CONNECTION = "connection"
    #: MAIL
    SENDER = "sender"
    #: RCPT
    RECIPIENT = "recipient"
    #: DATA and the final dot
    CONTENT = "content"
    #: quoted by a mail that came back
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyVerdict:
    """What a reply says. ``status``: the enhanced code that counted, empty for none."""

    verdict: RefusalVerdict
    cause: Cause
    status: str = ""
    #: it speaks of the recipient, not of the server, of us or of the message
    about_mailbox: bool = False


_VERDICTS: dict[Cause, RefusalVerdict] = {
    Cause.RELAY: RefusalVerdict.CHANNEL,
    Cause.LOGIN: RefusalVerdict.CHANNEL,
    Cause.SENDER: RefusalVerdict.CHANNEL,
    Cause.BLOCKLIST: RefusalVerdict.CHANNEL,
    Cause.HELLO_NAME: RefusalVerdict.CHANNEL,
    Cause.AUTHENTICATION: RefusalVerdict.CHANNEL,
    Cause.QUOTA: RefusalVerdict.CHANNEL,
    Cause.POLICY: RefusalVerdict.CHANNEL,
    Cause.SERVICE: RefusalVerdict.CHANNEL,
    Cause.NO_MAILBOX: RefusalVerdict.GONE,
    Cause.CLOSED: RefusalVerdict.GONE,
    Cause.ACCESS_DENIED: RefusalVerdict.FAILING,
    Cause.UNAVAILABLE: RefusalVerdict.FAILING,
    Cause.FULL: RefusalVerdict.FAILING,
    Cause.ROUTE: RefusalVerdict.FAILING,
    Cause.RESTRICTED: RefusalVerdict.RESTRICTED,
    Cause.SIZE: RefusalVerdict.MESSAGE,
    Cause.FORMAT: RefusalVerdict.MESSAGE,
    Cause.MAILBOX_RATE: RefusalVerdict.LATER,
    Cause.RATE: RefusalVerdict.LATER,
    Cause.PASSING: RefusalVerdict.LATER,
    Cause.UNKNOWN: RefusalVerdict.UNKNOWN,
}
_OF_MAILBOX = frozenset(
    {
        Cause.NO_MAILBOX,
        Cause.CLOSED,
        Cause.ACCESS_DENIED,
        Cause.UNAVAILABLE,
        Cause.FULL,
        Cause.ROUTE,
        Cause.RESTRICTED,
        Cause.MAILBOX_RATE,
    }
)

#: enhanced codes that name their cause (RFC 3463, 5248, 7372, 7505; Microsoft's and Google's lists of November 2026)
_CODES: dict[tuple[int, int], Cause] = {
    (1, 1): Cause.NO_MAILBOX,
    (1, 2): Cause.ROUTE,
    (1, 3): Cause.NO_MAILBOX,
    (1, 6): Cause.NO_MAILBOX,
    (1, 7): Cause.SENDER,
    (1, 8): Cause.SENDER,
    (1, 10): Cause.NO_MAILBOX,
    (2, 1): Cause.CLOSED,
    (2, 2): Cause.FULL,
    (2, 3): Cause.SIZE,
    (3, 4): Cause.SIZE,
    (7, 3): Cause.RESTRICTED,
    (7, 8): Cause.LOGIN,
    (7, 9): Cause.LOGIN,
    (7, 11): Cause.LOGIN,
    (7, 13): Cause.LOGIN,
    (7, 20): Cause.AUTHENTICATION,
    (7, 21): Cause.AUTHENTICATION,
    (7, 22): Cause.AUTHENTICATION,
    (7, 23): Cause.AUTHENTICATION,
    (7, 24): Cause.AUTHENTICATION,
    (7, 25): Cause.BLOCKLIST,
    (7, 26): Cause.AUTHENTICATION,
    (7, 27): Cause.SENDER,
    (7, 28): Cause.BLOCKLIST,
    (7, 57): Cause.LOGIN,
    (7, 60): Cause.SENDER,
    (7, 64): Cause.RELAY,
    (7, 509): Cause.AUTHENTICATION,
    (7, 515): Cause.AUTHENTICATION,
}
_BASICS: dict[int, Cause] = {
    500: Cause.SERVICE,
    502: Cause.SERVICE,
    503: Cause.SERVICE,
    504: Cause.SERVICE,
    521: Cause.SERVICE,
    530: Cause.LOGIN,
    534: Cause.LOGIN,
    535: Cause.LOGIN,
    538: Cause.LOGIN,
    541: Cause.POLICY,
    551: Cause.UNAVAILABLE,
    553: Cause.UNAVAILABLE,
    556: Cause.NO_MAILBOX,
    571: Cause.POLICY,
}


def judge_reply(text: str, *, code: int | None = None, status: str = "", stage: Stage = Stage.RECIPIENT) -> ReplyVerdict:
    """Return whom the refusal ``text`` is about.

    code: the reply's basic code (400 to 599), None to look for it in the text. status: the status field of a returned mail.

    >>> [str(judge_reply(said).verdict) for said in ("550 relay not permitted", "550 no such user", "550 5.7.129 RESOLVER.RST", "550 what")]
    ['channel', 'gone', 'restricted', 'unknown']
    """
    text = _ADDRESS.sub("<>", text[:_MOST]).replace("’", "'")
    if code is None:
        found = _BASIC.search(text)
        code = int(found[1]) if found is not None else None
    kind, subject, detail = _enhanced(text, code, status)
    cause = _cause(text, code, subject, detail, stage)
    told = f"{kind}.{subject}.{detail}" if (subject, detail) != (0, 0) else ""
    if kind == 4:
        passes = cause if cause is not Cause.UNKNOWN else Cause.PASSING
        return ReplyVerdict(
            verdict=RefusalVerdict.LATER, cause=passes, status=told, about_mailbox=_puts_off_one(code, subject, cause, stage)
        )
    verdict = _VERDICTS[cause]
    if stage is Stage.CONNECTION and verdict is not RefusalVerdict.CHANNEL:
        cause, verdict = Cause.SERVICE, RefusalVerdict.CHANNEL
    elif stage is Stage.SENDER and verdict not in (RefusalVerdict.CHANNEL, RefusalVerdict.MESSAGE, RefusalVerdict.LATER):
        cause, verdict = (Cause.QUOTA if cause is Cause.FULL else Cause.SENDER), RefusalVerdict.CHANNEL
    elif cause is Cause.ACCESS_DENIED and stage is Stage.RETURNED and (subject, detail) == (4, 1):
        verdict = RefusalVerdict.GONE  # at the door it is counted only: a receiver whose directory is late says it too
    about = cause in _OF_MAILBOX or verdict is RefusalVerdict.UNKNOWN
    return ReplyVerdict(verdict=verdict, cause=cause, status=told, about_mailbox=about)


def status_in(text: str, code: int) -> str:
    """Return the first enhanced code in ``text`` of the class of ``code``, empty for none."""
    return next((m[0] for m in _ENHANCED.finditer(text) if int(m[1]) == code // 100), "")


def _enhanced(text: str, code: int | None, status: str) -> tuple[int, int, int]:
    """Return class, subject and detail; of a code that contradicts the basic one nothing is believed."""
    found = [tuple(int(n) for n in m.groups()) for m in _ENHANCED.finditer(status)][:1]
    if not found or found[0][1:] == (0, 0):
        found += [tuple(int(n) for n in m.groups()) for m in _ENHANCED.finditer(text) if code is None or int(m[1]) == code // 100]
    telling = [one for one in found if one[0] in (4, 5) and one[1] <= 7]
    kind, subject, detail = next(
        (one for one in telling if one[1:] != (0, 0)), telling[0] if telling else (code // 100 if code else 5, 0, 0)
    )
    if subject == 0 and code is not None and not _ENHANCED.match(status):
        kind = code // 100
    elif subject == 0 and code is not None and code // 100 == 4:
        kind = 4
    return (kind, subject, detail)


def _cause(text: str, code: int | None, subject: int, detail: int, stage: Stage) -> Cause:
    """Return the cause that words and codes name together; see the tables for what goes before what."""
    decided = next((cause for cause, pattern in words.DECIDING if pattern.search(text)), None)
    if decided is not None:
        return decided
    named = _CODES.get((subject, detail)) or _by_range(subject, detail)
    missing = named is Cause.NO_MAILBOX or (named is None and words.GONE.search(text) is not None)
    if missing and words.LOOKUP_FAILED.search(text):
        return Cause.PASSING
    if named is Cause.CLOSED and words.FOR_NOW.search(text):
        return Cause.UNAVAILABLE
    if named is not None:
        return named
    if words.RATE.search(text):
        return Cause.RATE
    if words.ACCESS_DENIED.search(text):
        return Cause.ACCESS_DENIED
    # with a policy code the words are about a domain that the message or its sender names
    if subject != 7 and words.ROUTE.search(text):
        return Cause.ROUTE
    if words.STOCK_UNAVAILABLE.search(text):
        return Cause.UNAVAILABLE
    filtered = words.FILTER.search(text) is not None
    if words.GONE.search(text) and not (subject == 7 and filtered):
        return Cause.UNAVAILABLE if filtered or stage is Stage.CONTENT else Cause.NO_MAILBOX
    if words.CLOSED.search(text) and not (subject == 7 and filtered):
        return Cause.UNAVAILABLE if filtered or words.FOR_NOW.search(text) else Cause.CLOSED
    passing = words.PASSING.search(text) is not None
    if subject == 7 and (filtered or not passing):
        return Cause.POLICY
    if words.MAILBOX_UNAVAILABLE.search(text):
        return Cause.UNAVAILABLE
    if filtered or words.BARRED.search(text):
        return Cause.POLICY
    if passing:
        return Cause.PASSING
    if subject == 4:
        return Cause.ROUTE
    if subject == 6:
        return Cause.FORMAT
    if words.UNAVAILABLE.search(text):
        return Cause.UNAVAILABLE
    if code == 552:
        return Cause.FULL if stage in (Stage.RECIPIENT, Stage.RETURNED) else Cause.SIZE
    if subject == 2:
        return Cause.UNAVAILABLE
    return _BASICS.get(code or 0, Cause.UNKNOWN) if stage is not Stage.CONTENT or code in (530, 541, 571) else Cause.UNKNOWN


def _by_range(subject: int, detail: int) -> Cause | None:
    """Return what Microsoft's ranges of policy codes mean, None for other codes."""
    if subject != 7:
        return None
    if 120 <= detail <= 139:
        return Cause.RESTRICTED
    if 501 <= detail <= 508 or 700 <= detail <= 750:
        return Cause.QUOTA
    return Cause.BLOCKLIST if 511 <= detail <= 514 or 606 <= detail <= 649 else None


def _puts_off_one(code: int | None, subject: int, cause: Cause, stage: Stage) -> bool:
    """Whether a passing refusal is about the recipient: X.2 is the mailbox; X.3 to X.5 are systems and routes (RFC 3463 section 3)."""
    if code == 421 or stage in (Stage.CONNECTION, Stage.SENDER) or _VERDICTS[cause] is RefusalVerdict.CHANNEL or cause is Cause.RATE:
        return False
    return subject == 2 or cause is Cause.FULL or (stage in (Stage.RECIPIENT, Stage.RETURNED) and subject not in (3, 4, 5))
