"""The pages say what the program does: commands, links, images, the changelog, and what a deployment needs."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from cadence.channels.slack.scopes import NEEDED_SCOPES, USEFUL_SCOPES
from cadence.cli.main import COMMANDS, parser_of
from cadence.cli.reference import render, verbs
from cadence.slack_app.forms import ASK_SHORTCUT, DRAFT_SHORTCUT, VALUE_SHORTCUT

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def test_the_commands_page_is_what_the_parsers_say() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == render(), "write it again: python -m cadence.cli.reference > docs/commands.md"


def test_every_command_and_verb_is_on_the_commands_page() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    wanted = [f"## cadence {name}\n" for name in COMMANDS]
    wanted += [f"`cadence {name} {verb}`" for name in COMMANDS for verb, _, _ in verbs(parser_of(name))]
    assert [text for text in wanted if text not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    targets = [target.partition("#")[0] for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))]
    local = [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    shown = [word for block in blocks for word in re.findall(r"^\$? ?cadence ([a-z]+)", block, flags=re.MULTILINE)]
    assert [word for word in shown if word not in COMMANDS] == []


def test_the_changelog_is_dated_newest_first_and_one_line_an_entry() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions[0].startswith("Unreleased\n")
    for version in versions:
        days = re.findall(r"^### (.*)$", version, flags=re.MULTILINE) or re.findall(r"\d{4}-\d\d-\d\d", version.partition("\n")[0])
        assert days == sorted({date.fromisoformat(day).isoformat() for day in days}, reverse=True)
        entries = [line for line in version.partition("\n")[2].splitlines() if line and not line.startswith("### ")]
        assert entries
        assert all(line.startswith("- ") for line in entries)


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_has_its_four_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(r"# \d{4} ", text)
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"]
    assert text.startswith(f"# {page.name[:4]} ")


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1)) != []


def test_the_slack_app_asks_for_no_more_than_it_needs_and_has_what_the_code_answers() -> None:
    manifest = (ROOT / "config" / "slack-manifest.yaml").read_text(encoding="utf-8")
    scopes = manifest[manifest.index("oauth_config:") : manifest.index("settings:\n")]
    assert set(re.findall(r"^ +- ([a-z:.]+)", scopes, flags=re.MULTILINE)) == {*NEEDED_SCOPES, *USEFUL_SCOPES}
    assert re.findall(r"callback_id: (\w+)", manifest) == [ASK_SHORTCUT, DRAFT_SHORTCUT, VALUE_SHORTCUT]
    assert "- app_home_opened" in manifest
    assert "home_tab_enabled: true" in manifest


def test_the_unit_and_the_container_do_not_run_as_root() -> None:
    deploy = ROOT / "config" / "deploy"
    assert "\nUser=cadence\n" in (deploy / "cadence.service").read_text(encoding="utf-8")
    assert "\nUSER cadence\n" in (deploy / "Containerfile").read_text(encoding="utf-8")
