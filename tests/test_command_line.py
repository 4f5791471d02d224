"""The command line as a person and a program use it: real processes, one line an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from index import Library
from qa.command_line import main
from tests.conftest import ARTICLE, ROOT


def qa(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"COLUMNS": "100"},
    )


@pytest.fixture(scope="module")
def article_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that holds the article, for tests that only ask."""
    folder = tmp_path_factory.mktemp("article")
    Library.open(folder).add([ARTICLE])
    return folder


def test_a_question_is_answered_with_its_source(article_home: Path) -> None:
    done = qa("ask", "When is the summit?", "--home", article_home)
    assert done.returncode == 0
    assert "August 12. [1]" in done.stdout
    assert "[1] Lukashenko wants former Soviet states" in done.stdout
    assert done.stderr == ""


def test_an_answer_in_json_is_read_by_a_program(article_home: Path) -> None:
    told = json.loads(qa("ask", "When is the summit?", "--json", "--home", article_home).stdout)
    assert told["answered"] is True
    assert "August 12" in told["citations"][0]["quote"]


def test_a_refusal_is_no_error_and_shows_what_is_nearest(article_home: Path) -> None:
    done = qa("ask", "How do I bake a sumit?", "--home", article_home)
    assert done.returncode == 0
    assert "do not answer" in done.stdout
    assert "Nearest passages:" in done.stdout
    assert done.stdout.endswith("“sumit” was read as “summit”.\n")


def test_documents_are_added_listed_and_removed(tmp_path: Path, home: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The heron is a patient bird.")
    added = qa("add", note, "--home", home)
    assert added.returncode == 0
    assert f"added {note}" in added.stdout
    again = qa("add", note, "--home", home, "--json")
    assert json.loads(again.stdout)["unchanged"] == [str(note)]
    (document,) = json.loads(qa("documents", "--home", home, "--json").stdout)
    assert document["source"] == str(note)
    assert document["passages"] == 1
    assert "note" in qa("documents", "--home", home).stdout
    removed = qa("remove", document["document_id"], "--home", home)
    assert removed.stdout == f"Removed note ({note}).\n"
    assert json.loads(qa("documents", "--home", home, "--json").stdout) == []
    assert "library is empty" in qa("documents", "--home", home).stdout


def test_a_document_is_removed_by_its_relative_path(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("The heron is a patient bird.")
    qa("add", "note.txt", cwd=tmp_path)
    assert qa("remove", "note.txt", cwd=tmp_path).returncode == 0


def test_a_bad_file_is_named_and_the_good_one_added(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"a\0b")
    (tmp_path / "good.txt").write_text("Herons eat fish.")
    done = qa("add", tmp_path)
    assert done.returncode == 1
    assert "added " in done.stdout
    assert done.stderr == (
        f"qa: {tmp_path / 'bad.txt'}: it is not a text file: it contains NUL characters\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", " "], "qa: There is no question"),
        (["ask", "a" * 10_000], "qa: The question has 10,000 characters"),
        (["remove", "nothing"], "qa: The library holds no document 'nothing'"),
        (["ask", "When?", "--home", f"{ARTICLE}/home"], "qa: The home folder"),
        (["ask", "—"], "qa: There is no question"),
        (["ask", os.fsdecode(b"When \xff?")], "qa: The question or its history is not valid"),
        (["remove", os.fsdecode(b"\xff.txt")], "qa: The library holds no document"),
        (["user", "remove", os.fsdecode(b"\xff")], "qa: An argument is not UTF-8."),
        (["token", "list", "nobody"], "qa: There is no account 'nobody'; make one with"),
        (["ask", "When?", "--in", ""], "qa: A pattern that chooses documents is empty"),
        (["add", ""], "qa: The name of a file is empty; the current folder is `.`."),
        (["add", ".", ""], "qa: The name of a file is empty"),
    ],
)
def test_an_error_is_one_line_and_exit_status_1(arguments: list[str], message: str) -> None:
    done = qa(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_the_version_is_told() -> None:
    done = qa("--version")
    assert (done.returncode, done.stdout) == (0, f"Cited QA {version('cited-qa')}\n")


def test_a_list_for_a_program_has_a_line_a_document(tmp_path: Path, home: Path) -> None:
    name = "a name\nof two lines, and so long that no screen takes it in one " * 2 + ".txt"
    (tmp_path / name).write_text("The heron is a patient bird.")
    Library.open(home).add(tmp_path)
    (document,) = Library.open(home).documents()
    headings, line = qa("documents", "--home", home).stdout.splitlines()
    assert headings.split("\t")[:3] == ["id", "title", "source"]
    escaped = str(tmp_path / name).replace("\n", r"\n")
    assert line.split("\t")[0] == document.document_id
    assert line.split("\t")[2] == escaped
    assert "unchanged: 1\n" in qa("add", tmp_path, "--home", home).stdout
    assert escaped in qa("ask", "What is a heron?", "--home", home).stdout
    assert qa("remove", document.document_id, "--home", home).stdout.count("\n") == 1


def test_a_nearest_passage_that_is_cut_says_so(article_home: Path) -> None:
    lines = qa("ask", "How do I bake bread?", "--home", article_home).stdout.splitlines()
    passages = [line for line in lines if line.startswith("    ")]
    assert passages
    assert all(len(line) > 150 and line.endswith(" …") for line in passages)
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("arguments", [["documents"], ["documents", "--json"], ["--version"]])
def test_an_output_that_takes_no_more_is_one_line(
    arguments: list[str], article_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_HOME", str(article_home))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "qa", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == "qa: The output cannot be written: No space left on device.\n"


def test_an_output_that_nobody_reads_is_no_traceback(article_home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "qa", "documents", "--home", str(article_home)]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.returncode == 1
    assert done.stderr.count("\n") <= 1
    assert "Traceback" not in done.stderr


def test_a_missing_model_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_MODELS", str(tmp_path))
    done = qa("ask", "When is the summit?")
    assert done.returncode == 1
    assert done.stderr.startswith(f"qa: The model file {tmp_path}/bge_small_en/model.onnx")
    assert done.stderr.count("\n") == 1


def test_control_characters_of_a_document_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.txt").write_text("The heron \x1b[2J is a patient bird.")
    Library.open().add(tmp_path)
    for arguments in (["ask", "Which bird is patient?"], ["documents"], ["ask", "Bread?"]):
        assert "\x1b" not in qa(*arguments).stdout


COMMANDS = ["ask", "chat", "add", "documents", "remove", "mcp"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_a_place_in_the_readme(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["qa", command, "--help"])
    with pytest.raises(SystemExit, match="0"):
        main()
    told = capsys.readouterr().out
    assert f"Example: qa {command}" in told
    assert "--home" in told
    assert f"qa {command}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_are_these() -> None:
    listed = qa("--help").stdout
    assert [command for command in COMMANDS if command not in listed] == []
