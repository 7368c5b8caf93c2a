"""What is odd about who manages whom in a people file: told in notes, never a reason to refuse anybody. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def manager_cycles(managers: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the circles in person -> manager (both emails), each beginning with its smallest email."""
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in managers:
        path: dict[str, None] = {}
        email = start
        while email in managers and email not in done and email not in path:
            path[email] = None
            email = managers[email]
        if email in path:
            members = list(path)
            circle = members[members.index(email) :]
            least = circle.index(min(circle))
            found.append(tuple(circle[least:] + circle[:least]))
        done.update(path)
    return found


def manager_notes(managers: Mapping[str, str]) -> list[str]:
    """Return a note for each of the first ten circles in person -> manager."""
    notes = []
    for circle in manager_cycles(managers)[:10]:
        if len(circle) == 1:
            notes.append(f"{circle[0]} is their own manager; kept as it is")
        else:
            shown = " -> ".join((*circle[:6], "..." if len(circle) > 6 else circle[0]))
            notes.append(f"managers in a circle: {shown}; kept as it is")
    return notes
