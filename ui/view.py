"""What the page shows, as HTML. Every text from outside goes through `escaped`, none another way.

The classes are styled in theme.css; page.js acts on the `data-` attributes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from secrets import token_hex

from index import Passage
from qa.answers import Answer, Citation, Statement
from ui.chat import STOPPED, Turn
from ui.icons import AGAIN, CLOSE, COPY, DOWN, LOGO, MENU, MOON, SAVE, SUN, UP
from ui.welcome import Welcome

# A row of a table as `index.formats.table_rows` writes it.
_ROW = re.compile(r"[^:;|]{1,80}: [^;]*;|[^|]+ \| ")

TITLES_SHOWN = 5
QUESTION_SHOWN = 300
QUOTE_IN_TOOLTIP = 300
# So many characters stay visible on each side of a quote, and of a passage without one.
AROUND_QUOTE = 220
PASSAGE_SHOWN = 320

STOP = '<button type="button" class="link" data-stop>Stop</button>'
HINT = "The passages behind an answer appear here."
READING = "Passages that are being read"
NO_DOCUMENTS = "There are no documents yet"
ADD_DOCUMENTS = '<button type="button" class="add" data-documents>Add documents</button>'
NEAREST = "Nearest passages (they do not answer it)"


def escaped(text: str) -> str:
    """The text as a browser shows it literally, in an element and in a quoted attribute.

    Half of a surrogate pair, as in a file name that is not UTF-8, becomes a question mark.
    """
    return html.escape(text.encode(errors="replace").decode(), quote=True)


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
    asked = escaped(_shortened(turn.question.strip(), QUESTION_SHOWN))
    question = f'<span class="unseen">You asked: </span>{asked}'
    heading = f'<h3 class="question" dir="auto">{question}</h3>' if asked else ""
    return (
        f'<article class="turn" id="turn-{number}" data-asked="{escaped(turn.question.strip())}">'
        f"{heading}{_outcome(number, turn)}</article>"
    )


def sources(turns: Sequence[Turn]) -> str:
    """The passages behind each answer; those of the last one are visible."""
    sections = "".join(section(turn, hidden=turn is not turns[-1]) for turn in turns)
    is_one_visible = bool(turns) and bool(section(turns[-1]))
    hint = f'<p class="hint"{" hidden" if is_one_visible else ""}>{HINT}</p>'
    return (
        f'<aside aria-label="Sources" data-drawn="{token_hex(4)}">'
        '<div class="panel-bar"><h2>Sources</h2>'
        '<button type="button" class="icon close" data-close aria-label="Close the sources">'
        f"{CLOSE}</button></div>{hint}{sections}</aside>"
    )


def section(turn: Turn, *, hidden: bool = False) -> str:
    """The passages behind one answer, or that a model reads; empty where there are none to show."""
    if not turn.passages and (turn.answer is None or turn.answer.kind == "reply"):
        return ""
    return _section(turn.number, turn, hidden=hidden)


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
    return f'<div class="{state}">{_awaited(turn)}{STOP}</div>'


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
        f"\n{line}" if place and _ROW.match(line) else f" {line}" if place else line
        for place, line in enumerate(" ".join(line.split()) for line in quote.splitlines())
        if line
    )


def _mark(turn: int, citation: Citation) -> str:
    quote = _shortened(" ".join(citation.quote.split()), QUOTE_IN_TOOLTIP)
    return (
        f'<button type="button" class="mark" data-source="source-{turn}-{citation.number}" '
        f'aria-label="Citation {citation.number}: {escaped(citation.title)}" '
        f'aria-description="{escaped(quote)}" data-quote="{escaped(quote)}" '
        f'data-title="{escaped(_where(citation))}">[{citation.number}]</button>'
    )


def _verdict(turn: Turn, answer: Answer) -> str:
    if answer.kind == "reply":
        return ""
    if answer.kind == "refusal":
        found = dict.fromkeys(passage.document_id for passage in answer.passages)
        offers = f'<div class="offers" data-offers="{escaped(" ".join(found))}"></div>'
        words = f"<span>{_refused(turn.number)}</span>"
        return f'<div class="verdict">{words}{_actions(turn)}</div>{offers}'
    counted = _to_sources(turn.number, _counted(answer.citations))
    by = f" · in the words of {escaped(answer.model)}" if answer.model else ""
    words = f"<span>{support(answer.confidence)} · {counted}{by}</span>"
    note = f'<p class="note" dir="auto">{escaped(answer.note)}</p>' if answer.note else ""
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
    sources = _count(documents, "source")
    quotes = len(citations)
    return f"{_count(quotes, 'quote')} from {sources}" if quotes > documents else sources


def _to_sources(turn: int, words: str) -> str:
    return f'<button type="button" class="link" data-sources-of="{turn}">{words}</button>'


def _section(number: int, turn: Turn, *, hidden: bool) -> str:
    answer = turn.answer
    if answer and answer.kind == "answer":
        cards = [_citation_card(number, c, _around(c, answer.passages)) for c in answer.citations]
        heading = ""
    else:
        passages = answer.passages if answer else turn.passages
        cards = [_passage_card(number, i, p) for i, p in enumerate(passages, start=1)]
        words = NEAREST if answer else READING
        heading = f'<p class="nearest">{words}</p>' if cards else ""
    question = answer.question if answer else turn.question.strip()
    asked = escaped(_shortened(question, QUESTION_SHOWN))
    body = "".join(cards) or '<p class="hint">There are no passages to show.</p>'
    return (
        f'<section class="sources" data-turn="{number}"{" hidden" if hidden else ""}>'
        f'<p class="asked" dir="auto">{asked}</p>{heading}{body}</section>'
    )


def _around(citation: Citation, passages: Iterable[Passage]) -> Passage | None:
    """The passage in which the quote stands."""
    for passage in passages:
        holds = passage.start <= citation.start and citation.end <= passage.end
        if holds and passage.document_id == citation.document_id:
            return passage
    return None


def _citation_card(turn: int, citation: Citation, passage: Passage | None) -> str:
    before = after = ""
    if passage is not None:
        before = passage.text[: citation.start - passage.start]
        after = passage.text[citation.end - passage.start :]
    hidden_before, near_before = _split_before(before, AROUND_QUOTE)
    near_after, hidden_after = _split_after(after, AROUND_QUOTE)
    text = (
        f"{_rest(hidden_before)}{escaped(near_before)}<mark>{escaped(citation.quote)}</mark>"
        f"{escaped(near_after)}{_rest(hidden_after)}"
    )
    number = f'<span class="number" aria-hidden="true">{citation.number}</span>'
    is_cut = bool(hidden_before or hidden_after)
    return _card(f"source-{turn}-{citation.number}", number, citation, text, is_cut=is_cut)


def _passage_card(turn: int, rank: int, passage: Passage) -> str:
    near, rest = _split_after(passage.text, PASSAGE_SHOWN)
    text = f"{escaped(near)}{_rest(rest)}"
    return _card(f"source-{turn}-{rank}", "", passage, text, is_cut=bool(rest))


def _card(id_: str, number: str, where: Citation | Passage, text: str, *, is_cut: bool) -> str:
    page = "" if where.page is None else f" · page {where.page}"
    section = f" · <bdi>{escaped(where.section)}</bdi>" if where.section else ""
    name = escaped(PurePath(where.source).name or where.source)
    more = '<button type="button" class="link more" data-more aria-expanded="false">Show more'
    further = f"{more}</button>" if is_cut else ""
    return (
        f'<article class="card" id="{id_}" tabindex="-1" aria-label="{escaped(where.title)}">'
        f'<header>{number}<div><h3 dir="auto">{escaped(where.title)}</h3>'
        f'<p class="file" title="{escaped(where.source)}"><bdi>{name}</bdi>{page}{section}</p>'
        f'</div></header><p class="passage" dir="auto">{text}</p>'
        f'<div class="foot">{further}{_to_document(where)}</div></article>'
    )


def _to_document(where: Citation | Passage) -> str:
    return (
        f'<button type="button" class="link" data-read="{escaped(where.document_id)}" '
        f'data-start="{where.start}" data-end="{where.end}" data-page="{where.page or ""}" '
        f'data-where="{escaped(_place(where))}">Open in the document</button>'
    )


def _where(citation: Citation) -> str:
    """The title of the document with the place in it."""
    return ", ".join(filter(None, (citation.title, _place(citation))))


def _place(where: Citation | Passage) -> str:
    page = "" if where.page is None else f"page {where.page}"
    return ", ".join(filter(None, (where.section, page)))


def _rest(text: str) -> str:
    """What "Show more" shows, with the dots that stand for it until then."""
    return f'<span class="rest">{escaped(text)}</span><span class="dots"> … </span>' if text else ""


def _split_before(text: str, length: int) -> tuple[str, str]:
    """The text in two: what is too far from its end, and about `length` characters up to it."""
    if len(text) <= length:
        return "", text
    cut = text.find(" ", len(text) - length)
    cut = len(text) - length if cut < 0 else cut + 1
    return text[:cut], text[cut:]


def _split_after(text: str, length: int) -> tuple[str, str]:
    """The text in two: about `length` characters from its beginning, and what is too far."""
    if len(text) <= length:
        return text, ""
    cut = text.rfind(" ", 0, length)
    cut = length if cut < 0 else cut
    return text[:cut], text[cut:]


def _shortened(text: str, length: int) -> str:
    near, rest = _split_after(text, length)
    return f"{near} …" if rest else near


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
