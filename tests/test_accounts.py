"""Sharing a server: accounts, tokens, limits, and a log without anybody's words."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import expect
from typer.testing import CliRunner

from tests.page_server import ask, chromium, serving
from tests.test_page import SUMMIT
from ui.account_commands import token, user
from ui.accounts import AccountError, Accounts
from ui.limiting import RateLimit, TooMany
from ui.login import SESSION, login

PASSWORD = "correct horse battery"
QUESTION = {"question": "When is the summit?"}


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = Accounts(tmp_path / "new" / "accounts.sqlite3")
    made.add("ann", PASSWORD)
    return made


def test_a_password_opens_a_session_and_is_not_kept(accounts: Accounts, tmp_path: Path) -> None:
    session = accounts.log_in("ann", PASSWORD)
    assert session is not None
    found = accounts.of(session)
    assert found is not None
    assert found.name == "ann"
    assert accounts.log_in("ann", "correct horse") is None
    assert accounts.log_in("bob", PASSWORD) is None
    file = tmp_path / "new" / "accounts.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert b"$argon2id$" in content
    assert PASSWORD.encode() not in content
    assert session.encode() not in content
    accounts.log_out(session)
    assert accounts.of(session) is None


def test_a_new_password_ends_the_sessions_and_spares_the_tokens(accounts: Accounts) -> None:
    session = accounts.log_in("ann", PASSWORD) or ""
    program = accounts.new_token("ann", "script")
    accounts.add("ann", "another long one")
    assert accounts.of(session) is None
    assert accounts.of(program) is not None
    assert accounts.log_in("ann", PASSWORD) is None


def test_a_token_is_removed_by_its_label_or_with_its_account(accounts: Accounts) -> None:
    first, second = (accounts.new_token("ann", label) for label in ("one", "two"))
    assert accounts.labels("ann") == ["one", "two"]
    accounts.remove_token("ann", "one")
    assert accounts.of(first) is None
    accounts.remove("ann")
    assert accounts.of(second) is None
    assert accounts.names() == []


@pytest.mark.parametrize(
    ("name", "password"), [("", PASSWORD), ("a b", PASSWORD), ("bob", "short")]
)
def test_an_account_that_cannot_be_is_told(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(AccountError):
        accounts.add(name, password)
    for trial in (
        lambda: accounts.remove("bob"),
        lambda: accounts.new_token("bob", "script"),
        lambda: accounts.new_token("ann", " "),
        lambda: accounts.remove_token("ann", "script"),
    ):
        with pytest.raises(AccountError):
            trial()


def test_accounts_are_made_on_the_command_line() -> None:
    run = CliRunner().invoke
    assert run(user, ["add", "bob"], input=f"{PASSWORD}\n{PASSWORD}\n").output.endswith(
        "bob can log in.\n"
    )
    assert run(user, ["list"]).output == "bob\n"
    assert len(run(token, ["new", "bob", "--label", "script"]).output.strip()) > 40
    assert run(token, ["list", "bob"]).output == "script\n"
    assert run(user, ["remove", "bob"]).output == "bob can no longer log in.\n"


def test_a_client_that_asks_too_often_is_told_when_it_may_again() -> None:
    limit = RateLimit(3)
    for _ in range(3):
        limit.count("10.0.0.1", "ann")
    with pytest.raises(TooMany, match="try again in") as told:
        limit.count("10.0.0.1", "ann")
    assert 1 <= told.value.seconds <= 61
    limit.count("10.0.0.1", "bob")
    for number in range(26):
        limit.count("10.0.0.1", f"thrown away {number}")
    with pytest.raises(TooMany):
        limit.count("10.0.0.1", "and another")


def test_without_a_limit_nobody_is_refused() -> None:
    limit = RateLimit(0)
    for _ in range(500):
        limit.count("10.0.0.1", "ann")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accounts") / "home"


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server on the network that wants accounts, with few questions a minute."""
    made = Accounts(home / "accounts.sqlite3")
    made.add("ann", PASSWORD)
    made.add("bob", PASSWORD)
    options = ("--host", "0.0.0.0", "--auth", "--rate-limit", "6")
    with serving(home, home.parent / "log", *options) as served:
        yield served.replace("0.0.0.0", "127.0.0.1")


