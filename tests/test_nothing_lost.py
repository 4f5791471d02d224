"""Nothing is lost: a killed process, two writers, a reader meanwhile, a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from index import Library
from index.embedding import BgeSmall
from tests.test_command_line import qa
from tests.test_library import written

KILLS = 10
FILES = 12
# Loaded once for all that look at the libraries.
MODEL = BgeSmall()

# Everything is imported once; each line on stdin makes a child that adds the folder and says so.
# The line says after how many documents the child kills itself: 0 for never.
ADDER = """
import os, signal, sys
import chromadb.api.client, numpy, onnxruntime, tokenizers
from index import Library, adding
from index.sentences import _punkt
# Many small steps: a document is finished every few passages.
adding.STEP_PASSAGES = 8
_punkt()
home, folder = sys.argv[1:]
for line in sys.stdin:
    last = int(line)
    child = os.fork()
    if child == 0:
        finished = []
        def progress(told):
            if told.passages_done == told.passages:
                finished.append(told.source)
                if len(finished) == last:
                    os.kill(os.getpid(), signal.SIGKILL)
        Library.open(home).add([folder], progress=progress)
        print("finished", flush=True)
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@contextmanager
def adder(home: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", ADDER, str(home), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def start(process: subprocess.Popen[str], last: int = 0) -> int:
    """The number of a child that is adding from now on, up to its `last` document or to the end."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{last}\n")
    process.stdin.flush()
    # What is said of the one before may not have been read.
    return int(next(line for line in process.stdout if line.strip().isdigit()))


def seconds_of_an_add(process: subprocess.Popen[str]) -> float:
    """How long a child takes that nobody kills."""
    assert process.stdout is not None
    started = time.perf_counter()
    start(process)
    assert process.stdout.readline() == "finished\n"
    return time.perf_counter() - started


def write_all(folder: Path, version: int) -> None:
    for number in range(FILES):
        written(folder, f"{number}.txt", text_of(number, version))


def text_of(number: int, version: int) -> str:
    lines = [f"Sentence {line} of file {number} in version {version}." for line in range(18)]
    return "\n\n".join(" ".join(lines[start : start + 3]) for start in range(0, 18, 3))


def assert_whole(home: Path, version: int) -> tuple[int, set[str]]:
    """Every document is there as a whole, in this version or an earlier one.

    Gives how many are in this version, and the ids of all.
    """
    library = Library.open(home, embedding=MODEL)
    texts = {d.document_id: library.text(d.document_id) for d in library.documents()}
    new = 0
    for document in library.documents():
        number = int(Path(document.source).stem)
        versions = [text_of(number, older) for older in range(version + 1)]
        assert texts[document.document_id] in versions
        new += texts[document.document_id] == versions[version]
    for search in (library.search_dense, library.search_lexical):
        for passage in search(f"Sentence 7 in version {version}", k=200):
            held = texts[passage.document_id]
            assert held[passage.start : passage.end] == passage.text
    return new, set(texts)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are made by fork")
@pytest.mark.timeout(240)
def test_a_process_killed_at_any_moment_loses_nothing_that_was_finished(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    interrupted = 0
    with adder(home, folder) as process:
        write_all(folder, 0)
        whole = seconds_of_an_add(process)
        _, before = assert_whole(home, 0)
        for kill in range(1, KILLS + 1):
            write_all(folder, kill)
            child = start(process)
            # From the opening of the library to the last of its writes; more of them early, for
            # where this add is faster than the first.
            time.sleep(whole * (kill / KILLS) ** 2)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            time.sleep(0.05)
            new, now = assert_whole(home, kill)
            assert before <= now
            before = now
            interrupted += new < FILES
    assert interrupted >= KILLS // 4
    library = Library.open(home)
    report = library.add([folder])
    assert report.failed == ()
    assert assert_whole(home, KILLS)[0] == FILES
    assert library.add([folder]).unchanged == tuple(
        sorted(str(folder / f"{n}.txt") for n in range(FILES))
    )
    with library._store._collection() as collection:
        assert collection is not None
        assert collection.count() == sum(d.passages for d in library.documents())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are made by fork")
def test_a_process_killed_between_two_documents_keeps_those_that_were_finished(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    with adder(home, folder) as process:
        write_all(folder, 0)
        seconds_of_an_add(process)
        for version, last in enumerate((1, FILES // 2, FILES - 2), start=1):
            write_all(folder, version)
            start(process, last)
            assert process.stdout is not None
            assert process.stdout.readline() == "ended\n"
            new, held = assert_whole(home, version)
            assert last <= new < FILES
            assert len(held) == FILES


def test_two_processes_add_at_once_and_a_reader_goes_on(home: Path, tmp_path: Path) -> None:
    for number in range(FILES):
        written(tmp_path, f"one/{number}.txt", text_of(number, 1))
        written(tmp_path, f"two/{number}.txt", text_of(number, 2))
    first = written(tmp_path, "first.txt", "The heron is a patient bird.")
    library = Library.open(home)
    library.add([first])
    program = "import sys; from index import Library; Library.open(sys.argv[1]).add([sys.argv[2]])"
    writers = [
        subprocess.Popen([sys.executable, "-c", program, home, tmp_path / name])
        for name in ("one", "two")
    ]
    answers = 0
    while any(writer.poll() is None for writer in writers):
        assert "The heron is a patient bird." in [
            p.text for p in library.search_dense("Which bird is patient?", k=3)
        ]
        answers += 1
    assert [writer.wait() for writer in writers] == [0, 0]
    assert answers > 5
    assert len(library.documents()) == 2 * FILES + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted with the right to")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_a_clear_error_and_what_was_stored_is_still_there(
    small_disk: Path, tmp_path: Path
) -> None:
    first = written(tmp_path, "first.txt", "The heron is a patient bird.")
    home = small_disk / "home"
    assert qa("add", first, "--home", home).returncode == 0
    large = written(tmp_path, "large.txt", "\n\n".join(text_of(n, 0) for n in range(60)))
    room = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(room.f_bavail * room.f_frsize - 200_000))
    full = qa("add", large, "--home", home)
    assert full.returncode == 1
    assert full.stderr.startswith(f"qa: The disk of {home} is full")
    assert full.stderr.count("\n") == 1
    (small_disk / "ballast").unlink()
    with Library.open(home) as library:
        assert [d.source for d in library.documents()] == [str(first)]
        assert library.search_dense("Which bird is patient?", k=1)[0].text.startswith("The heron")
        assert library.add([large]).added == (str(large),)
