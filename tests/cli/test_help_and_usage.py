"""What the command line says before it does anything: help, wrong usage, and how little it loads for that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cadence.cli.main import COMMANDS, parser_of
from cadence.cli.reference import arguments, verbs
from tests.cli.conftest import Run

WITH_VERBS = [(name, verb) for name in COMMANDS for verb, _, _ in verbs(parser_of(name))]


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("help",), ("--version",)])
def test_the_overview_is_printed_and_all_is_well(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 0
    assert done.err == ""
    assert "cadence" in done.out


def test_the_overview_names_every_command(run: Run) -> None:
    assert [name for name in COMMANDS if f"  {name} " not in run("--help").out] == []


def test_without_a_command_the_overview_comes_with_wrong_usage(run: Run) -> None:
    assert run().code == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run: Run, name: str) -> None:
    done = run(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: cadence {name}")


@pytest.mark.parametrize(("name", "verb"), WITH_VERBS)
def test_every_verb_has_help(run: Run, name: str, verb: str) -> None:
    done = run(name, verb, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: cadence {name} {verb}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_says_what_it_means(name: str) -> None:
    below = [parser for _, _, parser in verbs(parser_of(name))]
    assert [written for parser in [parser_of(name), *below] for written, meaning in arguments(parser) if not meaning] == []


def test_an_unknown_command_is_wrong_usage_with_the_nearest_one(run: Run) -> None:
    done = run("statments")
    assert done.code == 2
    assert done.err == "cadence: no command 'statments'; did you mean 'statements'?; see: cadence --help\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("plan", "--nope"), "--nope"),
        (("plan", "--js"), "--js"),
        (("plan", "--at"), "--at"),
        (("statements",), "VERB"),
        (("statements", "burn"), "burn"),
        (("statements", "import"), "PATH"),
        (("statements", "import", "x", "--material", "--wording-only"), "--wording-only"),
        (("people", "import"), "FILE.csv"),
        (("explain",), "EMAIL"),
        (("config", "burn"), "burn"),
        (("demo", "--port", "http"), "http"),
    ],
)
def test_wrong_usage_names_what_is_wrong(run: Run, arguments: tuple[str, ...], named: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("usage: cadence ")
    assert named in done.err.splitlines()[-1]


def _loaded(statement: str, folder: Path) -> set[str]:
    source = f"{statement}\nimport sys; sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


_HEAVY = {"sqlmodel", "sqlalchemy", "fastapi", "pydantic", "numpy", "slack_sdk", "slack_bolt", "alembic", "uvicorn"}


def test_help_loads_no_database_web_or_settings_library(tmp_path: Path) -> None:
    loaded = _loaded("from cadence.cli.main import main; main(['--help'])", tmp_path)
    assert loaded & (_HEAVY | {"tqdm"}) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_loads_a_library_before_its_arguments_are_right(tmp_path: Path, name: str) -> None:
    loaded = _loaded(f"from cadence.cli.main import main; main([{name!r}, '--help'])", tmp_path)
    assert loaded & _HEAVY == set()
