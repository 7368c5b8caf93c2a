"""An admin stops all sending and starts it again: by mouse, by the keyboard alone, and without JavaScript; each page passes axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import RunningDemo, get

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
STOPPED = "All sending is stopped"


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of that name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName == 'BUTTON' && document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"the keyboard does not get to {name}")


def _press_by_mouse(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def _press_by_keyboard(page: Page, name: str) -> None:
    _tab_to(page, name)
    page.keyboard.press("Enter")


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page without JavaScript."""
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("way", ["mouse", "keyboard", "no script"])
def test_stop_is_told_on_every_page_and_start_ends_it(demo: RunningDemo, page: Page, plain_page: Page, way: str) -> None:
    shown = plain_page if way == "no script" else page
    press: Callable[[Page, str], None] = _press_by_keyboard if way == "keyboard" else _press_by_mouse
    complaints: list[str] = []
    shown.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    shown.goto(f"{demo.web}/channels")
    expect(shown.get_by_role("alert")).to_have_count(0)
    if way != "keyboard":
        shown.get_by_label("Reason").fill("a rehearsal")
    press(shown, "Stop all sending")
    expect(shown.get_by_role("heading", level=1)).to_have_text(STOPPED)
    if way == "mouse":
        assert Axe().run(shown, options=_RULES).response["violations"] == []

    # told on another page, and to machines
    shown.goto(f"{demo.web}/questions")
    expect(shown.locator(".banner")).to_contain_text(STOPPED)
    assert '"stopped":true' in get(f"{demo.web}/readyz")

    shown.goto(f"{demo.web}/channels")
    press(shown, "Start again now")
    expect(shown.get_by_role("status").first).to_contain_text("Sending goes on")
    shown.goto(f"{demo.web}/questions")
    expect(shown.locator(".banner")).to_have_count(0)
    assert '"stopped":false' in get(f"{demo.web}/readyz")
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_admin_pages_break_no_rule_and_scroll_nowhere(demo: RunningDemo, page: Page, width: int) -> None:
    for path in ("/channels", "/deliveries", "/deliveries?state=failed&day=2026-01-01", "/company"):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(demo.web + path)
        assert [(one["id"], one["nodes"][0]["html"]) for one in Axe().run(page, options=_RULES).response["violations"]] == [], path
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
