"""The library: what goes in comes out, once, and nothing else does."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import AddProgress, Library
from index.adding import FIRST_STEP_PASSAGES
from index.embedding import BgeSmall
from index.errors import (
    DocumentNotFound,
    LibraryReadOnly,
    LibraryUnreadable,
    WrongEmbedding,
)
from index.store import Store
from tests.conftest import ARTICLE
from tests.test_sentences import repeating


class CountingEmbedding(BgeSmall):
    """The real model; remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return super().get_text_embedding_batch(texts)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_a_question_finds_the_passage_of_a_document_that_was_added(library: Library) -> None:
    library.add([ARTICLE])
    first, *_ = library.search_dense("Who skipped the summit in June?", k=3)
    assert "He even skipped the CSTO summit" in first.text


def test_each_passage_stands_where_it_says(library: Library) -> None:
    library.add([ARTICLE])
    for passage in library.search_dense("Belarus", k=10):
        text = library.text(passage.document_id)
        assert text[passage.start : passage.end] == passage.text
        assert passage.sentences[0].start == passage.start
        assert passage.sentences[-1].end == passage.end


def test_adding_a_file_twice_changes_and_embeds_nothing(home: Path) -> None:
    embedding = CountingEmbedding()
    library = Library.open(home, embedding=embedding)
    library.add([ARTICLE])
    before, embedded = library.documents(), len(embedding.embedded)
    report = library.add([ARTICLE])
    assert report.unchanged == (str(ARTICLE),)
    assert library.documents() == before
    assert len(embedding.embedded) == embedded


def test_a_changed_file_replaces_its_old_text(library: Library, tmp_path: Path) -> None:
    path = written(tmp_path, "note.txt", "The meeting is in Minsk. " * 40)
    library.add([path])
    written(tmp_path, "note.txt", "The meeting is in Astana.")
    report = library.add([path])
    assert report.replaced == (str(path),)
    (document,) = library.documents()
    assert library.text(document.document_id) == "The meeting is in Astana."
    assert [p.text for p in library.search_dense("Minsk", k=50)] == ["The meeting is in Astana."]


def test_a_removed_document_is_no_longer_found(library: Library, tmp_path: Path) -> None:
    kept = written(tmp_path, "kept.txt", "Astana is in Kazakhstan.")
    gone = written(tmp_path, "gone.txt", "Minsk is in Belarus.")
    library.add([kept, gone])
    library.remove(library.find(gone).document_id)
    assert [d.source for d in library.documents()] == [str(kept)]
    assert [p.source for p in library.search_dense("Minsk", k=5)] == [str(kept)]
    with pytest.raises(DocumentNotFound):
        library.find(gone)


def test_a_document_is_found_by_id_source_and_path(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "note.txt", "Minsk is in Belarus.")
    monkeypatch.chdir(tmp_path)
    library.add(["note.txt"])
    (document,) = library.documents()
    assert document.source == "note.txt"
    for name in (document.document_id, "note.txt", tmp_path / "note.txt", "./note.txt"):
        assert library.find(name) == document


