"""Writers learn while writing what Slack will make of a text."""

from __future__ import annotations

from cadence.files.statement_md import parse_statement
from cadence.operations.authoring.slack_limits import slack_notes


def notes_on(body: str) -> list[str]:
    return slack_notes(parse_statement(f'+++\ntitle = "Mend first"\n+++\n{body}\n'.encode(), name="values/mend-first.md"))


def test_a_text_that_slack_shows_in_parts_is_noted_with_the_limit() -> None:
    assert notes_on("word " * 510) == []
    (note,) = notes_on("@here " * 430)  # each becomes longer, so that it calls nobody
    assert note == "mend-first: its text is 3,009 characters long in Slack's markup; a section takes 2,900, so it is shown in 2 parts"
    (note,) = notes_on("Short.\n\n## Wording: loud\n" + "@here " * 430)
    assert note.startswith("mend-first: its wording loud is 3,009 characters long")
