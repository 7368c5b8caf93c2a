"""Somebody writes a statement in a real browser: with the mouse and no JavaScript, and by the keyboard alone with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cadence.assembly.site import SiteContext, build_site
from cadence.clock import FixedClock
from cadence.domain.sending.links import LinkSigner
from cadence.operations.authoring.advising import word_lists
from cadence.operations.authoring.hold import publish_held
from cadence.operations.authoring.import_statements import import_statements, show_statement
from cadence.shipped import shipped_folder
from cadence.store.database.engine import Database
from tests.fixtures.builders import NEAR_MISSES, NOW, RIGHT_LINE, a_person

#: what the pages do is the same on both; who is tested here is the browser
pytestmark = pytest.mark.databases("sqlite")

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


class Desk:
    """A site on this machine, and what stands behind it."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.url = database, FixedClock(NOW), ""


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    desk = Desk(database)
    for _ in range(3):
        a_person(database)
    config = uvicorn.Config(lambda: None, host="127.0.0.1", port=0, log_level="warning")
    socket = config.bind_socket()
    desk.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    context = SiteContext(
        database=database,
        clock=desk.clock,
        links=LinkSigner({1: b"x" * 32}, current=1, deployment=desk.url),
        company_name="Larkweir",
        base_url=desk.url,
        zone="Europe/London",
        advice_lists=word_lists(shipped_folder("messages")),
        monotonic=lambda: 0.0,
    )
    config.app = build_site(context)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    yield desk
    server.should_exit = True
    thread.join(20)


def _looks_well(page: Page, name: str) -> None:
    for width, scheme in ((1280, "light"), (320, "dark")):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options=WCAG).response["violations"]
        assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found] == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, (page.url, width)
        if PICTURES.is_dir():
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


#: a folder that is there is filled with pictures of each step
PICTURES = Path("tests/artifacts/writing")


def test_a_statement_is_written_with_the_mouse_and_without_javascript(desk: Desk, browser: Browser) -> None:
    page = browser.new_page(java_script_enabled=False, base_url=desk.url)
    page.goto("/write")
    page.get_by_label("One sentence people should remember").fill("Mend on the day")
    page.get_by_label("Why it matters").fill("We will roll out phase 3 by June. Whoever finds a fault mends it.")
    page.get_by_text("Value", exact=True).click()
    page.get_by_role("button", name="See it as a mail").click()
    expect(page.get_by_role("heading", name="Mend on the day")).to_be_visible()
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_label("Text").fill("Whoever finds a fault mends it the same day, because rivers do not wait. Ines did so in May.")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#look .phone").first).to_contain_text("Ines did so in May.")
    page.get_by_role("button", name="Next: question").click()
    page.get_by_label("The right line").fill(RIGHT_LINE)
    for number, line in enumerate(NEAR_MISSES, 1):
        page.get_by_label(f"Near miss {number}").fill(line)
    page.get_by_role("button", name="Next: people").click()
    expect(page.get_by_text("Everyone (3 people)")).to_be_attached()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text("It goes live at 09:10")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("Taken back")
    page.get_by_role("list", name="Steps").get_by_role("link", name="People").click()
    page.get_by_role("button", name="Publish").click()
    desk.clock.set(NOW + timedelta(minutes=10))
    assert publish_held(desk.database, now=desk.clock.now()) == 1
    page.reload()
    expect(page).to_have_url(f"{desk.url}/statements/mend-on-the-day")
    page.close()


def test_every_step_is_done_by_keyboard_and_looks_well(desk: Desk, page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}") if message.type in ("error", "warning") else None)
    with desk.database.transaction() as connection:
        text = b'+++\nkind = "value"\ntitle = "Repair before replace"\n+++\nWe mend what can be opened, because it teaches us.'
        board = (
            b'+++\nkind = "scoreboard"\ntitle = "Do the gauges answer?"\n[[measures]]\nname = "Gauges"\nbaseline = 0\ntarget = 10\n'
            b"by = 2026-12-31\nvalues = [{ on = 2026-01-02, value = 0 }, { on = 2026-11-20, value = 4 }]\n+++\nPeople trust what answers."
        )
        import_statements(connection, [("repair.md", text), ("gauges.md", board)], now=NOW)
    page.goto(f"{desk.url}/write")
    _looks_well(page, "write")
    page.goto(f"{desk.url}/scoreboards/gauges")
    _looks_well(page, "scoreboard")
    page.goto(f"{desk.url}/statements/repair")
    page.get_by_role("button", name="Edit").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Text")
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Our best-in-class synergies.")
    expect(page.locator("#look .phone").first).to_contain_text("best-in-class synergies")
    expect(page.locator("#look mark").first).to_be_visible()
    expect(box).to_be_focused()
    _looks_well(page, "words")
    page.get_by_role("button", name="Next: question").focus()
    page.keyboard.press("Enter")
    page.get_by_label("The right line").focus()
    page.keyboard.type("We mend what can be opened, because it teaches us.")
    for line in NEAR_MISSES:
        page.keyboard.press("Tab")
        page.keyboard.type(line)
    expect(page.locator("#look .note").first).to_be_visible()
    _looks_well(page, "question")
    page.get_by_label("The right line").fill(RIGHT_LINE)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Next: changes").focus()
    page.keyboard.press("Enter")
    expect(page.locator("ins").first).to_contain_text("best-in-class")
    _looks_well(page, "changes")
    page.get_by_label("Means something new").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Synergies count.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save", exact=True).wait_for(state="detached")
    expect(page.get_by_role("heading", name="Who hears it, and when")).to_be_visible()
    _looks_well(page, "people")
    page.get_by_role("button", name="Publish").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It goes live at 09:10")
    _looks_well(page, "held")
    desk.clock.set(NOW + timedelta(minutes=10))
    publish_held(desk.database, now=desk.clock.now())
    with desk.database.read() as connection:
        stored = show_statement(connection, "repair")
    assert (stored.number, stored.changed, stored.edited_in) == (2, "Synergies count.", "browser")
    page.goto(f"{desk.url}/hand-over")
    _looks_well(page, "hand-over")
    assert complaints == []
