"""Email addresses as we take them in, and Slack user ids.

Owns a grammar narrower than RFC 5321: one ``@``, a dot-atom before it, a host name of two or more
labels after it. Quoted local parts, source routes, comments and address literals are refused,
because they are how envelopes are forged. Non-ASCII local parts are kept (RFC 6531); host names
become A-labels (RFC 5890), so a look-alike domain shows as ``xn--``.
"""

from __future__ import annotations

import re
import unicodedata

from cadence.domain.statements.text import bad_character
from cadence.errors import Invalid

#: RFC 5321 section 4.5.3.1, in octets; a path of 256 holds the two angle brackets
MAX_LOCAL = 64
MAX_ADDRESS = 254

_PLAIN = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ATEXT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{6,20}")
#: IDNA 2003 and 2008 read these differently, so a mail could reach another house
_DEVIATIONS = frozenset("ßςẞ\u200c\u200d")
_EXAMPLE = "ana@company.example"


def parse_email(text: str, *, field: str = "email", where: str | None = None) -> str:
    """Return the address in lower case with its host name as A-labels. Raises Invalid.

    >>> parse_email(" Ana.Sousa@Company.Example ")
    'ana.sousa@company.example'
    """
    address = text.strip(" \t").lower()
    if len(address) <= MAX_LOCAL and _PLAIN.fullmatch(address) and "xn--" not in address:
        return address
    try:
        return _parse(unicodedata.normalize("NFC", address))
    except ValueError as error:
        raise Invalid(field, text, str(error), example=_EXAMPLE, where=where) from None


def is_slack_user_id(text: str) -> bool:
    """Whether ``text`` has the form of a Slack user id (``U`` or ``W`` and 6 to 20 capitals or digits)."""
    return _SLACK_ID.fullmatch(text) is not None


def _parse(address: str) -> str:
    bad = bad_character(address, one_line=True)
    if bad:
        raise ValueError(bad[1])
    if address.count("@") != 1:
        raise ValueError("has no @" if "@" not in address else "has more than one @")
    local, _, domain = address.partition("@")
    if not local:
        raise ValueError("has nothing before the @")
    if len(local.encode()) > MAX_LOCAL:
        raise ValueError(f"has more than {MAX_LOCAL} bytes before the @")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError("has a dot at the start or end of the part before the @, or two in a row")
    for character in local.replace(".", ""):
        if character not in _ATEXT and (character.isascii() or unicodedata.category(character)[0] not in "LMN"):
            raise ValueError(f"has {character!a} before the @; quoted forms, routes and comments are not accepted")
    host = _host(domain)
    if len(local.encode()) + 1 + len(host) > MAX_ADDRESS:
        raise ValueError(f"has more than {MAX_ADDRESS} bytes")
    return f"{local}@{host}"


def _host(domain: str) -> str:
    if len(domain) > 253:
        raise ValueError("has a domain of more than 253 characters")
    if not domain.isascii():
        if _DEVIATIONS & set(domain):
            raise ValueError("has a letter in its domain that mail systems read in two ways; write the domain in its xn-- form")
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError:
            raise ValueError("has a domain that is not a valid international name") from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("has no valid domain after the @")
    for label in labels:
        if label.startswith("xn--"):
            try:
                label.encode().decode("idna")
            except UnicodeError:
                raise ValueError(f"has the label {label} in its domain, which is no international name") from None
    return domain
