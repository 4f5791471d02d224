"""Broken and malicious files: each ends in a sentence, in bounded time, and the others go on."""

from __future__ import annotations

import io
import os
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import psutil
import pytest

from index import Library
from index.errors import UnreadableDocument
from index.formats import read_contents
from index.formats.zip_check import MAX_UNPACKED_BYTES
from index.reader_process import ReaderProcess
from tests.test_formats import FILES


def reason(content: bytes, suffix: str, *, seconds: float = 60.0) -> str:
    """Why a file is not read, as the library reads it."""
    with (
        ReaderProcess(seconds=seconds) as reader,
        pytest.raises(UnreadableDocument) as refused,
    ):
        reader.read(content, suffix)
    return str(refused.value)


def said_of(content: bytes, suffix: str, *, seconds: float = 60.0) -> str:
    """The text of a file, or why it is not read."""
    with ReaderProcess(seconds=seconds) as reader:
        try:
            return reader.read(content, suffix).text
        except UnreadableDocument as error:
            return str(error)


def archive(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return packed.getvalue()


def repacked(name: str, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """A real file with one of its parts changed."""
    with zipfile.ZipFile(FILES / name) as original:
        files = {part: original.read(part) for part in original.namelist()}
    return archive(files | {member: change(files[member])})


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".epub"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(suffix: str) -> None:
    bomb = archive({"word/document.xml": b"\0" * (MAX_UNPACKED_BYTES + 1)})
    assert len(bomb) < 1_000_000
    assert "it unpacks to more than 300 MB" in reason(bomb, suffix)


def test_a_zip_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(archive({"word/document.xml": b"\0" * 50_000_000}))
    size = (50_000_000).to_bytes(4, "little")
    assert bomb.count(size) == 2
    lying = bytes(bomb.replace(size, (100).to_bytes(4, "little")))
    assert "damaged" in reason(lying, ".docx")


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("annual-report.docx", "word/document.xml"),
        ("heron-talk.pptx", "ppt/slides/slide1.xml"),
        ("prices.xlsx", "xl/worksheets/sheet1.xml"),
        ("tales.epub", "EPUB/content.opf"),
    ],
)
def test_entities_that_multiply_do_not_take_the_memory(name: str, member: str) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{levels}]><x>&e11;</x>'
    content = repacked(name, member, lambda _: laughs.encode())
    started = time.perf_counter()
    assert len(said_of(content, Path(name).suffix)) < 100_000
    assert time.perf_counter() - started < 30


def test_an_entity_that_names_a_file_of_this_machine_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the password is heron")
    entity = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'.encode()

    def steal(xml: bytes) -> bytes:
        declared = xml.replace(b"?>", b"?>" + entity, 1)
        return declared.replace(b"Tales from the reedbed", b"&s;")

    content = repacked("tales.epub", "EPUB/content.opf", steal)
    with ReaderProcess() as reader:
        found = reader.read(content, ".epub")
    assert "password" not in found.title + found.text


def pdf(*objects: str) -> bytes:
    body = b"%PDF-1.7\n"
    offsets = []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    return (
        body
        + (
            f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
            f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
        ).encode()
    )


def test_a_pdf_whose_pages_are_a_circle_ends() -> None:
    circle = pdf(
        "<< /Type /Catalog /Pages 2 0 R /Outlines 3 0 R >>",
        "<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>",
        "<< /Type /Outlines /First 4 0 R /Last 4 0 R >>",
        "<< /Title (Round) /Parent 3 0 R /Next 4 0 R /First 4 0 R >>",
    )
    started = time.perf_counter()
    assert reason(circle, ".pdf")
    assert time.perf_counter() - started < 30


def test_a_pdf_bomb_ends_in_bounded_memory() -> None:
    stream = zlib.compress(b"BT /F1 12 Tf (ha) Tj ET\n" * 4_000_000, 9)
    bomb = pdf(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R"
        " /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
        " >> >> >>",
        f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\nSTREAM\nendstream",
    ).replace(b"STREAM", stream)
    started = time.perf_counter()
    assert said_of(bomb, ".pdf", seconds=10)
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("name", ["annual-report.pdf", "annual-report.docx", "heron-talk.pptx"])
def test_a_file_that_was_cut_off_is_called_damaged_or_read_in_part(name: str) -> None:
    content = (FILES / name).read_bytes()
    suffix = Path(name).suffix
    assert "damaged" in reason(content[: len(content) // 2], suffix) or suffix == ".pdf"


@pytest.mark.parametrize("suffix", [".txt", ".pdf", ".docx", ".html", ".eml", ".csv"])
def test_an_empty_file_is_called_empty(suffix: str) -> None:
    assert reason(b"", suffix) == "it is empty"


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".pptx", ".xlsx", ".epub"])
def test_a_text_with_another_name_is_told_apart(suffix: str) -> None:
    assert "it is damaged, or" in reason(b"The heron is a patient bird.", suffix)