def test_a_folder_gives_its_readable_files_and_goes_on_after_a_bad_one(
    library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    written(folder, "a.txt", "Alpha is the first letter.")
    written(folder, "deep/b.md", "# Beta\n\nBeta is the second letter.")
    written(folder, ".hidden/c.txt", "hidden")
    written(folder, "d.exe", "not text")
    written(folder, "e.txt", "   ")
    report = library.add([folder])
    assert [Path(source).name for source in report.added] == ["a.txt", "b.md"]
    assert [(Path(f.source).name, f.reason) for f in report.failed] == [
        ("e.txt", "it has no text in it")
    ]
    assert {d.title for d in library.documents()} == {"a", "Beta"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "it is empty"),
        ("nul.txt", b"a\0b", "it is not a text file"),
        ("table.xyz", b"text", "files ending in .xyz cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    library: Library, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (failure,) = library.add([path]).failed
    assert failure.source == str(path)
    assert failure.reason.startswith(reason)


def test_a_file_that_is_not_there_says_so(library: Library, tmp_path: Path) -> None:
    (failure,) = library.add([tmp_path / "missing.txt"]).failed
    assert failure.reason == "there is no such file or folder"


def test_progress_tells_of_every_step_to_the_end(library: Library, tmp_path: Path) -> None:
    path = written(tmp_path, "long.txt", "\n\n".join(f"Paragraph {n}. " * 40 for n in range(70)))
    steps: list[AddProgress] = []
    library.add([path], progress=steps.append)
    done = [step.passages_done for step in steps]
    assert done == sorted(done)
    assert done[:2] == [0, FIRST_STEP_PASSAGES]
    assert done[-1] == steps[-1].passages == library.documents()[0].passages > 64


any_text = st.one_of(repeating, st.text()).filter(lambda t: "\0" not in t and bool(t.strip()))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=any_text)
def test_any_text_comes_out_as_it_went_in(tmp_path: Path, library: Library, text: str) -> None:
    path = written(tmp_path, "any.txt", text)
    library.add([path])
    stored = library.text(library.find(path).document_id)
    lines = text.removeprefix("\N{BYTE ORDER MARK}").replace("\r\n", "\n").replace("\r", "\n")
    assert stored == lines
    for passage in library.search_dense("anything", k=100):
        assert stored[passage.start : passage.end] == passage.text


def test_opening_and_asking_an_empty_library_writes_nothing(home: Path) -> None:
    library = Library.open(home)
    assert library.search_dense("anything", k=3) == []
    assert library.documents() == []
    assert not home.exists()


def test_a_passage_unlike_thousands_that_are_nearly_the_same_is_found(
    home: Path, tmp_path: Path
) -> None:
    class Crowd(BgeSmall):
        """For the rows the vectors of a hundred of them, moved by a little chance."""

        chance = np.random.default_rng(0)
        rows: ClassVar[list[list[float]]] = []

        def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
            if "heron" in texts[0]:
                return super().get_text_embedding_batch(texts)
            if len(self.rows) < 100:
                further = texts[: 100 - len(self.rows)]
                self.rows = self.rows + super().get_text_embedding_batch(further)
            drawn = np.array(self.rows)[self.chance.integers(len(self.rows), size=len(texts))]
            moved: list[list[float]] = (drawn + self.chance.normal(0, 0.005, drawn.shape)).tolist()
            return moved

    rows = "\n\n".join(
        f"Sentence {n} of file {n % 7} in version {n % 3}. " * 4 for n in range(3000)
    )
    heron = written(tmp_path, "heron.txt", "The heron is a patient bird.")
    crowd = written(tmp_path, "crowd.txt", rows)
    library = Library.open(home, embedding=Crowd())
    library.add([heron])
    library.add([crowd])
    for _ in range(3):
        # The graph is built anew, in another order, each time.
        (best,) = Library.open(home).search_dense("Which bird is patient?", k=1)
        assert best.text == "The heron is a patient bird."


def test_another_process_sees_what_was_added_meanwhile(library: Library, tmp_path: Path) -> None:
    library.add([ARTICLE])
    written(tmp_path, "note.txt", "The heron is a patient bird.")
    program = f"from index import Library; Library.open().add([{str(tmp_path / 'note.txt')!r}])"
    subprocess.run([sys.executable, "-c", program], check=True)
    assert library.search_dense("Which bird is patient?", k=1)[0].text.startswith("The heron")
    assert len(library.documents()) == 2


def test_what_an_interrupted_add_left_is_neither_found_nor_kept(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([ARTICLE])
    path = written(tmp_path, "long.txt", "The heron is a patient bird. " * 200)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            library.add([path])
    assert [d.source for d in library.documents()] == [str(ARTICLE)]
    assert all(p.source == str(ARTICLE) for p in library.search_dense("heron", k=50))
    library.add([path])
    assert len(library.documents()) == 2
    assert library.text(library.find(path).document_id) == path.read_text()


def test_a_write_that_fails_leaves_the_lock_to_others(
    library: Library, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([ARTICLE])

    def fail(*_: object) -> None:
        raise LibraryUnreadable("the store went away")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "heads", fail)
        with pytest.raises(LibraryUnreadable) as kept:
            library.add([ARTICLE])
    # The error is kept, and with it all that its traceback holds.
    assert kept.value
    lock = FileLock(home / "write.lock", timeout=0)
    lock.acquire()
    lock.release()


def test_a_library_refuses_another_embedding_model(library: Library, home: Path) -> None:
    library.add([ARTICLE])
    other = BgeSmall()
    other.model_name = "another/model"
    with pytest.raises(WrongEmbedding, match=r"built with the embedding model 'BAAI/bge-small"):
        Library.open(home, embedding=other)
    assert len(Library.open(home).documents()) == 1


def stored_records(home: Path) -> list[object] | bytes:
    file = home / "chroma" / "chroma.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        try:
            return database.execute("SELECT * FROM embeddings ORDER BY id").fetchall()
        except sqlite3.DatabaseError:
            return file.read_bytes()


def _garbage(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").write_bytes(b"not a database" * 1000)


def _other_migrations(chroma: Path) -> None:
    with closing(sqlite3.connect(chroma / "chroma.sqlite3")) as database, database:
        database.execute("UPDATE migrations SET hash = 'other'")


def _no_such_table(chroma: Path) -> None:
    with closing(sqlite3.connect(chroma / "chroma.sqlite3")) as database, database:
        database.execute("DROP TABLE collections")


@pytest.mark.parametrize("damage", [_garbage, _other_migrations, _no_such_table])
def test_a_damaged_or_foreign_chroma_folder_is_named_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    # In another process, because Chroma keeps a folder open for the life of a process.
    program = "import sys; from index import Library; Library.open(sys.argv[1]).add([sys.argv[2]])"
    home = tmp_path / "home"
    subprocess.run([sys.executable, "-c", program, home, ARTICLE], check=True)
    damage(home / "chroma")
    before = stored_records(home)
    with pytest.raises(LibraryUnreadable, match="cannot be read"):
        Library.open(home)
    assert stored_records(home) == before


def test_a_home_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    blocked = written(tmp_path, "file", "in the way") / "home"
    with pytest.raises(LibraryReadOnly, match="Choose another one with --home or QA_HOME"):
        Library.open(blocked).add([ARTICLE])


def test_an_address_that_is_none_of_a_server_is_a_clear_error() -> None:
    for address in ("ftp://localhost", "http://", "http://localhost:port"):
        with pytest.raises(LibraryUnreadable, match="is no address of a Chroma server"):
            Library.open(address)


def test_a_home_without_write_permission_is_a_clear_error(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    program = "import sys; from index import Library; Library.open(sys.argv[1]).add([sys.argv[2]])"
    command = [sys.executable, "-c", program, shut / "home", ARTICLE]
    if os.geteuid() == 0:
        # Root may write anywhere; without this capability it may not.
        command = ["setpriv", "--bounding-set=-dac_override", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "LibraryReadOnly" in done.stderr
    assert "Permission denied" in done.stderr
