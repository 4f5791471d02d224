"""The passages behind the answers, as HTML: a card for each, with its quote marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from secrets import token_hex

from index import Passage
from qa.answers import Citation
from ui.chat import Turn
from ui.icons import CLOSE
from ui.markup import escaped, place, shortened, split_after, split_before

QUESTION_SHOWN = 300
# So many characters stay visible on each side of a quote, and of a passage without one.
AROUND_QUOTE = 220
PASSAGE_SHOWN = 320

HINT = "The passages behind an answer appear here."
READING = "Passages that are being read"
NEAREST = "Nearest passages (they do not answer it)"


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
    asked = escaped(shortened(question, QUESTION_SHOWN))
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
    hidden_before, near_before = split_before(before, AROUND_QUOTE)
    near_after, hidden_after = split_after(after, AROUND_QUOTE)
    text = (
        f"{_rest(hidden_before)}{escaped(near_before)}<mark>{escaped(citation.quote)}</mark>"
        f"{escaped(near_after)}{_rest(hidden_after)}"
    )
    number = f'<span class="number" aria-hidden="true">{citation.number}</span>'
    is_cut = bool(hidden_before or hidden_after)
    return _card(f"source-{turn}-{citation.number}", number, citation, text, is_cut=is_cut)


def _passage_card(turn: int, rank: int, passage: Passage) -> str:
    near, rest = split_after(passage.text, PASSAGE_SHOWN)
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
        f'data-where="{escaped(place(where))}">Open in the document</button>'
    )


def _rest(text: str) -> str:
    """What "Show more" shows, with the dots that stand for it until then."""
    return f'<span class="rest">{escaped(text)}</span><span class="dots"> … </span>' if text else ""
