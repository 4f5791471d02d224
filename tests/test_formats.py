"""What each format gives: its text in reading order, title, pages, headings and rows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from index import Library, Passage
from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats import READERS, read_contents
from index.sentences import split_into_sentences
from tests.conftest import ROOT

FILES = ROOT / "tests" / "files"
READABLE = sorted(
    path
    for path in FILES.iterdir()
    if path.name not in ("README.md", "scanned-letter.pdf", "protected.pdf")
)


def contents(name: str) -> Contents:
    return read_contents((FILES / name).read_bytes(), Path(name).suffix)


def titles(name: str) -> list[str]:
    return [heading.title for heading in contents(name).headings]


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_headings_and_pages_stand_where_they_say(path: Path) -> None:
    found = contents(path.name)
    starts = [heading.start for heading in found.headings]
    assert starts == sorted(starts)
    assert list(found.page_starts) == sorted(found.page_starts)
    assert all(0 <= start <= len(found.text) for start in (*starts, *found.page_starts))
    if path.suffix not in (".srt", ".vtt"):
        shown = [found.text[start:].lstrip("# ") for start in starts]
        assert all(
            text.startswith(heading.title)
            for text, heading in zip(shown, found.headings, strict=True)
        )


def test_every_format_has_a_file_here() -> None:
    like_others = {".text", ".rst", ".adoc", ".org", ".tex", ".log"}
    like_others |= {".markdown", ".tsv", ".xlsm", ".htm", ".xhtml"}
    assert {path.suffix for path in READABLE} == set(READERS) - like_others


def test_a_pdf_gives_paragraphs_not_lines() -> None:
    text = contents("annual-report.pdf").text
    assert (
        "On 14 January the gauge at the Old Sluice stood at 3.42 metres, twenty centimetres above "
        "the record of 1953. The path along the northern dyke" in text
    )
    assert "ordinary spring.\n\nBirds\n\nBreeding\n\nBitterns bred" in text


def test_a_pdf_has_pages_and_the_headings_of_its_outline() -> None:
    found = contents("annual-report.pdf")
    assert len(found.page_starts) == 3
    assert found.page(found.text.index("Bitterns bred")) == 1
    assert found.page(found.text.index("Lapwings had")) == 2
    assert found.page(found.text.index("Edwin Sallow")) == 3
    assert found.title == "Marsh End: the year 2024"
    assert [(h.level, h.title) for h in found.headings][:4] == [
        (1, "A wet year"),
        (1, "Birds"),
        (2, "Breeding"),
        (2, "Passage and winter"),
    ]


@pytest.mark.parametrize(
    "name", ["annual-report.pdf", "annual-report-columns.pdf", "field-notes.pdf"]
)
def test_running_headers_footers_and_page_numbers_are_left_out(name: str) -> None:
    text = contents(name).text
    for clutter in ("Annual report 2024", "Page 1", "of 3", "Field notes of", "– 2 –"):
        assert clutter not in text


def test_a_sentence_goes_on_over_the_edges_of_columns_and_pages() -> None:
    assert (
        "118 grey herons on 2 April, more than twice" in contents("annual-report-columns.pdf").text
    )
    notes = contents("field-notes.pdf")
    place = notes.text.index("In September they burned the reed")
    assert notes.page(place) == 1
    assert notes.page(place + len("In September they")) == 2


def test_words_broken_at_a_line_end_are_whole_again() -> None:
    text = contents("field-notes.pdf").text
    assert "fishermen" in text
    assert "measured" in text
    assert "cooperative" in text


def test_a_hyphen_of_its_own_stays_at_a_line_end() -> None:
    text = contents("field-notes.pdf").text
    assert "kept well-known marks" in text
    assert "Anglo-Dutch company" in text


def test_ligatures_become_letters() -> None:
    assert contents("field-notes.pdf").text.startswith("The first wardens")


def test_the_rows_of_a_pdf_table_stay_rows() -> None:
    assert "Membership | £58,100 | £63,900\n" in contents("annual-report.pdf").text


def test_a_word_document_keeps_headings_lists_and_tables() -> None:
    found = contents("annual-report.docx")
    assert found.title == "Marsh End: the year 2024"
    assert titles("annual-report.docx")[1:4] == ["A wet year", "Birds", "Breeding"]
    assert "\n- Extend the fox fence on the southern meadows by 800 metres.\n" in found.text
    assert "Source: Membership; 2023: £58,100; 2024: £63,900" in found.text


def test_slides_are_pages_with_their_notes() -> None:
    found = contents("heron-talk.pptx")
    assert found.page(found.text.index("Nests in the inner reedbed")) == 2
    assert "Notes: Mention that the flat-bottomed boat" in found.text
    assert "Year: 2024; Herons: 118; Egrets: 31" in found.text


def test_the_sheets_of_a_workbook_are_sections_and_each_row_can_be_read_alone() -> None:
    found = contents("prices.xlsx")
    assert titles("prices.xlsx") == ["Entrance", "Boats"]
    assert "Ticket: Child; Price in pounds: 3; Valid from: 2025-04-01" in found.text
    assert "Boat: Coot; Seats: 2; Berth: Heron Point" in found.text


def test_a_csv_names_the_column_of_each_cell() -> None:
    assert contents("members.csv").text.splitlines()[1] == (
        "Name: Priya Venkataraman; Role: head warden; Since: 2024; Telephone: 555-0117"
    )


def test_a_page_gives_what_a_reader_reads() -> None:
    found = contents("trail-guide.html")
    assert found.title == "Trail guide to Marsh End"
    assert "stout shoes are advised after rain." in found.text
    assert "It crosses the Old Sluice and ends at Heron Point." in found.text
    assert "Trail: Reed; Length: 1.6 km; Surface: boards" in found.text
    for unread in ("tracked", "Shop", "display", "may be renamed"):
        assert unread not in found.text


def test_words_in_inline_tags_are_neither_glued_nor_split() -> None:
    found = read_contents(b"<p>H<sub>2</sub>O <b>is</b><i> wet</i></p><p>and<br>cold</p>", ".html")
    assert found.text == "H2O is wet\n\nand cold"


def test_a_book_gives_its_chapters_in_order() -> None:
    found = contents("tales.epub")
    assert found.title == "Tales from the reedbed"
    assert titles("tales.epub") == ["The stolen punt", "Who did it", "The winter of the swans"]


def test_a_mail_tells_who_when_and_what_is_attached() -> None:
    text = contents("minutes.eml").text
    assert "From: Tom Ashdown <tom@marshend.example>\n" in text
    assert "Subject: The boat “Grebe” is leaking" in text
    assert "a crack of about nine centimetres below the second seat" in text
    assert text.endswith("Attachments: crack.jpg")


@pytest.mark.parametrize("name", ["sluice-tour.srt", "sluice-tour.vtt"])
def test_subtitles_are_paragraphs_under_their_time(name: str) -> None:
    found = contents(name)
    assert titles(name) == ["0:00:02", "0:01:10"]
    assert found.text.startswith("Welcome to the Old Sluice, which was built in 1871. Its gates")
    assert "<i>" not in found.text


def test_markdown_stays_as_it_is_and_code_has_no_headings() -> None:
    found = contents("guide.md")
    assert found.text == (FILES / "guide.md").read_text()
    assert titles("guide.md")[-2:] == ["Water", "Tools"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Señor Ibáñez from Doñana visited the café.", "cp1252"),
        ("Привет, мир. Это текст на русском языке, и он достаточно длинный.", "cp1251"),
        ("The heron is patient.", "utf-16"),
        ("The heron is patient.", "utf-32"),
        ("The heron is patient: “yes”.", "utf-8-sig"),
    ],
)
def test_the_encoding_is_found_out(text: str, encoding: str) -> None:
    assert read_contents(text.encode(encoding), ".txt").text == text


def test_a_scan_is_named_as_one() -> None:
    with pytest.raises(
        UnreadableDocument, match="it is a scan: its page holds pictures and no text"
    ):
        contents("scanned-letter.pdf")


def test_a_protected_file_is_named_as_one() -> None:
    with pytest.raises(UnreadableDocument, match="it is protected by a password"):
        contents("protected.pdf")


@pytest.mark.parametrize("name", ["members.csv", "prices.xlsx", "annual-report.pdf"])
def test_each_row_is_a_sentence_of_its_own(name: str) -> None:
    text = contents(name).text
    rows = [line for line in text.splitlines() if ("; " in line and ": " in line) or " | " in line]
    sentences = [span.of(text) for span in split_into_sentences(text, max_tokens=200)]
    assert rows
    assert [row for row in rows if row not in sentences] == []


def test_a_heading_that_was_broken_over_two_lines_is_whole() -> None:
    assert "Visitors and income" in titles("annual-report-columns.pdf")


def test_any_of_these_files_can_be_asked_and_says_where_it_stands(library: Library) -> None:
    report = library.add([FILES / "annual-report.pdf", FILES / "sluice-tour.srt"])
    assert report.failed == ()

    def best(question: str) -> Passage:
        return library.search_dense(question, k=1)[0]

    bittern = best("When did bitterns breed for the first time?")
    assert bittern.page == 1
    assert bittern.section == "Birds › Breeding"
    gates = best("How heavy are the gates of the sluice?")
    assert gates.section == "0:00:02"
    for passage in library.search_dense("herons", k=50):
        text = library.text(passage.document_id)
        assert text[passage.start : passage.end] == passage.text
        assert all(a < b for a, b in pairwise((passage.start, *passage.page_breaks, passage.end)))