def test_a_picture_named_as_text_is_told_apart() -> None:
    assert "not a text file" in reason(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ".txt")


def test_a_page_nested_a_hundred_thousand_times_is_read_or_refused() -> None:
    page = b"<div>" * 100_000 + b"deep" + b"</div>" * 100_000
    said = said_of(page, ".html")
    assert "deep" in said or "damaged" in said


def test_a_text_of_two_hundred_megabytes_is_refused_at_once() -> None:
    started = time.perf_counter()
    assert "it has more than 80 MB" in reason(b"heron " * 33_400_000, ".txt")
    assert time.perf_counter() - started < 5


def test_a_reader_that_takes_too_long_is_ended_and_the_next_file_is_read() -> None:
    content = (FILES / "annual-report.docx").read_bytes()
    with ReaderProcess(seconds=0.001) as reader:
        with pytest.raises(UnreadableDocument, match=r"it took longer than 0\.001 seconds"):
            reader.read(content, ".docx")
        reader._seconds = 60
        assert "bitterns" in reader.read(content, ".docx").text.lower()


def test_a_reader_that_crashes_costs_its_file_alone() -> None:
    page = b"<p>heron</p>"
    with ReaderProcess() as reader:
        reader.read(page, ".html")
        process = reader._process
        assert process is not None
        slow = b"<table>" + b"<tr><td>a<p>b</p></td></tr>" * 300_000 + b"</table>"
        Timer(0.2, process.kill).start()
        with pytest.raises(UnreadableDocument, match="its reader crashed"):
            reader.read(slow, ".html")
        assert reader.read(page, ".html").text == "heron"


def test_a_reader_ends_with_its_library() -> None:
    others = set(psutil.Process().children())
    with ReaderProcess() as reader:
        reader.read(b"<p>heron</p>", ".html")
        (child,) = set(psutil.Process().children()) - others
        assert child.is_running()
    assert not child.is_running()


def test_a_bad_file_does_not_keep_the_good_ones_out(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a-bomb.docx").write_bytes(archive({"word/document.xml": b"\0" * 300_000_001}))
    (tmp_path / "b-broken.pdf").write_bytes(b"%PDF-1.7 nothing else")
    (tmp_path / "c-good.html").write_text("<p>Herons are patient.</p>")
    os.mkfifo(tmp_path / "d-pipe.txt")
    report = library.add([tmp_path])
    assert [Path(source).name for source in report.added] == ["c-good.html"]
    assert [Path(f.source).name for f in report.failed] == ["a-bomb.docx", "b-broken.pdf"]
    assert library.add([tmp_path / "d-pipe.txt"]).failed[0].reason == (
        "it is neither a file nor a folder"
    )


@pytest.mark.skipif(os.name != "posix", reason="Windows allows no such names")
def test_names_with_control_characters_markup_or_no_encoding_are_kept_and_shown(
    library: Library, tmp_path: Path
) -> None:
    names = [b"a\nb.txt", b"<script>alert(1)<script>.txt", b"caf\xe9.txt", b"tab\t.txt"]
    for number, name in enumerate(names):
        (tmp_path / os.fsdecode(name)).write_text(f"Heron number {number} is patient.")
    report = library.add([tmp_path])
    assert len(report.added) == len(names)
    assert library.add([tmp_path]).unchanged == report.added
    for document in library.documents():
        document.source.encode()
        assert library.text(document.document_id).startswith("Heron number")


def test_a_file_that_grows_while_it_is_read_is_named(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.txt"
    path.write_text("The first line.\n")
    read = Path.read_bytes

    def read_while_it_grows(self: Path) -> bytes:
        content = read(self)
        with self.open("a") as log:
            log.write("Another line.\n")
        return content

    monkeypatch.setattr(Path, "read_bytes", read_while_it_grows)
    (failure,) = library.add([path]).failed
    assert failure.reason.startswith("it changes while it is read")


def test_an_error_that_no_reader_foresaw_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.formats.markdown.decoded", lambda _: 1 / 0)
    with pytest.raises(UnreadableDocument, match=r"it is damaged, or not a \.md file"):
        read_contents(b"# Heron", ".md")
