"""Sections: which headings stand above a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from index.chunks import split_into_chunks
from index.contents import Heading
from index.sections import split_into_sections
from qa.evidence import select, weigh
from tests.test_evidence import WordOverlap, passage


def sections(text: str, *headings: Heading) -> list[tuple[str, tuple[str, ...]]]:
    return [(part.of(text), titles) for part, titles in split_into_sections(text, headings)]


def test_a_section_stands_under_all_headings_above_it() -> None:
    text = "Before.\nA\nOne.\nB\nTwo.\nC\nThree."
    headings = [Heading(8, 1, "A"), Heading(15, 2, "B"), Heading(22, 1, "C")]
    assert sections(text, *headings) == [
        ("Before.\n", ()),
        ("A\nOne.\n", ("A",)),
        ("B\nTwo.\n", ("A", "B")),
        ("C\nThree.", ("C",)),
    ]


def test_a_heading_with_nothing_under_it_stays_with_the_next() -> None:
    text = "A\n\nB\n\nTwo."
    assert sections(text, Heading(0, 1, "A"), Heading(3, 2, "B")) == [(text, ("A", "B"))]


def test_a_mark_that_is_not_in_the_text_opens_a_section() -> None:
    text = "One.\n\nTwo."
    marks = [Heading(0, 1, "0:00:01"), Heading(6, 1, "0:01:00")]
    assert [titles for _, titles in sections(text, *marks)] == [("0:00:01",), ("0:01:00",)]


@given(
    st.text(alphabet="ab. \n", min_size=1),
    st.lists(st.tuples(st.floats(0, 0.99), st.integers(1, 3)), max_size=6),
)
def test_sections_tile_the_text(text: str, places: list[tuple[float, int]]) -> None:
    headings = [Heading(int(share * len(text)), level, "ab") for share, level in sorted(places)]
    parts = [part for part, _ in split_into_sections(text, headings)]
    assert "".join(part.of(text) for part in parts) == text


def test_a_chunk_never_crosses_a_heading() -> None:
    text = "Birds\n\nHerons nest here.\n\nPeople\n\nAnn came in May."
    headings = [Heading(0, 1, "Birds"), Heading(26, 1, "People")]
    chunks = split_into_chunks(text, headings=headings)
    assert [(chunk.span.of(text), chunk.section) for chunk in chunks] == [
        ("Birds\n\nHerons nest here.", ("Birds",)),
        ("People\n\nAnn came in May.", ("People",)),
    ]


def test_a_heading_is_not_quoted_but_read_with_every_sentence() -> None:
    text = replace(passage("Opening hours", "From eight until dusk."), section="Opening hours")
    seen: list[str] = []

    class Reader(WordOverlap):
        def __call__(self, pairs: Sequence[tuple[str, str]], /) -> list[float]:
            seen.extend(text for _, text in pairs)
            return [1.0] * len(pairs)

    (quote,) = select(weigh("What are the opening hours?", [text], Reader()))
    assert quote.text == "From eight until dusk."
    assert seen == ["Opening hours: From eight until dusk."]
