"""PDF: letters at places become paragraphs, headings, rows and pages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.contents import Contents, Heading
from index.errors import UnreadableDocument
from index.formats import read_contents
from tests.pdf_writing import Words, column, pdf

FULL = "All of these words reach the right edge."


def read(*pages: Sequence[Words], title: str = "") -> Contents:
    return read_contents(pdf(*pages, title=title), ".pdf")


def test_wrapped_lines_are_joined_and_a_larger_gap_parts_paragraphs() -> None:
    first = column([FULL[:-1], "and go on."], top=500)
    second = column([FULL[:-1], "as before."], top=460)
    assert read([*first, *second]).text == (f"{FULL[:-1]} and go on.\n\n{FULL[:-1]} as before.")


def test_an_indent_or_a_short_last_line_parts_paragraphs() -> None:
    short = column([FULL, "It ends here.", FULL, "It ends, too."])
    assert read(short).text == f"{FULL} It ends here.\n\n{FULL} It ends, too."
    indented = [*column([FULL, FULL]), *column([FULL[4:]], x=74, top=476), *column([FULL], top=464)]
    assert read(indented).text == f"{FULL} {FULL}\n\n{FULL[4:]} {FULL}"


def test_lines_that_stop_for_no_reason_stay_lines() -> None:
    address = column(["Marsh End Trust", "Sluice Lane", "Sedgeford", FULL])
    assert read(address).text == f"Marsh End Trust\nSluice Lane\nSedgeford\n{FULL}"


def test_a_hyphen_is_kept_where_the_word_has_one() -> None:
    lines = column(
        [
            "In this well-known place the wardens exam-",
            "ined the boats of the Anglo-",
            "Dutch company, and they are as well-",
            "known as the other forty-",
            "three boats that are kept at the lake here.",
        ]
    )
    text = read(lines).text
    assert "examined the boats of the Anglo-Dutch company" in text
    assert "as well-known as the other forty-three boats" in text


def test_running_headers_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            (50, 580, 8, f"Annual report, part {n}"),
            *column([f"Page text {n * n}."]),
            (190, 20, 8, str(n)),
        ]
        for n in range(1, 5)
    ]
    found = read(*pages)
    assert found.text == "Page text 1.\n\nPage text 4.\n\nPage text 9.\n\nPage text 16."
    assert [found.page(found.text.index(f"{n * n}.")) for n in range(1, 5)] == [1, 2, 3, 4]


def test_a_footnote_under_each_row_of_a_page_is_no_footer() -> None:
    notes = column(["1 estimate", "2 estimate", "3 estimate"], top=60)
    assert read([*column([FULL]), *notes]).text.count("estimate") == 3


def test_a_sentence_goes_on_over_an_empty_page() -> None:
    found = read(column([FULL, "The water that"]), [], column(["fell in March."]))
    assert found.text == f"{FULL} The water that fell in March."
    assert found.page_starts == (0, found.text.index("fell"), found.text.index("fell"))


def test_larger_lines_are_headings_and_the_largest_is_the_title() -> None:
    page = [(50, 550, 20, "The year"), (50, 520, 14, "Birds"), *column([FULL, "It ends here."])]
    found = read(page, title="Microsoft Word - year.doc")
    assert found.title == "The year"
    assert found.headings == (Heading(0, 1, "The year"), Heading(10, 2, "Birds"))
    assert read(page, title="Marsh End in 2024").title == "Marsh End in 2024"


def test_cells_far_apart_are_a_row_and_items_are_lines() -> None:
    table = [
        (50, 500, 10, "Shop"),
        (200, 500, 10, "31"),
        (50, 488, 10, "Fees"),
        (200, 488, 10, "96"),
    ]
    assert read(table).text == "Shop | 31\nFees | 96"
    items = column(["These are kept:", "- boats", "- sheep and", "  goats", "- bees"])
    assert read(items).text == "These are kept:\n- boats\n- sheep and goats\n- bees"


def test_leaders_of_a_list_of_contents_are_shortened() -> None:
    assert read(column(["Birds . . . . . . . 4", "People . . . . . . 12"])).text == (
        "Birds … 4\nPeople … 12"
    )


def test_a_file_without_text_is_a_scan() -> None:
    with pytest.raises(UnreadableDocument, match="it is a scan: its 2 pages hold pictures"):
        read([], [])
