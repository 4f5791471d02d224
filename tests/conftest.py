"""What every test has: a home of its own, and no network but this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from index import Library
from qa import Assistant
from qa.seeds import SEEDS
from tests.page_server import chromium, serving

# Models and a shared machine: how long one example takes says nothing.
settings.register_profile("cited-qa", deadline=None)
settings.load_profile("cited-qa")

ROOT = Path(__file__).parent.parent
ARTICLE = SEEDS / "000_fe6bb5f034c662d2.txt"
_connect = socket.socket.connect


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Connecting to anything but this machine fails the test that does it."""

    def connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a connection to {address} was tried")
        _connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this test's library, also for `ask()` and the command line."""
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def library(home: Path) -> Library:
    """An empty library."""
    return Library.open(home)


@pytest.fixture(scope="session")
def article_assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant over the article; tests ask it and leave its library alone."""
    library = Library.open(tmp_path_factory.mktemp("article"))
    library.add([ARTICLE])
    return Assistant(library)


@pytest.fixture(scope="session")
def article_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the article; tests ask it and leave its library alone."""
    folder = tmp_path_factory.mktemp("server")
    with serving(folder / "home", folder / "log", "--rate-limit", "0") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one file."""
    with chromium() as launched:
        yield launched
