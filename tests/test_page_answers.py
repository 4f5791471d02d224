"""Answers on their way, on the page: what is done before they are there loses nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.page_server import ask, opened, serving
from tests.test_page import SECRETARY, SUMMIT
from tests.writing_server import scripted

MODEL_SECONDS = 2.5
STILL_COMING = "The answer before is still on its way: wait for it, or stop it."


def slowly(_: list[dict[str, str]]) -> Iterator[str]:
    """A model that takes its time; what it says is not supported, so the quotes are shown."""
    for word in ("The ", "heron ", "says ", "so ", "[1]."):
        time.sleep(MODEL_SECONDS / 5)
        yield word


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers") / "home"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with scripted(slowly) as (url, _):
        options = ("--llm", "openai:m", "--llm-url", f"{url}/v1")
        with serving(home, home.parent / "log", *options) as served:
            yield served


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        yield page


def begin(page: Page, question: str) -> Locator:
    """Send a question; its turn, in which words begin to come."""
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").last
    expect(turn).to_contain_text(question)
    expect(turn.locator(".pending")).to_be_visible()
    return turn


def entry(page: Page, question: str) -> Locator:
    return page.locator("#rail .conversation .open", has_text=question)


def test_one_conversation_is_answered_while_another_is_asked(page: Page) -> None:
    begin(page, SUMMIT)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    begin(page, SECRETARY)
    entry(page, SUMMIT).click()
    summit = page.locator(".turn", has_text=SUMMIT)
    expect(summit.locator(".pending, .answer")).to_be_visible()
    expect(summit.locator(".answer")).to_contain_text("Astana", timeout=15_000)
    expect(page.locator(".turn")).to_have_count(1)
    entry(page, SECRETARY).click()
    expect(page.locator(".turn .answer")).to_contain_text("Bordyuzha", timeout=15_000)
    page.reload()
    expect(page.locator(".turn .answer")).to_contain_text("Bordyuzha")
    expect(page.locator(".turn")).to_have_count(1)


def test_a_second_question_waits_in_the_box(page: Page) -> None:
    turn = begin(page, SUMMIT)
    box = page.locator("#question textarea")
    box.fill(SECRETARY)
    box.press("Enter")
    expect(page.locator("#notice")).to_have_text(STILL_COMING)
    expect(box).to_have_value(SECRETARY)
    expect(page.locator(".turn")).to_have_count(1)
    expect(turn.locator(".answer")).to_be_visible(timeout=15_000)
    box.press("Enter")
    box.press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".answer")).to_be_visible(timeout=15_000)
    expect(page.locator(".turn")).to_have_count(2)


def test_an_answer_comes_to_another_window_too_and_is_stopped_from_there(
    page: Page, address: str
) -> None:
    begin(page, SUMMIT)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".turn .pending")).to_be_visible()
    expect(other.locator(".turn .answer")).to_contain_text("Astana", timeout=15_000)
    begin(page, SECRETARY)
    other.reload()
    other.locator(".turn").last.get_by_role("button", name="Stop").click()
    expect(other.locator(".turn .stopped")).to_have_text("You stopped this answer.")
    expect(page.locator(".turn .stopped")).to_have_text("You stopped this answer.")
    other.wait_for_timeout(1000 * MODEL_SECONDS)
    other.reload()
    expect(other.locator(".turn .stopped")).to_be_visible()
    other.close()


def test_what_is_typed_meanwhile_stays_in_its_conversation(page: Page) -> None:
    begin(page, SUMMIT)
    box = page.locator("#question textarea")
    expect(box).to_have_value("")
    box.fill("And who")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    box.fill("Something else")
    page.wait_for_timeout(1000 * MODEL_SECONDS)
    expect(box).to_have_value("Something else")
    entry(page, SUMMIT).click()
    expect(page.locator(".turn .answer")).to_contain_text("Astana", timeout=15_000)
    expect(box).to_have_value("And who")
    page.get_by_role("button", name="New conversation").click()
    expect(box).to_have_value("Something else")


def test_the_last_question_is_asked_again_and_the_others_stay(page: Page) -> None:
    ask(page, SUMMIT)
    second = ask(page, SECRETARY)
    second.get_by_role("button", name="Ask again").click()
    expect(second.locator(".pending")).to_be_visible()
    expect(second.locator(".answer")).to_be_visible(timeout=15_000)
    page.reload()
    expect(page.locator(".turn .answer")).to_have_count(2)


def test_a_window_that_shows_less_replaces_nothing_behind_it(page: Page) -> None:
    ask(page, SUMMIT)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".turn .answer")).to_be_visible()
    ask(page, SECRETARY)
    other.get_by_role("button", name="Ask again").click()
    expect(other.locator("#notice")).to_contain_text("went on in another window")
    expect(other.locator(".turn .answer")).to_have_count(2)
    begin(page, "And where?")
    other.locator("#question textarea").fill("Who?")
    other.keyboard.press("Enter")
    expect(other.locator("#notice")).to_have_text(STILL_COMING)
    expect(other.locator("#question textarea")).to_have_value("Who?")
    other.close()


def test_the_stop_stays_in_its_place_while_words_come(page: Page) -> None:
    turn = begin(page, SUMMIT)
    expect(turn.locator(".draft")).to_contain_text("heron", timeout=15_000)
    stop = turn.get_by_role("button", name="Stop").element_handle()
    turns = page.locator(".turns").element_handle()
    expect(turn.locator(".draft")).to_contain_text("says")
    assert stop.is_visible()
    assert turns.is_visible()
    assert turn.locator(".pending").get_attribute("aria-live") == "off"
    stop.click()
    expect(turn.locator(".stopped")).to_be_visible()


def test_what_cannot_be_kept_replaces_nothing(page: Page, home: Path) -> None:
    ask(page, SUMMIT)
    ask(page, SECRETARY)
    file = home / "conversations.sqlite3"
    aside = file.rename(home / "aside")
    file.mkdir()
    try:
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator("#notice")).to_contain_text("cannot be kept")
        page.locator("#notice").evaluate("notice => notice.hidePopover()")
        page.locator("#question textarea").fill("And where?")
        page.keyboard.press("Enter")
        expect(page.locator("#notice")).to_be_visible()
        expect(page.locator("#question textarea")).to_have_value("And where?")
        expect(page.locator(".turn .answer")).to_have_count(2)
    finally:
        file.rmdir()
        aside.rename(file)
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".turn").last).to_contain_text("And where?")
    page.reload()
    expect(page.locator(".turn")).to_have_count(3)


def test_a_conversation_that_was_deleted_meanwhile_is_told(page: Page) -> None:
    begin(page, SUMMIT)
    id_ = page.url.rpartition("#")[2]
    deleted = page.request.delete(f"{page.url.partition('#')[0]}api/conversations/{id_}")
    assert deleted.status == 204
    # The answer's own end tells it, or the look for the answer does, whichever comes first.
    error = page.locator(".turn .error", has_text="There is no such conversation.")
    notice = page.locator("#notice", has_text="This conversation was deleted.")
    expect(error.or_(notice).first).to_be_visible(timeout=15_000)
    begin(page, SECRETARY)
    expect(page.locator(".turn .answer")).to_contain_text("Bordyuzha", timeout=15_000)
    expect(page.locator(".turn")).to_have_count(1)
    assert page.url.rpartition("#")[2] != id_
