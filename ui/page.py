"""The page: its layout, and which event calls what. What it shows is made in view.py."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from secrets import token_hex
from threading import Lock
from typing import Any

import gradio as gr

from index.errors import QAError
from qa.follow_up import History
from ui import cards, view
from ui.chat import STOPPED, Turn, reply
from ui.conversations import (
    HISTORY_TURNS,
    Conversation,
    ConversationNotFound,
    Conversations,
    ConversationsUnavailable,
    history_of,
)
from ui.conversations_api import TURNS_SHOWN
from ui.limiting import RateLimit, TooMany
from ui.readers import reader_of
from ui.settings import Desk
from ui.welcome import welcome

ICON = Path(__file__).with_name("icon.svg")
STYLE = Path(__file__).with_name("theme.css")
# They run as one, once the conversation stands, with its `element`, `trigger` and `watch`.
SCRIPTS = [
    Path(__file__).with_name(name)
    for name in (
        "server.js",
        "undo.js",
        "page.js",
        "history.js",
        "documents.js",
        "settings.js",
        "conversations.js",
        "answers.js",
        "reading.js",
        "question.js",
    )
]
# Hands the turn that is new, or why there is none, to page.js, which runs with another element.
LATEST = """watch("value", () => {
  if (!props.value) return;
  const told = JSON.parse(props.value);
  document.dispatchEvent(new CustomEvent(told.notice ? "unasked" : "turn", { detail: told }));
});"""
STILL_COMING = "The answer before is still on its way: wait for it, or stop it."
GONE_ON = "This conversation went on in another window, and is shown as it is now."
NONE_LEFT = "The documents chosen for this conversation have been removed; choose others below."

CONCURRENT_ANSWERS = 4

# The browser says which conversation it shows, by its address: a state of the server's would be
# lost when that starts again, and the next question would begin another conversation.
IN_ADDRESS = "location.hash.slice(1)"


def build_page(desk: Desk, kept: Conversations, limit: RateLimit) -> gr.Blocks:
    """The chat over the desk's library; each reader has the conversations that are `kept`."""
    page = gr.Blocks(title="Cited QA", analytics_enabled=False, fill_width=True)
    with page:
        _bar()
        # Not shown: pressed by the "Stop" beside an answer that is awaited; and the turn that is
        # being answered, which page.js puts into the conversation. So an event carries one turn.
        stop = gr.Button("Stop", elem_id="stop")
        current = gr.Textbox(visible=False)
        latest = gr.HTML("", elem_id="latest", html_template="", js_on_load=LATEST)
        with gr.Row(elem_id="work"):
            _html(view.rail(), elem_id="rail")
            with gr.Column(elem_id="talk"):
                conversation = _conversation(desk)
                _html(view.scope(), elem_id="scope")
                question = _question()
            sources = _html(cards.sources([]), elem_id="sources")
        chat = Chat(desk, kept, limit)
        _wire_asking(chat, conversation, question, current, stop, latest)
        _wire_opening(chat, conversation, sources, latest)
    return page


def _bar() -> None:
    with gr.Row(elem_id="bar"):
        _html(view.header(), elem_id="header")
        gr.Button("New conversation", elem_id="restart", size="sm", min_width=0)


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
        submit_btn="Send",
        container=False,
        elem_id="question",
    )


def _html(value: str, *, elem_id: str, script: str | None = None) -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=script)


class NotAsked(QAError):
    """The question was not asked; the message says why."""


