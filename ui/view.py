"""What the page shows, as HTML, but for the passages, which are in cards.py.

The classes are styled in theme.css; page.js acts on the `data-` attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

from index.sentences import is_row
from qa.answers import Answer, Citation, Statement
from ui.cards import QUESTION_SHOWN
from ui.chat import STOPPED, Turn
from ui.icons import AGAIN, CLOSE, COPY, DOWN, LOGO, MENU, MOON, SAVE, SUN, UP
from ui.markup import count, escaped, shortened, where_cited
from ui.welcome import Welcome

TITLES_SHOWN = 5
QUOTE_IN_TOOLTIP = 300

STOP = '<button type="button" class="link" data-stop>Stop</button>'
NO_DOCUMENTS = "There are no documents yet"
ADD_DOCUMENTS = '<button type="button" class="add" data-documents>Add documents</button>'


def header() -> str:
    """The name of the page, and the buttons for the documents and for light and dark."""
    return (
        '<button type="button" class="icon" data-rail aria-label="Conversations">'
        f"{MENU}</button>"
        f'<div class="brand">{LOGO}<h1>Cited QA</h1></div>'
        '<button type="button" class="quiet" data-documents>'
        "Documents <span data-documents-count></span></button>"
        '<button type="button" class="quiet" data-settings>Settings</button>'
        '<a class="quiet" href="/evaluation">Evaluation</a>'
        '<button type="button" class="icon" data-theme-button aria-label="Light or dark">'
        f"{MOON}{SUN}</button>"
    )


def rail() -> str:
    """Where the kept conversations are listed; conversations.js fills it."""
    return (
        '<nav aria-label="Conversations"><div class="panel-bar"><h2>Conversations</h2>'
        '<button type="button" class="icon" data-rail-close aria-label="Close the conversations">'
        f"{CLOSE}</button></div>"
        '<label class="unseen" for="search">Search '
        'conversations</label><input id="search" type="search" placeholder="Search conversations" '
        'autocomplete="off"><ul class="kept"></ul><p class="none" hidden></p>'
        '<a class="elsewhere" href="/evaluation">Evaluation</a></nav>'
    )


def scope() -> str:
    """Which documents the conversation searches; conversations.js says it."""
    return '<button type="button" class="chip" data-scope>Searching all documents</button>'


def conversation(turns: Sequence[Turn], greeting: Welcome, id_: str = "") -> str:
    """The questions with their answers, oldest first; the greeting before there is any.

    `id_` is that of a kept conversation, of which these may be the last turns alone.
    """
    shown = "".join(map(turn, turns)) if turns else _greeting(greeting)
    before = turns[0].number if turns else 1
    earlier = (
        f'<button type="button" class="link earlier" data-earlier="{before}">'
        "Show earlier questions</button>"
        if before > 1
        else ""
    )
    # The same words again are drawn anew: what was added since in the browser goes.
    drawn = f'data-conversation="{escaped(id_)}" data-drawn="{token_hex(4)}"'
    return f'<div class="turns" role="log" aria-label="Conversation" {drawn}>{earlier}{shown}</div>'


def turn(turn: Turn) -> str:
    """A question with its answer, its error, or what is done about it."""
    number = turn.number
    asked = escaped(shortened(turn.question.strip(), QUESTION_SHOWN))
    question = f'<span class="unseen">You asked: </span>{asked}'
    heading = f'<h3 class="question" dir="auto">{question}</h3>' if asked else ""
    return (
        f'<article class="turn" id="turn-{number}" data-asked="{escaped(turn.question.strip())}">'
        f"{heading}{_outcome(number, turn)}</article>"
    )


def support(confidence: float) -> str:
    """A confidence between 0 and 1, in words."""
    if confidence >= 0.9:
        return "well supported"
    return "supported" if confidence >= 0.7 else "weakly supported"


def _greeting(greeting: Welcome) -> str:
    if not greeting.titles and greeting.is_chosen:
        return (
            '<div class="greeting"><h2>The documents chosen for this conversation were removed</h2>'
            "<p>Choose others below.</p></div>"
        )
    if not greeting.titles:
        return (
            f'<div class="greeting"><h2>{NO_DOCUMENTS}</h2>'
            f"<p>Drop some on this page, or choose them.</p>{ADD_DOCUMENTS}</div>"
        )
    titles = "".join(f"<li dir='auto'>{escaped(t)}</li>" for t in greeting.titles[:TITLES_SHOWN])
    further = len(greeting.titles) - TITLES_SHOWN
    more = f'<li class="further">and {further:,} more</li>' if further > 0 else ""
    examples = "".join(
        f'<button type="button" class="example" data-question="{escaped(question)}">'
        f"{escaped(question)}</button>"
        for question in greeting.examples
    )
    writer = f'<p class="writer">{escaped(greeting.writer)}</p>' if greeting.writer else ""
    heading = "this document" if len(greeting.titles) == 1 else "these documents"
    return (
        f'<div class="greeting"><h2>Ask about {heading}</h2><ul class="titles">{titles}{more}</ul>'
        "<p>Every statement of an answer carries the passage that supports it. "
        "What the documents do not say is not answered.</p>"
        f"{writer}"
        f'<div class="examples">{examples}</div></div>'
    )


def _outcome(number: int, turn: Turn) -> str:
    if turn.answer:
        return _answer(turn, turn.answer)
    if turn.error:
        again = _again(turn) if turn.question.strip() else ""
        words = f'<p dir="auto">{escaped(turn.error)}</p>{again}'
        if turn.error == STOPPED:
            return f'<div class="stopped" role="status">{words}</div>'
        return f'<div class="error" role="alert">{words}</div>'
    # Beside words that come, nothing fades in anew.
    state = "pending is-writing" if turn.words or turn.passages else "pending"
    # Words that come several times a second are not read aloud one by one.
    live = ' aria-live="off"' if turn.words else ""
    return f'<div class="{state}"{live}>{_awaited(turn)}{STOP}</div>'


def _awaited(turn: Turn) -> str:
    if turn.words:
        return (
            f'<p class="draft" dir="auto">{escaped(turn.words)}</p>'
            "<p>Being written, not yet checked against the passages …</p>"
        )
    doing = "Reading the nearest passages" if turn.passages_found else "Looking in the documents"
    return f"<p>{doing} …</p>"


def _answer(turn: Turn, answer: Answer) -> str:
    if answer.kind == "refusal" and not answer.passages:
        # Nothing is found only where there is nothing to look in.
        words = f'<p class="statement">{NO_DOCUMENTS}.</p>{ADD_DOCUMENTS}'
        return f'<div class="refusal">{words}</div>'
    cited = {citation.number: citation for citation in answer.citations}
    statements = "".join(
        _statement(turn.number, statement, cited) for statement in answer.statements
    )
    return f'<div class="{answer.kind}">{statements}{_verdict(turn, answer)}</div>'


def _statement(turn: int, statement: Statement, cited: dict[int, Citation]) -> str:
    citations = [cited[number] for number in statement.citations if number in cited]
    marks = "".join(_mark(turn, citation) for citation in citations)
    quoted = next((c for c in citations if " ".join(c.quote.split()) == statement.text), None)
    is_quote = quoted is not None
    words = f"<span>{escaped(_in_rows(quoted.quote) if quoted else statement.text)}</span>"
    element = "blockquote" if is_quote else "p"
    return f'<{element} class="statement" dir="auto">{words}&nbsp;{marks}</{element}>'


def _in_rows(quote: str) -> str:
    """The quote on one line, but for the rows of tables, which stay on their own."""
    return "".join(
        f"\n{line}" if place and is_row(line) else f" {line}" if place else line
        for place, line in enumerate(" ".join(line.split()) for line in quote.splitlines())
        if line
    )


def _mark(turn: int, citation: Citation) -> str:
    quote = shortened(" ".join(citation.quote.split()), QUOTE_IN_TOOLTIP)
    return (
        f'<button type="button" class="mark" data-source="source-{turn}-{citation.number}" '
        f'aria-label="Citation {citation.number}: {escaped(citation.title)}" '
        f'aria-description="{escaped(quote)}" data-quote="{escaped(quote)}" '
        f'data-title="{escaped(where_cited(citation))}">[{citation.number}]</button>'
    )


def _verdict(turn: Turn, answer: Answer) -> str:
    if answer.kind == "reply":
        return ""
    note = f'<p class="note" dir="auto">{escaped(answer.note)}</p>' if answer.note else ""
    if answer.kind == "refusal":
        found = dict.fromkeys(passage.document_id for passage in answer.passages)
        offers = f'<div class="offers" data-offers="{escaped(" ".join(found))}"></div>'
        words = f"<span>{_refused(turn.number)}</span>"
        return f'{note}<div class="verdict">{words}{_actions(turn)}</div>{offers}'
    counted = _to_sources(turn.number, _counted(answer.citations))
    by = f" · in the words of {escaped(answer.model)}" if answer.model else ""
    words = f"<span>{support(answer.confidence)} · {counted}{by}</span>"
    return f'{note}<div class="verdict">{words}{_actions(turn, answer.text)}</div>'


def _actions(turn: Turn, text: str = "") -> str:
    """What can be done with an outcome; `text` is what a copy holds."""
    copy = _action("Copy the answer", COPY, f'data-copy="{escaped(text)}"') if text else ""
    save = _action("Save as test question", SAVE, f'data-keep="{turn.number}"')
    rated = f'data-comment="{escaped(turn.comment)}"'
    return (
        f'<div class="actions">{copy}{_again(turn)}'
        f"{_rating(turn, 1, 'Helpful', rated)}{_rating(turn, -1, 'Not helpful', rated)}"
        f"{save}</div>"
    )


def _again(turn: Turn) -> str:
    return _action("Ask again", AGAIN, f'data-again="{turn.number}"')


def _rating(turn: Turn, rating: int, label: str, rated: str) -> str:
    icon = UP if rating > 0 else DOWN
    is_pressed = turn.rating == rating
    attributes = (
        f'data-rate="{rating}" data-turn="{turn.number}" '
        f'aria-pressed="{str(is_pressed).lower()}" {rated}'
    )
    comment = f": {escaped(turn.comment)}" if is_pressed and turn.comment else ""
    return _action(label, icon, attributes, tooltip=label + comment)


def _action(label: str, icon: str, attributes: str, tooltip: str = "") -> str:
    return (
        f'<button type="button" class="act" aria-label="{label}" '
        f'title="{tooltip or label}" {attributes}>'
        f"{icon}</button>"
    )


def _refused(turn: int) -> str:
    nearest = _to_sources(turn, "nearest passages")
    return f'{nearest}<span class="wide"> are shown beside</span>'


def _counted(citations: Sequence[Citation]) -> str:
    documents = len({citation.document_id for citation in citations})
    sources = count(documents, "source")
    quotes = len(citations)
    return f"{count(quotes, 'quote')} from {sources}" if quotes > documents else sources


def _to_sources(turn: int, words: str) -> str:
    return f'<button type="button" class="link" data-sources-of="{turn}">{words}</button>'
