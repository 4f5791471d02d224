"""Moving a library: what was exported comes in elsewhere, and nothing else does."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from index import Library
from index.errors import TransferError, WrongEmbedding
from tests.conftest import ARTICLE
from tests.test_command_line import qa
from tests.test_formats import FILES
from tests.test_library import CountingEmbedding, written


@pytest.fixture
def exported(library: Library, tmp_path: Path) -> Path:
    library.add([ARTICLE, FILES / "annual-report.pdf"])
    assert library.export(tmp_path / "library.gz") == 2
    return tmp_path / "library.gz"


def test_an_imported_library_is_the_same_and_nothing_is_embedded(
    library: Library, exported: Path, tmp_path: Path
) -> None:
    embedding = CountingEmbedding()
    other = Library.open(tmp_path / "other", embedding=embedding)
    report = other.take_in(exported)
    assert len(report.added) == 2
    assert embedding.embedded == []
    assert other.documents() == library.documents()
    for document in library.documents():
        assert other.text(document.document_id) == library.text(document.document_id)
    for search in ("search_dense", "search_lexical"):
        question = "When did bitterns breed for the first time?"
        assert getattr(other, search)(question, k=5) == getattr(library, search)(question, k=5)


def test_a_file_that_is_added_after_an_import_is_unchanged(exported: Path, tmp_path: Path) -> None:
    other = Library.open(tmp_path / "other")
    other.take_in(exported)
    assert other.add([ARTICLE]).unchanged == (str(ARTICLE),)
    assert len(other.take_in(exported).unchanged) == 2


def test_an_import_replaces_another_version(library: Library, tmp_path: Path) -> None:
    note = written(tmp_path, "note.txt", "The heron is patient.")
    library.add([note])
    library.export(tmp_path / "old.gz")
    written(tmp_path, "note.txt", "The heron is a very patient bird, and so is the stork.")
    library.add([note])
    assert library.take_in(tmp_path / "old.gz").replaced == (str(note),)
    assert library.text(library.documents()[0].document_id) == "The heron is patient."


def test_an_export_never_overwrites_a_file(library: Library, exported: Path) -> None:
    before = exported.read_bytes()
    with pytest.raises(TransferError, match=r"There is a file .* already"):
        library.export(exported)
    assert exported.read_bytes() == before


NO_EXPORTS = [b"", b"no gzip", gzip.compress(b"{}\n", mtime=0), gzip.compress(b"", mtime=0)]


@pytest.mark.parametrize("content", NO_EXPORTS)
def test_a_file_that_is_no_export_says_so(library: Library, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.gz"
    file.write_bytes(content)
    with pytest.raises(TransferError, match="is no exported library, or it is damaged"):
        library.take_in(file)
    assert library.documents() == []


def test_of_a_damaged_export_the_whole_documents_are_kept(exported: Path, tmp_path: Path) -> None:
    content = exported.read_bytes()
    (tmp_path / "cut.gz").write_bytes(content[: int(len(content) * 0.9)])
    other = Library.open(tmp_path / "other")
    with pytest.raises(TransferError, match="What could be read of it is kept"):
        other.take_in(tmp_path / "cut.gz")
    assert len(other.documents()) == 1
    assert len(other.take_in(exported).added) == 1


def test_an_export_with_made_up_records_is_refused(
    library: Library, exported: Path, tmp_path: Path
) -> None:
    opening, document, *_ = gzip.decompress(exported.read_bytes()).splitlines()
    changed = json.loads(document)
    changed["records"][0]["metadata"]["ordinal"] = 3
    lines = b"\n".join([opening, json.dumps(changed).encode()])
    (tmp_path / "changed.gz").write_bytes(gzip.compress(lines))
    other = Library.open(tmp_path / "other")
    with pytest.raises(TransferError, match="damaged"):
        other.take_in(tmp_path / "changed.gz")
    assert other.documents() == []


def test_vectors_of_another_model_are_not_taken_in(exported: Path, tmp_path: Path) -> None:
    other = CountingEmbedding()
    other.model_name = "another"
    with pytest.raises(WrongEmbedding, match="holds vectors of the embedding model"):
        Library.open(tmp_path / "other", embedding=other).take_in(exported)


def test_an_import_of_nothing_is_one_line(tmp_path: Path) -> None:
    done = qa("import", tmp_path / "missing.gz")
    assert done.returncode == 1
    assert done.stderr == f"qa: There is no file {tmp_path / 'missing.gz'}.\n"
