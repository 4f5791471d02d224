"""Choosing which documents are asked."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from index import Library, StoredDocument, Where
from index.errors import DocumentNotFound, SelectionError
from index.selection import select_documents
from qa import Assistant
from tests.test_command_line import qa
from tests.test_library import written


def document(source: str, title: str = "") -> StoredDocument:
    now = datetime.now(timezone.utc)
    return StoredDocument(source, title, source, f"/home/{source}", None, 1, 10, 10, now)


DOCUMENTS = [document("reports/2023.pdf", "Year one"), document("reports/2024.pdf", "Year two")]
DOCUMENTS += [document("/data/reports/q1/a.txt"), document("notes.txt")]


@pytest.mark.parametrize(
    ("where", "chosen"),
    [
        ({"source": "*.pdf"}, ["reports/2023.pdf", "reports/2024.pdf"]),
        ({"source": "notes.txt"}, ["notes.txt"]),
        ({"source": "./notes.txt"}, ["notes.txt"]),
        (
            {"source": "reports"},
            ["reports/2023.pdf", "reports/2024.pdf", "/data/reports/q1/a.txt"],
        ),
        ({"source": "reports/*.txt"}, ["/data/reports/q1/a.txt"]),
        ({"source": ["notes*", "*2023*"]}, ["reports/2023.pdf", "notes.txt"]),
        ({"source": "*.pdf", "title": "*two"}, ["reports/2024.pdf"]),
        ({"document_id": "notes.txt"}, ["notes.txt"]),
    ],
)
def test_documents_are_chosen_by_patterns(where: Where, chosen: list[str]) -> None:
    assert select_documents(DOCUMENTS, where) == chosen


def test_a_choice_that_fits_nothing_says_so() -> None:
    with pytest.raises(DocumentNotFound, match=r"No document has the source '\*\.docx'"):
        select_documents(DOCUMENTS, {"source": "*.docx"})


def test_an_unknown_field_says_which_there_are() -> None:
    with pytest.raises(SelectionError, match="by 'author'; they can by source, title"):
        select_documents(DOCUMENTS, {"author": "Ann"})


@pytest.fixture
def assistant(library: Library, tmp_path: Path) -> Assistant:
    written(tmp_path, "old/hours.txt", "The reserve opens at nine o'clock.")
    written(tmp_path, "new/hours.txt", "The reserve opens at eight o'clock.")
    library.add([tmp_path])
    return Assistant(library)


@pytest.mark.parametrize(("folder", "hour"), [("old", "nine"), ("new", "eight")])
def test_only_the_chosen_documents_are_quoted(assistant: Assistant, folder: str, hour: str) -> None:
    answer = assistant.ask("When does the reserve open?", where={"source": f"{folder}/*"})
    assert f"opens at {hour}" in answer.text
    assert {Path(p.source).parent.name for p in answer.passages} == {folder}
    history = [("When does the shop open?", "It does not say.")]
    follow_up = assistant.ask("And the reserve?", history=history, where={"source": folder})
    assert {Path(p.source).parent.name for p in follow_up.passages} == {folder}


def test_the_command_line_chooses_with_in(assistant: Assistant) -> None:
    asked = qa("ask", "When does the reserve open?", "--in", "old/*", "--in", "older/*")
    assert "opens at nine" in asked.stdout
    assert "opens at eight" not in asked.stdout
    nothing = qa("ask", "When does the reserve open?", "--in", "older")
    assert nothing.returncode == 1
    assert nothing.stderr.startswith("qa: No document has the source 'older'")