class Chat:
    """What the events of the page do: a question tells its turn, the rest what is shown."""

    def __init__(self, desk: Desk, kept: Conversations, limit: RateLimit) -> None:
        """Over the desk's library and these conversations."""
        self._desk = desk
        self._kept = kept
        self._limit = limit
        # A question gets its number and is kept before another one does.
        self._asking = Lock()

    def asked(
        self, text: str, current: str, request: gr.Request, again: int = 0, last: int = 0
    ) -> Iterator[str]:
        """Answer a question in the current conversation; `again` is the turn that it replaces.

        `last` is then the last turn that the reader sees: what is behind it is not replaced.
        """
        if not text.strip():
            return
        begun: tuple[str, Turn] | None = None
        try:
            for begun in self._grown(text, current, request, again, last):
                yield _latest(*begun, current)
        except (QAError, TooMany) as error:
            # What was not begun has replaced nothing.
            told = _notice(str(error), current, is_stale=isinstance(error, NotAsked))
            if begun:
                id_, turn = begun
                told = _latest(id_, Turn(text, error=str(error), number=turn.number), current)
            yield told

    def _grown(
        self, text: str, current: str, request: gr.Request, again: int, last: int
    ) -> Iterator[tuple[str, Turn]]:
        """The conversation's id with the turn as it comes about, which is kept."""
        reader = reader_of(request)
        self._limit.count(request.client.host if request.client else "", reader)
        conversation = self._conversation(reader, current)
        id_ = conversation.id
        with self._asking:
            if self._kept.is_any_awaited(id_):
                raise NotAsked(STILL_COMING)
            number = self._kept.next_number(reader, id_)
            if again and id_ == current:
                if number - 1 > last:
                    raise NotAsked(GONE_ON)
                number = again
            run = self._kept.keep(reader, id_, Turn(text, number=number))
        history = history_of(self._kept.turns(reader, id_, before=number, last=HISTORY_TURNS))
        try:
            with closing(self._replies(text, conversation, history, number)) as replies:
                for turn in replies:
                    # It was stopped, deleted, or asked again in another window.
                    if not self._kept.is_awaited(id_, number, run):
                        return
                    if not turn.is_pending:
                        self._kept.finish(reader, id_, turn)
                    yield id_, turn
        finally:
            self._kept.leave(id_, number, run)

    def opened(self, id_: str, request: gr.Request) -> tuple[str, str, str]:
        """The HTML of a kept conversation with its last turns, and of its sources; and no new turn.

        A new one, which is kept once something is asked in it, where there is none.
        """
        reader = reader_of(request)
        chosen: Sequence[str] = ()
        try:
            turns = self._kept.turns(reader, id_, last=TURNS_SHOWN) if id_ else []
            chosen = self._kept.get(reader, id_).documents if id_ else ()
        except (ConversationNotFound, ConversationsUnavailable):
            id_, turns = "", []
        drawn = view.conversation(turns, welcome(self._desk.assistant, chosen), id_)
        return drawn, cards.sources(turns), ""

    def halted(self, current: str, request: gr.Request) -> str:
        """The reader stopped what was awaited here; tells the last turn, as it is by now."""
        reader = reader_of(request)
        try:
            last = self._kept.turns(reader, current, last=HISTORY_TURNS)
            for turn in last:
                if turn.is_pending:
                    stopped = Turn(turn.question, error=STOPPED, number=turn.number)
                    self._kept.finish(reader, current, stopped)
            if not last:
                return ""
            turn = self._kept.turn(reader, current, last[-1].number)
            return _latest(current, turn, current)
        except (ConversationNotFound, ConversationsUnavailable) as error:
            return _notice(str(error), current)

    def _conversation(self, reader: str, current: str) -> Conversation:
        """The current one; a new one when there is none, or when it was deleted meanwhile."""
        with suppress(ConversationNotFound):
            return self._kept.get(reader, current)
        return self._kept.get(reader, self._kept.begin(reader))

    def _replies(
        self, text: str, conversation: Conversation, history: History, number: int
    ) -> Generator[Turn, None, None]:
        where = None
        if conversation.documents:
            held = {d.document_id for d in self._desk.library.documents()}
            still = [id_ for id_ in conversation.documents if id_ in held]
            if not still:
                yield Turn(text, number=number)
                yield Turn(text, error=NONE_LEFT, number=number)
                return
            where = {"document_id": still}
        yield from reply(self._desk.assistant, text, history=history, where=where, number=number)


def _latest(id_: str, turn: Turn, asked_in: str) -> str:
    """A turn as page.js takes it; it was `asked_in` no conversation, or in one that is gone."""
    return _told(
        {
            "conversation": id_,
            "asked_in": asked_in,
            "number": turn.number,
            "is_pending": turn.is_pending,
            "turn": view.turn(turn),
            # Once: while words come, the reader may be reading in them.
            "section": "" if turn.words else cards.section(turn),
        }
    )


def _notice(words: str, asked_in: str, *, is_stale: bool = False) -> str:
    """What page.js says above the page: the question was not asked.

    Where what it shows `is_stale`, it shows the conversation anew.
    """
    return _told({"notice": words, "asked_in": asked_in, "is_stale": is_stale})


def _told(fields: dict[str, object]) -> str:
    """As JSON; what is told again in the same words is told anew."""
    return json.dumps(fields | {"drawn": token_hex(4)})


# No event of the page is for programs, nor shows how it goes on. None waits for another of its
# kind: the answer in one conversation is not in the way of a question in another.
QUIETLY: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "multiple",
}


def _wire_asking(
    chat: Chat,
    conversation: gr.HTML,
    question: gr.Textbox,
    current: gr.Textbox,
    stop: gr.Button,
    latest: gr.HTML,
) -> None:
    """Questions and the Stop tell the `latest` turn; `current` carries what the address says."""
    answering = {**QUIETLY, "concurrency_limit": CONCURRENT_ANSWERS}

    # Functions of their own: Gradio looks at the types of their parameters, and takes no method.
    def asked(text: str, current: str, request: gr.Request) -> Iterator[str]:
        yield from chat.asked(text, current, request)

    def picked(event: gr.EventData, request: gr.Request) -> Iterator[str]:
        again, last = int(event.again), int(event.last)
        yield from chat.asked(str(event.question), str(event.conversation), request, again, last)

    def halted(current: str, request: gr.Request) -> str:
        return chat.halted(current, request)

    with_address = f"(text) => [text, {IN_ADDRESS}]"
    question.submit(asked, [question, current], latest, js=with_address, **answering)
    conversation.submit(picked, None, latest, **answering)
    stop.click(halted, [current], latest, js=f"() => [{IN_ADDRESS}]", **QUIETLY)


def _wire_opening(chat: Chat, conversation: gr.HTML, sources: gr.HTML, latest: gr.HTML) -> None:
    """A conversation is drawn whole, by an event of its own: no question is lost meanwhile."""

    def opened(event: gr.EventData, request: gr.Request) -> tuple[str, str, str]:
        return chat.opened(str(event.conversation), request)

    conversation.select(opened, None, [conversation, sources, latest], **QUIETLY)


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
