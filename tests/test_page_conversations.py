"""Conversations on the page: kept, found, renamed, deleted; answers rated, asked again, saved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from index import Library
from tests.page_server import ask, opened, serving
from tests.test_conversations import asked as kept_with
from tests.test_formats import FILES
from tests.test_page import SECRETARY, SUMMIT, WORLD_CUP
from ui.conversations import Conversations
from ui.readers import COOKIE, reader_of

CLICK_BOTH = """(list, questions) => {
  for (const question of questions)
    [...list.querySelectorAll(".open")].find((open) => open.innerText.includes(question)).click();
}"""
MADE_KNOWN = "a-name-given-by-the-test"


class Visitor:
    """A request with the cookie of the browser."""

    cookies = {COOKIE: MADE_KNOWN}  # noqa: RUF012


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("conversations") / "home"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, home.parent / "log") as served:
        note = home.parent / "note.txt"
        note.write_text("A note\n\nThe heron was counted in Sedgeford in 1987.\n")
        assert Library.open(home).add([note]).added
        yield served


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        yield page


def test_conversations_stand_side_by_side_and_outlast_a_reload(page: Page) -> None:
    rail = page.locator("#rail .conversation")
    ask(page, SECRETARY)
    expect(rail).to_have_count(1)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    ask(page, SUMMIT)
    expect(rail).to_have_count(2)
    page.reload()
    expect(page.locator(".turn")).to_contain_text("Astana")
    expect(page.locator("#sources mark")).to_contain_text("Astana")
    rail.filter(has_text=SECRETARY).locator(".open").click()
    expect(page.locator(".turn")).to_contain_text("Bordyuzha")
    expect(page.locator("#rail .is-current")).to_contain_text(SECRETARY)
    ask(page, "What does CSTO stand for?")
    expect(page.locator(".turn")).to_have_count(2)
    page.go_back()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn")).to_contain_text("Astana")
    page.locator("[data-settings]").click()
    expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog", name="Settings")).not_to_be_visible()
    expect(page.locator(".turn")).to_contain_text("Astana")
    page.locator("[data-settings]").click()
    page.get_by_role("button", name="Close", exact=True).click()
    # What was closed by its button is no step.
    page.go_back()
    expect(page.locator(".turn")).to_have_count(2)
    page.locator("#search").fill("astana")
    expect(rail).to_have_count(1)
    expect(rail).to_contain_text(SUMMIT)


def test_a_conversation_is_renamed_exported_and_deleted_with_undo(page: Page) -> None:
    ask(page, SUMMIT)
    entry = page.locator("#rail .conversation")
    entry.get_by_role("button", name="Rename, export or delete").click()
    dialog = page.get_by_role("dialog", name="Conversation")
    expect(dialog.get_by_label("Title")).to_be_focused()
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Export as Markdown").click()
    expect(dialog).not_to_be_visible()
    exported = Path(download.value.path()).read_text()
    assert f"## {SUMMIT}" in exported
    assert "- [1] “Minsk plans to raise issues" in exported
    entry.get_by_role("button", name="Rename, export or delete").click()
    dialog.get_by_label("Title").fill("The <b>summit</b>")
    dialog.get_by_role("button", name="Save").click()
    expect(entry.locator(".title")).to_have_text("The <b>summit</b>")
    entry.get_by_role("button", name="Rename, export or delete").click()
    dialog.get_by_role("button", name="Delete").click()
    entry.get_by_role("button", name="Undo").click()
    expect(entry.locator(".open")).to_be_enabled()
    entry.get_by_role("button", name="Rename, export or delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(entry.get_by_role("button", name="Undo")).to_be_visible()
    # Who asks in it wants to keep it.
    ask(page, SECRETARY)
    expect(entry.locator(".open")).to_be_enabled()
    entry.get_by_role("button", name="Rename, export or delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(entry).to_have_count(0, timeout=15_000)
    expect(page.locator(".greeting")).to_be_visible()


def test_a_conversation_searches_the_documents_chosen_for_it(page: Page) -> None:
    page.get_by_role("button", name="Searching all documents").click()
    dialog = page.get_by_role("dialog", name="Documents to search")
    # Two are seen at a glance.
    expect(dialog.get_by_label("Filter by title or file")).to_be_hidden()
    dialog.get_by_label("A note").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Searching A note")).to_be_visible()
    expect(page.locator(".titles li")).to_have_text(["A note"])
    expect(page.locator(".example", has_text=SUMMIT)).to_have_count(0)
    expect(ask(page, SUMMIT).locator(".refusal")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Searching A note")).to_be_visible()
    page.get_by_role("button", name="Searching A note").click()
    dialog.get_by_role("button", name="Search all").click()
    expect(page.get_by_role("button", name="Searching all documents")).to_be_visible()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn .answer")).to_contain_text("Astana")
    expect(page.locator(".turn")).to_have_count(1)


def test_what_was_typed_stays_while_documents_are_chosen(page: Page) -> None:
    box = page.locator("#question textarea")
    box.fill("Which birds")
    page.get_by_role("button", name="Searching all documents").click()
    dialog = page.get_by_role("dialog", name="Documents to search")
    dialog.get_by_label("A note").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Searching A note")).to_be_visible()
    expect(box).to_have_value("Which birds")


def test_escape_closes_what_lies_on_top_alone(page: Page) -> None:
    ask(page, SUMMIT)
    expect(page.get_by_role("button", name="Close the conversations")).to_be_hidden()
    page.set_viewport_size({"width": 800, "height": 800})
    page.get_by_role("button", name="Conversations", exact=True).click()
    entry = page.locator("#rail .conversation")
    entry.get_by_role("button", name="Rename, export or delete").click()
    dialog = page.get_by_role("dialog", name="Conversation")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry).not_to_be_visible()
    expect(page.get_by_role("button", name="Conversations", exact=True)).to_be_focused()


def test_two_quick_clicks_open_the_last(page: Page) -> None:
    ask(page, SUMMIT)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    ask(page, SECRETARY)
    for last, first, words in ((SUMMIT, SECRETARY, "Astana"), (SECRETARY, SUMMIT, "Bordyuzha")):
        # Both in one moment, which no hand of a test is quick enough for.
        page.locator("#rail .kept").evaluate(CLICK_BOTH, [first, last])
        expect(page.locator(".turn")).to_contain_text(words)
        page.wait_for_timeout(600)
        expect(page.locator(".turn")).to_contain_text(words)


def test_an_answer_is_rated_and_saved_as_a_test_question(page: Page, home: Path) -> None:
    turn = ask(page, SECRETARY)
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_label("Your comment").fill("It names him in passing.")
    turn.get_by_role("button", name="Keep").click()
    expect(turn.get_by_role("status")).to_contain_text("kept")
    turn.get_by_role("button", name="Save as test question").click()
    # What was called not helpful is not proposed as the right answer.
    right = turn.get_by_label("The right answer")
    expect(right).to_have_value("")
    expect(right).to_be_focused()
    right.fill("Nikolay Bordyuzha")
    turn.get_by_role("button", name="Save", exact=True).click()
    expect(turn.get_by_role("status")).to_contain_text("Saved as a test question.")
    expect(turn.get_by_role("link", name="Run the set")).to_have_attribute("href", "/evaluation")
    page.reload()
    pressed = page.get_by_role("button", name="Not helpful")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    expect(pressed).to_have_attribute("title", "Not helpful: It names him in passing.")
    pressed.click()
    comment = page.get_by_label("Your comment")
    expect(comment).to_be_focused()
    expect(comment).to_be_in_viewport()
    expect(comment).to_have_value("It names him in passing.")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take back").click()
    expect(pressed).to_have_attribute("aria-pressed", "false")
    expect(pressed).to_have_attribute("title", "Not helpful")
    (row,) = [
        json.loads(line)
        for line in (home / "evaluation" / "questions.jsonl").read_text().splitlines()
    ]
    assert row["question"] == SECRETARY
    assert row["answers"] == ["Nikolay Bordyuzha"]
    page.get_by_role("button", name="Save as test question").click()
    expect(page.get_by_label("The right answer")).to_have_value(re.compile("Bordyuzha.*member"))
    page.get_by_label("The documents do not answer this").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".said")).to_contain_text("Changed")


def test_a_refusal_offers_questions_that_are_answered(page: Page) -> None:
    turn = ask(page, WORLD_CUP)
    # They are found in the background, after the first start.
    expect(turn.locator(".offers .example").first).to_be_in_viewport(timeout=15_000)
    expect(turn.locator(".offers .example").last).to_be_in_viewport()
    turn.locator(".offers .example").first.click()
    expect(page.locator(".turn").last.locator(".answer")).to_be_visible()


def port_of(address: str) -> str:
    return address.rsplit(":", 1)[1]


def test_a_conversation_outlasts_the_server(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with serving(tmp_path / "home", tmp_path / "log") as address:
        page.goto(address)
        ask(page, SUMMIT)
        place = page.url
    for opener, words in (
        ("[data-settings]", "The settings could not be opened: the server does not answer."),
        ("[data-scope]", "The documents could not be listed: the server does not answer."),
        ("#sources [data-read]", "The document could not be opened: the server does not answer."),
    ):
        page.locator(opener).first.click()
        expect(page.locator("#notice")).to_have_text(words)
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.locator(".said")).to_contain_text("could not be kept: the server does not answer.")
    assert faults == []
    with serving(tmp_path / "home", tmp_path / "log", "--port", port_of(address)):
        ask(page, SECRETARY)
        assert page.url == place
        page.locator("#question textarea").fill("A draft")
        page.reload()
        expect(page.locator(".turn")).to_have_count(2)
        expect(page.locator("#rail .conversation")).to_have_count(1)
        expect(page.locator("#question textarea")).to_have_value("A draft")
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator("#question textarea")).to_have_value("")
        page.locator("#rail .open").click()
        expect(page.locator("#question textarea")).to_have_value("A draft")
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".turn")).to_have_count(3)
        page.reload()
        expect(page.locator(".turn")).to_have_count(3)
        expect(page.locator("#question textarea")).to_have_value("")
    context.close()


def test_five_hundred_turns_stay_usable(page: Page, home: Path, address: str) -> None:
    page.context.add_cookies(
        [{"name": COOKIE, "value": MADE_KNOWN, "url": address, "httpOnly": True}]
    )
    kept = Conversations(home / "conversations.sqlite3")
    reader = reader_of(Visitor())
    id_ = kept_with(kept, *(f"Question {n}?" for n in range(1, 501)), reader=reader)
    page.goto(f"{address}/?many#{id_}")
    expect(page.locator(".turn").last).to_contain_text("Question 500?")
    expect(page.locator(".turn")).to_have_count(30)
    page.get_by_role("button", name="Show earlier questions").click()
    expect(page.locator(".turn")).to_have_count(60)
    page.locator(".turn").first.locator(".mark").click()
    expect(page.locator("#sources .is-open mark")).to_be_visible()
    turn = ask(page, SUMMIT)
    expect(turn.locator(".answer")).to_contain_text("Astana")
    expect(page.locator("#turn-501")).to_be_visible()


def test_a_citation_opens_the_document_at_the_passage(page: Page) -> None:
    page.locator("[data-documents]").click()
    documents = page.get_by_role("dialog", name="Documents", exact=True)
    documents.locator("input[type=file]").set_input_files(FILES / "annual-report.pdf")
    expect(documents.locator(".document", has_text="annual-report.pdf")).to_be_visible(
        timeout=30_000
    )
    page.keyboard.press("Escape")
    turn = ask(page, "When did bitterns breed for the first time?")
    turn.locator(".mark").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("since 1987")
    page.locator("#sources").get_by_role("button", name="Open in the document").first.click()
    reader = page.locator("#reader")
    expect(reader.locator("mark")).to_be_in_viewport()
    expect(reader.locator("mark")).to_contain_text("since 1987")
    reader.get_by_role("button", name="Page", exact=True).click()
    expect(reader.get_by_role("img", name="with the passage marked")).to_be_visible()
    page.keyboard.press("Escape")
    expect(reader).not_to_be_visible()
    expect(page.locator("#sources [data-read]").first).to_be_focused()


def test_citations_are_walked_through_with_the_keyboard(page: Page) -> None:
    ask(page, WORLD_CUP)
    page.locator("#sources [data-read]").first.click()
    reader = page.locator("#reader")
    expect(reader.locator(".place")).to_have_text("1 of 5")
    first = reader.locator("mark").text_content()
    page.keyboard.press("ArrowRight")
    expect(reader.locator(".place")).to_have_text("2 of 5")
    expect(reader.locator("mark")).not_to_have_text(first or "")
    page.keyboard.press("k")
    expect(reader.locator(".place")).to_have_text("1 of 5")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.get_by_role("button", name="Copy quote with reference").click()
    expect(reader.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“")
    assert "Lukashenko wants former Soviet states" in copied
    assert copied.endswith(", 000_fe6bb5f034c662d2.txt)")
