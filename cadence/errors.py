"""Every error Cadence raises on purpose, as one tree.

A leaf: imports nothing of Cadence. HTTP status and exit codes are chosen at the faces.

CadenceError                     code: str, data: dict; its text is fit for a user
├─ NotFound · Conflict · Invalid
├─ RenderError
├─ ClockDoubted
├─ StoreError
│  ├─ SchemaOutOfDate · StoreBusy · StoreDamaged
│  └─ AlreadyRunning
└─ TransportError                provider_code, retry_after, scope
   ├─ AddressRejected · MessageRejected          permanent, about one recipient or message
   ├─ ChannelRefused                             permanent for the whole channel: pause it
   ├─ RateLimited · TemporarilyUnavailable       try again later
   └─ OutcomeUnknown                             may have gone out: never repeated without proof
ConfigError                      outside the tree: no handler may swallow it
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar


class CadenceError(Exception):
    """Something Cadence refused or could not do; the text says what, to which thing, and what to do next."""

    code: ClassVar[str] = "cadence_error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.data = data


class NotFound(CadenceError):
    """No such thing under that name."""

    code = "not_found"


class Conflict(CadenceError):
    """The thing is not in a state that allows this."""

    code = "conflict"


class TooOften(Conflict):
    """One person did something more often than is good for all; it can be done again later."""

    code = "too_often"


class Invalid(CadenceError):
    """Input that names a field, its value and the reason it cannot be used."""

    code = "invalid"

    def __init__(self, field: str, value: object, reason: str, *, example: str | None = None, where: str | None = None) -> None:
        field, shown = _one_line(field, limit=200), shorten(value)
        text = f"{where + ': ' if where else ''}{field}{'' if value is None else f' = {shown}'}: {reason}"
        if example:
            text += f" (for example: {example})"
        super().__init__(text, field=field, value=shown, reason=reason, example=example, where=where)


class RenderError(CadenceError):
    """A message could not be composed; only its own delivery fails."""

    code = "render_error"


class ClockDoubted(CadenceError):
    """The clock tells a time that cannot be right; nothing is planned or sent until it is, or a person says so."""

    code = "clock_doubted"


class StoreError(CadenceError):
    """The database cannot be used as it is."""

    code = "store_error"


class SchemaOutOfDate(StoreError):
    """The database has another schema version than this program."""

    code = "schema_out_of_date"


class StoreBusy(StoreError):
    """Another process held the database longer than the busy timeout."""

    code = "store_busy"


class StoreDamaged(StoreError):
    """The database file is damaged and must be restored from a backup."""

    code = "store_damaged"


class AlreadyRunning(StoreError):
    """Another Cadence process works on the same SQLite file."""

    code = "already_running"


class TransportError(CadenceError):
    """A channel could not take a message. ``provider_code`` is the server's own word for it."""

    code = "transport_error"
    #: False: a later attempt may succeed.
    permanent: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        provider_code: str = "",
        retry_after: timedelta | None = None,
        about_address: bool = False,
        verdict: str = "",
        cause: str = "",
    ) -> None:
        super().__init__(message, provider_code=provider_code)
        self.provider_code = provider_code
        self.retry_after = retry_after
        #: the service spoke of this address (a full mailbox, a recipient refused for now), not of itself, of us or of the message
        self.about_address = about_address
        #: said of one recipient: a ``domain.sending.reply_verdict.RefusalVerdict``, weighed against others; empty: it stands as it is
        self.verdict = verdict
        #: a ``domain.sending.reply_words.Cause`` when the service's words tell one, for the remedy
        self.cause = cause


class AddressRejected(TransportError):
    """The address does not exist or takes no mail: suspend it, ask the admin."""

    code = "address_rejected"
    permanent = True


class MessageRejected(TransportError):
    """This message to this recipient is refused for good; the address itself stays good."""

    code = "message_rejected"
    permanent = True


class ChannelRefused(TransportError):
    """The service refuses us as a sender (credentials, scope, policy): pause the channel, tell the admin once.

    Nothing is lost: the delivery goes back to ``planned`` and waits for the channel.
    """

    code = "channel_refused"
    permanent = False


class RateLimited(TransportError):
    """The service asks us to wait; does not count as an attempt."""

    code = "rate_limited"


class TemporarilyUnavailable(TransportError):
    """A passing fault; nothing was delivered."""

    code = "temporarily_unavailable"


class OutcomeUnknown(TransportError):
    """The message may have arrived; settled by the channel's own rule."""

    code = "outcome_unknown"


class ConfigError(Exception):
    """A wrong setting. Outside the tree so that no handler swallows it; names field, value and source."""


def shorten(value: object, *, limit: int = 60) -> str:
    """Return ``repr(value)`` made safe for one line of a terminal, at most ``limit`` characters."""
    try:
        text = repr(value[: limit + 1]) if isinstance(value, str) else ascii(value)
    except RecursionError:
        text = "tables in tables"
    except ValueError:  # more digits than Python writes out
        text = "a number of thousands of digits"
    return _one_line(text, limit=limit)


def _one_line(text: str, *, limit: int) -> str:
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
