"""Every page a person sees: WCAG 2.2 AA by axe, narrow screens, a quiet console, and no need for JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cadence.clock import SystemClock
from cadence.demo.leader import FOR_THE_VISITOR
from cadence.operations.measuring.estimates import lock_estimate
from cadence.store.database.engine import Database
from tests.e2e.conftest import RunningDemo, get
from tests.e2e.screens import addresses

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
WIDTHS = (1200, 390)
NARROWEST = 320
PHONE = 360
MAIL_WIDTHS = (320, 600, 1200)


@pytest.fixture(scope="module")
def pages(demo: RunningDemo) -> dict[str, str]:
    """Name and address of every page that a GET shows."""
    mail = demo.mail_that_asks()
    email = re.search(r'href="/\?to=([^"]+)"', get(f"{demo.inbox}/"))
    assert email
    return {
        **addresses(demo),
        "inbox": f"{demo.inbox}/",
        "one person's inbox": f"{demo.inbox}/?to={email[1]}",
        "mail": mail,
        "mail as text": f"{mail}?view=text",
        "mail headers": f"{mail}?view=headers",
        "no such mail": f"{demo.inbox}/mail/99999999",
        "slack": f"{demo.slack}/",
        "slack home": f"{demo.messages_that_ask()}/home",
        "nobody in slack": f"{demo.slack}/dm/U0NOBODY",
        "slack messages": demo.messages_that_ask(),
    }


@pytest.fixture(scope="module")
def digest(demo: RunningDemo) -> str:
    """A digest's HTML with a button."""
    return get(f"{demo.mail_that_asks()}/body")


@pytest.mark.parametrize(("width", "scheme"), [(WIDTHS[0], "light"), (WIDTHS[1], "dark")])
def test_no_page_breaks_a_wcag_rule_or_complains_in_the_console(
    pages: dict[str, str], page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}") if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.set_viewport_size({"width": width, "height": 900})
    broken = {}
    for name, address in pages.items():
        answer = page.goto(address)
        assert answer is not None
        if found := _violations(page):
            broken[name] = found
        if answer.status >= 400:  # Chromium itself notes such an answer in the console
            complaints[:] = [text for text in complaints if f"status of {answer.status}" not in text]
    assert broken == {}
    assert complaints == []


def test_an_expired_link_says_so_and_what_to_do(pages: dict[str, str], page: Page) -> None:
    answer = page.goto(pages["expired link"])
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has expired")
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_page_after_a_press_breaks_no_wcag_rule(demo: RunningDemo, page: Page) -> None:
    page.goto(demo.acknowledge_link())
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_role("status")).to_contain_text("We have recorded")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert _violations(page) == []
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    assert _overflow(page) <= 0


def test_a_question_is_answered_without_scripts_and_its_pages_break_no_wcag_rule(demo: RunningDemo, browser: Browser) -> None:
    """The line of the link is marked, the button records it, the answer shows the text; then what one believes is said."""
    context = browser.new_context(java_script_enabled=False)
    try:
        plain = context.new_page()
        plain.goto(demo.question_link())
        expect(plain.get_by_role("radio")).to_have_count(4)
        expect(plain.get_by_role("radio").nth(1)).to_be_checked()
        plain.get_by_role("button", name="Answer").click()
        expect(plain.get_by_role("heading", level=1)).to_have_text(re.compile("Yes.|Not quite."))
        address = plain.url
    finally:
        context.close()
    page = browser.new_page()
    try:
        page.goto(address)
        expect(page.get_by_role("radio")).to_have_count(0)
        _looks_well(page)
        page.set_viewport_size({"width": NARROWEST, "height": 640})
        assert _overflow(page) <= 0
        page.goto(demo.question_link().replace("choice=1", "choice=forgot"))
        _looks_well(page)
        page.get_by_role("button", name="I don’t remember").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Here it is again.")
        _looks_well(page)
    finally:
        page.close()


