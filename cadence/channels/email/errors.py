"""What a mail server's refusal means for the message, the address and the channel.

Pure. The basic reply code decides; an enhanced code (RFC 3463) only refines it and is ignored when
it contradicts it. Classes: reliability.md section 5, rows 11-18.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

from cadence.errors import (
    AddressRejected,
    ChannelRefused,
    MessageRejected,
    OutcomeUnknown,
    RateLimited,
    TemporarilyUnavailable,
    TransportError,
)

REPLY_LIMIT = 300
#: how long a relay that says "too fast" is left alone
SLOW_DOWN = timedelta(minutes=10)

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")
#: words of relays for "you send too fast" and "no more today", which are no fault of the message (AWS and Google, support pages)
_TOO_FAST = re.compile(r"throttl|sending rate exceeded|relay limit exceeded|message rate limit|submission rate", re.IGNORECASE)
_NO_MORE_TODAY = re.compile(
    r"(sending|relay|message) (limit|quota) exceeded|daily .{0,30}(limit|quota)|STOREDRV\.(Client)?Submi", re.IGNORECASE
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")


class Phase(StrEnum):
    """Where in the conversation something happened; the text completes "at ..."."""

    CONNECT = "the connection"
    GREETING = "the greeting"
    HELLO = "EHLO"
    TLS = "STARTTLS"
    LOGIN = "the login"
    MAIL = "the sender (MAIL)"
    RCPT = "the recipient (RCPT)"
    DATA = "DATA"
    BODY = "the message text"
    END = "the end of the message"


def plain(reply: bytes) -> str:
    """Return a server's words as one printable line of at most 300 characters, without terminal sequences."""
    text = reply.decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in _ANSI.sub("", text))
        text = " ".join(text.split())
    return text[:REPLY_LIMIT]


def provider_code(code: int, text: str) -> str:
    """Return "550 5.1.1", or "550" when the reply has no enhanced code or one of another class."""
    enhanced = _enhanced(code, text)
    return f"{code} {'.'.join(str(n) for n in enhanced)}" if enhanced else str(code)


def refused(phase: Phase, code: int, reply: bytes) -> TransportError:
    """Return the error that an unwelcome reply amounts to. ``code``: as read, -1 when there was none."""
    text = plain(reply)
    if not 400 <= code <= 599:
        return lost(phase, f"the server's answer makes no sense there ({_shown(code, text)})")
    if code < 500 and phase in (Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.END, Phase.BODY) and _TOO_FAST.search(text):
        return RateLimited(
            f"The mail server asks us to slow down: {_shown(code, text)}"[:REPLY_LIMIT],
            provider_code=provider_code(code, text),
            retry_after=SLOW_DOWN,
        )
    said, named = f"The mail server refused at {phase}: {_shown(code, text)}"[:REPLY_LIMIT], provider_code(code, text)
    if code < 500 and not (phase is Phase.TLS and code != 421):
        return TemporarilyUnavailable(said, provider_code=named, about_address=_is_about_address(phase, code, text))
    if phase in (Phase.CONNECT, Phase.GREETING, Phase.HELLO, Phase.TLS, Phase.LOGIN) or code == 530:
        return ChannelRefused(said, provider_code=named)
    _, subject, detail = _enhanced(code, text) or (5, 0, 0)
    # 5.7: policy; 5.1.7 and 5.1.8: our own sender address
    if (
        subject == 7
        or (subject == 1 and detail in (7, 8))
        or _NO_MORE_TODAY.search(text)
        or (phase is Phase.MAIL and code in (550, 551, 553, 554))
    ):
        return ChannelRefused(said, provider_code=named)
    if subject == 1 or (phase is Phase.RCPT and (code in (551, 553, 556) or (code == 550 and (subject, detail) in ((0, 0), (2, 1))))):
        return AddressRejected(said, provider_code=named)
    return MessageRejected(said, provider_code=named, about_address=_is_about_address(phase, code, text))


def lost(phase: Phase, reason: str) -> TransportError:
    """Return the error of a conversation that broke off: in doubt once the final dot may have arrived."""
    if phase is Phase.END:
        return OutcomeUnknown(f"No usable answer after the whole message was sent: {reason}"[:REPLY_LIMIT], provider_code="lost")
    return TemporarilyUnavailable(f"The mail conversation broke off at {phase}: {reason}"[:REPLY_LIMIT], provider_code="lost")


def reason(error: BaseException) -> str:
    """Return in one line why a conversation broke off."""
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    return plain(str(getattr(cause, "strerror", None) or cause).encode())


def _is_about_address(phase: Phase, code: int, text: str) -> bool:
    """Whether a refusal speaks of the recipient: X.2 is the mailbox; X.3, X.4 and X.5 are systems and routes (RFC 3463 section 3)."""
    subject = (_enhanced(code, text) or (0, 0, 0))[1]
    if code >= 500:
        return subject == 2 or (phase is Phase.RCPT and code == 552 and subject == 0)
    return code != 421 and (subject == 2 or (phase is Phase.RCPT and subject not in (3, 4, 5)))


def _enhanced(code: int, text: str) -> tuple[int, int, int] | None:
    found = _ENHANCED.match(text)
    if not found or int(found[1]) != code // 100:
        return None
    return int(found[1]), int(found[2]), int(found[3])


def _shown(code: int, text: str) -> str:
    return f"{code} {text}".strip() if code >= 0 else text
