"""The page as a reader has it: a real server in its own process, and a real Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
READY = "Cited QA is at "
WIDE: ViewportSize = {"width": 1440, "height": 900}

# The server runs under an audit hook: calling any other machine ends it, with this on stderr.
ALONE = """
import os, sys

def only_this_machine(event, arguments):
    called = None
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        called = arguments[1][0]
    elif event == "socket.getaddrinfo":
        called = arguments[0]
    if called not in (None, "0.0.0.0", "127.0.0.1", "localhost", "::1", b"127.0.0.1", b"localhost"):
        os.write(2, f"CALLED {called!r}".encode())
        os._exit(66)

sys.addaudithook(only_this_machine)
from qa.command_line import main
main()
"""


@contextmanager
def serving(home: Path, log: Path, *options: str) -> Iterator[str]:
    """`qa chat` over the library in `home`; gives its address, and stops it in the end."""
    command = [sys.executable, "-c", ALONE, "chat", "--port", "0", *options]
    environment = {**os.environ, "QA_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with log.open("w") as errors:
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        assert line.startswith(READY), f"{line!r}\n{log.read_text()}"
        yield line.removeprefix(READY).split()[0]
        assert server.poll() is None, log.read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine; without one the test is skipped, or fails where CI needs it."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        reason = f"no browser on this machine: none of {', '.join(BROWSERS)}"
        if os.environ.get("CI_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """The page as a new reader has it; by default, among a context's options, on a wide screen."""
    context = browser.new_context(**{"viewport": WIDE, **options})
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".greeting")).to_be_visible()
    yield page
    context.close()


def ask(page: Page, question: str) -> Locator:
    """Type and send a question; the turn in which its outcome stands."""
    turns = page.locator(".turn")
    before = turns.count()
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(turns).to_have_count(before + 1)
    expect(turns.last.locator(".answer, .refusal, .reply, .error")).to_be_visible(timeout=20_000)
    return turns.last
