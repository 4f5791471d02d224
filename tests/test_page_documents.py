"""The documents in a real browser: adding them, what became of each, telling them apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from index import Library
from tests.page_server import opened, serving

EQUAL = "The same title\n\nThis is the report of the year {}.\n"
LONG = "\n\n".join(f"Paragraph {n} says {n} times what a heron is. " * 16 for n in range(240))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over eleven documents, two of which have the same title."""
    folder = tmp_path_factory.mktemp("documents")
    for year in (2023, 2024):
        (folder / f"report-{year}.txt").write_text(EQUAL.format(year))
    for n in range(9):
        (folder / f"note-{n}.txt").write_text(f"Note {n}\n\nHerons eat fish.\n")
    with Library.open(folder / "home") as library:
        library.add(sorted(folder.glob("*.txt")))
    with serving(folder / "home", folder / "log") as served:
        yield served


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        yield page


def test_equal_titles_are_told_apart_filtered_and_opened(page: Page) -> None:
    page.locator("[data-documents]").click()
    page.locator(".document", has_text="report-2024.txt").locator("button.title").click()
    reader = page.locator("#reader")
    expect(reader.locator(".text")).to_contain_text("the report of the year 2024")
    expect(reader.locator("header .counts")).to_have_text("report-2024.txt")
    expect(reader.locator("[data-quote]")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("[data-scope]").click()
    dialog = page.get_by_role("dialog", name="Documents to search")
    choices = dialog.locator(".choices li:visible")
    expect(choices).to_have_count(11)
    dialog.get_by_label("Filter by title or file").fill("Report-2023")
    expect(choices).to_have_count(1)
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_label("The same title").first.check()
    dialog.get_by_label("Filter by title or file").fill("note")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("[data-scope]")).to_have_text("Searching The same title")


def test_each_file_says_what_became_of_it(page: Page, tmp_path: Path) -> None:
    page.locator("[data-documents]").click()
    dialog = page.get_by_role("dialog", name="Documents")
    chosen = dialog.locator("input[type=file]")
    (tmp_path / "new.txt").write_text("Bitterns breed in reed beds.\n")
    (tmp_path / "none.exe").write_text("MZ")
    chosen.set_input_files([tmp_path / "new.txt", tmp_path / "none.exe"])
    new, foreign = (dialog.locator(".upload", has_text=name) for name in ("new.txt", "none.exe"))
    expect(new).to_contain_text("added, 1 passage", timeout=20_000)
    expect(foreign).to_contain_text("these can: PDF, Word")
    foreign.get_by_role("button", name="Dismiss none.exe").click()
    expect(dialog.locator(".upload")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("[data-documents]").click()
    expect(dialog.locator(".upload")).to_have_count(0)
    chosen.set_input_files([tmp_path / "new.txt"])
    expect(new).to_contain_text("already here", timeout=20_000)
    (tmp_path / "new.txt").write_text("Bitterns breed in reed beds, and boom.\n")
    chosen.set_input_files([tmp_path / "new.txt"])
    expect(new.last).to_contain_text("replaced, 1 passage", timeout=20_000)


def test_reading_shows_in_the_bar_and_survives_a_reload(page: Page, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text(LONG)
    for n in range(30):
        (tmp_path / f"later-{n}.txt").write_text(f"Later {n} says {n}.\n")
    page.locator("[data-documents]").click()
    dialog = page.get_by_role("dialog", name="Documents")
    files = [tmp_path / "long.txt", *sorted(tmp_path.glob("later-*.txt"))]
    dialog.locator("input[type=file]").set_input_files(files)
    expect(dialog.locator(".upload").first).to_contain_text(" of ", timeout=20_000)
    expect(dialog.locator(".document").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#bar .reading")).to_have_text("reading 31 …")

    warned: list[str] = []

    def leave(asked: Dialog) -> None:
        warned.append(asked.type)
        asked.accept()

    page.on("dialog", leave)
    page.reload()
    assert warned == ["beforeunload"], "thirty files had not been sent"
    expect(page.locator("#bar .reading")).to_have_text("reading 1 …")
    page.locator("[data-documents]").click()
    row = dialog.locator(".upload", has_text="long.txt")
    expect(row).to_contain_text("passages")
    expect(row).to_have_count(0, timeout=60_000)
    expect(dialog.locator(".document", has_text="long.txt")).to_be_visible()
    expect(page.locator("#bar .reading")).to_be_hidden()
