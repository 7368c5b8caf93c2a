"""The bootstrap: makes ``.venv`` from the lock files and starts the demo, the tests or one check.

Standard library only, so that a machine with nothing but python3 and pip can run it:
``python3 cadence/dev.py demo``. What the environment was made from is stamped beside it; when
nothing changed nothing is installed. The Makefile and ``.ci/run`` call this and decide nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from inspect import cleandoc
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SETUP_LOCK = ROOT / "requirements-setup.lock"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
NODE_LOCK = ROOT / "package-lock.json"
NODE_MODULES = ROOT / "node_modules"
STAMP = VENV / "made-from"
NODE_STAMP = NODE_MODULES / "made-from"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NO_TESTS_FOUND = 5
#: while this file says so, Debian starts no service that it installs
POLICY = Path("/usr/sbin/policy-rc.d")
#: for ``test`` and ``nightly``: install the servers that some tests talk to
WITH_SERVERS = "--with-servers"
#: runs one check; its exit status, or None when it could not be run here
Check = Callable[[], "int | None"]


class Failed(Exception):
    """A step that could not be done; the message says what to do next."""


# --- the environment


def ensure_environment(*, dev: bool) -> None:
    """Make ``.venv`` hold what the lock file says; nothing runs when its stamp says it does already."""
    stamped = _read(STAMP).split()
    # an environment that has the test tools keeps them
    lock = DEV_LOCK if dev or DEV_LOCK.name in stamped else RUNTIME_LOCK
    wanted = f"{lock.name} {_digest(SETUP_LOCK, lock, ROOT / 'pyproject.toml')}\n"
    if PYTHON.exists() and _read(STAMP) == wanted:
        return
    STAMP.unlink(missing_ok=True)
    _install_uv()
    say(f"installing {lock.name}")
    uv = str(VENV / "bin" / "uv")
    trusting = _trusting_the_system()
    run(
        [uv, "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(SETUP_LOCK), str(lock)],
        _UNREACHABLE,
        environment=trusting,
    )
    run(
        [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        environment=trusting,
    )
    STAMP.write_text(wanted, encoding="utf-8")


_UNREACHABLE = "the packages could not be installed; is the package index reachable? Run the same command again when it is"


def _trusting_the_system() -> dict[str, str]:
    """Return the environment in which uv and node trust the certificates that this system trusts, a company's own among them.

    Both bring a list of their own and read no other unless told; pip reads the system's by itself. Where the system has none
    they keep theirs, and what somebody has set already stays.
    """
    store = ssl.get_default_verify_paths()
    has_some = sys.platform == "darwin" or bool(store.cafile) or bool(store.capath and os.listdir(store.capath))
    return {**({"UV_SYSTEM_CERTS": "true", "NODE_USE_SYSTEM_CA": "1"} if has_some else {}), **_environment()}


def _install_uv() -> None:
    if (VENV / "bin" / "uv").exists() and PYTHON.exists():
        return
    requirements = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement", str(SETUP_LOCK)]
    if _has("pip"):
        say("making .venv")
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
        run([sys.executable, "-m", "pip", "--python", str(PYTHON), *requirements], _UNREACHABLE)
        return
    if not _has("ensurepip"):
        if not _can_apt():
            raise Failed("this Python has neither pip nor ensurepip; install one of them, for example: apt-get install python3-pip")
        _apt("python3-venv")
    say("making .venv")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    run([str(PYTHON), "-m", "pip", *requirements], _UNREACHABLE)


def ensure_node_modules() -> None:
    """Install what the tests need of Node from ``package-lock.json`` with the environment's own node."""
    wanted = _digest(NODE_LOCK, ROOT / "package.json")
    if _read(NODE_STAMP) == wanted:
        return
    say("installing package-lock.json")
    run([str(VENV / "bin" / "npm"), "ci", "--ignore-scripts", "--no-fund", "--no-audit"], _UNREACHABLE, environment=_trusting_the_system())
    NODE_STAMP.write_text(wanted, encoding="utf-8")


def ensure_browser() -> bool:
    """Return whether a Chromium is there, installing it with apt when this user may."""
    if any(shutil.which(name) for name in CHROMIUM):
        return True
    if _can_apt():
        _apt("chromium", "fonts-dejavu-core")
    return any(shutil.which(name) for name in CHROMIUM)