def test_without_an_account_there_is_nothing(address: str) -> None:
    with httpx.Client(base_url=address) as stranger:
        assert stranger.get("/health").status_code == 200
        for path in ("/api/documents", "/openapi.json", "/docs", "/config", "/v1/models"):
            answer = stranger.get(path)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        for path in ("/api/ask", "/mcp", "/gradio_api/queue/join", "/v1/chat/completions"):
            assert stranger.post(path, json=QUESTION).status_code == 401
        page = stranger.get("/", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/login")
        wrong = {"authorization": "Bearer nonsense"}
        assert stranger.get("/api/documents", headers=wrong).status_code == 401


def test_a_token_lets_a_program_ask_and_add_until_it_asks_too_often(
    address: str, home: Path
) -> None:
    secret = Accounts(home / "accounts.sqlite3").new_token("ann", "test")
    with httpx.Client(
        base_url=address, headers={"authorization": f"Bearer {secret}"}, timeout=60
    ) as program:
        assert program.post("/api/ask", json=QUESTION).json()["answered"] is True
        added = program.put("/api/documents/note.txt", content=b"The heron is patient.")
        assert '"report"' in added.text
        answers = [program.post("/api/ask", json=QUESTION) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert "try again in" in answers[-1].json()["error"]


def test_behind_a_proxy_it_answers_to_its_name_and_to_odd_cookies(address: str, home: Path) -> None:
    secret = Accounts(home / "accounts.sqlite3").new_token("bob", "proxy")
    headers = {
        "authorization": f"Bearer {secret}",
        "host": "docs.example.org",
        "cookie": "odd[name]=1; cited_qa_reader=somebody-else; x",
    }
    answer = httpx.get(f"{address}/api/conversations", headers=headers)
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_wrong_password_is_told_and_tries_are_limited(address: str) -> None:
    with httpx.Client(base_url=address) as stranger:
        wrong = {"name": "bob2", "password": "guess"}
        told = [stranger.post("/login", data=wrong).status_code for _ in range(12)]
        assert told == [401] * 10 + [429] * 2
        right = {"name": "ann", "password": PASSWORD}
        assert stranger.post("/login", data=right).status_code == 303


def test_who_guesses_does_not_shut_the_owner_out(accounts: Accounts) -> None:
    async def tried(address: str, password: str) -> int:
        app = FastAPI()
        app.include_router(router)
        transport = httpx.ASGITransport(app, client=(address, 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return (
                await client.post("/login", data={"name": "ann", "password": password})
            ).status_code

    router = login(accounts)
    guessed = [asyncio.run(tried("192.0.2.1", "guess")) for _ in range(11)]
    assert guessed == [401] * 10 + [429]
    assert asyncio.run(tried("192.0.2.2", PASSWORD)) == 303


@pytest.mark.parametrize("sent", [{"name": "ann"}, {"password": "x"}, {}])
def test_a_login_that_lacks_something_is_told_on_the_page(
    address: str, sent: dict[str, str]
) -> None:
    answer = httpx.post(f"{address}/login", data=sent)
    assert answer.status_code == 400
    assert "Type your name and your password." in answer.text


def test_logging_out_is_no_matter_of_following_a_link(address: str, home: Path) -> None:
    session = Accounts(home / "accounts.sqlite3").log_in("ann", PASSWORD) or ""
    with httpx.Client(base_url=address, cookies={SESSION: session}) as reader:
        assert reader.get("/logout").status_code == 405
        assert reader.get("/api/documents").status_code == 200
        assert reader.post("/logout", headers={"origin": "http://evil.example"}).status_code == 403
        assert reader.post("/logout").headers["location"] == "/login"
        reader.cookies.set(SESSION, session)
        assert reader.get("/api/documents").status_code == 401


def test_readers_log_in_and_see_their_own_conversations_from_any_browser(address: str) -> None:
    with chromium() as browser:
        for name, seen in (("ann", 1), ("ann", 1), ("bob", 0)):
            context = browser.new_context()
            page = context.new_page()
            page.goto(address)
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.locator(".greeting")).to_be_visible(timeout=15_000)
            if name == "ann" and not page.locator("#rail .conversation").count():
                page.wait_for_timeout(500)
            if name == "ann" and not page.locator("#rail .conversation").count():
                ask(page, SUMMIT)
            expect(page.locator("#rail .conversation")).to_have_count(seen)
            page.get_by_role("button", name="Settings").click()
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_role("button", name="Log in")).to_be_visible()
            context.close()


def test_the_log_holds_nobodys_words(home: Path, address: str) -> None:
    with httpx.Client(base_url=address) as stranger:
        stranger.post("/api/ask", json={"question": "A secret about Zorbium?"})
        stranger.post("/login", data={"name": "carol", "password": "Zorbium"})
    log = (home.parent / "log").read_text()
    assert "Zorbium" not in log
    assert "summit" not in log.lower()
