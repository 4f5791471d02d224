"""The page: its layout, and which event calls what. What it shows is made in view.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from ui import view
from ui.chat import Turn, reply, stopped
from ui.settings import Desk
from ui.welcome import welcome

ICON = Path(__file__).with_name("icon.svg")
STYLE = Path(__file__).with_name("theme.css")
# They run as one, once the conversation stands, with its `element`, `trigger` and `watch`.
SCRIPTS = [Path(__file__).with_name(name) for name in ("page.js", "documents.js", "settings.js")]

CONCURRENT_ANSWERS = 4

Shown = tuple[list[Turn], str, str, Any]


def build_page(desk: Desk) -> gr.Blocks:
    """The chat over the desk's library; each browser session has its own conversation."""
    page = gr.Blocks(title="Cited QA", analytics_enabled=False, fill_width=True)
    with page:
        turns = gr.State([])
        restart = _bar()
        # Not shown; pressed by the "Stop" beside an answer that is awaited.
        stop = gr.Button("Stop", elem_id="stop")
        with gr.Row(elem_id="work"):
            with gr.Column(elem_id="talk"):
                conversation = _conversation(desk)
                question = _question()
            sources = _html(view.sources([]), elem_id="sources")
        shown = [turns, conversation, sources, question]
        _wire(desk, page, shown, restart, stop)
    return page


def _bar() -> gr.Button:
    with gr.Row(elem_id="bar"):
        _html(view.header(), elem_id="header")
        return gr.Button("New conversation", elem_id="restart", size="sm", min_width=0)


def _conversation(desk: Desk) -> gr.HTML:
    greeting = view.conversation([], welcome(desk.assistant))
    return _html(greeting, elem_id="conversation", script=script())


def _question() -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask a question",
        lines=1,
        max_lines=6,
        autofocus=True,
        submit_btn=True,
        container=False,
        elem_id="question",
    )


def _html(value: str, *, elem_id: str, script: str | None = None) -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=script)


def _wire(
    desk: Desk, page: gr.Blocks, shown: list[Any], restart: gr.Button, stop: gr.Button
) -> None:
    """`shown` are the turns, the conversation, the sources and the question box."""
    turns, conversation, _, question = shown

    def asked(text: str, earlier: list[Turn]) -> Iterator[Shown]:
        greeting = welcome(desk.assistant)
        box: Any = ""
        for grown in reply(desk.assistant, text, earlier):
            yield grown, view.conversation(grown, greeting), view.sources(grown), box
            # What is typed while the answer comes stays in the box.
            box = gr.skip()

    def chosen(event: gr.EventData, earlier: list[Turn]) -> Iterator[Shown]:
        if event.question:
            yield from asked(str(event.question), earlier)
        else:
            # The documents have changed, and the greeting names them.
            yield earlier, opened(earlier), view.sources(earlier), gr.skip()

    def restarted() -> Shown:
        return [], opened([]), view.sources([]), ""

    def halted(earlier: list[Turn]) -> Shown:
        left = stopped(earlier)
        return left, opened(left), view.sources(left), gr.skip()

    def opened(earlier: list[Turn]) -> str:
        return view.conversation(earlier, welcome(desk.assistant))

    quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    answering = {**quietly, "concurrency_limit": CONCURRENT_ANSWERS}
    typed = question.submit(asked, [question, turns], shown, **answering)
    picked = conversation.select(chosen, [turns], shown, **answering)
    restart.click(restarted, None, shown, cancels=[typed, picked], **quietly)
    stop.click(halted, [turns], shown, cancels=[typed, picked], **quietly)
    # The library may have changed since the server was started.
    page.load(opened, [turns], [conversation], **quietly)


def script() -> str:
    """What happens in the browser alone."""
    return "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)


def head() -> str:
    """The page's looks; not as Gradio's `css`, which rewrites each selector."""
    return f"<style>{STYLE.read_text(encoding='utf-8')}</style>"


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with the fonts of the reader's system: none is loaded."""
    sans = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    return gr.themes.Base(
        font=[gr.themes.Font(name) for name in sans],
        font_mono=[gr.themes.Font(name) for name in mono],
    )