def ensure_mail_servers(*, install: bool) -> None:
    """Say whether Exim and Dovecot are here for the tests of returned mail, which are skipped without; ``install`` them with apt first.

    Never beside another mail server: Debian keeps one at a time, and apt would remove the one that is in use.
    """
    wanted = {"dovecot": "dovecot-imapd"}
    if not _found("sendmail"):
        wanted["exim4"] = "exim4-daemon-light"
    missing = [package for program, package in wanted.items() if not _found(program)]
    if missing and install and not _can_apt():
        raise Failed(f"{WITH_SERVERS} installs {' and '.join(missing)} with apt-get, which this user or this system cannot")
    if missing and install:
        # installing must not start services on this machine
        quiet = not POLICY.exists()
        try:
            if quiet:
                POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
                POLICY.chmod(0o755)
            _apt(*missing)
        except (Failed, OSError) as problem:
            say(str(problem))
        finally:
            if quiet:
                POLICY.unlink(missing_ok=True)
    if not all(_found(program) for program in ("exim4", "dovecot")):
        say("NO EXIM OR NO DOVECOT FOUND: SOME TESTS OF RETURNED MAIL ARE SKIPPED.")
        say(
            f'To run them: make test ARGS="{WITH_SERVERS}" as root, which installs exim4-daemon-light and dovecot-imapd and starts neither.'
        )


def _found(program: str) -> bool:
    return any(shutil.which(program, path=path) for path in (None, "/usr/sbin:/usr/local/sbin"))


def _can_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(*packages: str) -> None:
    say(f"installing {' '.join(packages)} with apt-get")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    problem = f"apt-get could not install {' '.join(packages)}; is its mirror reachable?"
    run(["apt-get", "-qq", "update"], problem, environment=environment, quiet=True)
    run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages], problem, environment=environment, quiet=True)


# --- the commands


def demo(arguments: list[str]) -> int:
    """Start Cadence with a sample company, its inbox and its Slack, all on this machine."""
    ensure_environment(dev=False)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "-m", "cadence", "demo", *arguments], _environment())


def bench(arguments: list[str]) -> int:
    """Measure Cadence against its targets."""
    ensure_environment(dev=False)
    return subprocess.call([PYTHON, "-m", "cadence", "bench", *arguments], cwd=ROOT, env=_environment())


def screenshots(arguments: list[str]) -> int:
    """Take a picture of every page at two widths, light and dark, into tests/artifacts/screenshots or a folder that is named."""
    ensure_environment(dev=True)
    if not ensure_browser():
        return _no_browser() or 1
    folder = arguments or [str(ROOT / "tests" / "artifacts" / "screenshots")]
    return subprocess.call([PYTHON, "-m", "tests.e2e.pictures", "--all", *folder], cwd=ROOT, env=_environment())


def setup(_arguments: list[str]) -> int:
    """Install everything that the tests need, the browser apart."""
    ensure_environment(dev=True)
    ensure_node_modules()
    return 0


def lint(_arguments: list[str]) -> int:
    """Check style, import layers and the lock files."""
    ensure_environment(dev=True)
    return _checks(STYLE)


def types(_arguments: list[str]) -> int:
    """Check types with mypy --strict."""
    ensure_environment(dev=True)
    return _checks(TYPES)


def docs(arguments: list[str]) -> int:
    """Run the tests that hold the documentation to the program."""
    ensure_environment(dev=True)
    return _checks({"docs": lambda: _pytest("tests/docs", *arguments)})


def test(arguments: list[str]) -> int:
    """Run every check and every test; --with-servers installs two mail servers first, the rest goes to pytest."""
    arguments = _prepare(arguments)
    suites = _suites(arguments)
    return _checks({**STYLE, **TYPES, **suites})


