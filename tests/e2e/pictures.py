"""Take the pictures of docs/images again from a running demo: ``python -m tests.e2e.pictures [FOLDER]``.

With ``--all FOLDER`` (``make screenshots``) every page and state of ``screens``, at two widths, light and dark.

Only those that show the demo's pages; ``sending.png`` needs a slow channel and ``mail-dark.png`` shows a mail as
``tests/e2e/test_mails.py`` does. Needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import RunningDemo, get
from tests.e2e.screens import addresses

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
ANSWERED_WITHIN = 180
WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def take(demo: RunningDemo, page: Page, folder: Path) -> None:
    """Write the pictures into ``folder``."""
    page.set_viewport_size({"width": 1200, "height": 1240})
    page.goto(demo.web)
    page.screenshot(path=folder / "overview.png")

    page.set_viewport_size({"width": 1200, "height": 1240})
    page.goto(f"{demo.web}/write")
    page.locator("[name=title]").fill("By 2031, every town has six hours")
    page.locator("[name=text]").fill(
        "We are the best-in-class partner for every town. Six hours are enough to carry the sofa upstairs, fetch a neighbour and drive "
        "the van up the hill; two are not."
    )
    page.locator("main button[type=submit]").first.click()
    page.get_by_text("In Slack").wait_for()
    page.screenshot(path=folder / "write.png")

    page.set_viewport_size({"width": 1000, "height": 1100})
    page.goto(demo.mail_that_asks())
    page.screenshot(path=folder / "mail.png")

    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(demo.preferences_link())
    page.screenshot(path=folder / "preferences.png", full_page=True)

    page.set_viewport_size({"width": 1000, "height": 1060})
    page.goto(demo.messages_that_ask() + "/home")
    page.screenshot(path=folder / "slack-home.png")

    page.goto(_untouched(demo))
    page.locator('button[value^="check:"]').first.click()
    page.get_by_role("button", name="Still unclear").first.click()
    page.locator("article").first.evaluate("article => window.scrollTo(0, article.offsetTop - 10)")
    page.screenshot(path=folder / "slack.png")


def take_every(demo: RunningDemo, browser: Browser, folder: Path) -> None:
    """Write a picture of each screen into ``folder``: NAME-WIDTH-SCHEME.png."""
    shown = addresses(demo)
    for width, scheme in product(WIDTHS, SCHEMES):
        page = browser.new_page(locale="en-GB", viewport={"width": width, "height": 900}, color_scheme=scheme)
        for name, address in shown.items():
            page.goto(address)
            page.screenshot(path=folder / f"{name.replace(' ', '-')}-{width}-{scheme}.png", full_page=True)
        page.close()


def _untouched(demo: RunningDemo) -> str:
    """Return the address of the messages of somebody who has pressed nothing yet."""
    found: list[str] = re.findall(r'href="(/dm/[A-Z0-9]+)"', get(f"{demo.slack}/"))
    return next(demo.slack + path for path in found if 'value="check:' in (shown := get(demo.slack + path)) and "(changed)" not in shown)


def main(folder: Path, *, every: bool) -> None:
    """Start a demo, wait until its people have answered, and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as browsers:
        demo = RunningDemo.start(Path(scratch) / "demo", answers=True)
        try:
            demo.wait_for("people have answered", seconds=ANSWERED_WITHIN)
            chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
            browser = browsers.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            if every:
                take_every(demo, browser, folder)
            else:
                take(demo, browser.new_page(locale="en-GB"), folder)
            browser.close()
        finally:
            demo.stop()


if __name__ == "__main__":
    names = [one for one in sys.argv[1:] if one != "--all"]
    main(Path(names[0]) if names else IMAGES, every="--all" in sys.argv)
