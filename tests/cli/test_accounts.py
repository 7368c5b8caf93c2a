"""``cadence accounts``: who may sign in, from the shell."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Run


@pytest.mark.usefixtures("company")
def test_accounts_are_made_changed_and_ended_at_the_shell(run: Run) -> None:
    assert "Nobody holds a role yet" in run("accounts", "list").out
    made = run("accounts", "link", "ada@out.example", "--role", "admin", "--name", "Ada")
    assert made.code == 0
    assert re.search(r"/sign-in/link/[\w-]{43}", made.out)
    assert run("accounts", "grant", "bo@out.example", "author").code == 0
    listed = run("accounts", "list").out
    assert "ada@out.example (Ada): admin; never here" in listed
    assert "bo@out.example (bo@out.example): author" in listed
    assert run("accounts", "revoke", "bo@out.example", "author").code == 0
    assert run("accounts", "end", "bo@out.example").code == 0
    assert "ended" in run("accounts", "list", "--all").out
    for refused in (
        ("revoke", "ada@out.example", "admin"),  # the last admin
        ("end", "ada@out.example"),
        ("grant", "no address", "author"),
        ("grant", "bo@out.example", "author"),  # has ended
        ("revoke", "nobody@out.example", "admin"),
    ):
        answer = run("accounts", *refused)
        assert (answer.code, "Traceback" in answer.err) == (1, False), refused