def nightly(arguments: list[str]) -> int:
    """Run every test at full length, then the suite on other dates. Takes hours.

    What it adds to ``test``: forty times the examples of every law (2,000 where 50 are usual); every time zone at the hours in
    which clocks change, over twenty years; a year of hourly ticks in place of four weeks; a file of 100,000 people; 200 reconnects
    of Slack, a press with each; 200 kills of the process at each point of a sending, and 2,000 at random times. After that the
    suite again, at its usual length and without the browser, while the clock shows two years from now, 29 February, the last
    minutes of a year, and those before a clock change where the machine stands in Berlin. The dates need the program faketime,
    which --with-servers installs too.
    """
    if WITH_SERVERS in arguments and not shutil.which("faketime") and _can_apt():
        _apt("faketime")
    arguments = _prepare(arguments)
    os.environ["CADENCE_TEST_NIGHTLY"] = "1"
    return _checks({**_suites(arguments), **{name: partial(_tests_on, zone, begin, *arguments) for name, (zone, begin) in DATES.items()}})


#: name -> the machine's time zone, and what its clock shows when the tests begin (words of GNU date)
DATES = {
    "in two years": ("UTC", "2 years"),
    "29 February": ("UTC", "2028-02-29 12:00:00"),
    "end of a year": ("UTC", "2029-12-31 23:58:00"),
    "clock change": ("Europe/Berlin", "2029-03-25 01:58:00"),
}


def _tests_on(zone: str, begin: str, *arguments: str) -> int | None:
    faketime = shutil.which("faketime")
    if faketime is None:
        say(f"NO faketime FOUND: THE TESTS DO NOT RUN ON ANOTHER DATE ({begin}).")
        return None
    environment = {name: value for name, value in _environment().items() if name != "CADENCE_TEST_NIGHTLY"}
    environment |= {"TZ": zone, "PYTHONPATH": str(ROOT / "tests" / "fixtures" / "another_date")}
    # the steady clock stays as it is: a wait with a limit would else never end
    shifted = [faketime, "--exclude-monotonic", begin, str(PYTHON), "-m", "pytest", *_MOST, *arguments]
    return subprocess.call(shifted, cwd=ROOT, env=environment)


def _prepare(arguments: list[str]) -> list[str]:
    """Install what the tests need and return what is left of ``arguments`` for pytest."""
    setup([])
    ensure_mail_servers(install=WITH_SERVERS in arguments)
    return [argument for argument in arguments if argument != WITH_SERVERS]


def lock(arguments: list[str]) -> int:
    """Resolve the lock files again from pyproject.toml; --upgrade takes newer versions."""
    if not (VENV / "bin" / "uv").exists():
        ensure_environment(dev=False)
    options = [
        "--python-version",
        "3.11",
        "--universal",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "--no-annotate",
        "--quiet",
    ]
    compiler = [str(VENV / "bin" / "uv"), "pip", "compile", *options]
    trusting = _trusting_the_system()
    # each lock is bound to the one before, so that one package has one version everywhere
    run(
        [*compiler, "pyproject.toml", "--group", "setup", "--output-file", RUNTIME_LOCK.name, *arguments],
        _UNREACHABLE,
        environment=trusting,
    )
    for group, path in (("setup", SETUP_LOCK), ("dev", DEV_LOCK)):
        project = ["pyproject.toml"] if group == "dev" else []
        command = [*compiler, *project, "--group", group, "--constraint", RUNTIME_LOCK.name, "--output-file", path.name, *arguments]
        run(command, _UNREACHABLE, environment=trusting)
    return 0


#: all tests but those with a browser; each worker has servers and databases of its own, and eight of them are enough for one disk
_MOST = ("tests", "--ignore=tests/e2e", "--numprocesses", str(min(os.cpu_count() or 1, 8)), "--dist", "worksteal")


def _suites(arguments: list[str]) -> dict[str, Check]:
    # Playwright's event loop breaks other async tests in its process, so e2e has its own, and has it at the same time:
    # it waits for processes and pages more than it works
    browser = _Beside("tests/e2e", *arguments) if ensure_browser() else None
    modules = ["--doctest-modules", "--ignore=cadence/store/database/migrations", "--ignore=cadence/__main__.py", "cadence"]
    return {
        "tests": lambda: _pytest(*_MOST, *arguments),
        "doctests": lambda: _pytest(*modules),
        "e2e": browser.result if browser else _no_browser,
    }


class _Beside:
    """A run of pytest beside the other checks; what it says is kept and printed when its turn has come."""

    def __init__(self, *arguments: str) -> None:
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  read when the run has ended
        self._process = subprocess.Popen(
            [PYTHON, "-m", "pytest", *arguments], cwd=ROOT, env=_environment(), stdout=self._said, stderr=subprocess.STDOUT
        )

    def result(self) -> int:
        """Wait for the end, print what was said, and return the status."""
        status = self._process.wait()
        with self._said as said:
            said.seek(0)
            sys.stdout.write(said.read())
            sys.stdout.flush()
        return status


