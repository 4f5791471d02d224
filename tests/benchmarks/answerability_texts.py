"""What the answerability network learns from: questions with texts that may answer them.

Read from a set in tests/questions/answerability. The texts of a question are the sentences that
the pipeline finds for it, and those that the set names; a named one also with a neighbour.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import Library, Passage, Span
from qa import Assistant
from qa.cross_encoder import CrossEncoder
from qa.evidence import distinct_sentences, worth_weighing
from qa.follow_up import History, read
from qa.signals import titled


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of a document behind its heading; `logit` is the cross-encoder's."""

    text: str
    answers: bool
    tempts: bool
    logit: float
    is_longer: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the texts that may answer it.

    `wordings` are those in which the network learns it: a follow-up as it would be asked alone,
    as `qa.follow_up` reads it, and behind what was said before it.
    """

    wordings: tuple[str, ...]
    is_answerable: bool
    texts: tuple[Text, ...]


def questions(folder: Path) -> Iterator[Question]:
    """The questions of a set with their texts."""
    reranker = CrossEncoder()
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([folder / "documents"])
        assistant = Assistant(library)
        passages = {
            Path(d.source).name: library.passages(d.document_id) for d in library.documents()
        }
        for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
            asked = json.loads(line)
            history = [(said, told) for said, told in asked.get("history", ())]
            reading = read(asked["question"], history)
            found = assistant.retrieve(asked["question"], history=history)
            texts = _texts(asked, passages, worth_weighing(reading.weighed, found))
            logits = reranker([(reading.weighed[0], text) for text, *_ in texts])
            yield Question(
                _wordings(asked, history),
                bool(_answers(asked)),
                tuple(
                    Text(text, answers, tempts, logit, is_longer)
                    for (text, answers, tempts, is_longer), logit in zip(texts, logits, strict=True)
                ),
            )


def _wordings(asked: dict[str, Any], history: History) -> tuple[str, ...]:
    if not history:
        return (asked["question"],)
    before, answer = history[-1]
    every = (
        *filter(None, [asked.get("standalone")]),
        read(asked["question"], history).judged[0],
        f"{before} {answer} {asked['question']}",
    )
    return tuple(dict.fromkeys(every))


def _answers(asked: dict[str, Any]) -> list[str]:
    return list(asked.get("evidence", asked.get("answers", ())))


def _texts(
    asked: dict[str, Any], passages: dict[str, list[Passage]], near: list[Passage]
) -> list[tuple[str, bool, bool, bool]]:
    """Each text, whether it answers, whether it tempts, whether it has a neighbour with it."""
    answers, tempting = _answers(asked), asked.get("tempting", [])
    names = asked["document"] if isinstance(asked["document"], list) else [asked["document"]]
    own = [passage for name in names for passage in passages[name]]
    documents = {passage.document_id for passage in own}

    def is_held(passage: Passage, first: int, last: int, named: Sequence[str]) -> bool:
        return passage.document_id in documents and _holds(stretch(passage, first, last), named)

    found = {passage.key for passage in near}
    named = [p for p in own if p.key not in found and _holds(p.text, [*answers, *tempting])]
    alone = [(p, place, place) for p, place in distinct_sentences([*near, *named])]
    longer = [
        (p, max(0, place - 1 + step), min(len(p.sentences) - 1, place + step))
        for p, place, _ in alone
        if is_held(p, place, place, [*answers, *tempting])
        for step in (0, 1)
    ]
    return [
        (
            titled(passage.heading, stretch(passage, first, last)),
            is_held(passage, first, last, answers),
            is_held(passage, first, last, tempting),
            first < last,
        )
        for passage, first, last in [*alone, *(each for each in longer if each[1] < each[2])]
    ]


def stretch(passage: Passage, first: int, last: int) -> str:
    """The sentences from the first to the last, by their places."""
    return passage.of(Span(passage.sentences[first].start, passage.sentences[last].end))


def _plain(text: str) -> str:
    return " ".join(text.split()).strip("#*=- ").casefold()


def _holds(text: str, named: Sequence[str]) -> bool:
    """Whether the text holds a named sentence, or is a good part of one."""
    here = _plain(text)
    return any(_plain(n) in here or (len(here) > 25 and here in _plain(n)) for n in named)
