"""`qa eval`: runs that survive a kill, the command, and the article's set as a gate."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from index import Library
from qa.command_line import main
from qa.confidence import fitted_confidence
from qa.evaluation import command
from qa.evaluation.questions import TestQuestion, load_questions
from qa.evaluation.results import Result
from qa.evaluation.run import evaluate
from qa.evaluation.run_file import RunError, RunSettings, load_run, load_settings
from qa.evaluation.summary import summarise
from tests.conftest import ARTICLE, ROOT
from tests.test_evaluation import RESULTS, written

QUESTIONS = ROOT / "tests" / "questions" / "article.jsonl"
Outcome = tuple[int, str, str]


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Result], Path]:
    """The whole question set of the article, asked once for the tests of this file."""
    folder = tmp_path_factory.mktemp("run")
    library = Library.open(folder / "home")
    library.add([ARTICLE])
    return evaluate(load_questions(QUESTIONS), library, kept=folder / "run.jsonl"), folder


# The question set of the article, as a gate -----------------------------------------------------


def test_the_article_is_answered_as_well_as_before(article: tuple[list[Result], Path]) -> None:
    """The floors are what was reached when they were set; raise them with the figures.

    Paraphrases without a shared word, and near misses whose words all stand in the article, are
    beyond the bundled models: README, "How good it is".
    """
    by_kind = summarise(article[0], fitted_confidence().threshold).by_kind
    assert by_kind["plain"]["right"].value >= 0.95
    assert by_kind["multi_part"]["right"].value >= 0.9
    assert by_kind["follow_up"]["right"].value == 1.0
    assert by_kind["off_topic"]["refused"].value == 1.0
    assert by_kind["near_miss"]["refused"].value >= 0.7
    assert by_kind["paraphrase"]["first_citation"].value >= 0.65
    # Lowered once, from 0.3, for the refusals and the follow-ups above.
    assert by_kind["paraphrase"]["right"].value >= 0.25


def test_the_gold_answers_and_histories_of_the_set_stand_in_the_article() -> None:
    text = " ".join(ARTICLE.read_text(encoding="utf-8").split())
    questions = load_questions(QUESTIONS)
    assert len(questions) >= 60
    for question in questions:
        for answer in (*question.answers, *(a for part in question.parts for a in part)):
            assert " ".join(answer.split()) in text, (question.id, answer)


# Runs ---------------------------------------------------------------------------------------------


def test_a_kept_run_is_read_back_as_it_was(article: tuple[list[Result], Path]) -> None:
    results, folder = article
    assert load_run(folder / "run.jsonl") == results


def test_a_run_says_how_it_answered_and_its_threshold_may_change(
    article: tuple[list[Result], Path], tmp_path: Path
) -> None:
    results, folder = article
    kept = tmp_path / "run.jsonl"
    kept.write_bytes((folder / "run.jsonl").read_bytes())
    asked, library = load_questions(QUESTIONS), Library.open(folder / "home")
    assert evaluate(asked, library, threshold=0.9, kept=kept) == results
    assert load_settings(kept) == RunSettings(fitted_confidence().threshold, questions=len(asked))
    with pytest.raises(RunError, match="a run with other passages"):
        evaluate(asked, library, passages=7, kept=kept)


def test_a_run_of_an_earlier_version_opens_and_goes_on(
    article: tuple[list[Result], Path], tmp_path: Path
) -> None:
    results, folder = article
    first, *lines = (folder / "run.jsonl").read_text().splitlines()
    header = json.loads(first)["run"]
    del header["passages"]
    kept = written(tmp_path / "run.jsonl", "\n".join([json.dumps({"run": header}), *lines, ""]))
    assert load_settings(kept) == RunSettings()
    assert load_run(kept) == results
    asked, library = load_questions(QUESTIONS), Library.open(folder / "home")
    assert evaluate(asked, library, kept=kept) == results


def test_a_killed_run_goes_on_where_it_stopped(
    article: tuple[list[Result], Path], tmp_path: Path
) -> None:
    kept = tmp_path / "run.jsonl"
    start = [sys.executable, "-m", "qa", "eval", str(QUESTIONS), "--home", str(article[1] / "home")]
    start += ["--limit", "12", "--output", str(kept), "--json"]
    running = subprocess.Popen(start, stdout=subprocess.DEVNULL)
    while not kept.exists() or kept.read_bytes().count(b"\n") < 4:
        assert running.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    whole = kept.read_text().rpartition("\n")[0].splitlines()
    assert len(whole) < 1 + 12, "it was killed too late to say anything"
    kept.write_text("\n".join(whole) + '\n{"question": {"id": "half a li')
    done = subprocess.run(start, capture_output=True, text=True, check=True)
    lines = kept.read_text().splitlines()
    assert lines[: len(whole)] == whole, "what was done was done again"
    assert len(lines) == 1 + 12
    seconds = [result.seconds for result in load_run(kept)]
    assert json.loads(done.stdout)["overall"]["seconds_p50"]["value"] == pytest.approx(
        (sorted(seconds)[5] + sorted(seconds)[6]) / 2
    )


def test_a_run_goes_on_after_a_kill_at_any_byte(
    article: tuple[list[Result], Path], tmp_path: Path
) -> None:
    whole = (article[1] / "run.jsonl").read_bytes()
    first, second = whole.find(b"\n") + 1, whole.find(b"\n", whole.find(b"\n") + 1) + 1
    asked, library = load_questions(QUESTIONS), Library.open(article[1] / "home")
    for cut in (0, 1, first - 1, len(whole) - 1, second, first):
        kept = tmp_path / f"{cut}.jsonl"
        # All but the last question are there when the first lines are cut: only those are asked.
        kept.write_bytes(whole[:cut])
        if cut > second:
            assert evaluate(asked, library, kept=kept)[:-1] == article[0][:-1]
            assert len(load_run(kept)) == len(asked)
        else:
            with pytest.raises(Stopped):
                evaluate(asked, library, kept=kept, progress=stop_at(1))
            assert kept.read_bytes()[:first] == whole[:first]
            assert len(load_run(kept)) == 1


class Stopped(Exception):
    pass


def stop_at(questions: int) -> Callable[[int], None]:
    def progress(done: int) -> None:
        if done == questions:
            raise Stopped

    return progress


def test_a_run_file_of_something_else_is_refused_and_left_alone(
    article: tuple[list[Result], Path], library: Library, tmp_path: Path
) -> None:
    before = (article[1] / "run.jsonl").read_bytes()
    kept = tmp_path / "run.jsonl"
    kept.write_bytes(before)
    same = Library.open(article[1] / "home")
    with pytest.raises(RunError, match="a run with other questions"):
        evaluate([TestQuestion("x", "Who?")], same, kept=kept)
    text = ARTICLE.read_text(encoding="utf-8")
    library.add([written(tmp_path / ARTICLE.name, text.replace("Astana", "Almaty"))])
    with pytest.raises(RunError, match="a run with other documents"):
        evaluate(load_questions(QUESTIONS), library, kept=kept)
    assert kept.read_bytes() == before


@pytest.mark.parametrize("text", ["[]\n", "no json", "no json\nat all\n", '{"id": "1"}\n'])
def test_a_file_that_is_no_run_is_refused_and_left_alone(
    text: str, library: Library, tmp_path: Path
) -> None:
    path = written(tmp_path / "run.jsonl", text)
    with pytest.raises(RunError, match="is no run"):
        load_run(path)
    with pytest.raises(RunError, match="is no run"):
        evaluate([TestQuestion("x", "Who?")], library, kept=path)
    assert path.read_text() == text


@pytest.mark.parametrize("line", ["{", "[]", "5", '{"question": {}}', '{"question": []}'])
def test_a_damaged_line_is_named(line: str, tmp_path: Path) -> None:
    path = written(tmp_path / "run.jsonl", f'{{"run": {{}}}}\n{line}\n')
    with pytest.raises(RunError, match="damaged in line 2"):
        load_run(path)


# The command --------------------------------------------------------------------------------------


@pytest.fixture
def qa_eval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """The command in this process: its exit status, what it prints, and its errors."""

    def run(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["qa", "eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return run


def test_the_command_measures_compares_reports_and_guards(
    article: tuple[list[Result], Path], tmp_path: Path, qa_eval: Callable[..., Outcome]
) -> None:
    results, folder = article
    run = folder / "run.jsonl"
    status, out, err = qa_eval(
        QUESTIONS, "--home", folder / "home", "--output", run, "--html", tmp_path / "a.html"
    )
    assert (status, err) == (0, "")
    assert "first_citation" in out
    assert f"<h1>Evaluation of {len(results)} questions</h1>" in (tmp_path / "a.html").read_text()
    assert load_run(run) == results, "nothing had to be asked"
    gate = ["--fail-under", "right=0.1", "--fail-under", "auroc=1.01"]
    status, out, err = qa_eval(
        QUESTIONS, "--home", folder / "home", "--output", run, "--json", "--compare", run, *gate
    )
    told = json.loads(out)
    assert status == 1
    assert err == f"qa: auroc is {told['overall']['auroc']['value']:.3f}, below 1.01\n"
    assert told["comparison"]["differences"]["right"]["value"] == 0
    assert math.isfinite(told["overall"]["seconds_p50"]["value"])
    assert sum(bin_["count"] for bin_ in told["reliability"]) == told["overall"]["ece"]["n"]


def test_documents_make_a_library_of_their_own(
    tmp_path: Path, home: Path, qa_eval: Callable[..., Outcome]
) -> None:
    row = {"id": "1", "question": "What does Zorblax drink?", "answers": ["nettle tea"]}
    rows = json.dumps(row | {"documents": ["zorblax.txt", "gone.txt"]})
    asked = written(tmp_path / "set.jsonl", rows)
    document = written(tmp_path / "zorblax.txt", "Zorblax drinks nettle tea every morning.\n")
    status, out, err = qa_eval(asked, "--documents", document, "--threshold", "0", "--json")
    overall = json.loads(out)["overall"]
    assert (status, err) == (0, "qa: the library does not hold gone.txt\n")
    assert overall["right"]["value"] == 1
    assert overall["recall@1"]["value"] == 1
    assert not home.exists()
    assert not Path("http:").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.jsonl"], "none.jsonl: there is no such file"),
        ([QUESTIONS, "--fail-under", "nonsense=1"], "There is no figure 'nonsense' to guard"),
        ([QUESTIONS, "--fail-under", "nonsense=1"], "there are: recall@1, recall@5"),
        ([QUESTIONS, "--fail-under", "ece=0.05"], "There is no figure 'ece' to guard"),
        ([QUESTIONS, "--fail-under", "right"], "not of the form FIGURE=VALUE"),
        ([QUESTIONS, "--fail-under", "right=nan"], "not of the form FIGURE=VALUE"),
        ([QUESTIONS, "--compare", "none.jsonl"], "none.jsonl: there is no such file"),
        ([QUESTIONS, "--html", "no/such/report.html"], "there is no folder no/such"),
        ([QUESTIONS, "--output", "."], "is a folder"),
        ([QUESTIONS, "--home", "http://127.0.0.1:9"], "The Chroma server at http://127.0.0.1:9"),
    ],
)
def test_a_wrong_call_is_one_line_before_anything_is_asked(
    arguments: list[str | Path], message: str, home: Path, qa_eval: Callable[..., Outcome]
) -> None:
    status, out, err = qa_eval(*arguments)
    assert (status, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1
    assert not home.exists()
    assert not Path("http:").exists()


def test_a_missing_library_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, qa_eval: Callable[..., Outcome]
) -> None:
    monkeypatch.setattr(command, "EXTRA", ("sklearn", "no_such_library"))
    status, _, err = qa_eval(QUESTIONS)
    assert status == 1
    assert err.startswith("qa: The evaluation needs no_such_library, which is not installed: pip")


def test_a_figure_that_was_not_measured_is_below_every_floor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit):
        command._gate(summarise(RESULTS, 0.5), {"recall@5": 0.0, "refused": 0.5})
    assert capsys.readouterr().err == "qa: recall@5 is not measured, below 0\n"
