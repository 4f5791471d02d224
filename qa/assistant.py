"""Assistant: the way of a question, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from index import Library, Passage, StoredDocument, Where
from index.errors import QuestionError
from qa.answerability import Answerability
from qa.answers import Answer, Answered, Event, PassagesFound
from qa.checking import Checker
from qa.cross_encoder import CrossEncoder, Reranker
from qa.entailment import installed_entailment
from qa.follow_up import History, Reading, read, search_queries
from qa.judge import Judge
from qa.language_model import LanguageModel, language_model
from qa.late_interaction import LateInteraction
from qa.overview import asks_overview, overview, told_of
from qa.quoting import quoted_answer, refusal, reply
from qa.retrieval import PASSAGES_RERANKED, retrieve
from qa.small_talk import small_talk, without_greeting
from qa.spelling import misspellings, respelled, told_of_spelling
from qa.words import says_nothing
from qa.writing import Writer

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

MAX_QUESTION = 2000
DEFAULT_PASSAGES = 5
MAX_PASSAGES = 50
# A sentence that a language model wrote is shown from this probability on that a passage carries
# it: small models are wrong in more ways than those that the fitted threshold was chosen for.
# Without the model of entailment no sentence reaches it, and the fitted one stands.
SURE = 0.95


class Assistant:
    """Answers questions from one library, always with the passages that support the answer."""

    def __init__(
        self,
        library: Library,
        *,
        threshold: float | None = None,
        llm: str | LLM | LanguageModel | None = None,
        passages: int = DEFAULT_PASSAGES,
        reranker: Reranker | None = None,
    ) -> None:
        """`threshold` is the least confidence, 0 to 1, with which a question is answered.

        The default is the fitted one; `qa eval --thresholds` shows what another one trades.
        `llm` is a language model to write the answers, of which only what the passages carry is
        shown: a name such as "ollama:llama3.2", or an LLM of LlamaIndex. The default is QA_LLM,
        and without it "none": the answers are quotes. `passages`, from 1 to MAX_PASSAGES, are
        looked for. Raises ModelMissing for a model that cannot be.
        """
        self.library = library
        self._reranker = reranker or CrossEncoder()
        self._late_interaction = LateInteraction()
        self._answerability = Answerability()
        self._entailment = installed_entailment()
        self._judge = Judge(self._reranker, self._late_interaction, self._answerability)
        self._set(threshold, language_model(llm), passages)

    def changed(
        self,
        *,
        threshold: float | None = None,
        llm: str | LLM | LanguageModel | None = None,
        passages: int = DEFAULT_PASSAGES,
    ) -> Assistant:
        """Another assistant over the same library, which shares what this one has loaded."""
        other = copy(self)
        other._set(threshold, language_model(llm), passages)
        return other

    def _set(self, threshold: float | None, llm: LanguageModel | None, passages: int) -> None:
        self.threshold = self._judge.threshold if threshold is None else threshold
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"the threshold is between 0 and 1, got {threshold}")
        if not 1 <= passages <= MAX_PASSAGES:
            raise ValueError(f"passages are 1 to {MAX_PASSAGES}, got {passages}")
        self.passages = passages
        self.llm = llm
        least = SURE if self._entailment else None
        checker = Checker(
            self._reranker,
            self._late_interaction,
            self._answerability,
            self._entailment,
            least=least,
        )
        self._writer = Writer(llm, checker, self._reranker) if llm else None

    def ask(self, question: str, *, history: History = (), where: Where | None = None) -> Answer:
        """The answer, or a refusal; raises QuestionError when there is nothing to ask.

        `history` holds the earlier questions of the conversation with their answers, oldest first.
        `where` chooses the documents to answer from, such as `{"source": "reports/*.pdf"}`; it
        raises SelectionError or DocumentNotFound when that cannot be.
        """
        *_, last = self.stream(question, history=history, where=where)
        if not isinstance(last, Answered):
            raise AssertionError("a stream ends with its answer")
        return last.answer

    def stream(
        self, question: str, *, history: History = (), where: Where | None = None
    ) -> Iterator[Event]:
        """The same as `ask`, as it comes: the passages found, words not yet checked, the answer.

        Words come from a language model alone. Small talk gets its reply alone, as no passages
        are looked for. Closing the iterator stops the model.
        """
        asked = checked(question)
        in_conversation = self._speaks_of_something(history)
        said = small_talk(asked, self.library.documents, in_conversation=in_conversation)
        if said is not None:
            yield Answered(reply(asked, said))
            return
        about = asks_overview(
            without_greeting(asked),
            lambda: self.library.documents(where=where),
            in_conversation=in_conversation,
        )
        if about:
            yield from self._overview(asked, about)
            return
        passages = self.retrieve(asked, history=history, k=self.passages, where=where)
        yield PassagesFound(tuple(passages))
        yield from self._answer(asked, history, passages)

    def retrieve(
        self,
        question: str,
        *,
        history: History = (),
        k: int = DEFAULT_PASSAGES,
        where: Where | None = None,
    ) -> list[Passage]:
        """The `k` passages most likely to answer the question, best first.

        In a conversation more passages are read than without one, which takes longer.
        """
        asked = without_greeting(checked(question))
        check_text(*(text for turn in history for text in turn))
        queries = search_queries(asked, history)
        if not history:
            return retrieve(self.library, queries, k=k, where=where)
        passages = retrieve(self.library, queries, k=max(k, PASSAGES_RERANKED), where=where)
        reread, rest = passages[:PASSAGES_RERANKED], passages[PASSAGES_RERANKED:]
        return [*self._judge.rerank(asked, reread), *rest][:k]

    def load(self) -> None:
        """Load the models now rather than with the first question; raises ModelError."""
        self.library.load()
        self._judge.load()
        if self.llm:
            self.llm.load()
            if self._entailment:
                self._entailment.load()

    def _speaks_of_something(self, history: History) -> bool:
        """Whether "it" may be what was spoken of last, and not the documents as a whole."""
        if not history:
            return False
        last = without_greeting(history[-1][0])
        said = small_talk(last, self.library.documents)
        return said is None and not asks_overview(last, self.library.documents)

    def _overview(self, question: str, documents: Sequence[StoredDocument]) -> Iterator[Event]:
        """Always in quotes: what is central is chosen, and nothing has to be found true."""
        quotes = overview(self.library, documents)
        passages = tuple(dict.fromkeys(quote.passage for quote in quotes))
        yield PassagesFound(passages)
        if quotes:
            answer = quoted_answer(question, quotes, passages, confidence=1.0)
            yield Answered(replace(answer, note=told_of(documents)))
        else:
            yield Answered(refusal(question, passages, confidence=0.0))

    def _answer(
        self, question: str, history: History, passages: Sequence[Passage]
    ) -> Iterator[Event]:
        if not history and says_nothing(question):
            yield Answered(refusal(question, passages, confidence=0.0))
            return
        read_as = misspellings(
            question, (passage.text for passage in passages), self._late_interaction.is_word
        )
        asked = without_greeting(respelled(question, read_as))
        for event in self._judged(question, read(asked, history), passages):
            if isinstance(event, Answered) and read_as:
                note = f"{told_of_spelling(read_as)} {event.answer.note}".strip()
                event = Answered(replace(event.answer, note=note))
            yield event

    def _judged(
        self, question: str, reading: Reading, passages: Sequence[Passage]
    ) -> Iterator[Event]:
        verdict = self._judge(reading, passages)
        quotes, confidence = verdict.quotes, verdict.confidence
        if not quotes or confidence < self.threshold:
            yield Answered(refusal(question, passages, confidence=confidence))
        elif self._writer is None:
            yield Answered(quoted_answer(question, quotes, passages, confidence=confidence))
        else:
            asked = reading.weighed[0]
            yield from self._writer(question, asked, quotes, passages, confidence=confidence)


def checked(question: str) -> str:
    """The question in one line; raises QuestionError when there is none or it is too long."""
    check_text(question)
    asked = " ".join(question.split())
    if not any(c.isalnum() for c in asked):
        raise QuestionError('There is no question: type one, for example "When is the summit?".')
    if len(asked) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(asked):,} characters; ask in at most {MAX_QUESTION:,}."
        )
    return asked


def check_text(*texts: str) -> None:
    """Raises QuestionError for a text that cannot be written, such as half of a character."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise QuestionError("The question or its history is not valid Unicode text.") from error
