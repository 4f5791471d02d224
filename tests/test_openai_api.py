"""The chat completions of OpenAI's protocol, asked by the openai package."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest

QUESTION = "Who is the CSTO Secretary General?"


@pytest.fixture(scope="module")
def client(article_server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{article_server}/v1", api_key="none", max_retries=0) as asking:
        yield asking


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def test_the_one_model_is_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["cited-qa"]


def test_the_model_is_told_by_its_name_and_no_other_is(client: openai.OpenAI) -> None:
    assert client.models.retrieve("cited-qa").id == "cited-qa"
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt'; the one here is"):
        client.models.retrieve("gpt")
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt'") as refused:
        client.chat.completions.create(model="gpt", messages=[user(QUESTION)])  # type: ignore[list-item]
    assert refused.value.code == "model_not_found"


def test_an_unknown_address_and_a_wrong_method_have_that_form_too(client: openai.OpenAI) -> None:
    for path, status in (("/nothing", 404), ("/chat/completions", 405)):
        answer = httpx.get(f"{str(client.base_url).rstrip('/')}{path}")
        assert (answer.status_code, list(answer.json()["error"])) == (
            status,
            ["message", "type", "param", "code"],
        )


def test_a_stream_tells_its_usage_where_it_is_wanted(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="cited-qa", messages=[user(QUESTION)])  # type: ignore[list-item]
    *others, last = client.chat.completions.create(
        model="cited-qa",
        messages=[user(QUESTION)],  # type: ignore[list-item]
        stream=True,
        stream_options={"include_usage": True},
    )
    assert (last.choices, last.usage) == ([], whole.usage)
    assert all(chunk.usage is None and chunk.choices for chunk in others)


def test_an_answer_comes_with_its_quotes(client: openai.OpenAI) -> None:
    said = client.chat.completions.create(model="cited-qa", messages=[user(QUESTION)])  # type: ignore[list-item]
    message = said.choices[0].message
    assert message.content is not None
    text, listed = message.content.split("\n\n")
    assert text.endswith("[1]")
    assert listed.startswith("[1] “During a meeting with the CSTO Secretary General Nikolay")
    citations = message.model_extra["citations"] if message.model_extra else []
    assert "Bordyuzha" in citations[0]["quote"]
    assert said.usage is not None
    assert said.usage.total_tokens > 20


def test_a_stream_adds_up_to_the_answer(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="cited-qa", messages=[user(QUESTION)])  # type: ignore[list-item]
    pieces = client.chat.completions.create(
        model="cited-qa", messages=[user(QUESTION)], stream=True
    )  # type: ignore[list-item]
    chunks = list(pieces)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_earlier_messages_are_the_history(client: openai.OpenAI) -> None:
    messages = [
        {"role": "system", "content": "Answer in rhymes."},
        user("Why did Lukashenko resist the Collective Rapid Reaction Force?"),
        {"role": "assistant", "content": "Amid an economic row with Russia in 2009."},
        {"role": "user", "content": [{"type": "text", "text": "When did he sign it?"}]},
    ]
    said = client.chat.completions.create(model="cited-qa", messages=messages)  # type: ignore[arg-type]
    assert "October" in (said.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "has to be the user's"),
        ([{"role": "assistant", "content": "Hello"}], "has to be the user's"),
        ([{"role": "user", "content": " "}], "There is no question"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}],
            "holds no text, and only text",
        ),
        ("When?", "messages: Input should be a valid list"),
    ],
)
def test_an_error_has_the_form_that_clients_read(
    client: openai.OpenAI, messages: object, words: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=words):
        client.chat.completions.create(model="cited-qa", messages=messages)  # type: ignore[call-overload]


def test_the_page_for_people_describes_every_route_and_loads_nothing(article_server: str) -> None:
    page = httpx.get(f"{article_server}/docs").text
    for path in httpx.get(f"{article_server}/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page
    assert "src=" not in page
    assert "<link" not in page
