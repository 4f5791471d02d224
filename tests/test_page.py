"""The page in a real browser: what a reader sees, touches and types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from index import Library
from tests.page_server import ask, serving
from tests.test_formats import FILES
from tests.writing_server import saying, scripted

SECRETARY = "Who is the CSTO Secretary General?"
SUMMIT = "When and where is the informal summit?"
WORLD_CUP = "Who won the 2018 World Cup?"

# What would show that markup came alive: a script that renames the page, requests to evil.example.
HOSTILE_TITLE = (
    "<script>document.title='owned'</script> Zorbium ${document.title} {{value}} @children"
)
HOSTILE_SENTENCE = (
    "The Zorbium reactor <img src='http://evil.example/x.png' onerror=\"document.title='owned'\"> "
    "is cooled with **green tea** [today](javascript:alert(1)) ![x](http://evil.example/y.png) "
    "</mark></article><iframe src='//evil.example'></iframe> at $x^2$ degrees"
)
HOSTILE_NAME = "<img src=x onerror=document.title='owned'>&quot;.txt"

# A setting that was refused; and what Gradio says of an event that leaving the page ended.
NO_FAULTS = ("status of 400", "AbortError")

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server started on a fresh home; then another process adds a hostile document."""
    folder = tmp_path_factory.mktemp("page")
    with serving(folder / "home", folder / "log") as served:
        hostile = folder / HOSTILE_NAME
        hostile.write_text(f"{HOSTILE_TITLE}\n\n{HOSTILE_SENTENCE}.\n")
        assert Library.open(folder / "home").add([hostile]).added
        yield served


@pytest.fixture
def new_page(browser: Browser, address: str) -> Iterator[NewPage]:
    """Opens the page for a new reader; no reader may see a fault or reach another host."""
    with ExitStack() as contexts:
        strangers: list[str] = []
        faults: list[str] = []

        def open_page(**options: Any) -> Page:
            context = contexts.enter_context(browser.new_context(**options))
            context.set_default_timeout(15_000)
            page = context.new_page()
            own = (address, "data:", "blob:")
            page.on("request", lambda r: None if r.url.startswith(own) else strangers.append(r.url))
            page.on("pageerror", lambda error: faults.append(str(error)))
            # What the content policy refuses is an error on the console.
            page.on(
                "console",
                lambda m: (
                    faults.append(m.text)
                    if m.type == "error" and not any(known in m.text for known in NO_FAULTS)
                    else None
                ),
            )
            page.goto(address)
            expect(page.locator(".greeting")).to_be_visible()
            return page

        yield open_page
        assert strangers == []
        assert faults == []


def squeezed(text: str | None) -> str:
    return " ".join((text or "").split())


