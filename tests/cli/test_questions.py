"""``cadence questions``: lists what was asked, closes it, and refuses what is no number."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cadence.operations.responding.ask import ask_question
from cadence.operations.responding.own_words import name_priorities
from cadence.store.database.engine import Database
from tests.cli.conftest import Run
from tests.fixtures.builders import a_person

AT = "2026-11-23T09:00+00:00"


def test_list_and_close(company_sqlite: Path, sqlite_url: str, run: Run) -> None:
    database = Database(sqlite_url)
    asked = {"delivery_id": None, "version_id": None, "channel": "email", "source_id": "mail:1"}
    number = ask_question(database, person_id=1, text="Why?\nAnd when?", now=datetime(2026, 11, 23, 8, tzinfo=UTC), **asked).id  # type: ignore[arg-type]
    database.close()

    told = run("questions", "list")
    assert (told.code, told.err) == (0, "")
    assert told.out == f"{number}  2026-11-23 08:00 UTC  Ana Ruiz <ana@larkweir.example> by email\n    Why?\n    And when?\n"
    (question,) = run("questions", "list", "--json").facts
    assert (question["text"], question["closed_at"]) == ("Why?\nAnd when?", None)

    assert run("questions", "close", number, "--at", AT, "--json").facts["id"] == number
    assert run("questions", "close", number).out == f"Question {number} was marked as answered on 2026-11-23 09:00 UTC.\n"
    assert run("questions", "list").out == "No open questions.\n"
    assert len(run("questions", "list", "--closed", "--json").facts) == 1


def test_wrong_numbers_are_one_line(empty_sqlite: Path, run: Run) -> None:
    assert run("init").code == 0
    wrong = (("7", "there is no question 7"), ("x", "is not the number of a question"), ("-1", ""), ("9" * 40, "is not the number"))
    for number, told in wrong:
        done = run("questions", "close", number)
        assert done.code in (1, 2)
        assert told in done.err
        assert "Traceback" not in done.err
    assert run("questions", "list").out == "No open questions.\n"


def test_replies_in_own_words_are_listed_without_names_and_judged(company_sqlite: Path, sqlite_url: str, run: Run) -> None:
    assert run("questions", "words").out == "No reply waits to be judged.\n"
    database = Database(sqlite_url)
    for person in (1, *(a_person(database) for _ in range(4))):
        words = "be kind\nbe quick" if person == 1 else "no idea"
        name_priorities(database, person_id=person, words=words, now=datetime(2026, 11, 23, 8, tzinfo=UTC))
    database.close()

    (reply,) = run("questions", "words", "--json").facts
    told = run("questions", "words").out
    assert told.startswith(f"{reply['id']}  Name our priorities\n    said:  be kind\n    said:  be quick\n")
    assert "Ana" not in told
    assert "person" not in str(reply)
    assert run("questions", "words", "--could-not", reply["id"], "--at", AT).out == f"Reply {reply['id']} was judged: could not say it.\n"
    assert run("questions", "words").out == "No reply waits to be judged.\n"
    for wrong, line in (
        (("--could", "x"), "is not the number of a reply"),
        (("--could", "99"), "there is no reply 99"),
        (("--names", "a"), "is for a reply that is judged"),
        (("--could", reply["id"]), "which priorities does the reply name?"),
        (("--could", reply["id"], "--names", "b"), "is not a priority in force"),
    ):
        done = run("questions", "words", *wrong)
        assert done.code in (1, 2)
        assert line in done.err
        assert "Traceback" not in done.err


def test_health_of_questions_is_too_early_to_say_at_first(company_sqlite: Path, run: Run) -> None:
    found = run("questions", "health")
    assert (found.code, found.out) == (
        0,
        "No statement has been asked about yet. A question needs a right_answer and three near_misses (docs/statements.md).\n",
    )
    assert run("questions", "health", "--json").facts == []


def test_what_is_named_by_heart_is_too_early_to_say_at_first(company_sqlite: Path, run: Run) -> None:
    said = run("questions", "unaided").out.splitlines()
    assert said[1] == "answer-every-night-alarm: too early to say"
    assert said[-1].startswith("Of those who replied")
    assert {one["value"] for one in run("questions", "unaided", "--json").facts} == {None}
