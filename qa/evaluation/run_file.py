"""The file of a run: what was asked, and how, in the first line, then one result a line.

It is only ever added to. A line cut off by a kill is dropped when the run goes on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import QAError
from qa.assistant import DEFAULT_PASSAGES
from qa.evaluation.results import Result, result_from
from qa.language_model import NONE

# The key of the first line under which the writer stands.
WRITER = "language model"


class RunError(QAError):
    """The run file cannot be used for this run; the message says why and what to do."""


# What earlier versions did not write, as each of their runs had it.
UNSAID = {"passages": DEFAULT_PASSAGES}


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run answered: from which confidence on, in whose words, from how many passages.

    `questions` is how many it was to ask. Runs of earlier versions do not say their threshold and
    that count: both are `None`.
    """

    threshold: float | None = None
    writer: str = NONE
    passages: int = DEFAULT_PASSAGES
    questions: int | None = None

    def told(self) -> str:
        """In words, as the labels and the report say it."""
        parts = [] if self.threshold is None else [f"from confidence {self.threshold:.2f} on"]
        parts.append("in quotes" if self.writer == NONE else f"in the words of {self.writer}")
        parts.append(f"from {self.passages} passage{'' if self.passages == 1 else 's'}")
        return ", ".join(parts)


class RunFile:
    """A run file under way; `results` are those of an earlier start, by question id."""

    def __init__(self, path: Path, header: dict[str, Any], settings: RunSettings) -> None:
        """Opens or begins the file; raises RunError when another run stands in it.

        Another run is one of other questions, over other documents or with another `header`; at
        another threshold a run can go on, as its results hold at any.
        """
        self._path = path
        first = _line(
            {"run": header, "threshold": settings.threshold, "questions": settings.questions}
        )
        held = _read(path) if path.exists() else b""
        whole = held[: held.rfind(b"\n") + 1]
        if not whole and first.startswith(held):
            _write(path, first, mode="wb")
            whole = first
        _check(path, whole, header)
        if len(whole) < len(held):
            _truncate(path, len(whole))
        self.results = {result.question.id: result for result in _results(path, whole)}

    def add(self, result: Result) -> None:
        """Keep one more result: it is with the operating system when this returns."""
        _write(self._path, _line(asdict(result)), mode="ab")
        self.results[result.question.id] = result


def load_run(path: Path) -> list[Result]:
    """The results of an earlier run, whether it came to its end or not; raises RunError."""
    if not path.exists():
        raise RunError(f"{path}: there is no such file")
    held = _read(path)
    whole = held[: held.rfind(b"\n") + 1]
    _header(path, whole)
    return _results(path, whole)


def load_settings(path: Path) -> RunSettings:
    """How an earlier run answered; raises RunError."""
    held = _read(path)
    header, told = _header(path, held), json.loads(held.split(b"\n", 1)[0])
    return RunSettings(
        threshold=told.get("threshold"),
        writer=header.get(WRITER, NONE),
        passages=header["passages"],
        questions=told.get("questions"),
    )


def _check(path: Path, whole: bytes, header: dict[str, Any]) -> None:
    held = _header(path, whole)
    changed = [name for name in header if held.get(name) != header[name]]
    if changed:
        raise RunError(
            f"{path} holds a run with other {' and '.join(changed)}. "
            "Name another file with --output, or remove it."
        )


def _header(path: Path, whole: bytes) -> dict[str, Any]:
    try:
        told = json.loads(whole.split(b"\n", 1)[0])
    except ValueError:
        told = None
    header = told.get("run") if isinstance(told, dict) else None
    if not isinstance(header, dict):
        raise RunError(f"{path} is no run of `qa eval --output`")
    return UNSAID | header


def _results(path: Path, whole: bytes) -> list[Result]:
    results = []
    for number, line in enumerate(whole.split(b"\n")[1:-1], start=2):
        try:
            results.append(result_from(json.loads(line)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(f"{path} is damaged in line {number}; remove it") from error
    return results


def _line(told: dict[str, Any]) -> bytes:
    # Escaped: half of a character pair, which JSON may hold, has no UTF-8.
    return json.dumps(told).encode() + b"\n"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}") from error


def _write(path: Path, line: bytes, *, mode: str) -> None:
    try:
        with path.open(mode) as file:
            file.write(line)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}") from error


def _truncate(path: Path, size: int) -> None:
    try:
        with path.open("r+b") as file:
            file.truncate(size)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror or error}") from error