def test_an_answer_leads_to_its_highlighted_passage(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    turn = ask(page, SECRETARY)
    expect(turn.locator(".statement").first).to_contain_text("Nikolay Bordyuzha")
    expect(turn.locator(".verdict")).to_contain_text("supported · 1 source")
    mark = turn.get_by_role("button", name="Citation 1: Lukashenko wants former Soviet states")
    expect(mark).to_have_text("[1]")
    mark.click()
    card = page.locator(".card.is-open")
    expect(card).to_be_in_viewport()
    quote = squeezed(card.locator("mark").text_content())
    assert "Nikolay Bordyuzha" in quote
    assert mark.get_attribute("data-quote") == quote
    assert squeezed(turn.locator(".statement span").first.text_content()) == quote
    expect(card.locator(".file")).to_have_text("000_fe6bb5f034c662d2.txt")
    around = squeezed(card.locator(".passage").text_content())
    assert quote in around
    assert len(around) > len(quote)


def test_a_question_beyond_the_documents_is_refused(new_page: NewPage) -> None:
    page = new_page()
    turn = ask(page, WORLD_CUP)
    expect(turn.locator(".refusal")).to_contain_text("do not answer")
    assert turn.locator(".mark").count() == 0
    expect(page.locator(".nearest")).to_have_text("Nearest passages (they do not answer it)")
    expect(page.locator("#sources .card").first).to_be_visible()
    assert page.locator("#sources mark").count() == 0


def test_an_earlier_answer_keeps_its_own_sources(new_page: NewPage) -> None:
    page = new_page()
    first = ask(page, SECRETARY)
    first_quote = first.locator(".mark").get_attribute("data-quote")
    ask(page, SUMMIT)
    expect(page.locator("#sources mark:visible")).to_contain_text("Astana")
    page.locator(".mark").first.click()
    expect(page.locator("#sources mark:visible")).to_have_count(1)
    assert squeezed(page.locator("#sources mark:visible").text_content()) == first_quote


def test_an_example_asks_itself_and_a_new_conversation_is_empty(new_page: NewPage) -> None:
    page = new_page()
    page.get_by_role("button", name=SUMMIT).click()
    expect(page.locator(".turn .answer")).to_contain_text("Astana")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    assert page.locator(".turn, .card").count() == 0


def test_what_cannot_be_asked_is_not_sent(new_page: NewPage) -> None:
    page = new_page()
    box, send = page.locator("#question textarea"), page.get_by_role("button", name="Send")
    for nothing in ("", "  "):
        box.fill(nothing)
        box.press("Enter")
        send.click()
    box.fill("why " * 501 + "?")
    box.press("Enter")
    expect(page.locator("#question-hint")).to_have_text(
        "A question may have 2,000 characters; this one has 5 too many."
    )
    expect(box).to_have_value("why " * 501 + "?")
    expect(page.locator(".greeting")).to_be_visible()
    expect(page.locator(".turn, .error")).to_have_count(0)
    box.fill(SUMMIT)
    expect(page.locator("#question-hint")).to_be_empty()
    send.click()
    expect(page.locator(".turn .answer")).to_contain_text("Astana")


def test_text_from_outside_is_never_markup(new_page: NewPage) -> None:
    page = new_page()
    expect(page.locator(".titles")).to_contain_text(HOSTILE_TITLE)
    question = (
        "What cools the Zorbium reactor? <b onclick=alert(1)>$x$</b> ![q](http://evil.example)"
    )
    turn = ask(page, question)
    expect(turn.locator(".question")).to_contain_text(question)
    panel = page.locator("#sources")
    expect(panel.locator(".card h3").first).to_have_text(HOSTILE_TITLE)
    expect(panel.locator(".file").first).to_have_text(HOSTILE_NAME)
    while panel.locator("[data-more]:visible", has_text="Show more").count():
        panel.locator("[data-more]:visible", has_text="Show more").first.click()
    expect(panel.locator(".card .passage").first).to_contain_text(HOSTILE_SENTENCE)
    alive = "img, iframe, script, a, b, strong, em, math, .katex, [onerror], [onclick]"
    assert page.locator("#talk, #sources").locator(alive).count() == 0
    expect(page).to_have_title("Cited QA")


def test_on_a_phone_the_sources_are_a_sheet(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    turn = ask(page, SECRETARY)
    sheet = page.locator("#sources")
    expect(sheet).to_be_hidden()
    turn.locator(".mark").tap()
    expect(sheet.locator(".card.is-open mark")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("document.querySelector('#conversation').scrollWidth") <= 390
    sheet.get_by_role("button", name="Close the sources").tap()
    expect(sheet).to_be_hidden()
    turn.locator(".mark").tap()
    expect(sheet).to_be_visible()
    page.go_back()
    expect(sheet).to_be_hidden()
    expect(turn).to_be_visible()
    low = "all => all.filter(e => e.offsetParent && e.offsetHeight < 32).map(e => e.outerHTML)"
    assert page.locator("#work button, #work .link").evaluate_all(low) == []
    page.get_by_role("button", name="Conversations", exact=True).tap()
    page.get_by_role("button", name="Close the conversations").tap()
    expect(page.locator("#rail")).to_be_hidden()
    turn.locator(".mark").tap()
    expect(sheet).to_be_visible()
    page.touchscreen.tap(195, 20)
    expect(sheet).to_be_hidden()


def test_the_keyboard_alone_is_enough(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(SECRETARY)
    page.keyboard.press("Enter")
    mark = page.locator(".mark").first
    expect(mark).to_be_visible(timeout=20_000)
    expect(page.locator("#question textarea")).to_have_value("")
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.mark')"):
            break
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#sources .card.is-open")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#sources")).to_be_hidden()
    expect(mark).to_be_focused()


def test_light_and_dark_follow_the_system_until_the_reader_chooses(new_page: NewPage) -> None:
    page = new_page(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(paper)
    assert sum(channels(dark)) < 120
    assert sum(channels(light)) > 700
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(paper) == dark
    # Gradio tells a request that leaving the page cut off as a fault.
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator(".greeting")).to_be_visible()
    assert page.evaluate(paper) == dark


def test_two_readers_do_not_see_each_other(new_page: NewPage) -> None:
    one, other = new_page(), new_page()
    ask(one, SECRETARY)
    ask(other, SUMMIT)
    for page, theirs, foreign in ((one, SECRETARY, SUMMIT), (other, SUMMIT, SECRETARY)):
        expect(page.locator(".turn")).to_have_count(1)
        expect(page.locator(".turn")).to_contain_text(theirs)
        expect(page.locator("#work")).not_to_contain_text(foreign)


def test_nothing_of_gradio_stands_around_the_page(new_page: NewPage) -> None:
    page = new_page()
    expect(page.locator("footer")).to_have_count(0)
    words = page.locator("body").inner_text()
    assert "Gradio" not in words
    assert "API" not in words


def test_a_name_that_was_made_to_point_here_gets_nothing(address: str) -> None:
    with urlopen(Request(address)) as response:
        assert "default-src 'self'" in response.headers["content-security-policy"]
    with pytest.raises(HTTPError, match="400"):
        urlopen(Request(address, headers={"Host": "evil.example"}))


def channels(colour: str) -> list[int]:
    """The red, green and blue of `rgb(1, 2, 3)`."""
    return [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]


def test_files_are_dropped_asked_and_removed_with_undo(new_page: NewPage) -> None:
    page = new_page()
    page.locator("[data-documents]").click()
    dialog = page.get_by_role("dialog", name="Documents")
    chosen = dialog.locator("input[type=file]")
    files = ["annual-report.pdf", "scanned-letter.pdf", "sluice-tour.srt"]
    chosen.set_input_files([FILES / name for name in files])
    expect(dialog.locator(".document")).to_have_count(4, timeout=30_000)
    wrong = dialog.locator(".upload.is-wrong")
    expect(wrong).to_contain_text("scanned-letter.pdf")
    expect(wrong).to_contain_text("it is a scan")
    report = dialog.locator(".document", has_text="Marsh End")
    expect(report).to_contain_text("annual-report.pdf · 3 pages")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(page.locator(".greeting .titles")).to_contain_text("Marsh End: the year 2024")

    turn = ask(page, "When did bitterns breed for the first time?")
    expect(turn.locator(".answer")).to_contain_text("since 1987")
    expect(page.locator(".card").first).to_contain_text("page 1 · Birds › Breeding")

    page.locator("[data-documents]").click()
    report.get_by_role("button", name="Remove").click()
    report.get_by_role("button", name="Undo").click()
    expect(report.get_by_role("button", name="Remove")).to_be_visible()
    tour = dialog.locator(".document", has_text="sluice-tour")
    for gone in (report, tour):
        gone.get_by_role("button", name="Remove").click()
        expect(gone).to_have_class("document is-going")
    expect(dialog.locator(".document")).to_have_count(2, timeout=15_000)
    page.keyboard.press("Escape")
    again = ask(page, "When did bitterns breed for the first time, then?")
    expect(again.locator(".refusal")).to_be_visible()


def test_names_and_titles_of_documents_are_never_markup(new_page: NewPage) -> None:
    page = new_page()
    page.locator("[data-documents]").click()
    held = page.locator("#documents .document", has_text="Zorbium")
    expect(held).to_contain_text("<script>document.title=")
    assert page.title() == "Cited QA"
    assert page.locator("#documents script, #documents img, #documents iframe").count() == 0


def test_on_a_phone_the_documents_fit(new_page: NewPage) -> None:
    page = new_page(viewport={"width": 375, "height": 720}, has_touch=True)
    page.locator("[data-documents]").tap()
    expect(page.get_by_role("dialog", name="Documents")).to_be_in_viewport(ratio=0.95)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("button", name="Close").first.tap()
    expect(page.get_by_role("dialog", name="Documents")).not_to_be_visible()


def choose_model(page: Page, url: str) -> None:
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_label("Who writes the answers").select_option("model")
    dialog.get_by_role("textbox", name="Language model").fill("openai:m")
    dialog.get_by_label("Address of its server").fill(f"{url}/v1")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()


@pytest.fixture
def quotes_again(address: str) -> Iterator[None]:
    """The settings hold for all readers of the server."""
    yield
    body = Request(
        f"{address}/api/settings",
        data=b"{}",
        method="PUT",
        headers={"Content-Type": "application/json"},
    )
    with urlopen(body) as answer:
        assert answer.status == 200


@pytest.mark.usefixtures("quotes_again")
def test_a_language_model_writes_and_what_is_shown_is_checked(new_page: NewPage) -> None:
    page = new_page()
    pieces = ("The summit is ", "on August 12 [1]. ", "It is in Paris [1].")
    with scripted(saying(*pieces, seconds=1.2)) as (url, _):
        choose_model(page, url)
        expect(page.locator(".greeting .writer")).to_contain_text("openai:m on this machine")
        page.locator("#question textarea").fill("When is the summit?")
        page.keyboard.press("Enter")
        expect(page.locator("#sources .nearest")).to_have_text("Passages that are being read")
        # The first time, a server of a language model takes a while to be spoken to.
        expect(page.locator(".draft")).to_contain_text("The summit is", timeout=15_000)
        expect(page.locator(".pending")).to_contain_text("not yet checked")
        expect(page.locator(".answer, .refusal")).to_be_visible(timeout=20_000)
    expect(page.locator(".answer")).not_to_contain_text("Paris")
    expect(page.locator(".answer")).to_contain_text("August 12")


@pytest.mark.usefixtures("quotes_again")
def test_an_answer_that_is_being_written_can_be_stopped(new_page: NewPage) -> None:
    page = new_page()
    with scripted(saying(*["word "] * 300, seconds=0.1)) as (url, server):
        choose_model(page, url)
        page.locator("#question textarea").fill("When is the summit?")
        page.keyboard.press("Enter")
        expect(page.locator(".draft")).to_contain_text("word", timeout=15_000)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".turn .stopped")).to_have_text("You stopped this answer.")
        page.wait_for_timeout(1500)
        assert server.ended == ["left by the client"]
    expect(page.locator("#question textarea")).to_be_editable()


def test_a_setting_that_cannot_be_is_told_in_the_dialog(new_page: NewPage) -> None:
    page = new_page()
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog", name="Settings")
    dialog.get_by_label("Who writes the answers").select_option("model")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".problem")).to_contain_text("Name the language model")
    expect(dialog.get_by_role("textbox", name="Language model")).to_be_focused()
    dialog.get_by_role("textbox", name="Language model").fill("llama3")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".problem")).to_contain_text("name one as ollama:NAME")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
