"""Writing: an answer in a language model's words, of which only what a passage carries is shown.

The model writes; each of its sentences is then held against the passages. One that a passage
carries is shown with that passage's exact words as its citation, whatever number the model gave;
another one is dropped. Where nothing is left that answers the question as well as the quotes do,
the quotes stand, and a line says what happened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index import Passage, Span
from index.errors import ModelError
from index.sentences import split_into_sentences
from qa.answer_kind import AnswerKind, answer_kind, offers
from qa.answers import Answer, Answered, Citation, Statement, Words
from qa.checking import Checker, Support
from qa.confidence import sigmoid
from qa.cross_encoder import Reranker
from qa.evidence import Quote
from qa.instructions import speaks_to_a_machine
from qa.language_model import AnswerCut, LanguageModel
from qa.prompt import NOT_FOUND, prompt
from qa.quoting import citation_of, quoted_answer
from qa.signals import titled
from qa.words import is_among, keys_of, words

# What carries a sentence must be about the question: the cross-encoder's logit from here on.
RELEVANT_LOGIT = 0.0
# The written answer may be this many logits worse than the best quote.
WORSE = 0.5
MAX_SENTENCE_TOKENS = 200

# In round brackets, "(1920)" and "(12)" are the sentence's own.
_MARK = re.compile(
    r"\s*(?:[\[【]\s*(?:passages?\s*)?|\(\s*passages?\s*|\((?=\d\)))"
    r"(\d{1,3}(?:\s*(?:,|and|&)\s*\d{1,3})*)\s*[\])】]",
    re.IGNORECASE,
)
_BEHIND_THE_STOP = re.compile(rf"([.!?])((?:{_MARK.pattern})+)", re.IGNORECASE)
_DECORATION = re.compile(r"\*\*|__|`|^\s*(?:[-*•#>]+|\d+[.)])\s+", re.MULTILINE)
# Where a small model goes on with the prompt instead of its answer.
_ECHO = re.compile(r"<\s*/?\s*passage|\bQuestion:", re.IGNORECASE)
_LOOSE_STOP = re.compile(r"\s+([.!?])$")
_IS_WHOLE = re.compile(r"[.!?][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence of the model without its marks, and the passages' numbers in them."""

    text: str
    cited: tuple[int, ...]


