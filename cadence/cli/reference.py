"""Renders docs/commands.md from the parsers themselves: ``python -m cadence.cli.reference > docs/commands.md``.

A test renders it too and compares, so that the page never lags behind the program.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from cadence.cli.main import COMMANDS, LOG_LEVELS, LOG_VARIABLE, parser_of

_HEAD = f"""# Commands

`cadence COMMAND --help` prints this too. Every command that prints facts takes `--json`: one JSON document on standard
output, logs and notes on standard error. Exit codes: 0 done, 1 refused or failed, 2 wrong usage. Instants are ISO 8601 with
an offset. Wrong input is one line that names the field and the value.
`{LOG_VARIABLE}` says how much is logged: {", ".join(LOG_LEVELS)} (default: warning)."""


def render() -> str:
    """Return the whole page."""
    return "\n\n".join([_HEAD, *(_command(name) for name in COMMANDS)]) + "\n"


def verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield (verb, what it does, its parser); nothing for a command without verbs."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in action._choices_actions}
            yield from ((verb, told[verb], below) for verb, below in action.choices.items())


def arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield (how it is written, what it means) of every argument a person may give, ``--help`` apart."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction) or action.help is argparse.SUPPRESS:
            continue
        value = str(action.metavar or action.dest) if action.nargs != 0 else ""
        written = f"{action.option_strings[-1]} {value}".strip() if action.option_strings else value
        yield written, (action.help or "").replace("%%", "%")


def _command(name: str) -> str:
    parser = parser_of(name)
    lines = [f"## cadence {name}", "", str(parser.description), ""]
    for verb, told, below in verbs(parser):
        lines.append(f"- **`cadence {name} {verb}`**: {told}")
        lines += [f"  - `{written}`: {meaning}" for written, meaning in arguments(below)]
    lines += [f"- `{written}`: {meaning}" for written, meaning in arguments(parser)]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(render())
