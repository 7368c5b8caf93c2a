"""Who wrote a mail, as far as that can be known: one address by a strict grammar, and what our own server found out about it.

Pure. The library's ``parseaddr`` finds an address in nearly anything (CVE-2023-27043), so that a name can pass for a sender; here a
From line that is not exactly one mailbox has none. An ``Authentication-Results`` header counts only when the server that is
trusted wrote it, and only the topmost: anybody can send along one of their own. RFC 5322 section 3.4, RFC 8601.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cadence.channels.email.parts import Part
from cadence.domain.people.addresses import parse_email
from cadence.errors import Invalid

_ADDRESS = r"([^\s()<>\[\]:;@\\,\"]{1,64}@[^\s()<>\[\]:;@\\,\"]{1,253})"
#: quoted names are taken out before
_MAILBOX = re.compile(rf"^\s*(?:[^()<>\[\]:;@\\,\"]*<\s*{_ADDRESS}\s*>|{_ADDRESS})\s*$")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_RESULT = re.compile(r"^\s*([\w-]+)(?:\s*/\s*\d+)?\s*=\s*([\w-]+)")
_PROPERTY = re.compile(r"([\w-]+\.[\w-]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s;\"]+)")
#: RFC 2047: what is coded in a name is no address, whatever it reads
_ENCODED = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What our own server found out. ``domains``: those that passed; ``logins``: addresses that logged in to send."""

    domains: frozenset[str] = frozenset()
    logins: frozenset[str] = frozenset()
    #: domains of the From line that failed by their own policy (DMARC)
    failed: bool = field(default=False)

    def holds_for(self, address: str) -> bool:
        """Whether the server showed that a mail from this address came from its domain."""
        domain = address.rpartition("@")[2]
        return not self.failed and (address in self.logins or any(is_part_of(domain, passed) for passed in self.domains))


def sole_sender(mail: Part) -> str:
    """Return the one address in the one From line, in our form; empty when there is none, or more than one, or it is malformed."""
    values = mail.values("From")
    if len(values) != 1 or len(values[0]) > 1_000:
        return ""
    bare = values[0]
    for _ in range(5):
        comment = _COMMENT.search(_QUOTED.sub(lambda m: "q" * len(m[0]), bare))
        if comment is None:
            break
        if "@" in bare[comment.start() : comment.end()]:  # which of two addresses is meant nobody can say
            return ""
        bare = bare[: comment.start()] + " " + bare[comment.end() :]
    found = _MAILBOX.match(_ENCODED.sub("name", _QUOTED.sub("name", bare)))
    if found is None:
        return ""
    try:
        return parse_email(found[1] or found[2])
    except Invalid:
        return ""


def proof_of(mail: Part, trusted_authserv: str) -> Proof:
    """Return what the topmost ``Authentication-Results`` of the trusted server says; nothing without one or without such a server."""
    trusted = trusted_authserv.strip().lower()
    for value in mail.values("Authentication-Results") if trusted else ():
        server, *results = _split(value)
        if server.split()[:1] and server.split()[0].strip('"').lower() == trusted:
            return _read(results)
    return Proof()


def _split(value: str) -> list[str]:
    """Return the parts of a header between semicolons, without comments: a comment may hold any words."""
    pieces = [""]
    depth, quoted, at = 0, False, 0
    while at < len(value):
        letter = value[at]
        if letter == "\\" and (depth or quoted):
            pieces[-1] += value[at : at + 2] if not depth else ""
            at += 2
            continue
        if letter == '"' and not depth:
            quoted = not quoted
        if not quoted and letter in "()":
            depth = max(0, depth + (1 if letter == "(" else -1))
        elif letter == ";" and not depth and not quoted:
            pieces.append("")
        elif not depth:
            pieces[-1] += letter
        at += 1
    return pieces


def _read(results: list[str]) -> Proof:
    domains: set[str] = set()
    logins: set[str] = set()
    failed = False
    for result in results:
        said = _RESULT.match(result)
        if said is None:
            continue
        method, outcome = said[1].lower(), said[2].lower()
        told = {name.lower(): value.strip('"').lower().rstrip(".") for name, value in _PROPERTY.findall(result)}
        failed |= method == "dmarc" and outcome == "fail"
        if outcome != "pass":
            continue
        named = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.helo")}.get(method, ())
        domains |= {told[name].rpartition("@")[2] for name in named if told.get(name)}
        if method == "auth" and "@" in told.get("smtp.auth", ""):
            logins.add(told["smtp.auth"])
    return Proof(domains=frozenset(domain for domain in domains if "." in domain), logins=frozenset(logins), failed=failed)


def is_part_of(domain: str, other: str) -> bool:
    """Whether ``domain`` is ``other`` or lies below it. Neither may be a single label."""
    return "." in other and (domain == other or domain.endswith(f".{other}"))