def test_a_leader_guesses_sees_and_finds_the_earlier_guess(demo: RunningDemo, page: Page) -> None:
    """By the keyboard alone, on a statement that somebody guessed a quarter ago."""
    slug = FOR_THE_VISITOR[1]
    database = Database(f"sqlite:///{demo.folder / 'cadence.db'}")
    lock_estimate(database, slug=slug, percent=80, by="Rob Tunnicliffe", now=SystemClock().now() - timedelta(days=91))
    database.close()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)

    page.goto(demo.web)
    row = page.locator(".gaps > li").filter(has=page.locator(f'a[href="/statements/{slug}"]'))
    row.get_by_role("link", name="Guess first").click()
    field = page.get_by_role("textbox", name="Of 100 people this is meant for")
    expect(page.get_by_text("A quarter has passed since the last guess")).to_be_visible()
    expect(page.locator(".g-known")).to_have_count(0)
    _looks_well(page)

    field.fill("120")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("“120” is not a whole number from 0 to 100")
    expect(field).to_have_value("120")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("“120” is not a whole number from 0 to 100. For example: 60.")
    _looks_well(page)

    page.keyboard.press("Control+a")
    page.keyboard.type("85")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Who is guessing")).to_be_focused()
    page.keyboard.type("Helen Mostyn")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Lock my guess")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{demo.web}/statements/{slug}#estimate")
    expect(page.get_by_role("heading", name="You guessed 85 in 100.")).to_be_in_viewport()
    expect(page.locator("#estimate")).to_contain_text(re.compile(r"You guessed 85 in 100\. .*Guessed by Helen Mostyn on", re.DOTALL))
    expect(page.get_by_role("img", name="You guessed 85 in 100.")).to_be_visible()
    page.get_by_text("How this is known").click()
    expect(page.get_by_role("row").filter(has_text="Rob Tunnicliffe")).to_contain_text("80")
    _looks_well(page)
    assert [text for text in complaints if "status of 422" not in text] == []

    page.reload()
    expect(page.get_by_role("button", name="Lock my guess")).to_have_count(0)
    page.goto(demo.web)
    expect(row.get_by_role("link", name="Guess first")).to_have_count(0)
    page.get_by_text("Show the figures").click()
    title = row.locator(".title").text_content() or ""
    expect(page.get_by_role("row").filter(has_text=title)).to_contain_text("85")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_digest_breaks_no_wcag_rule_in_light_and_dark(digest: str, page: Page, scheme: str) -> None:
    """The demo's own mail; every kind of mail stands in test_mails.py."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for width in MAIL_WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.set_content(digest)
        assert _violations(page) == []
        assert _overflow(page) <= 0


def test_no_page_scrolls_sideways_on_the_narrowest_screen(pages: dict[str, str], page: Page) -> None:
    page.set_viewport_size({"width": NARROWEST, "height": 640})
    too_wide = {}
    for name, address in pages.items():
        page.goto(address)
        if (by := _overflow(page)) > 0:
            too_wide[name] = by
    assert too_wide == {}


def test_every_page_works_without_javascript(demo: RunningDemo, pages: dict[str, str], browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    try:
        page = context.new_page()
        for address in pages.values():
            page.goto(address)
            expect(page.get_by_role("heading", level=1).first).to_be_visible()
        page.goto(demo.acknowledge_link())
        page.get_by_role("button", name="I have read this").click()
        expect(page.get_by_role("status")).to_contain_text("We have recorded")
        page.goto(pages["preferences"])
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Your choices are saved.")
        page.goto(pages["rail people"])
        page.get_by_role("searchbox").fill("nobody@example.com")
        page.get_by_role("search").get_by_role("button").click()
        expect(page).to_have_url(re.compile("nobody%40example.com"))
        expect(page.locator("#found table")).to_have_count(0)
    finally:
        context.close()


def test_the_script_finds_people_while_one_types_and_breaks_no_policy(pages: dict[str, str], page: Page) -> None:
    """The same list without a reload: the page that was loaded stays, and nothing is refused by the policy."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(pages["rail people"])
    page.evaluate("document.body.dataset.loaded = 'once'")
    page.get_by_role("searchbox").press_sequentially("nobody@example.com")
    expect(page.locator("#found table")).to_have_count(0)
    assert page.evaluate("document.body.dataset.loaded") == "once"
    assert complaints == []


def _looks_well(page: Page) -> None:
    """Hold that the page breaks no rule in light and dark, and fits a phone."""
    for scheme, width in (("light", WIDTHS[0]), ("dark", PHONE)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        assert _violations(page) == []
        assert _overflow(page) <= 0
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})


def _violations(page: Page) -> list[str]:
    """Return each broken rule with the first element that breaks it."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
