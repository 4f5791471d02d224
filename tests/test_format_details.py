"""Formats: what a reader gives of each, on contents made by the libraries that write them."""

from __future__ import annotations

import io
import zipfile

import pytest

from index.contents import Contents, Heading
from index.errors import UnreadableDocument
from index.formats import READERS, can_read, read_contents
from index.formats.text_builder import TextBuilder


def html(body: str) -> str:
    return read_contents(f"<html><body>{body}</body></html>".encode(), ".html").text


def reason(content: bytes, suffix: str) -> str:
    with pytest.raises(UnreadableDocument) as error:
        read_contents(content, suffix)
    return str(error.value)


def archive(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, text in members.items():
            written.writestr(name, text)
    return file.getvalue()


def test_pages_and_headings_stand_where_their_text_begins() -> None:
    builder = TextBuilder()
    builder.page()
    builder.heading("Birds", 1)
    builder.paragraph("Herons  nest\nhere")
    builder.page()
    builder.page()
    builder.go_on("and there.")
    text = "Birds\n\nHerons nest here and there."
    third = text.index("and there")
    assert builder.contents() == Contents(text, "", (0, third, third), (Heading(0, 1, "Birds"),))


def test_a_suffix_without_a_reader_is_told_those_that_have_one() -> None:
    assert not can_read(".doc")
    assert can_read(".PDF")
    assert reason(b"x", ".doc").startswith("files ending in .doc cannot be read; these can: .adoc,")


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_an_empty_file_is_named_as_one(suffix: str) -> None:
    assert reason(b"", suffix) == "it is empty"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Der Bär läuft über die Brücke.", "cp1252"),
        ("Zażółć gęślą jaźń i inne rzeczy w Polsce", "cp1250"),
        ("Привет, как дела? Сегодня хорошая погода.", "cp1251"),
        ("Smørrebrød\nog øl", "utf-16"),
        ("Smørrebrød\nog øl", "utf-8-sig"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_has(text: str, encoding: str) -> None:
    assert read_contents(text.encode(encoding), ".txt").text == text


def test_a_binary_file_is_no_text() -> None:
    assert "contains NUL characters" in reason(b"\x89PNG\xff\0\0", ".txt")


def test_markdown_stays_as_it_is_and_its_programs_have_no_headings() -> None:
    text = "---\ntitle: 'The guide'\n---\nIntro\n=====\n\n```\n# no\n```\n## **Two** ##\n"
    found = read_contents(text.encode(), ".md")
    assert (found.text, found.title) == (text, "The guide")
    assert found.headings == (
        Heading(text.index("Intro"), 1, "Intro"),
        Heading(text.index("## **"), 2, "Two"),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_row_of_a_table_names_its_columns(delimiter: str) -> None:
    rows = [["Item", "Price"], ["Honey", "5"], ["Wool", ""]]
    text = "\n".join(delimiter.join(row) for row in rows)
    assert read_contents(text.encode(), ".csv").text == "Item: Honey; Price: 5\nWool"


def test_years_name_columns_and_figures_do_not() -> None:
    named = read_contents(b"Source,2023,2024\nShop,31,37\n", ".csv").text
    assert named == "Source: Shop; 2023: 31; 2024: 37"
    assert read_contents(b"1,2\n3,4\n", ".csv").text == "1 | 2\n3 | 4"


def test_pairs_in_a_page_have_no_header() -> None:
    assert html("<table><tr><td>Name<td>Anna<tr><td>Role<td>Warden</table>") == (
        "Name | Anna\nRole | Warden"
    )


def test_a_cell_over_two_rows_stands_in_both() -> None:
    table = "<tr><th>Bird<th>Place<th>No.<tr><td>Heron<td rowspan=2>Lake<td>3<tr><td>Egret<td>5"
    assert html(f"<table>{table}</table>") == (
        "Bird: Heron; Place: Lake; No.: 3\nBird: Egret; Place: Lake; No.: 5"
    )


def test_inline_tags_neither_glue_nor_split_words() -> None:
    assert html("<p>H<sub>2</sub>O is <b>w</b>et<!-- x --><br>and<div>cold</div>") == (
        "H2O is wet and\n\ncold"
    )


def test_lists_keep_their_numbers_and_what_announces_them() -> None:
    assert html("<p>Do this:<ol><li>Open<li>Close</ol>") == "Do this:\n1) Open\n2) Close"


def test_what_a_page_hides_is_not_read() -> None:
    hidden = "<nav>menu</nav><p hidden>a<p aria-hidden=true>b<p style='display: none'>c<script>d"
    assert html(f"<p>seen{hidden}</script>") == "seen"


def test_an_xhtml_page_with_an_empty_title_keeps_its_body() -> None:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x"/></head>'
    assert read_contents(f"{page}<body>a&nbsp;b</body></html>".encode(), ".xhtml").text == "a b"


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [("iso-8859-1", "cp1252", "20 €"), ("iso-2022-jp", "iso-2022-jp", "日本語")],
)
def test_a_page_is_read_as_browsers_do(declared: str, encoding: str, text: str) -> None:
    page = f"<meta charset={declared}><p>{text}".encode(encoding)
    assert read_contents(page, ".html").text == text


def test_a_mail_tells_who_wrote_and_joins_wrapped_lines() -> None:
    mail = (
        "From: Tom <tom@a.example>\nSubject: The boat\n\n"
        "She takes water, and I found a crack of about nine centi-\n\n"
        "I closed the crack below the second seat with tar, and now\nshe floats.\n\nTom\n"
    )
    found = read_contents(mail.encode(), ".eml")
    assert found.title == "The boat"
    assert found.text.startswith("Subject: The boat\nFrom: Tom <tom@a.example>\n\nShe takes")
    assert "with tar, and now she floats.\n\nTom" in found.text


def test_subtitles_stand_under_their_time_with_their_speakers() -> None:
    cues = (
        "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Anna>Hello &amp; <i>welcome</i>\n\n"
        "00:02.500 --> 00:03.000\nto the marsh.\n\n12:31.000 --> 12:33.000\nThe end.\n"
    )
    found = read_contents(cues.encode(), ".vtt")
    assert found.text == "Anna: Hello & welcome to the marsh.\n\nThe end."
    assert [heading.title for heading in found.headings] == ["0:00:01", "0:12:31"]


def test_a_workbook_says_dates_and_figures_as_a_person_reads_them() -> None:
    from datetime import datetime

    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    for row in (["Item", "Price", "From"], ["Honey", 0.1 + 0.2, datetime(2024, 5, 1)]):
        sheet.append(row)
    book.create_sheet("Empty")
    book.save(file)
    found = read_contents(file.getvalue(), ".xlsx")
    assert found.text == "Prices\n\nItem: Honey; Price: 0.3; From: 2024-05-01"


def test_a_slide_is_a_page_with_its_notes() -> None:
    from pptx import Presentation

    talk, file = Presentation(), io.BytesIO()
    for title in ("Herons", "Egrets"):
        slide = talk.slides.add_slide(talk.slide_layouts[1])
        assert slide.shapes.title is not None
        slide.shapes.title.text = title
        slide.placeholders[1].text = "Nests\nCounts"
    notes = slide.notes_slide.notes_text_frame
    assert notes is not None
    notes.text = "Speak slowly."
    talk.save(file)
    found = read_contents(file.getvalue(), ".pptx")
    slides = "Herons\n\n- Nests\n- Counts\n\nEgrets\n\n- Nests\n- Counts\n\nNotes: Speak slowly."
    assert found.text == slides
    assert found.page_starts == (0, slides.index("Egrets"))


CONTAINER = "<container><rootfiles><rootfile full-path='a/b.opf'/></rootfiles></container>"
PACKAGE = (
    "<package><metadata><title>Tales</title></metadata><manifest>"
    "<item id='2' href='two%20.html' media-type='text/html'/>"
    "<item id='1' href='one.html' media-type='text/html'/></manifest>"
    "<spine><itemref idref='1'/><itemref idref='2'/></spine></package>"
)
BOOK = {
    "META-INF/container.xml": CONTAINER,
    "a/b.opf": PACKAGE,
    "a/one.html": "<h1>One</h1>",
    "a/two .html": "<p>Two",
}


def test_a_book_is_read_in_the_order_of_its_spine() -> None:
    found = read_contents(archive(BOOK), ".epub")
    assert (found.text, found.title) == ("One\n\nTwo", "Tales")


def test_a_book_whose_chapters_are_encrypted_is_protected() -> None:
    data = (
        "<encryption><EncryptedData><EncryptionMethod Algorithm='aes'/>"
        "<CipherReference URI='a/one.html'/></EncryptedData></encryption>"
    )
    assert "protected (DRM)" in reason(archive({**BOOK, "META-INF/encryption.xml": data}), ".epub")
