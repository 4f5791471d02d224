"""How long a user waits: `python -m tests.benchmarks.speed` prints a table.

Times are wall-clock seconds on the machine at hand; cold ones are whole processes.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table
from starlette.requests import Request

from qa import Assistant, open_seeded
from tests.page_server import chromium, serving
from ui.conversations import Conversations
from ui.readers import reader_of

QUESTIONS = (
    "Who is the CSTO Secretary General?",
    "When and where is the informal summit?",
    "What did Lukashenko resist signing?",
    "What do the member states fight against?",
    "Who skipped the summit in June?",
    "What does Belarus want the CSTO to adopt?",
    "Who won the world cup in 2018?",
    "How many members has NATO?",
)
RUNS = 5
TURNS = 500


def main() -> None:
    """Measure in a home of its own and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "browser").mkdir()
        rows = [
            ("first page: empty home to page ready", 1, *page_ready(home / "page"), "10"),
            ("qa ask, indexed article, new process", RUNS, *cold_question(home / "cold"), "4"),
            *in_the_browser(home / "browser"),
            ("question, warm assistant", RUNS * len(QUESTIONS), *warm_question(home / "w"), "0.15"),
        ]
    table = Table("what", "runs", "median s", "slowest s", "goal s", title="Speed")
    for name, runs, median, slowest, goal in rows:
        table.add_row(name, str(runs), f"{median:.2f}", f"{slowest:.2f}", goal)
    Console(width=100).print(table)


def page_ready(home: Path) -> tuple[float, float]:
    """From the start of `qa chat` on an empty home until the page answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    command = [sys.executable, "-m", "qa", "chat", "--home", str(home), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
                    page.read()
                break
            except OSError:
                time.sleep(0.05)
                if server.poll() is not None:
                    raise SystemExit("the server stopped before its page was ready") from None
        seconds = time.perf_counter() - started
    finally:
        server.terminate()
        server.wait()
    return seconds, seconds


def cold_question(home: Path) -> tuple[float, float]:
    """`qa ask` in a new process each time, over an article that is already indexed."""
    environment = os.environ | {"QA_HOME": str(home)}
    command = [sys.executable, "-m", "qa", "ask", QUESTIONS[0]]

    def run() -> None:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

    run()
    return timed(run, RUNS)


def in_the_browser(home: Path) -> list[tuple[str, int, float, float, str]]:
    """What a reader waits for: the page, once the server is up, and an answer on it."""
    ready, answered, found = [], [], []
    with serving(home / "home", home / "log") as address, chromium() as browser:
        page = browser.new_page()
        for _ in range(RUNS):
            started = time.perf_counter()
            page.goto(address)
            page.locator(".greeting").wait_for()
            page.locator("#question textarea").wait_for()
            ready.append(time.perf_counter() - started)
        for number, question in enumerate(QUESTIONS, start=1):
            page.locator("#question textarea").fill(question)
            started = time.perf_counter()
            page.keyboard.press("Enter")
            page.locator(f"#turn-{number} :is(.answer, .refusal)").wait_for()
            answered.append(time.perf_counter() - started)
        many = after_many_turns(page, address, home / "home")
        with httpx.Client(base_url=address) as client:
            for question in QUESTIONS:
                asked = {"question": question, "stream": True}
                started = time.perf_counter()
                with client.stream("POST", "/api/ask", json=asked) as events:
                    lines = events.iter_lines()
                    next(lines)
                    found.append(time.perf_counter() - started)
                    list(lines)
    measured = (
        ("page ready in the browser, server up", ready, "3"),
        ("answer visible in the browser", answered, "0.6"),
        (f"answer visible after {TURNS} turns", many, "0.6"),
        ("first passage of a streamed answer", found, "0.4"),
    )
    return [(name, len(s), statistics.median(s), max(s), goal) for name, s, goal in measured]


def after_many_turns(page: Page, address: str, home: Path) -> list[float]:
    """What a reader waits for in a conversation that is already long."""
    kept = Conversations(home / "conversations.sqlite3")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    reader = reader_of(Request({"type": "http", "headers": [(b"cookie", _header(cookies))]}))
    (earlier,) = kept.of(reader)
    (*_, last) = kept.turns(reader, earlier.id)
    id_ = kept.begin(reader)
    for number in range(1, TURNS + 1):
        kept.keep(reader, id_, replace(last, number=number))
    page.goto(f"{address}/?long#{id_}")
    page.locator(f"#turn-{TURNS}").wait_for()
    seconds = []
    for number, question in enumerate(QUESTIONS, start=TURNS + 1):
        page.locator("#question textarea").fill(question)
        started = time.perf_counter()
        page.keyboard.press("Enter")
        page.locator(f"#turn-{number} :is(.answer, .refusal)").wait_for()
        seconds.append(time.perf_counter() - started)
    return seconds


def _header(cookies: dict[str, str]) -> bytes:
    return "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()


def warm_question(home: Path) -> tuple[float, float]:
    """A question to an assistant that has answered before."""
    assistant = Assistant(open_seeded(home))
    assistant.ask(QUESTIONS[0])
    questions = iter(QUESTIONS * RUNS)
    return timed(lambda: assistant.ask(next(questions)), RUNS * len(QUESTIONS))


def timed(call: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median and slowest of `runs` calls, in seconds."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), max(seconds)


if __name__ == "__main__":
    main()
