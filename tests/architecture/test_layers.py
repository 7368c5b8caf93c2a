"""The house of cadence: who may import whom, who may read the clock, how large and how named a file is."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cadence"
LINES_AT_MOST = 600
NAMES_OF_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
#: what the domain may build on besides the standard library; dateutil for its recurrence rules and rapidfuzz for its ratios, which are pure
DOMAIN_MAY_IMPORT = {"cadence.domain", "cadence.errors", "babel", "numpy", "dateutil", "rapidfuzz"}
#: a cipher whose result follows from what goes in: no chance, no clock
DOMAIN_MAY_IMPORT |= {"cryptography.hazmat.primitives.ciphers.aead", "cryptography.exceptions"}
WALL_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("time", "time_ns")}


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "_shipped" not in path.parts)


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            # "from cadence import clock" names a module too
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "cadence" else [str(node.module)]
            yield from ((node.lineno, name) for name in names)


def _wall_clock_reads(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            if (name, node.attr) in WALL_CLOCK:
                yield node.lineno, f"{name}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from ((node.lineno, f"time.{alias.name}") for alias in node.names if alias.name in ("time", "time_ns"))


def test_imports_run_downward() -> None:
    """The contracts stand in pyproject.toml."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_domain_builds_on_pure_libraries_and_the_errors_alone() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in _modules(PACKAGE / "domain")
        for line, name in _imports(_tree(path))
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == allowed or name.startswith(allowed + ".") for allowed in DOMAIN_MAY_IMPORT)
    ]
    assert wrong == []


def test_only_the_clock_reads_the_wall_clock() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in _modules(PACKAGE)
        if path != PACKAGE / "clock.py"
        for line, name in _wall_clock_reads(_tree(path))
    ]
    assert wrong == []


def test_the_search_for_clock_reads_finds_each_spelling() -> None:
    lines = ["d.datetime.now()", "datetime.utcnow()", "time.time()", "from time import time", "time.monotonic()", "date.today()"]
    source = "\n".join(lines)
    assert [line for line, _ in sorted(_wall_clock_reads(ast.parse(source)))] == [1, 2, 3, 4, 6]


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in [*_modules(PACKAGE), *_modules(ROOT / "tests")]
        # a migration is written by Alembic and read once
        if path.parent.name != "versions" and (lines := path.read_text(encoding="utf-8").count("\n")) > LINES_AT_MOST
    }
    assert long == {}


def test_every_module_is_named_for_something() -> None:
    named = [path.relative_to(ROOT) for path in [*_modules(PACKAGE), *_modules(ROOT / "tests")]]
    assert [str(path) for path in named if path.stem in NAMES_OF_NOTHING or NAMES_OF_NOTHING & set(path.parts)] == []


def test_every_module_says_what_it_is() -> None:
    assert [str(path.relative_to(ROOT)) for path in _modules(PACKAGE) if not ast.get_docstring(_tree(path))] == []


def test_every_folder_of_modules_is_a_package() -> None:
    # the steps of the schema are scripts that Alembic loads by path
    folders = {path.parent for path in _modules(PACKAGE)} - {PACKAGE / "store" / "database" / "migrations" / "versions"}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_comments_cite_only_pages_that_are_here() -> None:
    """A page is named by its path, so that a reader can open it."""
    cited = re.compile(r"[\w./-]*\w\.md\b|science note")
    comment = re.compile(r"(?:^|\s)#:? (.*)")
    wrong = []
    for path in [*_modules(PACKAGE), *_modules(ROOT / "tests")]:
        told = [found[1] for line in path.read_text(encoding="utf-8").splitlines() if (found := comment.search(line))]
        documented = ast.Module | ast.ClassDef | ast.FunctionDef
        told += [ast.get_docstring(node) or "" for node in ast.walk(_tree(path)) if isinstance(node, documented)]
        wrong += [f"{path.relative_to(ROOT)}: {name}" for text in told for name in cited.findall(text) if not (ROOT / name).exists()]
    assert wrong == []


def test_no_public_class_has_the_name_of_another() -> None:
    """One word, one idea: a name says which class is meant without its module."""
    homes = defaultdict(list)
    for path in _modules(PACKAGE):
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(ROOT)))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}
