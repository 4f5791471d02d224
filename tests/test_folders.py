"""Folders: which files are taken, which are named, and what follows their changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import Library
from tests.test_library import CountingEmbedding, written


def names(sources: tuple[str, ...]) -> list[str]:
    return [Path(source).name for source in sources]


def test_a_folder_is_searched_through_but_for_hidden_files(
    library: Library, tmp_path: Path
) -> None:
    written(tmp_path, "a.txt", "Alpha is the first letter.")
    written(tmp_path, "deep/er/b.md", "Beta is the second letter.")
    written(tmp_path, ".git/c.txt", "hidden")
    written(tmp_path, "~$d.docx", "what Word leaves beside an open document")
    assert names(library.add([tmp_path]).added) == ["a.txt", "b.md"]


def test_files_from_which_no_text_can_be_read_are_passed_over_and_counted(
    library: Library, tmp_path: Path
) -> None:
    written(tmp_path, "a.txt", "Alpha is the first letter.")
    written(tmp_path, "picture.png", "\x89PNG")
    report = library.add([tmp_path])
    assert names(report.passed_over) == ["picture.png"]
    assert report.failed == ()


def test_a_glob_chooses_by_name_and_by_path(library: Library, tmp_path: Path) -> None:
    written(tmp_path, "notes/a.txt", "Alpha is the first letter.")
    written(tmp_path, "notes/b.md", "Beta is the second letter.")
    written(tmp_path, "letters/c.txt", "Gamma is the third letter.")
    assert names(library.add([tmp_path], glob="*.md").added) == ["b.md"]
    assert names(library.add([tmp_path], glob="letters/*").added) == ["c.txt"]


def test_what_a_glob_names_is_read_or_named(library: Library, tmp_path: Path) -> None:
    written(tmp_path, "picture.png", "\x89PNG")
    (failure,) = library.add([tmp_path], glob="*.png").failed
    assert failure.reason.startswith("files ending in .png cannot be read; these can: .adoc,")


def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    library: Library, tmp_path: Path
) -> None:
    secret = written(tmp_path, "outside/secret.txt", "The password is heron.")
    written(tmp_path, "inside/a.txt", "Alpha is the first letter.")
    (tmp_path / "inside" / "link.txt").symlink_to(secret)
    (tmp_path / "inside" / "folder").symlink_to(secret.parent)
    (tmp_path / "inside" / "again.txt").symlink_to(tmp_path / "inside" / "a.txt")
    report = library.add([tmp_path / "inside"])
    assert len(report.added) == 1
    assert [Path(f.source).name for f in report.failed] == ["folder", "link.txt"]
    assert all("a link that leads out of" in failure.reason for failure in report.failed)
    assert len(library.add([tmp_path / "inside" / "link.txt"]).added) == 1


def test_a_file_that_cannot_be_looked_at_is_one_problem_among_others(
    library: Library, tmp_path: Path
) -> None:
    written(tmp_path, "a.txt", "Alpha is the first letter.")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "here.txt").symlink_to(tmp_path / "there.txt")
    (tmp_path / "there.txt").symlink_to(tmp_path / "here.txt")
    too_long = tmp_path / ("b" * 300 + ".txt")
    report = library.add([tmp_path, too_long, tmp_path / "self"])
    assert names(report.added) == ["a.txt"]
    failed = [Path(failure.source).name for failure in report.failed]
    assert failed == ["here.txt", "self", "there.txt", too_long.name]
    assert all(failure.reason.startswith("it cannot be opened: ") for failure in report.failed)
    assert names(library.add([tmp_path]).unchanged) == ["a.txt"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open every folder")
def test_a_file_in_a_closed_folder_is_one_problem_among_others(
    library: Library, tmp_path: Path
) -> None:
    open_file = written(tmp_path, "a.txt", "Alpha is the first letter.")
    inside = written(tmp_path, "closed/b.txt", "Beta is the second letter.")
    inside.parent.chmod(0o600)
    try:
        report = library.add([open_file, inside])
    finally:
        inside.parent.chmod(0o700)
    assert names(report.added) == ["a.txt"]
    assert [failure.reason for failure in report.failed] == [
        "it cannot be opened: Permission denied"
    ]


def test_a_file_that_is_named_twice_is_added_once(library: Library, tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "Alpha is the first letter.")
    assert len(library.add([tmp_path, path, f"{tmp_path}/../{tmp_path.name}/a.txt"]).added) == 1


def test_a_document_whose_file_is_gone_is_removed_with_its_folder(
    library: Library, tmp_path: Path
) -> None:
    written(tmp_path, "a.txt", "The heron is patient.")
    gone = written(tmp_path, "b.txt", "The stork is loud.")
    library.add([tmp_path])
    gone.unlink()
    report = library.add([tmp_path])
    assert names(report.removed) == ["b.txt"]
    assert names(report.unchanged) == ["a.txt"]
    assert [p.text for p in library.search_lexical("stork", k=5)] == []
    assert all("stork" not in p.text for p in library.search_dense("stork", k=5))


def test_documents_from_elsewhere_stay_when_a_folder_is_added(
    library: Library, tmp_path: Path
) -> None:
    other = written(tmp_path, "other/b.txt", "The stork is loud.")
    written(tmp_path, "folder/a.txt", "The heron is patient.")
    library.add([other, tmp_path / "folder"])
    other.unlink()
    assert library.add([tmp_path / "folder"]).removed == ()
    assert len(library.documents()) == 2


def test_a_folder_that_is_suddenly_empty_loses_nothing(library: Library, tmp_path: Path) -> None:
    written(tmp_path, "disk/a.txt", "The heron is patient.")
    library.add([tmp_path / "disk"])
    (tmp_path / "disk" / "a.txt").unlink()
    (failure,) = library.add([tmp_path / "disk"]).failed
    assert "documents of it that are kept: 1." in failure.reason
    assert f"`qa remove {tmp_path / 'disk' / 'a.txt'}`" in failure.reason
    assert len(library.documents()) == 1


def test_only_changed_files_are_embedded(home: Path, tmp_path: Path) -> None:
    embedding = CountingEmbedding()
    library = Library.open(home, embedding=embedding)
    for number in range(5):
        written(tmp_path, f"note-{number}.txt", f"Heron number {number} is patient.")
    library.add([tmp_path])
    embedding.embedded.clear()
    written(tmp_path, "note-3.txt", "Heron number three is loud.")
    report = library.add([tmp_path])
    assert names(report.replaced) == ["note-3.txt"]
    assert len(report.unchanged) == 4
    assert embedding.embedded == ["Heron number three is loud."]


def test_many_small_files_share_the_steps_of_the_model(home: Path, tmp_path: Path) -> None:
    class Steps(CountingEmbedding):
        steps = 0

        def get_text_embedding_batch(self, texts: list[str]) -> list[list[float]]:
            self.steps += 1
            return super().get_text_embedding_batch(texts)

    embedding = Steps()
    for number in range(100):
        written(tmp_path, f"note-{number}.txt", f"Heron number {number} is patient.")
    Library.open(home, embedding=embedding).add([tmp_path])
    assert len(embedding.embedded) == 100
    # 16 texts, so that progress shows at once, then twice as many each time.
    assert embedding.steps <= 4


def wait_for(condition: str, log: Path, seconds: float = 30.0) -> str:
    until = time.monotonic() + seconds
    while condition not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    return log.read_text()


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is sent as a signal")
def test_watching_follows_new_changed_and_removed_files(tmp_path: Path, home: Path) -> None:
    folder, log = tmp_path / "notes", tmp_path / "log"
    written(folder, "a.txt", "The heron is patient.")
    command = [sys.executable, "-m", "qa", "add", "--watch", str(folder), "--home", str(home)]
    with log.open("w") as told:
        watching = subprocess.Popen(command, stdout=told, stderr=told)
    try:
        wait_for("Watching for changes", log)
        written(folder, "b.txt", "The stork is loud.")
        wait_for(f"added {folder / 'b.txt'}", log)
        written(folder, "a.txt", "The heron is very patient.")
        wait_for(f"replaced {folder / 'a.txt'}", log)
        (folder / "b.txt").unlink()
        wait_for(f"removed {folder / 'b.txt'}", log)
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=20) == 0
    finally:
        watching.kill()
        watching.wait()
    assert [Path(d.source).name for d in Library.open(home).documents()] == ["a.txt"]
