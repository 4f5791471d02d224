"""Question sets: JSONL or CSV, checked when they are read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import QAError

# Between the values of one CSV field.
SEPARATOR = "|"


class QuestionSetError(QAError):
    """The question set cannot be used; the message names the file, the line and the trouble."""


@dataclass(frozen=True, slots=True)
class TestQuestion:
    """A question with what is known of its answer.

    `answers` are alternatives, empty when the documents do not answer it; `parts`, for a question
    with several parts, are the alternatives for each. `documents` are file names or sources.
    """

    # Not a test, whatever its name begins with.
    __test__ = False

    id: str
    question: str
    answers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    parts: tuple[tuple[str, ...], ...] = ()

    @property
    def is_answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.answers)


def load_questions(path: Path) -> list[TestQuestion]:
    """The questions of a .jsonl or .csv file, in order; raises QuestionSetError."""
    readers = {".jsonl": _jsonl, ".csv": _csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise QuestionSetError(f"{path}: a question set ends in .jsonl or .csv")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise QuestionSetError(f"{path}: there is no such file") from error
    except OSError as error:
        raise QuestionSetError(f"{path}: it cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QuestionSetError(f"{path}: it is not UTF-8 text (byte {error.start})") from error
    questions: dict[str, TestQuestion] = {}
    for number, row in reader(path, text):
        try:
            question = _question(row)
        except ValueError as error:
            raise QuestionSetError(f"{path}, line {number}: {error}") from error
        if question.id in questions:
            raise QuestionSetError(f"{path}, line {number}: the id {question.id!r} stands twice")
        questions[question.id] = question
    if not questions:
        raise QuestionSetError(f"{path}: there are no questions in it")
    return list(questions.values())


def _jsonl(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise QuestionSetError(f"{path}, line {number}: no JSON ({error.msg})") from error
        if not isinstance(row, dict):
            raise QuestionSetError(f"{path}, line {number}: no JSON object")
        yield number, row


def _csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    for row in _rows(path, reader):
        if None in row:
            raise QuestionSetError(f"{path}, line {reader.line_num}: more fields than headings")
        fields: dict[str, Any] = {name: value for name, value in row.items() if value}
        for name in ("answers", "documents", "document"):
            values = str(fields.get(name, "")).split(SEPARATOR)
            fields[name] = [value.strip() for value in values if value.strip()]
        for name in ("history", "parts"):
            try:
                fields[name] = json.loads(fields.get(name, "[]"))
            except json.JSONDecodeError as error:
                trouble = f"{name} is no JSON ({error.msg})"
                raise QuestionSetError(f"{path}, line {reader.line_num}: {trouble}") from error
        yield reader.line_num, fields


def _rows(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise QuestionSetError(f"{path}, line {reader.line_num}: {error}") from error


def _question(row: dict[str, Any]) -> TestQuestion:
    asked = row.get("question")
    if not isinstance(asked, str) or not asked.strip():
        raise ValueError("the question is missing")
    if row.get("id") in (None, ""):
        raise ValueError("the id is missing")
    answers = _texts(row.get("answers") or [], "answers")
    parts = row.get("parts") or []
    if not isinstance(parts, list):
        raise ValueError("parts is a list of lists of texts")
    if parts and not answers:
        raise ValueError("there are parts, but no answers")
    documents = row.get("documents") or row.get("document") or []
    return TestQuestion(
        id=str(row["id"]),
        question=asked,
        answers=answers,
        documents=_texts([documents] if isinstance(documents, str) else documents, "documents"),
        history=_history(row.get("history") or []),
        kind=str(row.get("kind") or ""),
        parts=tuple(_texts(part, "each of the parts") for part in parts),
    )


def _history(turns: object) -> tuple[tuple[str, str], ...]:
    wrong = ValueError("history is a list of [question, answer] pairs")
    if not isinstance(turns, list):
        raise wrong
    for turn in turns:
        if not isinstance(turn, list) or len(turn) != 2:
            raise wrong
        if not all(isinstance(said, str) for said in turn):
            raise wrong
    return tuple((question, answer) for question, answer in turns)


def _texts(values: object, name: str) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} is a list of texts")
    if not all(value.strip() for value in values):
        raise ValueError(f"{name} holds an empty text")
    return tuple(values)
