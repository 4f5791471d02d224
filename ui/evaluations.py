"""Evaluations from the page: question sets, and runs of them in the background, kept to compare."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread

from index.errors import QAError
from qa.assistant import Assistant
from qa.evaluation.command import require_extra
from qa.evaluation.questions import QuestionSetError, TestQuestion, load_questions
from qa.evaluation.results import Result
from qa.evaluation.run_file import RunError, RunSettings, load_run, load_settings
from qa.language_model import NONE
from ui.settings import Desk

FAULT = "Something went wrong inside Cited QA, and the run has ended; its log says why."
SUFFIXES = (".jsonl", ".csv")
logger = logging.getLogger(__name__)

_RUN = re.compile(r"[\w. -]{1,120} \d{8}-\d{6}")


class EvaluationBusy(QAError):
    """One run at a time: two would measure each other's waiting."""


class RunNotFound(QAError):
    """There is no such question set or run."""


class _Stopped(Exception):
    """The reader stopped the run."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a question set; `done` of its `questions` were asked.

    It answers from `threshold` on, which runs of earlier versions do not say. `state` is "running",
    "done", "stopped" or "failed"; then `error` says why in a sentence.
    """

    id: str
    questions: int
    done: int
    threshold: float | None
    writer: str
    passages: int
    state: str = "done"
    error: str = ""

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them."""
        return {name: getattr(self, name) for name in self.__slots__}


class Evaluations:
    """The question sets and runs in a folder, and the run that is going on."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        """Over the desk's library; the sets are in `folder`, the runs below it."""
        self._desk = desk
        self._folder = folder
        self._starting = Lock()
        self._current: Run | None = None
        self._is_stopped = False

    def sets(self) -> dict[str, int]:
        """How many questions each set has, by name; one that cannot be read is left out."""
        found: dict[str, int] = {}
        for path in sorted(self._folder.glob("*")):
            if path.suffix in SUFFIXES:
                try:
                    found[path.name] = len(load_questions(path))
                except QuestionSetError:
                    continue
        return found

    def add_set(self, name: str, content: bytes) -> int:
        """Keep a question set under a file name; how many questions it has.

        Raises QuestionSetError when it cannot be used; an earlier one of that name then stays.
        """
        plain = re.sub(r"[^\w. -]", "_", Path(name.replace("\\", "/")).name).lstrip(".")
        path = self._folder / plain
        part = path.with_name(f".new-{plain}")
        self._folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        try:
            count = len(load_questions(part))
        except QuestionSetError as error:
            raise QuestionSetError(str(error).replace(str(part), plain)) from error
        else:
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return count

    def runs(self) -> list[Run]:
        """All runs, the last first; a file that is none is left out."""
        current = self._current
        found = [current] if current else []
        for path in self._runs.glob("*.jsonl"):
            if current is None or path.stem != current.id:
                with suppress(RunError):
                    found.append(_kept(path))
        return sorted(found, key=lambda run: run.id[-15:], reverse=True)

    def start(self, name: str) -> Run:
        """Begin to run a set; raises EvaluationBusy, RunNotFound or QuestionSetError."""
        require_extra()
        if name not in self.sets():
            raise RunNotFound(f"There is no question set {name!r}.")
        questions = load_questions(self._folder / name)
        with self._starting:
            if self._current is not None and self._current.state == "running":
                raise EvaluationBusy("A run is going on; wait for it, or stop it.")
            started = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
            assistant = self._desk.assistant
            run = Run(
                f"{Path(name).stem} {started}",
                len(questions),
                0,
                assistant.threshold,
                assistant.llm.name if assistant.llm else NONE,
                assistant.passages,
                "running",
            )
            self._current, self._is_stopped = run, False
        arguments = [run, questions, assistant]
        Thread(target=self._go, args=arguments, name="evaluating", daemon=True).start()
        return run

    def stop(self) -> None:
        """Stop the run that is going on; what was asked stays."""
        self._is_stopped = True

    def remove(self, id_: str) -> None:
        """Remove a run; raises RunNotFound, and EvaluationBusy while it is going on."""
        path = self._path(id_)
        current = self._current
        if current is not None and current.id == id_ and current.state == "running":
            raise EvaluationBusy("This run is going on; stop it first.")
        path.unlink()
        if current is not None and current.id == id_:
            self._current = None

    def report(self, id_: str, compared_with: str = "") -> str:
        """A run as a page to read, with what changed since another; raises RunNotFound.

        Each is taken at its own threshold; where it does not say it, at the one of today.
        """
        require_extra()
        from qa.evaluation.compare import compare
        from qa.evaluation.report import report
        from qa.evaluation.summary import summarise

        results, settings = self._load(id_)
        threshold = self._threshold(settings)
        comparison, before = None, None
        if compared_with:
            earlier, before = self._load(compared_with)
            comparison = compare(results, earlier, threshold, self._threshold(before))
        summary = summarise(results, threshold)
        return report(results, summary, comparison, settings=settings, earlier=before)

    def _load(self, id_: str) -> tuple[list[Result], RunSettings]:
        path = self._path(id_)
        return load_run(path), load_settings(path)

    def _threshold(self, settings: RunSettings) -> float:
        kept = settings.threshold
        return self._desk.assistant.threshold if kept is None else kept

    @property
    def _runs(self) -> Path:
        return self._folder / "runs"

    def _path(self, id_: str) -> Path:
        path = self._runs / f"{id_}.jsonl"
        if not _RUN.fullmatch(id_) or not path.is_file():
            raise RunNotFound("There is no such run.")
        return path

    def _go(self, run: Run, questions: list[TestQuestion], assistant: Assistant) -> None:
        from qa.evaluation.run import evaluate

        def tell(done: int) -> None:
            if self._is_stopped:
                raise _Stopped
            self._current = replace(run, done=done)

        self._runs.mkdir(parents=True, exist_ok=True)
        ended = replace(run, done=run.questions, state="done")
        try:
            evaluate(
                questions,
                self._desk.library,
                llm=assistant.llm,
                passages=assistant.passages,
                threshold=assistant.threshold,
                kept=self._runs / f"{run.id}.jsonl",
                progress=tell,
            )
        except _Stopped:
            ended = replace(self._current or run, state="stopped")
        except QAError as error:
            ended = replace(self._current or run, state="failed", error=str(error))
        except Exception:
            logger.exception("A run of a question set failed")
            ended = replace(self._current or run, state="failed", error=FAULT)
        self._current = ended


def _kept(path: Path) -> Run:
    """A run of which only its file is left; raises RunError."""
    settings = load_settings(path)
    with path.open("rb") as file:
        done = sum(1 for _ in file) - 1
    asked = settings.questions or done
    state = "stopped" if done < asked else "done"
    told = settings.threshold, settings.writer, settings.passages
    return Run(path.stem, asked, done, *told, state)
