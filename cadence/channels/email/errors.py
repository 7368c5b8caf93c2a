"""What a mail server's refusal means for the message, the address and the channel.

Pure. Whom it is about is judged by ``domain.sending.reply_verdict``; here it becomes an error that says what to do next. What is
said before a recipient is named stands; what is said of one recipient is weighed against what others get (``sender_pool``).
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

from cadence.domain.sending.reply_verdict import RefusalVerdict, Stage, judge_reply, status_in
from cadence.domain.sending.reply_words import Cause
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


_STAGES = {
    Phase.MAIL: Stage.SENDER,
    Phase.RCPT: Stage.RECIPIENT,
    Phase.DATA: Stage.CONTENT,
    Phase.BODY: Stage.CONTENT,
    Phase.END: Stage.CONTENT,
}


def plain(reply: bytes) -> str:
    """Return a server's words as one printable line of at most 300 characters, without terminal sequences."""
    text = reply.decode("utf-8", "replace")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in _ANSI.sub("", text))
        text = " ".join(text.split())
    return text[:REPLY_LIMIT]


def provider_code(code: int, text: str) -> str:
    """Return "550 5.1.1", or "550" when the reply has no enhanced code or one of another class."""
    return f"{code} {status_in(text, code)}".strip()


def refused(phase: Phase, code: int, reply: bytes) -> TransportError:
    """Return the error that an unwelcome reply amounts to. ``code``: as read, -1 when there was none."""
    text = plain(reply)
    if not 400 <= code <= 599:
        return lost(phase, f"the server's answer makes no sense there ({_shown(code, text)})")
    stage = _STAGES.get(phase, Stage.CONNECTION)
    judged = judge_reply(text, code=code, stage=stage)
    said, named = f"The mail server refused at {phase}: {_shown(code, text)}"[:REPLY_LIMIT], provider_code(code, text)
    verdict = judged.verdict if stage in (Stage.RECIPIENT, Stage.CONTENT) else ""
    if judged.verdict is RefusalVerdict.LATER and stage is not Stage.CONNECTION and judged.cause in (Cause.RATE, Cause.QUOTA):
        slower = f"The mail server asks us to slow down: {_shown(code, text)}"[:REPLY_LIMIT]
        return RateLimited(slower, provider_code=named, retry_after=SLOW_DOWN, cause=judged.cause)
    if judged.verdict is RefusalVerdict.LATER and not (phase is Phase.TLS and code != 421):
        about = judged.about_mailbox
        return TemporarilyUnavailable(said, provider_code=named, about_address=about, verdict=verdict, cause=judged.cause)
    if judged.verdict in (RefusalVerdict.CHANNEL, RefusalVerdict.LATER):
        return ChannelRefused(said, provider_code=named, verdict=verdict, cause=judged.cause)
    if judged.verdict is RefusalVerdict.GONE:
        return AddressRejected(said, provider_code=named, verdict=verdict, cause=judged.cause)
    return MessageRejected(said, provider_code=named, about_address=judged.about_mailbox, verdict=verdict, cause=judged.cause)


def lost(phase: Phase, reason: str) -> TransportError:
    """Return the error of a conversation that broke off: in doubt once the final dot may have arrived."""
    if phase is Phase.END:
        return OutcomeUnknown(f"No usable answer after the whole message was sent: {reason}"[:REPLY_LIMIT], provider_code="lost")
    return TemporarilyUnavailable(f"The mail conversation broke off at {phase}: {reason}"[:REPLY_LIMIT], provider_code="lost")


def reason(error: BaseException) -> str:
    """Return in one line why a conversation broke off."""
    cause = error.__context__ if isinstance(error.__context__, OSError) else error
    return plain(str(getattr(cause, "strerror", None) or cause).encode())


def _shown(code: int, text: str) -> str:
    return f"{code} {text}".strip() if code >= 0 else text
