"""The evaluation page, and what hinders those who do not see or use a mouse, by axe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from qa import Assistant
from tests.page_server import ask, opened
from tests.test_page import SECRETARY, SUMMIT, WORLD_CUP, channels
from ui.evaluations import Evaluations, Run
from ui.settings import Desk

BACKGROUND = "body => getComputedStyle(body).backgroundColor"
SET = [
    {"id": "1", "question": SECRETARY, "answers": ["Nikolay Bordyuzha"]},
    {"id": "2", "question": SUMMIT, "answers": ["August 12"]},
    {"id": "3", "question": "When was the last summit in Paris?", "answers": []},
    {"id": "4", "question": WORLD_CUP, "answers": []},
]


@pytest.fixture
def page(browser: Browser, article_server: str) -> Iterator[Page]:
    with opened(browser, article_server) as page:
        yield page


def test_a_set_is_added_run_read_and_compared(page: Page, tmp_path: Path) -> None:
    questions = tmp_path / "herons.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in SET))
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("link", name="Evaluation").click()
    page.locator("[type=file]").set_input_files(questions)
    expect(page.get_by_label("Question set")).to_contain_text("herons.jsonl (4 questions)")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", name="Evaluation of 4 questions")).to_be_visible(
        timeout=40_000
    )
    expect(report.locator("svg").first).to_be_visible()
    expect(report.locator("article")).to_have_count(4)
    set_threshold(page, 1.0)
    page.get_by_role("button", name="Run", exact=True).click()
    runs = page.get_by_label("Run to read").locator("option")
    expect(runs).to_have_count(2, timeout=40_000)
    newest = runs.first.get_attribute("value") or ""
    expect(page.get_by_label("Run to read")).to_have_value(newest)
    assert newest in unquote(page.locator("iframe").get_attribute("src") or "")
    expect(runs.first).to_contain_text("4 questions · from confidence 1.00 · quotes")
    page.get_by_label("Compared with").select_option(index=1)
    expect(report.get_by_role("heading", name="Against the earlier run")).to_be_visible(
        timeout=30_000
    )
    expect(report.get_by_text("Became wrong: 1, 2")).to_be_visible()
    set_threshold(page, None)
    # The page scrolls, the report in it does not; it is dark, as was chosen in the chat.
    frame = page.locator("iframe")
    content = report.locator("body").evaluate("body => body.offsetHeight")
    assert frame.bounding_box()["height"] >= content > 900
    assert sum(channels(report.locator("body").evaluate(BACKGROUND))) < 120
    assert sum(channels(page.locator("body").evaluate(BACKGROUND))) < 120
    page.get_by_role("button", name="Remove this run").click()
    page.get_by_role("button", name="Undo removing").click()
    page.get_by_role("button", name="Remove this run").click()
    expect(runs).to_have_count(2)
    page.get_by_role("link", name="Back to the chat").click()
    page.get_by_role("link", name="Evaluation").click()
    expect(runs).to_have_count(1)


def test_a_server_that_is_away_is_looked_for_until_it_is_back(page: Page) -> None:
    page.get_by_role("link", name="Evaluation").click()
    add = page.locator("[type=file]")
    add.set_input_files({"name": "c.csv", "mimeType": "text/csv", "buffer": b"id,question\n1,Q?\n"})
    expect(page.get_by_label("Question set").locator("option", has_text="c.csv")).to_be_attached()
    page.context.set_offline(True)
    add.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"id,question\n"})
    problem = page.locator(".problem")
    expect(problem).to_have_text("The server does not answer.")
    page.evaluate("look()")
    page.context.set_offline(False)
    expect(problem).to_be_empty(timeout=10_000)


def set_threshold(page: Page, threshold: float | None) -> None:
    """Settings hold for the whole server."""
    settings = f"{page.url.rpartition('/')[0]}/api/settings"
    assert httpx.put(settings, json={"threshold": threshold}).status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("set.txt", b"{}", 415, "ends in .jsonl or .csv"),
        ("set.jsonl", b"not json", 400, "set.jsonl, line 1"),
        ("..%5Cset.jsonl", b"\xff\xfe", 400, "not UTF-8"),
        ("set.csv", b"", 400, "set.csv"),
    ],
)
def test_a_set_that_cannot_be_used_is_told(
    article_server: str, name: str, content: bytes, status: int, words: str
) -> None:
    answer = httpx.put(f"{article_server}/api/evaluations/sets/{name}", content=content)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_runs_say_how_they_answered_and_where_they_stopped(
    article_assistant: Assistant, tmp_path: Path
) -> None:
    """One of an earlier version, one that was stopped, and a file that is no run."""
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "old 20260101-000000.jsonl").write_text('{"run": {}}\n{}\n')
    told = {"run": {"language model": "m", "passages": 7}, "threshold": 0.7, "questions": 9}
    (runs / "new 20260102-000000.jsonl").write_text(json.dumps(told) + "\n{}\n{}\n")
    (runs / "none 20260103-000000.jsonl").write_text("[]\n")
    assert Evaluations(Desk(article_assistant), tmp_path).runs() == [
        Run("new 20260102-000000", 9, 2, 0.7, "m", 7, "stopped"),
        Run("old 20260101-000000", 1, 1, None, "none", 5),
    ]


def test_what_is_not_there_is_not_found(article_server: str) -> None:
    runs = f"{article_server}/api/evaluations/runs"
    assert httpx.post(runs, json={"questions": "none.jsonl"}).status_code == 404
    assert httpx.get(f"{runs}/..%2F..%2Fsettings/report").status_code == 404
    assert httpx.delete(f"{runs}/herons 20260101-000000").status_code == 404


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or critical, with where it is."""
    # What is hidden behind a fade has no colours of its own yet.
    page.wait_for_timeout(350)
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_page(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    assert serious(page) == []
    ask(page, SECRETARY)
    ask(page, WORLD_CUP)
    page.get_by_role("button", name="Not helpful").last.click()
    assert serious(page) == []
    for opener in ("[data-documents]", "[data-settings]", "[data-scope]", "#sources [data-read]"):
        page.locator(f"{opener}:visible").first.click()
        assert serious(page) == [], opener
        page.keyboard.press("Escape")


def test_axe_finds_nothing_serious_on_a_phone_and_beside_the_chat(
    page: Page, article_server: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, SECRETARY)
    page.get_by_role("button", name="Conversations", exact=True).click()
    expect(page.locator("#rail").get_by_role("link", name="Evaluation")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.locator(".mark").first.click()
    assert serious(page) == []
    for path in ("/evaluation", "/docs"):
        page.goto(article_server + path)
        assert serious(page) == [], path