def _no_browser() -> int | None:
    if os.environ.get("CI"):
        say("no Chromium found, so the browser tests cannot run")
        return 1
    say("NO CHROMIUM FOUND: THE BROWSER TESTS DO NOT RUN. Install chromium and run this again.")
    return None


def _pytest(*arguments: str) -> int:
    status = _tool("pytest", *arguments)
    if status == NO_TESTS_FOUND:
        say(f"no tests found by: pytest {' '.join(arguments)}")
    return status


def _tool(module: str, *arguments: str) -> int:
    return subprocess.call([PYTHON, "-m", module, *arguments], cwd=ROOT, env=_environment())


def _layers() -> int:
    # import-linter has no __main__
    return subprocess.call([VENV / "bin" / "lint-imports", "--no-logo"], cwd=ROOT, env=_environment())


def _locks() -> int:
    """Return 1 when a lock file names a host: they must name packages and hashes alone."""
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in (*sorted(ROOT.glob("*.lock")), NODE_LOCK)
        for number, line in enumerate(_read(path).splitlines(), start=1)
        if path.name != "uv.lock" and ("https://" in line or "http://" in line or '"resolved"' in line)
    ]
    for line in found:
        say(line)
    return 1 if found else 0


STYLE: dict[str, Check] = {
    "ruff": lambda: _tool("ruff", "check", "--quiet", "."),
    "format": lambda: _tool("ruff", "format", "--quiet", "--check", "."),
    "layers": _layers,
    "locks": _locks,
}
TYPES: dict[str, Check] = {"types": lambda: _tool("mypy")}


def _checks(checks: dict[str, Check]) -> int:
    """Run them all, print one closing line, and return 1 when any failed."""
    words: list[str] = []
    failed = False
    for name, check in checks.items():
        say(name)
        began = time.monotonic()
        status = check()
        failed = failed or bool(status)
        result = "NOT RUN" if status is None else "FAILED" if status else "ok"
        words.append(f"{name} {result} ({time.monotonic() - began:.0f} s)")
    say(("FAILED: " if failed else "passed: ") + ", ".join(words))
    return 1 if failed else 0


# --- small things


def run(command: list[str], problem: str = "", *, environment: dict[str, str] | None = None, quiet: bool = False) -> None:
    """Run ``command``. Raises Failed with ``problem`` when it does not end well; its own words are shown first."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        if quiet:
            sys.stderr.write(done.stdout)
        raise Failed(problem or f"this failed: {' '.join(command)}")


def say(line: str) -> None:
    """Print one line of progress, at once."""
    print(f"[cadence] {line}", flush=True)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _environment() -> dict[str, str]:
    """Return the environment with the tools of ``.venv`` first, as npm wants to find its node, and with a place for bytecode.

    Where ``PYTHONDONTWRITEBYTECODE`` is set, each of the some hundred processes of the tests would compile all libraries again: it
    keeps bytecode out of the source tree, so bytecode goes into ``.venv``.
    """
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", str(VENV / "bytecode"))
    return environment


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "setup": setup,
    "test": test,
    "lint": lint,
    "types": types,
    "docs": docs,
    "bench": bench,
    "nightly": nightly,
    "screenshots": screenshots,
    "lock": lock,
}


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    told = "\n".join(f"  {name:12}{(command.__doc__ or '').splitlines()[0]}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python3 cadence/dev.py", epilog=f"commands:\n{told}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on")
    chosen = parser.parse_args(arguments)
    if sys.version_info < (3, 11):  # noqa: UP036  # run by whatever python3 is, before anything is checked
        say(f"Cadence needs Python 3.11 or newer; this is {sys.version.split()[0]}")
        return 1
    command = COMMANDS[chosen.command]
    # the other two are commands of Cadence and have a help of their own
    if command not in (demo, bench) and {"-h", "--help"} & set(chosen.arguments):
        print(f"python3 cadence/dev.py {chosen.command}: {cleandoc(command.__doc__ or '')}")
        return 0
    try:
        return command(chosen.arguments)
    except Failed as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
