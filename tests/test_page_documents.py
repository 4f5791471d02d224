"""The documents in a real browser: adding them, what became of each, telling them apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from index import Library
from tests.page_server import ask, opened, serving

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
    expect(dialog.get_by_label("Filter by title or file")).to_be_visible()
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


def test_a_file_that_is_removed_and_added_again_stays(page: Page, tmp_path: Path) -> None:
    (tmp_path / "again.txt").write_text("Curlews nest on the ground.\n")
    page.locator("[data-documents]").click()
    dialog = page.get_by_role("dialog", name="Documents")
    chosen = dialog.locator("input[type=file]")
    chosen.set_input_files([tmp_path / "again.txt"])
    held = dialog.locator(".document", has_text="again.txt")
    held.get_by_role("button", name="Remove").press("Enter")
    expect(held.get_by_role("button", name="Undo")).to_be_focused()
    (tmp_path / "again.txt").write_text("Curlews nest on the ground, and whistle.\n")
    chosen.set_input_files([tmp_path / "again.txt"])
    expect(dialog.locator(".upload").last).to_contain_text("added, 1 passage", timeout=20_000)
    page.wait_for_timeout(7000)
    expect(held.get_by_role("button", name="Remove")).to_be_visible()
    page.reload()
    page.locator("[data-documents]").click()
    expect(held).to_have_count(1)


def test_a_citation_of_a_document_that_was_replaced_marks_no_other_words(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "counts.txt").write_text("In the year 2020 exactly 412 godwits were counted.\n")
    page.locator("[data-documents]").click()
    dialog = page.get_by_role("dialog", name="Documents")
    chosen = dialog.locator("input[type=file]")
    chosen.set_input_files([tmp_path / "counts.txt"])
    expect(dialog.locator(".document", has_text="counts.txt")).to_be_visible(timeout=20_000)
    page.keyboard.press("Escape")
    ask(page, "How many godwits were counted in 2020?")
    opener = page.locator("#sources [data-read]").first
    reader = page.locator("#reader")
    opener.click()
    expect(reader.locator("mark")).to_contain_text("412 godwits")
    expect(reader.locator("[data-quote]")).to_be_visible()
    page.keyboard.press("Escape")
    (tmp_path / "counts.txt").write_text("Nobody can say how many godwits there were in 2020.\n")
    page.locator("[data-documents]").click()
    chosen.set_input_files([tmp_path / "counts.txt"])
    expect(dialog.locator(".upload").last).to_contain_text("replaced", timeout=20_000)
    page.keyboard.press("Escape")
    opener.click()
    expect(reader.locator(".problem")).to_contain_text("This document was replaced since")
    expect(reader.locator("mark")).to_contain_text("412 godwits")
    expect(reader.locator("[data-quote]")).to_be_hidden()


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