class Writer:
    """Lets a language model answer, and shows what the passages carry of it."""

    def __init__(self, model: LanguageModel, checker: Checker, reranker: Reranker) -> None:
        """`checker` decides what is shown, `reranker` whether it answers the question."""
        self.model = model
        self._checker = checker
        self._reranker = reranker

    def __call__(
        self,
        question: str,
        asked: str,
        quotes: Sequence[Quote],
        passages: Sequence[Passage],
        *,
        confidence: float,
    ) -> Iterator[Words | Answered]:
        """The model's words as they come, then the checked answer.

        `asked` is the question as it is understood in its conversation.
        """
        quoted = quoted_answer(question, quotes, passages, confidence=confidence)
        told = prompt(asked, quotes, passages, context=self.model.context)
        draft, cut = "", ""
        stream = self.model.stream(told.messages)
        try:
            for delta in stream:
                draft += delta
                yield Words(delta)
        except AnswerCut as error:
            cut = f"{error}."
        except ModelError as error:
            yield Answered(replace(quoted, note=f"{_sentence(error)} {QUOTES_STAND}"))
            return
        finally:
            stream.close()  # type: ignore[attr-defined]
        answer = self._checked(asked, draft, quotes, told.passages, quoted)
        yield Answered(replace(answer, note=" ".join(filter(None, (cut, answer.note)))))

    def _checked(
        self,
        asked: str,
        draft: str,
        quotes: Sequence[Quote],
        passages: Sequence[Passage],
        quoted: Answer,
    ) -> Answer:
        name = self.model.name
        sentences = written_sentences(draft)
        if not sentences:
            return replace(quoted, note=f"{name} wrote nothing. {QUOTES_STAND}")
        if NOT_FOUND.casefold() in draft.casefold():
            return replace(quoted, note=f"{name} found no answer in these passages. {QUOTES_STAND}")
        carried = [
            (sentence, support)
            for sentence in sentences
            if (support := self.supported(asked, sentence, quotes, passages)) is not None
        ]
        kept = " ".join(sentence.text for sentence, _ in carried)
        if not carried or not self.is_as_good(asked, kept, quotes):
            return replace(quoted, note=f"{NOT_CARRIED.format(name)} {QUOTES_STAND}")
        dropped = len(sentences) - len(carried)
        return replace(
            quoted,
            statements=_statements(carried),
            citations=self._citations(asked, carried),
            model=name,
            note=_dropped(dropped) if dropped else "",
        )

    def supported(
        self,
        asked: str,
        sentence: Written,
        quotes: Sequence[Quote],
        passages: Sequence[Passage],
    ) -> Support | None:
        """What carries the sentence and is about the question; the passages it cites come first."""
        if not _IS_WHOLE.search(sentence.text) or not says_something(asked, sentence.text):
            return None
        cited = [passages[n - 1] for n in sentence.cited if 0 < n <= len(passages)]
        others = [passage for passage in passages if passage not in cited]
        support = self._checker(sentence.text, [*cited, *others])
        if support is None or not self._is_relevant(asked, support, quotes):
            return None
        return support

    def _is_relevant(self, asked: str, support: Support, quotes: Sequence[Quote]) -> bool:
        """An instruction that a document hides is carried by it, but answers nothing."""
        if speaks_to_a_machine(support.quote):
            return False
        if any(
            quote.passage.key == support.passage.key and _overlap(quote.span, support.span)
            for quote in quotes
        ):
            return True
        return self._logit(asked, support.passage.heading, support.quote) >= RELEVANT_LOGIT

    def is_as_good(self, asked: str, kept: str, quotes: Sequence[Quote]) -> bool:
        """Whether what is kept answers the question about as well as the best quote."""
        kind = answer_kind(asked)
        best = max(quotes, key=lambda quote: quote.score)
        if offers(kind, asked, kept) < offers(kind, asked, best.text):
            return False
        heading = best.passage.heading
        least = self._logit(asked, heading, best.text) - WORSE
        return self._logit(asked, heading, kept) >= least

    def _logit(self, asked: str, heading: str, text: str) -> float:
        (logit,) = self._reranker([(asked, titled(heading, text))])
        return logit

    def _citations(
        self, asked: str, carried: Sequence[tuple[Written, Support]]
    ) -> tuple[Citation, ...]:
        distinct = list(dict.fromkeys((s.passage, s.span) for _, s in carried))
        return tuple(
            citation_of(
                number,
                passage,
                span,
                score=sigmoid(self._logit(asked, passage.heading, passage.of(span))),
            )
            for number, (passage, span) in enumerate(distinct, start=1)
        )


QUOTES_STAND = "These are the passages' own words."
NOT_CARRIED = "Nothing that {} wrote is carried by the passages and answers the question."


def written_sentences(draft: str) -> list[Written]:
    """The sentences of a draft, with the marks taken out of them."""
    own = _ECHO.split(draft, maxsplit=1)[0]
    plain = _BEHIND_THE_STOP.sub(r"\2\1", _DECORATION.sub("", own))
    found = []
    for span in split_into_sentences(plain, max_tokens=MAX_SENTENCE_TOKENS):
        text = span.of(plain)
        cited = [int(n) for mark in _MARK.finditer(text) for n in re.findall(r"\d+", mark[1])]
        words_alone = _LOOSE_STOP.sub(r"\1", " ".join(_MARK.sub("", text).split()))
        if any(char.isalnum() for char in words_alone):
            found.append(Written(words_alone, tuple(dict.fromkeys(cited))))
    return found


def says_something(asked: str, sentence: str) -> bool:
    """Whether the sentence says more than the question does; to yes or no it need not."""
    if answer_kind(asked) is AnswerKind.YES_NO:
        return True
    known = keys_of(asked)
    return any(word.is_content and not is_among(word.key, known) for word in words(sentence))


def _statements(carried: Sequence[tuple[Written, Support]]) -> tuple[Statement, ...]:
    numbers: dict[tuple[Passage, Span], int] = {}
    return tuple(
        Statement(
            sentence.text,
            (numbers.setdefault((support.passage, support.span), len(numbers) + 1),),
        )
        for sentence, support in carried
    )


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _dropped(count: int) -> str:
    what = "One sentence was" if count == 1 else f"{count} sentences were"
    return f"{what} left out, because no passage carries {'it' if count == 1 else 'them'}."


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
