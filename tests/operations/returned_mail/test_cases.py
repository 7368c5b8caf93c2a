"""Returned mail of every kind that was tried on the product, with what each must lead to. The mails lie in ``cases``, made up by us:
{ID} stands for the public id of a mail that was sent, {RCPT} for whom it was sent to.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from cadence.operations.responding.ask import list_questions
from cadence.store.database import core, tables
from tests.operations.returned_mail.conftest import World

_CASES = Path(__file__).parent / "cases"

#: name -> (kind, outcome, the question that follows or "")
RIGHT = {
    "qmail": ("bounce", "suspended", ""),
    "exchange-55-ims": ("bounce", "suspended", ""),
    "exchange-online-541": ("bounce", "suspended", ""),
    "domino": ("bounce", "suspended", ""),
    "rcpt-no-type": ("bounce", "suspended", ""),
    "action-comment": ("bounce", "suspended", ""),
    "postfix-550-unavailable": ("bounce", "counted", ""),
    "gmail-rate-521": ("bounce", "counted", ""),
    "mimecast-policy": ("bounce", "policy", ""),
    "spam-words-no-code": ("bounce", "policy", ""),
    "exim-sender-verify": ("bounce", "policy", ""),
    "forwarded": ("bounce", "counted", ""),
    "arf-not-spam": ("notice", "not_ours", ""),
    "arf-redacted": ("complaint", "complaint", ""),
    "oof-cs": ("absence", "absence", ""),
    "oof-da-no": ("absence", "absence", ""),
    "oof-notes": ("absence", "absence", ""),
    "oof-pl": ("absence", "absence", ""),
    "oof-ro": ("absence", "absence", ""),
    "oof-ru": ("absence", "absence", ""),
    "outlook-fr": ("reply", "question", "Merci, mais pourquoi ?"),
    "outlook-da": ("reply", "question", "Hvorfor?"),
    "starts-with-On": ("reply", "question", "On what basis do we do this?"),
    "starts-with-Le": ("reply", "question", "Le budget suffit-il ?"),
    "bottom-posted": ("reply", "question", "Why?"),
    "apple-split": ("reply", "question", "First half.\nSecond half?"),
    "smime-opaque": ("reply", "question", "[This answer could not be read: it is encrypted, or signed in a way that hides its text."),
    "pgp-encrypted": ("reply", "question", "[This answer could not be read: it is encrypted, or signed in a way that hides its text."),
    "from-bare-comma": ("other", "unread", ""),
    "charset-8859-8-i": ("reply", "question", "מדוע"),
}


def case(name: str, world: World) -> bytes:
    raw = (_CASES / f"{name}.eml").read_bytes()
    return raw.replace(b"{ID}", world.id.encode()).replace(b"{RCPT}", b"ana@example.com")


@pytest.mark.parametrize("name", sorted(path.stem for path in _CASES.glob("*.eml")))
def test_a_mail_that_came_back_is_judged_right(sqlite_world: World, name: str) -> None:
    world = sqlite_world
    kind, outcome, question = RIGHT[name]
    evidence = world.rows(tables.EvidenceRow)
    done = world.read(case(name, world))
    assert (done.kind, done.outcome) == (kind, outcome)
    asked = [q.text for q in list_questions(world.database)]
    assert len(asked) == bool(question)
    assert all(text.startswith(question) if question.startswith("[") else text == question for text in asked)
    assert (world.address().suspended_at is not None) == (outcome == "suspended")
    if kind in ("absence", "notice", "complaint", "other"):
        assert world.rows(tables.EvidenceRow) == evidence
    if outcome == "unread":
        assert world.notices() == ["A mail from or about Ana could not be read: its From line does not name exactly one sender."]
    with world.database.read() as connection:
        held = str([list(connection.execute(sa.select(table))) for table in core.questions.metadata.sorted_tables])
    assert "TOKENOFTHISPERSON" not in held
    assert "OWNPREFERENCES" not in held


def test_a_complaint_that_is_none_changes_nothing(sqlite_world: World) -> None:
    before = sqlite_world.state()
    assert sqlite_world.read(case("arf-not-spam", sqlite_world)).kind == "notice"
    assert sqlite_world.state() == before


def test_a_redacted_complaint_gives_the_person_a_rest(sqlite_world: World) -> None:
    sqlite_world.read(case("arf-redacted", sqlite_world))
    assert sqlite_world.rows(tables.PersonRow, id=sqlite_world.ana)[0].fewer_until is not None
