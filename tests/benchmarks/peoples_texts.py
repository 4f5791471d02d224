"""What the answerability network learns from people: the questions of wiki-dev, and near misses.

There gold answers are named and no sentences. The sentence that holds one and that the
cross-encoder likes best answers; another that holds one may answer or not, and is left out.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index import Library, Passage
from qa import Assistant
from qa.cross_encoder import CrossEncoder, Reranker
from qa.evaluation.measures import holds_answer
from qa.evidence import distinct_sentences, worth_weighing
from qa.signals import titled
from tests.benchmarks.answerability_texts import Question, Text, stretch

NEAR_MISSES = Path(__file__).parent.parent / "questions" / "near_misses.jsonl"


@dataclass(frozen=True, slots=True)
class PeoplesQuestion:
    """A question about a document; `maker` is "answerable", "taken_out" or that of a near miss."""

    document: str
    maker: str
    question: Question


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: Passage
    place: int

    @property
    def alone(self) -> str:
        return stretch(self.passage, self.place, self.place)

    @property
    def text(self) -> str:
        """It behind its heading, as the network reads it."""
        return self.up_to(0, 0)

    def up_to(self, before: int, behind: int) -> str:
        """It behind its heading, with so many sentences before and behind it."""
        first, last = self.place - before, self.place + behind
        return titled(self.passage.heading, stretch(self.passage, first, last))

    @property
    def with_neighbours(self) -> list[str]:
        """It with the one before it, and with the one behind it, where there is one."""
        before = [self.up_to(1, 0)] if self.place > 0 else []
        behind = [self.up_to(0, 1)] if self.place + 1 < len(self.passage.sentences) else []
        return before + behind


def asked_by_people(wiki_dev: Path) -> list[dict[str, Any]]:
    """The questions of wiki-dev and the near misses that were made of them, as they are told."""
    files = (wiki_dev / "questions.jsonl", NEAR_MISSES)
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def peoples_questions(wiki_dev: Path) -> Iterator[PeoplesQuestion]:
    """These questions with their texts, without those of the maker that is held back."""
    reranker = CrossEncoder()
    # What answers a question tempts where a near miss was made of it.
    answering: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as home:
        library = Library.open(home)
        library.add([wiki_dev / "documents"])
        assistant = Assistant(library)
        documents = {Path(d.source).name: d.document_id for d in library.documents()}
        for asked in asked_by_people(wiki_dev):
            if asked.get("held_back"):
                continue
            question, document = asked["question"], documents[asked["document"]]
            near = worth_weighing((question,), assistant.retrieve(question))
            found = [_Sentence(passage, place) for passage, place in distinct_sentences(near)]
            tempting = answering.get(asked.get("original", ""))
            texts = _texts(question, asked["answers"], found, document, tempting, reranker)
            right = [text.text for text in texts if text.answers and not text.is_longer]
            if right:
                answering[asked["id"]] = right[0]
            if right or not asked["answers"]:
                maker = asked.get("maker") or ("answerable" if right else "taken_out")
                held = Question((question,), bool(right), tuple(texts))
                yield PeoplesQuestion(asked["document"], maker, held)


def _texts(
    question: str,
    answers: Sequence[str],
    found: Sequence[_Sentence],
    document: str,
    tempting: str | None,
    reranker: Reranker,
) -> list[Text]:
    """Each sentence, and what answers or tempts with its neighbours too."""
    logits = reranker([(question, sentence.text) for sentence in found])
    holding = [
        place
        for place, sentence in enumerate(found)
        if sentence.passage.document_id == document and holds_answer(sentence.alone, answers)
    ]
    best = max(holding, key=lambda place: logits[place], default=None)
    texts = []
    for place, sentence in enumerate(found):
        if place in holding and place != best:
            continue
        tempts = sentence.text == tempting
        alone = Text(sentence.text, place == best, tempts, logits[place], is_longer=False)
        texts.append(alone)
        if alone.answers or tempts:
            longer = sentence.with_neighbours
            liked = reranker([(question, text) for text in longer])
            texts += [
                replace(alone, text=text, logit=logit, is_longer=True)
                for text, logit in zip(longer, liked, strict=True)
            ]
    return texts
