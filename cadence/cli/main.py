"""The ``cadence`` command: finds the sub-command, reads its arguments, and turns errors into one line and an exit code.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage. A sub-command's module is imported only when it
is called, so that ``cadence --help`` answers at once; it offers ``configure(parser)`` and ``run(args)``.
"""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import os
import sys
from collections.abc import Sequence

from cadence import __version__
from cadence.errors import CadenceError, ConfigError, Invalid

#: how much is logged to standard error; read before the settings are, so it is no setting
LOG_VARIABLE = "CADENCE_LOG"
LOG_LEVELS = ("error", "warning", "info", "debug")

#: name -> (module, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("cadence.cli.init", "make or migrate the database, write a starter configuration"),
    "statements": ("cadence.cli.statements", "import, list, show, publish or withdraw statements"),
    "export": ("cadence.cli.export", "write statements back as the files they are imported from"),
    "people": ("cadence.cli.people", "import people from a CSV file, list them"),
    "messages": ("cadence.cli.messages", "preview what a person would get, as mail or Slack message"),
    "person": ("cadence.cli.person", "export everything held about one person, or erase them"),
    "cadences": ("cadence.cli.cadences", "apply the rules of a cadences file, list them"),
    "plan": ("cadence.cli.plan", "show who would get what, when and why, without sending"),
    "tick": ("cadence.cli.tick", "do everything that is due, once"),
    "serve": ("cadence.cli.serve", "run the service: web pages, sending and Slack in one process"),
    "stop": ("cadence.cli.stop", "stop all sending; nothing is lost"),
    "start": ("cadence.cli.start", "start sending again, or show what waits"),
    "worker": ("cadence.cli.worker", "run one more process that plans and sends (PostgreSQL)"),
    "simulate": ("cadence.cli.simulate", "show what a cadences file would do, on simulated people"),
    "explain": ("cadence.cli.explain", "explain why something was sent to a person, held or skipped"),
    "report": ("cadence.cli.report", "reach, frequency, acknowledgement, how many know it, and the projection gap"),
    "acknowledged": ("cadence.cli.acknowledged", "who has acknowledged a statement, by name"),
    "estimate": ("cadence.cli.estimate", "estimate how many people know a statement before you see it; list the estimates"),
    "questions": ("cadence.cli.questions", "what people asked, their own words, and how good our questions are"),
    "doctor": ("cadence.cli.doctor", "check the installation and say how to fix it"),
    "mail": ("cadence.cli.mail", "process bounces, complaints and replies"),
    "privacy": ("cadence.cli.privacy", "which privacy mode holds and what is kept; take out kept answers"),
    "accounts": ("cadence.cli.accounts", "who may sign in and their roles; a link when nobody can"),
    "notices": ("cadence.cli.notices", "list what needs attention, and mark it as resolved"),
    "audit": ("cadence.cli.audit", "who changed what: verify, list or export the log"),
    "rebuild": ("cadence.cli.rebuild", "recompute everything from the evidence and compare it with what is stored"),
    "config": ("cadence.cli.config", "check or show the settings; print what a file may say"),
    "bench": ("cadence.cli.bench", "measure speed as ratios to a baseline in the same run"),
    "try": ("cadence.cli.try_out", "the first digest on your screen, from nothing; leaves nothing behind"),
    "demo": ("cadence.cli.demo", "a sample company with its own mail inbox and Slack, on this machine"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Whatever it writes, nobody else on the machine may read."""
    os.umask(0o077)
    _prepare_streams()
    try:
        code = _dispatch(list(sys.argv[1:] if argv is None else argv))
        _flush(already_told=bool(code))
    except BrokenPipeError:
        _give_up_stdout()  # the reader (head, less) has gone: nobody is left to tell
        return 0
    except OSError as error:
        _give_up_stdout()
        return _say(f"standard output: {error.strerror or error}")
    return code


def _flush(*, already_told: bool) -> None:
    """Write what is still buffered. Raises OSError when it cannot be, unless the command has told a fault already."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        if not already_told:
            raise
        _give_up_stdout()


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0 if arguments else 2
    if arguments[0] == "--version":
        print(f"cadence {__version__}")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        print(f"cadence: no command {name!r}{_nearest(name)}; see: cadence --help", file=sys.stderr)
        return 2
    return _run(name, arguments[1:])


def overview() -> str:
    """Return the text of ``cadence --help``."""
    lines = [
        "usage: cadence COMMAND [options]",
        "",
        "Repeats what leaders most need people to know, and shows honestly who has met it.",
        "",
    ]
    lines += [f"  {name:<12} {text}" for name, (_, text) in COMMANDS.items()]
    lines += ["", "cadence COMMAND --help says more. Settings: config/cadence.toml, CADENCE_... variables (docs/settings.md)."]
    return "\n".join(lines)


def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the argument parser of one command."""
    module_name, text = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"cadence {name}", description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
    importlib.import_module(module_name).configure(parser)
    return parser


def _run(name: str, arguments: list[str]) -> int:
    try:
        args = parser_of(name).parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    level = os.environ.get(LOG_VARIABLE, "warning").lower()
    if level not in LOG_LEVELS:
        return _say(str(Invalid(f"environment {LOG_VARIABLE}", level, f"is one of {', '.join(LOG_LEVELS)}")))
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    try:
        return int(importlib.import_module(COMMANDS[name][0]).run(args) or 0)
    except (CadenceError, ConfigError) as error:
        return _say(str(error))
    except ExceptionGroup as group:
        known, rest = group.split((CadenceError, ConfigError))
        if rest is not None:
            raise
        assert known is not None
        return _say("\n".join(str(e) for e in known.exceptions))
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return _say("stopped", code=130)
    except OSError as error:
        return _say(f"{error.filename or 'input/output'}: {error.strerror or error}")


def _prepare_streams() -> None:
    """Give a process that was started without standard output or error (``>&-``) somewhere to write; escape what a terminal lacks."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # open until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name the terminal cannot show is no reason to fail


def _give_up_stdout() -> None:
    # what is still buffered would fail again at exit, with a complaint of the interpreter's own
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(text: str, *, code: int = 1) -> int:
    for line in text.splitlines() or [""]:
        print(f"cadence: {line}", file=sys.stderr)
    return code


def _nearest(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
