"""What the page shows, as HTML; read back with a parser of its own."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Passage
from qa import Answer, Citation, Statement
from ui import cards, view
from ui.chat import STOPPED, Turn
from ui.markup import escaped
from ui.welcome import EXAMPLES, Welcome

NO_WELCOME = Welcome(titles=("A title",))
BEFORE, QUOTE, AFTER = "Snow fell. ", "He left Minsk.", " Nobody saw him."


class Reader(HTMLParser):
    """The texts, elements and attribute values in a piece of HTML."""

    def __init__(self, piece: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[str] = []
        self.values: list[str] = []
        self.feed(piece)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.values.extend(value or "" for _, value in attrs)


def passage(
    text: str = BEFORE + QUOTE + AFTER, *, title: str = "A title", start: int = 100
) -> Passage:
    return Passage(text, "notes/a.txt", title, "d1", None, start, start + len(text))


def citation(quote: str = QUOTE, *, number: int = 1, page: int | None = None) -> Citation:
    start = 100 + len(BEFORE)
    end = start + len(quote)
    return Citation(number, quote, "notes/a.txt", "A title", "d1", page, start, end, 0.9)


def answer(text: str = QUOTE, *, confidence: float = 0.95, page: int | None = None) -> Answer:
    cited = citation(page=page)
    return Answer(
        "Who left?", (Statement(text, (1,)),), "answer", confidence, (cited,), (passage(),)
    )


def refusal(*passages: Passage) -> Answer:
    return Answer("Who won?", (Statement("They do not say."),), "refusal", 0.1, (), passages)


def conversation(given: Answer) -> str:
    return view.conversation([Turn(given.question, given)], NO_WELCOME)


def sources(given: Answer) -> str:
    return cards.sources([Turn(given.question, given)])


@given(st.text())
def test_any_text_comes_back_as_it_was(text: str) -> None:
    element, attribute = (
        Reader(f"<p>{escaped(text)}</p>"),
        Reader(f'<p title="{escaped(text)}">'),
    )
    assert element.text == text
    assert attribute.values == [text]


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert escaped("caf\udce9.txt") == "caf?.txt"


HOSTILE = "<img src=x onerror=alert(1)>\"'&lt;</p><script>"


def test_every_text_from_outside_is_escaped() -> None:
    cited = Citation(1, HOSTILE, HOSTILE, HOSTILE, "d1", None, 100, 100 + len(HOSTILE), 0.9)
    found = Passage(HOSTILE * 40, HOSTILE, HOSTILE, "d1", None, 100, 100 + 40 * len(HOSTILE))
    answered = Answer(HOSTILE, (Statement(HOSTILE, (1,)),), "answer", 1.0, (cited,), (found,))
    refused = Answer(HOSTILE, (Statement(HOSTILE),), "refusal", 0.0, (), (found,))
    turns = [
        Turn(HOSTILE, answered),
        Turn(HOSTILE, refused),
        Turn(HOSTILE, error=HOSTILE),
        Turn(HOSTILE),
    ]
    greeting = Welcome(titles=(HOSTILE,), examples=(HOSTILE,))
    for piece in (
        view.conversation(turns, greeting),
        view.conversation([], greeting),
        cards.sources(turns),
    ):
        read = Reader(piece)
        assert not {"img", "script"} & set(read.elements)
        assert HOSTILE in read.text or HOSTILE in read.values


def test_a_statement_carries_a_mark_that_leads_to_its_card() -> None:
    piece = conversation(answer())
    assert 'data-source="source-1-1"' in piece
    assert 'aria-label="Citation 1: A title"' in piece
    assert f'data-quote="{QUOTE}"' in piece
    assert Reader(piece).text.count("[1]") == 1
    assert 'id="source-1-1"' in sources(answer())


def test_words_of_a_model_are_not_shown_as_a_quote() -> None:
    assert "<blockquote" in conversation(answer(QUOTE))
    assert "<blockquote" not in conversation(answer("Somebody left Minsk."))


def test_rows_of_a_table_stay_on_their_own_lines() -> None:
    rows = "Year: 2022; Pairs: 17\nYear: 2023; Pairs: 19"
    cited = Citation(1, rows, "a.csv", "T", "d1", None, 0, len(rows), 0.9)
    words = Statement(" ".join(rows.split()), (1,))
    piece = conversation(Answer("Q?", (words,), "answer", 0.9, (cited,), ()))
    assert f"<span>{rows}</span>" in piece
    assert f"<span>{QUOTE} {QUOTE}</span>" in conversation(lines(f"{QUOTE}\n{QUOTE}"))


def lines(quote: str) -> Answer:
    cited = Citation(1, quote, "a.txt", "T", "d1", None, 0, len(quote), 0.9)
    words = Statement(" ".join(quote.split()), (1,))
    return Answer("Q?", (words,), "answer", 0.9, (cited,), ())


def test_a_stopped_answer_is_no_error() -> None:
    piece = view.turn(Turn("Q?", error=STOPPED))
    assert "error" not in piece
    assert 'class="stopped"' in piece


def test_a_card_highlights_the_quote_inside_its_passage() -> None:
    assert f"{BEFORE}<mark>{QUOTE}</mark>{AFTER}" in sources(answer())


def test_a_quote_whose_passage_is_not_there_stands_alone() -> None:
    alone = Answer("Who left?", (Statement(QUOTE, (1,)),), "answer", 0.9, (citation(),), ())
    assert f'dir="auto"><mark>{QUOTE}</mark></p>' in sources(alone)


@given(before=st.text("ab \n", max_size=900), after=st.text("ab \n", max_size=900))
def test_a_long_passage_is_cut_but_nothing_is_lost(before: str, after: str) -> None:
    start = 100 + len(before)
    cited = Citation(1, "QUOTE", "a.txt", "T", "d1", None, start, start + 5, 0.9)
    found = passage(f"{before}QUOTE{after}")
    answered = Answer("Q?", (Statement("QUOTE", (1,)),), "answer", 0.9, (cited,), (found,))
    piece = sources(answered)
    shown = piece.split('<p class="passage" dir="auto">')[1].split("</p>")[0]
    assert Reader(shown.replace('<span class="dots"> … </span>', "")).text == found.text
    is_long = max(len(before), len(after)) > cards.AROUND_QUOTE
    assert ("data-more" in piece) == is_long


def test_a_page_is_named_where_there_is_one() -> None:
    assert "page 7" in Reader(sources(answer(page=7))).text
    assert "page" not in Reader(sources(answer())).text


def test_the_full_path_is_in_the_tooltip() -> None:
    piece = sources(answer())
    assert 'title="notes/a.txt"' in piece
    assert "notes/a.txt" not in Reader(piece).text


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "well supported"),
        (0.9, "well supported"),
        (0.89, "supported"),
        (0.7, "supported"),
        (0.69, "weakly supported"),
    ],
)
def test_confidence_is_said_in_words(confidence: float, words: str) -> None:
    assert f"<span>{words} · " in conversation(answer(confidence=confidence))


def test_quotes_and_documents_are_counted() -> None:
    cited = (citation(number=1), citation(number=2))
    two = Answer("Q?", (Statement(QUOTE, (1, 2)),), "answer", 0.9, cited, (passage(),))
    assert "1 source" in conversation(answer())
    assert "2 quotes from 1 source" in conversation(two)


def test_a_refusal_shows_the_nearest_passages_without_a_mark() -> None:
    refused = refusal(passage(), passage(start=500))
    assert "nearest passages" in conversation(refused)
    assert cards.NEAREST in sources(refused)
    assert sources(refused).count("<article") == 2
    assert "<mark>" not in sources(refused)
    noted = replace(refused, note="“sumit” was read as “summit”.")
    assert '<p class="note" dir="auto">“sumit” was read as “summit”.</p>' in conversation(noted)


def test_a_refusal_without_passages_promises_none() -> None:
    piece = conversation(refusal())
    assert "nearest" not in piece.lower()
    assert Reader(piece).text.endswith("There are no documents yet.Add documents")
    assert "data-documents" in piece
    assert cards.NEAREST not in sources(refusal())


def test_a_reply_has_neither_support_nor_sources() -> None:
    hello = Answer("Hello", (Statement("Ask me about the documents."),), "reply", 1.0)
    assert "verdict" not in conversation(hello)
    assert "<section" not in sources(hello)
    assert cards.HINT in sources(hello)


def test_only_the_last_answer_shows_its_sources_at_first() -> None:
    pieces = cards.sources([Turn("Q?", answer()), Turn("Q?", answer(), number=2)])
    assert '<section class="sources" data-turn="1" hidden>' in pieces
    assert '<section class="sources" data-turn="2">' in pieces


def test_a_question_that_is_pending_or_failed_has_no_sources() -> None:
    assert cards.section(Turn("Next?")) == ""
    failed = cards.sources([Turn("Q?", answer()), Turn("Next?", error="It failed.", number=2)])
    assert '<section class="sources" data-turn="1" hidden>' in failed
    assert f'<p class="hint">{cards.HINT}' in failed


def test_a_long_conversation_offers_its_earlier_questions() -> None:
    last = view.conversation([Turn("Q?", answer(), number=31)], NO_WELCOME, "c1")
    assert 'data-earlier="31"' in last
    assert 'data-conversation="c1"' in last
    assert "data-earlier" not in conversation(answer())


def test_the_same_conversation_is_drawn_anew() -> None:
    assert conversation(answer()) != conversation(answer())


def test_a_rating_is_shown_as_pressed() -> None:
    piece = view.turn(Turn("Q?", answer(), rating=-1, comment="Too long"))
    assert 'data-rate="1" data-turn="1" aria-pressed="false"' in piece
    assert 'data-rate="-1" data-turn="1" aria-pressed="true" data-comment="Too long"' in piece


def test_a_pending_question_says_what_is_being_done() -> None:
    assert "Looking in the documents" in view.conversation([Turn("Q?")], NO_WELCOME)
    reading = view.conversation([Turn("Q?", passages_found=5)], NO_WELCOME)
    assert "Reading the nearest passages" in reading


def test_the_greeting_names_the_first_documents_and_counts_the_rest() -> None:
    titles = tuple(f"Title {number}." for number in range(1, 9))
    text = Reader(view.conversation([], Welcome(titles))).text
    assert "Title 5." in text
    assert "Title 6." not in text
    assert "and 3 more" in text


def test_the_greeting_of_an_empty_library_says_how_to_fill_it() -> None:
    greeting = view.conversation([], Welcome(titles=()))
    assert "There are no documents yet" in greeting
    assert "data-documents" in greeting
    removed = view.conversation([], Welcome(titles=(), is_chosen=True))
    assert "documents chosen for this conversation were removed" in removed


def test_examples_are_buttons_that_ask() -> None:
    piece = view.conversation([], Welcome(titles=("A title",), examples=EXAMPLES))
    assert all(f'data-question="{question}"' in piece for question in EXAMPLES)
