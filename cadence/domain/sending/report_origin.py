"""Whether a report of a failed delivery came from where the mail went: the recipient's side, our relay or our own server.

Pure. A report that returns our Message-ID alone proves little: whoever got a forwarded mail knows that id. So the servers that speak in
it must belong to one of the three. One that came to the unguessable return path of the mail needs none of this: only servers see that.
"""

from __future__ import annotations

from collections.abc import Iterable

#: domains of one operator, whose reports name others than those that mail is handed to
_FAMILIES = (
    frozenset(("google.com", "googlemail.com", "gmail.com")),
    frozenset(("office365.com", "outlook.com", "hotmail.com", "live.com", "microsoft.com", "onmicrosoft.com", "exchangelabs.com")),
    frozenset(("amazonses.com", "amazonaws.com", "amazon.com")),
    frozenset(("postmarkapp.com", "mtasv.net")),
    frozenset(("yahoo.com", "yahoodns.net", "aol.com", "yahoo.net")),
)


def came_from_there(named: Iterable[str], *, recipient: str, relay: str = "", own: Iterable[str] = ()) -> bool:
    """Return whether a server among ``named`` (host names or domains) may speak of mail to ``recipient``.

    relay: host that we hand our mail to. own: our addresses; their domains' servers report what they could not pass on.

    >>> came_from_there(["mx1.example.net"], recipient="ana@example.net"), came_from_there(["mx.evil.test"], recipient="ana@example.net")
    (True, False)
    """
    wanted = {recipient.rpartition("@")[2].lower(), relay.lower().strip("."), *(address.rpartition("@")[2].lower() for address in own)}
    return any(_are_related(name.lower().strip(". "), domain) for name in named for domain in wanted if domain)


def _are_related(name: str, domain: str) -> bool:
    """Whether one lies below the other, or both below a domain of one operator."""
    if "." not in name or "." not in domain:
        return bool(name) and name == domain
    if name == domain or name.endswith(f".{domain}") or domain.endswith(f".{name}"):
        return True
    return any(_is_of(name, family) and _is_of(domain, family) for family in _FAMILIES)


def _is_of(name: str, family: frozenset[str]) -> bool:
    return any(name == one or name.endswith(f".{one}") for one in family)
