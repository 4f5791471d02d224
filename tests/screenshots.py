"""Take the screenshots of the README anew: `python -m tests.screenshots`.

A real server over the article and some of the test files, and Chromium; the pictures go to
ui/screenshots. Look at each of them before they are committed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize, expect

from index import Library
from qa.seeds import SEEDS
from tests.page_server import ROOT, ask, chromium, opened, serving

SCREENSHOTS = ROOT / "ui" / "screenshots"
FILES = ROOT / "tests" / "files"
PHONE: ViewportSize = {"width": 390, "height": 844}


def main() -> None:
    """One picture after another, each of a page of its own."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with Library.open(home) as library:
            library.add([SEEDS, FILES / "annual-report.pdf", FILES / "sluice-tour.srt"])
        with serving(home, Path(folder) / "log") as address, chromium() as browser:
            for show, options in SHOWN:
                with opened(browser, address, **options) as page:
                    show(page)
                    take(page, show.__name__)


def chat(page: Page) -> None:
    ask(page, "When did bitterns breed?")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    ask(page, "Who is the CSTO Secretary General?")
    ask(page, "When and where is the informal summit?")
    page.locator(".mark").last.click()
    expect(page.locator(".card.is-open")).to_be_visible()


def refusal(page: Page) -> None:
    ask(page, "When and where is the informal summit?")
    ask(page, "Who won the World Cup in 2018?")
    expect(page.locator(".offers .example").first).to_be_visible()


def reading(page: Page) -> None:
    ask(page, "How many grey herons were counted?")
    page.locator(".sources:visible").get_by_role("button", name="Open in the document").click()
    page.locator("#reader").get_by_role("button", name="Page").click()
    expect(page.locator("#reader img").first).to_be_visible()


def settings(page: Page) -> None:
    page.locator("[data-settings]").click()
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()


def documents(page: Page) -> None:
    page.locator("[data-documents]").click()
    dialog = page.get_by_role("dialog", name="Documents")
    dialog.locator("input[type=file]").set_input_files(
        [FILES / "members.csv", FILES / "scanned-letter.pdf"]
    )
    expect(dialog.locator(".upload", has_text="members.csv")).to_contain_text("added")
    expect(dialog.locator(".upload", has_text="scanned-letter.pdf")).to_contain_text("scan")
    dialog.locator(".document", has_text="sluice-tour.srt").get_by_text("Remove").click()
    expect(dialog.get_by_text("Undo")).to_be_visible()


def evaluation(page: Page) -> None:
    page.get_by_role("link", name="Evaluation").first.click()
    page.locator("[type=file]").set_input_files(ROOT / "tests" / "questions" / "article.jsonl")
    expect(page.get_by_label("Question set")).to_contain_text("article.jsonl")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.frame_locator("iframe").locator("svg").first).to_be_visible(timeout=120_000)


def phone(page: Page) -> None:
    ask(page, "When and where is the informal summit?")


def take(page: Page, name: str) -> None:
    """Once nothing moves any more."""
    page.wait_for_timeout(800)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    print(f"ui/screenshots/{name}.png")


SHOWN: tuple[tuple[Callable[[Page], None], dict[str, Any]], ...] = (
    (chat, {}),
    (refusal, {}),
    (reading, {}),
    (settings, {}),
    (documents, {}),
    (evaluation, {}),
    (phone, {"viewport": PHONE, "color_scheme": "dark", "has_touch": True}),
)

if __name__ == "__main__":
    main()
