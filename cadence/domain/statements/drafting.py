"""The way of a draft: what may be done with it in which state, who has to approve it, and how long it is held.

Pure. ``operations.authoring.drafts`` and ``operations.authoring.approvals`` apply it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise

from cadence.domain.statements.line_manner import has_number, is_strong

#: between "Publish" and the statement being there: nothing of it is sent, and it can be taken back
HOLD = timedelta(minutes=10)
#: fewer changed words than this, no number and no negation among them, are taken for the same in other words
FEW_WORDS = 10


class DraftState(StrEnum):
    """Where a draft stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    SENT_BACK = "sent_back"
    HELD = "held"
    PUBLISHED = "published"
    DISCARDED = "discarded"


#: states in which its text may be changed; a change to one that waits asks the approvers again
OPEN = frozenset({DraftState.DRAFT, DraftState.WAITING, DraftState.SENT_BACK})
#: states in which it is not done with
ON_THE_WAY = OPEN | {DraftState.HELD}


class Approval(StrEnum):
    """Who has to approve before something is published, a setting of the company."""

    NONE = "none"
    ONE = "one"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalStanding:
    """How the approval of a draft stands. ``waiting_for``: accounts that can still say yes."""

    is_approved: bool
    waiting_for: tuple[int, ...] = ()


def standing(
    policy: Approval, *, author: int | None, author_may_publish: bool, approvers: Collection[int], approved_by: Collection[int]
) -> ApprovalStanding:
    """Return whether a text may be published. ``approvers``: accounts that may approve; ``approved_by``: those who did, of this very text.

    Nobody approves what they wrote themselves. Where nobody else can approve, a leader's own word is enough.
    """
    others = tuple(one for one in approvers if one != author)
    said = [one for one in others if one in approved_by]
    if author_may_publish and (policy is Approval.NONE or not others):
        return ApprovalStanding(is_approved=True)
    if policy is Approval.ALL:
        left = tuple(one for one in others if one not in approved_by)
        return ApprovalStanding(is_approved=bool(others) and not left, waiting_for=left)
    return ApprovalStanding(is_approved=bool(said), waiting_for=() if said else others)


def likely_same_meaning(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Return whether a change is taken for one of words only: few words, no number and no negation among them.

    Both: name of a part of the text -> the text. A part that is new or gone is all changed words.
    """
    changed: list[str] = []
    for name in {**before, **after}:
        old, new = before.get(name, "").split(), after.get(name, "").split()
        for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                changed += old[i:j] if j - i > m - k else new[k:m]
                if any(has_number(word) or is_strong(word) for word in old[i:j] + new[k:m]):
                    return False
    return len(changed) < FEW_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedWords:
    """A run of words of a text set beside another. ``kind``: "same", "gone" or "new"."""

    kind: str
    words: str


def word_difference(before: str, after: str) -> tuple[tuple[ComparedWords, ...], tuple[ComparedWords, ...]]:
    """Return both texts in pieces: the first with what is gone, the second with what is new. Line ends stay where they are.

    >>> [(p.kind, p.words) for p in word_difference("We mend first.", "We mend last.")[1]]
    [('same', 'We mend '), ('new', 'last.')]
    """
    old, new = _words(before), _words(after)
    left: list[ComparedWords] = []
    right: list[ComparedWords] = []
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        was, said = "".join(old[i:j]), "".join(new[k:m])
        if was:
            left.append(ComparedWords(kind="same" if tag == "equal" else "gone", words=was))
        if said:
            right.append(ComparedWords(kind="same" if tag == "equal" else "new", words=said))
    return tuple(left), tuple(right)


def _words(text: str) -> list[str]:
    """Return the words of a text, each with the white space behind it."""
    starts = [n for n, c in enumerate(text) if not c.isspace() and (n == 0 or text[n - 1].isspace())]
    if not starts:
        return [text] if text else []
    starts[0] = 0
    return [text[one:other] for one, other in pairwise([*starts, len(text)])]
