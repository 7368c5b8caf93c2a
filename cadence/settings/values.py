"""The types of the settings: hosts, ports, addresses, keys, rates. What a value may be, and what is said of a wrong one.

Values come as text from the environment, so numbers may be written in quotes; a space too many is never cut off in
silence. Where a pattern says it all, the JSON Schema has it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import getaddresses
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from cadence.domain.colours import LEAST_CONTRAST, is_colour, lowest_contrast
from cadence.domain.planning import calendars
from cadence.domain.sending.return_path import check_pattern
from cadence.errors import Invalid
from cadence.files.declared import Fault, one_of

#: messages a minute of the named relays; Exchange Online takes 30
RATE_PRESETS: dict[str, float | None] = {"exchange": 25.0, "own": None}

Secret = SecretStr | None

_HOST = r"[A-Za-z0-9._:-]+"
_DOMAIN = r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"


class StartTls(StrEnum):
    """How the connection to the mail server is protected. There is no "if offered": a fallback to clear text is a leak."""

    OFF = "off"
    REQUIRED = "required"
    IMPLICIT = "implicit"


def _exact(value: Any) -> Any:
    if isinstance(value, bool):
        raise Fault("is true or false where a number belongs")
    if isinstance(value, str) and value != value.strip():
        raise Fault("has a space at its beginning or end")
    return value


def _clean(value: Any) -> Any:
    if isinstance(value, str) and not value.isprintable():
        raise Fault("has control characters")
    return value


def _rate(value: Any) -> Any:
    return RATE_PRESETS.get(value, value) if isinstance(value, str) else value


def _from_bool(value: Any) -> Any:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.casefold(), value)
    return {True: StartTls.REQUIRED, False: StartTls.OFF}.get(value, value) if isinstance(value, bool) else value


def _from_false(value: Any) -> Any:
    return StartTls.OFF if value is False or value == "false" else value


def _split_url(value: str) -> SplitResult:
    if not value.isprintable() or " " in value:
        raise Fault("has a space or a control character")
    parts = urlsplit(value)
    _ = parts.port  # raises ValueError for a port that is none
    return parts


def _is_api(value: str) -> str:
    parts = _split_url(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Fault("is not an http or https address")
    return value if value.endswith("/") else value + "/"


def _is_safe(value: str) -> str:
    parts = _split_url(value)
    if value and parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "::1", "localhost")):
        raise Fault("is not an https address")
    return value


def _is_base(value: str) -> str:
    parts = _split_url(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not re.fullmatch(_HOST, parts.hostname):
        raise Fault("is not an http or https address")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise Fault("has more than scheme, host and port")
    return f"{parts.scheme}://{parts.netloc}"


def _is_database(value: str) -> str:
    scheme, found, rest = value.partition("://")
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1 and ":memory:" not in rest:
        return value
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not found or not rest:
        raise Fault("is neither sqlite:///FILE nor postgresql://...")
    # imported here: who reads settings for a file database needs no database library
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(value)
    except (ArgumentError, ValueError):
        raise Fault("is not written postgresql://USER:PASSWORD@HOST:PORT/NAME") from None
    return value


def _is_address(value: str) -> str:
    found = getaddresses([value])
    local, _, domain = found[0][1].rpartition("@") if len(found) == 1 else ("", "", "")
    if value and not (local and "@" not in local and "{" not in local and re.fullmatch(_DOMAIN, domain)):
        raise Fault("is not one email address")
    return value


def _is_answer_address(value: str) -> str:
    return _names_the_message(value) if "{" in value else _is_address(value)


def _names_the_message(value: str) -> str:
    try:
        return check_pattern(value) if value else value
    except Invalid as problem:
        raise Fault.of(problem) from None


def _is_folder(value: str) -> str:
    if not value.isascii() or any(c in value for c in '"\\*%{'):
        raise Fault("holds a character outside plain ASCII, a quote or a wildcard")
    return value


def _is_zone(value: str) -> str:
    try:
        return calendars.zone(value).key
    except Invalid as problem:
        raise Fault.of(problem) from None


def _is_readable(value: str) -> str:
    value = value.lower()
    if value and not is_colour(value):
        raise Fault("is no colour of six hex digits")
    if value and (ratio := lowest_contrast(value)) < LEAST_CONTRAST:
        raise Fault(f"has a contrast of {ratio:.1f} : 1 on paper; letters need {LEAST_CONTRAST} : 1")
    return value


def _long(least: int) -> Callable[[Secret], Secret]:
    def check(value: Secret) -> Secret:
        if value is not None and len(value.get_secret_value()) < least:
            raise Fault(f"has fewer than {least} characters")
        return value

    return check


def _like(pattern: str, expects: str) -> Any:
    return Field(pattern=f"^{pattern}$", json_schema_extra={"expects": expects})


Amount = Annotated[float, BeforeValidator(_exact)]
Count = Annotated[int, BeforeValidator(_exact)]
Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_exact)]
Rate = Annotated[float | None, BeforeValidator(_exact), BeforeValidator(_rate)]
Line = Annotated[str, BeforeValidator(_clean)]
Host = Annotated[Line, _like(_HOST, "a host name or address")]
HostOrNone = Annotated[Line, _like(f"({_HOST})?", "a host name or address")]
#: a name to greet a mail server by: a full host name, or an address literal (RFC 5321 section 4.1.3)
HelloName = Annotated[
    Line,
    Field(max_length=253),
    _like(
        r"(([A-Za-z0-9][A-Za-z0-9-]{0,62}\.)+[A-Za-z][A-Za-z0-9-]{1,62}|\[(\d{1,3}(\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\])?",
        "a full host name or an address in brackets",
    ),
]
Domain = Annotated[Line, _like(f"({_DOMAIN})?", "a domain name")]
Address = Annotated[Line, AfterValidator(_is_address)]
AnswerAddress = Annotated[Line, AfterValidator(_is_answer_address)]
ReturnPath = Annotated[Line, AfterValidator(_names_the_message)]
Folder = Annotated[Line, Field(min_length=1, max_length=200), AfterValidator(_is_folder)]
DailyTime = Annotated[Line, _like("(([01][0-9]|2[0-3]):[0-5][0-9])?", "a time of day HH:MM between 00:00 and 23:59")]
LogIn = Annotated[Line, *one_of("password", "oauth")]
OAuthProvider = Annotated[Line, *one_of("none", "microsoft", "google")]
Grant = Annotated[Line, *one_of("code", "client_credentials")]
SafeUrl = Annotated[Line, AfterValidator(_is_safe)]
Guests = Annotated[Line, *one_of("external", "excluded")]
Zone = Annotated[str, AfterValidator(_is_zone)]
ApiUrl = Annotated[Line, AfterValidator(_is_api)]
BaseUrl = Annotated[str, AfterValidator(_is_base)]
DatabaseUrl = Annotated[str, AfterValidator(_is_database)]
Tls = Annotated[StartTls, BeforeValidator(_from_false)]
TlsOrBool = Annotated[StartTls, BeforeValidator(_from_bool)]
Colour = Annotated[Line, AfterValidator(_is_readable)]
Key = Annotated[Secret, AfterValidator(_long(32))]
Password = Annotated[Secret, AfterValidator(_long(12))]
