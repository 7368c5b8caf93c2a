"""The way of a draft: saved step by step, approved, held for ten minutes, published by the tick; nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cadence.domain.audit import Actor, Via
from cadence.errors import CadenceError, Conflict, Invalid
from cadence.files.statement_writer import write_statement
from cadence.files.toml_tables import InvalidFile
from cadence.identity.permissions import Role
from cadence.operations.authoring.approvals import approve_draft, ask_for_approval, send_back
from cadence.operations.authoring.drafts import compare_again, discard_draft, mark_of, read_draft, restore_draft, save_step, start_draft
from cadence.operations.authoring.hold import publish_draft, publish_held, take_back, text_mark
from cadence.operations.authoring.import_statements import import_statements, show_statement
from cadence.operations.authoring.stored_file import file_of
from cadence.store.database.core import audit_entries, company_settings
from cadence.store.database.engine import Database
from tests.fixtures.accounts import make_account
from tests.fixtures.builders import NEAR_MISSES, NOW, RIGHT_LINE

LATER = NOW + timedelta(minutes=10)
SHELL = Actor(via=Via.PAGE)


def _save(database: Database, draft: str, step: str, actor: Actor = SHELL, **values: Any) -> None:
    with database.read() as connection:
        base = mark_of(read_draft(connection, draft)[1], step)
    save_step(database, draft, step, values, base=base, actor=actor, now=NOW)


def _state(database: Database, draft: str) -> tuple[str, str]:
    with database.read() as connection:
        found = read_draft(connection, draft)[0]
    return found.state, found.note


def _written(database: Database, actor: Actor = SHELL) -> str:
    draft = start_draft(database, slug=None, actor=actor, now=NOW)
    _save(
        database,
        draft,
        "words",
        actor,
        title="Mend on the day",
        kind="value",
        body="Whoever finds it mends it,\r\nbecause rivers do not wait.",
    )
    _save(database, draft, "question", actor, right_answer=RIGHT_LINE, near_misses=list(NEAR_MISSES))
    return draft


def _file(database: Database, **changes: str) -> tuple[str, bytes]:
    with database.read() as connection:
        text = write_statement(file_of(show_statement(connection, "mend-on-the-day")))
    for old, new in changes.items():
        text = text.replace(old, new)
    return "mend-on-the-day.md", text.encode()


def test_a_draft_is_held_ten_minutes_then_published_and_changed_by_a_draft_of_its_own(database: Database) -> None:
    draft = _written(database)
    assert publish_draft(database, draft, actor=SHELL, now=NOW) == LATER
    assert publish_held(database, now=LATER - timedelta(seconds=1)) == 0
    take_back(database, draft, actor=SHELL, now=NOW + timedelta(minutes=9))
    publish_draft(database, draft, actor=SHELL, now=NOW)
    assert (publish_held(database, now=LATER), publish_held(database, now=LATER)) == (1, 0)
    with database.read() as connection:
        stored = show_statement(connection, "mend-on-the-day")
    assert (stored.edited_in, stored.body, stored.near_misses) == (
        "browser",
        "Whoever finds it mends it,\nbecause rivers do not wait.",
        NEAR_MISSES,
    )
    with pytest.raises(Conflict) as live:
        take_back(database, draft, actor=SHELL, now=LATER)
    assert live.value.data["why"] == "draft_live"

    change = start_draft(database, slug="mend-on-the-day", actor=SHELL, now=NOW)
    assert start_draft(database, slug="mend-on-the-day", actor=SHELL, now=NOW) == change
    _save(database, change, "words", body="Whoever finds it mends it, because rivers never wait.")
    with pytest.raises(Conflict) as undecided:
        publish_draft(database, change, actor=SHELL, now=NOW)
    assert undecided.value.data["why"] == "draft_undecided"
    _save(database, change, "changes", material=False, changed="Rivers never wait.")
    publish_draft(database, change, actor=SHELL, now=NOW)
    publish_held(database, now=LATER)
    with database.read() as connection:
        stored = show_statement(connection, "mend-on-the-day")
        said = list(connection.execute(sa.select(audit_entries.c.action).order_by(audit_entries.c.id)).scalars())
    assert (stored.number, stored.material, stored.changed) == (2, False, "Rivers never wait.")
    assert said[-3:] == ["draft.held", "statement.new_version", "draft.published"]


def test_two_browsers_and_a_file_import_lose_nothing_and_say_what_happened(database: Database) -> None:
    draft = _written(database)
    with database.read() as connection:
        content = read_draft(connection, draft)[1]
    base, other = mark_of(content, "words"), mark_of(content, "question")
    _save(database, draft, "words", title="Mend it today")
    with pytest.raises(Conflict) as told:
        save_step(database, draft, "words", {"title": "Mend it now"}, base=base, actor=SHELL, now=NOW)
    assert told.value.data["why"] == "draft_changed"
    # the other step was not touched by the first browser
    assert save_step(database, draft, "question", {"right_answer": "X"}, base=other, actor=SHELL, now=NOW).title == "Mend it today"
    _save(database, draft, "words", title="Mend on the day")
    _save(database, draft, "question", right_answer=RIGHT_LINE)
    publish_draft(database, draft, actor=SHELL, now=NOW)
    publish_held(database, now=LATER)

    change = start_draft(database, slug="mend-on-the-day", actor=SHELL, now=NOW)
    _save(database, change, "words", body="Ours.")
    _save(database, change, "changes", material=True)
    theirs = _file(database, **{"rivers do not wait": "rain does not wait"})
    with database.transaction() as connection:
        kept = import_statements(connection, [theirs], now=NOW)
        assert [one.slug for one in kept.kept] == ["mend-on-the-day"]
        assert kept.kept[0].after["body"].endswith("rain does not wait.")
        assert show_statement(connection, "mend-on-the-day").number == 1
        same = import_statements(connection, [_file_now(connection)], now=NOW)
        assert (same.unchanged, same.kept) == (["mend-on-the-day"], [])
    publish_draft(database, change, actor=SHELL, now=NOW)
    with database.transaction() as connection:
        assert import_statements(connection, [theirs], now=NOW, overwrite=True).new_versions[0].number == 2
    assert publish_held(database, now=LATER) == 0
    state, why = _state(database, change)
    assert state == "draft"
    assert "version 2 came into force meanwhile" in why
    with pytest.raises(Conflict) as stale:
        publish_draft(database, change, actor=SHELL, now=NOW)
    assert stale.value.data["why"] == "draft_stale"
    compare_again(database, change, actor=SHELL, now=NOW)
    publish_draft(database, change, actor=SHELL, now=NOW)
    assert publish_held(database, now=LATER) == 1


def _file_now(connection: sa.Connection) -> tuple[str, bytes]:
    return "x/mend-on-the-day.md", write_statement(file_of(show_statement(connection, "mend-on-the-day"))).encode()


@pytest.mark.parametrize(("policy", "enough"), [("none", 1), ("one", 1), ("all", 2)])
def test_an_author_asks_and_as_many_approve_as_the_company_wants(database: Database, policy: str, enough: int) -> None:
    author = Actor(via=Via.PAGE, account_id=make_account(database, [Role.AUTHOR, Role.APPROVER], now=NOW, email="a@example.com"))
    approvers = [
        Actor(via=Via.PAGE, account_id=make_account(database, [Role.APPROVER], now=NOW, email=f"{n}@example.com", name=f"P{n}"))
        for n in "bc"
    ]
    with database.transaction() as connection:
        connection.execute(sa.insert(company_settings).values(name="approval", content={"value": policy}, changed_at=NOW))
    draft = _written(database, author)
    assert ask_for_approval(database, draft, note="Ines asked for it", actor=author, now=NOW) == ["Pb", "Pc"]
    with database.read() as connection:
        mark = text_mark(read_draft(connection, draft)[1])
    with pytest.raises(Conflict) as own:
        approve_draft(database, draft, mark=mark, note="", actor=author, now=NOW)
    assert own.value.data["why"] == "draft_own"
    with pytest.raises(Invalid):
        send_back(database, draft, note=" ", actor=approvers[0], now=NOW)
    send_back(database, draft, note="Say why.", actor=approvers[0], now=NOW)
    assert _state(database, draft)[0] == "sent_back"
    _save(database, draft, "words", author, body="Whoever finds it mends it, because the river is faster.")
    ask_for_approval(database, draft, note="", actor=author, now=NOW)
    with pytest.raises(Conflict) as changed:
        approve_draft(database, draft, mark=mark, note="", actor=approvers[0], now=NOW)
    assert changed.value.data["why"] == "draft_changed"
    with database.read() as connection:
        mark = text_mark(read_draft(connection, draft)[1])
    held = [approve_draft(database, draft, mark=mark, note="", actor=one, now=NOW) for one in approvers[:enough]]
    assert held == [None] * (enough - 1) + [LATER]
    assert publish_held(database, now=LATER) == 1


@pytest.mark.parametrize(
    ("step", "values", "field"),
    [
        ("words", {"body": "One.\n\n## Wording: story\n\nTwo."}, "text"),
        ("words", {"title": "  "}, "title"),
        ("words", {"title": "永遠に"}, "title"),
        ("words", {"body": "Hello <!channel> all"}, "body"),
        ("words", {"wordings": [{"name": "A story", "text": "x"}]}, "wording"),
        ("question", {"near_misses": ["One is wrong."]}, "near_misses"),
        ("people", {"audience": "nobody-here"}, "audience"),
        ("people", {"supports": ["nothing"]}, "supports"),
        ("people", {"acknowledge_by": "2026-12-18"}, "acknowledge_by"),
    ],
)
def test_what_a_file_may_not_say_a_draft_may_not_either(database: Database, step: str, values: dict[str, Any], field: str) -> None:
    draft = _written(database)
    _save(database, draft, step, **values)
    with pytest.raises(InvalidFile) as refused:
        publish_draft(database, draft, actor=SHELL, now=NOW)
    assert any(str(problem.data["field"]).startswith(field) for problem in refused.value.problems)
    discard_draft(database, draft, actor=SHELL, now=NOW)
    with pytest.raises(CadenceError):
        _state(database, draft)
    restore_draft(database, draft, actor=SHELL, now=NOW)
    assert _state(database, draft)[0] == "draft"
