"""Where somebody goes after signing in: a path of ours, whatever a link to the sign-in page says."""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST = 500
#: pages that are no place to go to after signing in
_NOT = ("/sign-in", "/sign-out", "/a/", "/c/", "/p/", "/static/", "/api/", "/slack/")


def own_path(asked: str) -> str:
    r"""Return ``asked`` where it is a path of ours, "" for anything else.

    >>> own_path("/questions?show=closed"), own_path("//evil.example"), own_path("/\\evil.example"), own_path("https:evil")
    ('/questions?show=closed', '', '', '')
    """
    if not asked.startswith("/") or asked.startswith(("//", *_NOT)) or len(asked) > _LONGEST:
        return ""
    if "\\" in asked or not asked.isascii() or any(letter <= " " or letter == "\x7f" for letter in asked):
        return ""
    try:
        parts = urlsplit(asked)
    except ValueError:
        return ""
    return asked if not parts.scheme and not parts.netloc else ""
