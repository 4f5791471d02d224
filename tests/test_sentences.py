"""Sentences: whole, in order, at their exact place."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import split_into_sentences
from index.spans import Span
from index.tokens import count_tokens
from tests.conftest import ARTICLE


def sentences(text: str, max_tokens: int = 160) -> list[str]:
    return [span.of(text) for span in split_into_sentences(text, max_tokens=max_tokens)]


def test_a_closing_quotation_mark_stays_with_its_sentence() -> None:
    text = "“He left from different sides.” During a meeting, ‘It rained.’ She stayed."
    assert sentences(text) == [
        "“He left from different sides.”",
        "During a meeting, ‘It rained.’",
        "She stayed.",
    ]


def test_the_article_has_a_title_sixteen_sentences_and_a_last_line() -> None:
    found = sentences(ARTICLE.read_text(encoding="utf-8"))
    assert len(found) == 1 + 16 + 1
    assert found[0].startswith("Lukashenko wants former Soviet states")
    assert found[3].endswith("in Kazakhstan from different sides.”")
    assert found[4].startswith("During a meeting with the CSTO Secretary General")
    assert found[-1] == "Leave a comment"


def test_abbreviations_and_decimals_do_not_end_a_sentence() -> None:
    assert sentences("Dr. Smith paid 3.5 million. He left.") == [
        "Dr. Smith paid 3.5 million.",
        "He left.",
    ]


def test_headings_and_list_items_stand_alone() -> None:
    text = "# Rules\nBring these:\n- a coat\n- a hat\n1. one\n\nThen go\non foot."
    assert sentences(text) == [
        "# Rules",
        "Bring these:",
        "- a coat",
        "- a hat",
        "1. one",
        "Then go\non foot.",
    ]


def test_a_list_number_stays_with_its_item() -> None:
    text = "Next steps\n1. Wendy writes the pages. She has time.\n2) Lin tests.\n\na. Rest."
    assert sentences(text) == [
        "Next steps",
        "1. Wendy writes the pages.",
        "She has time.",
        "2) Lin tests.",
        "a. Rest.",
    ]


def test_a_heading_in_the_line_stays_with_what_it_is_over() -> None:
    assert sentences("Warranty. The drill is covered for years. Call us.\n\nCare. Wipe it.") == [
        "Warranty. The drill is covered for years.",
        "Call us.",
        "Care. Wipe it.",
    ]
    assert sentences("**When are you open?** From nine to five. Ring twice.") == [
        "**When are you open?** From nine to five.",
        "Ring twice.",
    ]
    assert sentences("__May I smoke? Or chew?__ No. Only outside the doors. Sorry.") == [
        "__May I smoke? Or chew?__ No. Only outside the doors.",
        "Sorry.",
    ]
    # What ends a paragraph, or says more than a heading, is a sentence.
    assert sentences("It was **late. Very late.** So she left.") == [
        "It was **late.",
        "Very late.**",
        "So she left.",
    ]
    assert sentences("It rained. The End.\n\nAnn left the town. Bob stayed.") == [
        "It rained. The End.",
        "Ann left the town.",
        "Bob stayed.",
    ]


def test_text_that_never_stops_is_cut_between_words() -> None:
    text = "alpha beta gamma " * 400
    pieces = sentences(text, max_tokens=32)
    assert all(count_tokens(piece) <= 32 for piece in pieces)
    assert " ".join(pieces) == text.strip()


def test_a_cut_does_not_part_a_letter_from_its_accent() -> None:
    text = "e\u0301" * 500
    for piece in sentences(text, max_tokens=16):
        assert piece.startswith("e")
        assert piece.endswith("\u0301")


@pytest.mark.parametrize("unit", ["x", "word ", "e\u0301", "👩‍👩‍👧", "漢字", "?!", "a, "])
def test_a_line_of_fifty_thousand_characters_is_cut_in_seconds(unit: str) -> None:
    text = (unit * 50_000)[:50_000]
    started = time.monotonic()
    spans = split_into_sentences(text, max_tokens=160)
    assert max(count_tokens(span.of(text)) for span in spans) <= 160
    # Far above what it takes: only quadratic work is caught.
    assert time.monotonic() - started < 20


repeating = st.lists(
    st.sampled_from(
        [
            "Minsk.",
            "He left Minsk.",
            " ",
            "\n",
            "\n\n",
            "”",
            "“",
            "é",
            "e\u0301",
            "👩‍👩‍👧",
            "- ",
            "?",
        ]
    )
).map("".join)


@given(st.one_of(repeating, st.text()))
def test_sentences_tile_the_text(text: str) -> None:
    spans = split_into_sentences(text, max_tokens=16)
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    assert edges == sorted(edges), "sentences overlap or are out of order"
    gaps = [text[end:start] for end, start in zip(edges[::2], edges[1::2], strict=True)]
    assert not "".join(gaps).strip(), "words were left out"


@given(st.text(), st.integers(0, 30), st.integers(0, 30))
def test_trimming_a_span_leaves_no_white_space_at_its_edges(text: str, start: int, n: int) -> None:
    span = Span(start, start + n + 1)
    trimmed = span.trimmed(text)
    expected = span.of(text).strip()
    assert (trimmed.of(text) if trimmed else "") == expected


def test_a_span_is_never_empty_or_backwards() -> None:
    for start, end in [(1, 1), (2, 1), (-1, 3)]:
        with pytest.raises(ValueError, match="0 <= start < end"):
            Span(start, end)
