"""Evidence: the sentences of the best passages, weighed against the question, and what to quote.

The cross-encoder reads every sentence behind its document's title and section, because sentences
say "he" and "the team" where the title says who. What it cannot see in one sentence is added as a
number: how well the whole passage was found, whether the sentence offers the kind of thing that is
asked for, and, when it leans on the one before it ("This was ..."), how good that one is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from index import Passage, Span
from index.passages import SECTION_MARK
from index.sentences import is_row
from qa.acronyms import spells_out
from qa.answer_kind import AnswerKind, answer_kind, offers
from qa.cross_encoder import Reranker
from qa.instructions import is_instruction
from qa.signals import NO_LOGIT, titled

PASSAGES_WEIGHED = 3
SENTENCES_WEIGHED = 18
# A passage this far behind the best one, in standardised fused scores, is not weighed.
PASSAGE_GAP = 3.0

# What else counts as many logits: the passage's standardised score, offering what is asked for,
# and the share of its predecessor's lead that a leaning sentence gets.
PASSAGE_WEIGHT = 1.0
OFFER_WEIGHT = 1.0
LEANING_WEIGHT = 0.5
# What a sentence loses that tells a machine what to do: it is seldom what a reader asks for.
INSTRUCTION_WEIGHT = 4.0

MAX_SENTENCES = 3
MAX_WORDS = 90
# From this logit on the best sentence is clear, and needs less company.
CLEAR_LOGIT = 5.0


@dataclass(frozen=True, slots=True)
class Margins:
    """How far behind the best one, in score, another sentence is still quoted.

    On its own, when it stands beside a quoted one, or when it leans on a quoted one.
    """

    alone: float
    neighbour: float
    leaning: float


DOUBTFUL = Margins(alone=6.5, neighbour=17.0, leaning=13.5)
CLEAR = Margins(alone=5.0, neighbour=8.5, leaning=8.5)
# And in another document, where what is less good is mostly about something else.
OTHER_DOCUMENT = 1.0

_LEANS = re.compile(
    r"^[\"“'(]*"
    r"(?:(?:but|and|also|however|thus|then|today|in turn|later|instead|similarly|moreover"
    r"|additionally|furthermore|therefore)\b[, ]*)*"
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those|such|both|another|who|which|them"
    r"|as such|for (?:example|instance)|the (?:latter|former|same|other|first|second|third|past"
    r"|previous|company|group|organi[sz]ation|network|team|men|two))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A weighed sentence: number `place` of its passage's.

    `logit` is the cross-encoder's, `score` the logit with all that is added; higher is better.
    """

    passage: Passage
    place: int
    logit: float
    score: float

    @property
    def span(self) -> Span:
        """Where it stands in the document."""
        return self.passage.sentences[self.place]

    @property
    def text(self) -> str:
        """Its words."""
        return _text(self.passage, self.place)

    @property
    def leans(self) -> bool:
        """Whether it points back to the one before it."""
        return _leans(self.passage, self.place)

    @property
    def key(self) -> tuple[tuple[str, int], int]:
        """What tells it from every other."""
        return self.passage.key, self.place


_Chosen = dict[tuple[tuple[str, int], int], Sentence]


@dataclass(frozen=True, slots=True)
class Quote:
    """Neighbouring sentences of one passage, quoted as one stretch."""

    sentences: tuple[Sentence, ...]

    @property
    def passage(self) -> Passage:
        """Where they stand."""
        return self.sentences[0].passage

    @property
    def span(self) -> Span:
        """From the first to the last, in the document."""
        return Span(self.sentences[0].span.start, self.sentences[-1].span.end)

    @property
    def text(self) -> str:
        """The exact words."""
        return self.passage.of(self.span)

    @property
    def score(self) -> float:
        """The best sentence's."""
        return max(sentence.score for sentence in self.sentences)


def worth_weighing(wordings: Sequence[str], passages: Sequence[Passage]) -> list[Passage]:
    """The first distinct passages, best first, and those that spell out an acronym asked for."""
    return [
        passage
        for rank, passage in enumerate(_distinct(passages))
        if (rank < PASSAGES_WEIGHED and passages[0].score - passage.score <= PASSAGE_GAP)
        or any(spells_out(wording, passage.text) for wording in wordings)
    ]


def weigh(question: str, passages: Sequence[Passage], reranker: Reranker) -> list[Sentence]:
    """Every sentence of these passages with its score, in reading order.

    A heading is not weighed: it stands before every sentence already. A sentence that spells out
    the acronym that is asked for is clear evidence, which the cross-encoder does not see.
    """
    places = list(islice(distinct_sentences(passages), SENTENCES_WEIGHED))
    pairs = [
        (question, titled(passage.heading, _text(passage, place))) for passage, place in places
    ]
    logits = {
        (passage.key, place): max(logit, CLEAR_LOGIT) if spells_out(question, text) else logit
        for (passage, place), (_, text), logit in zip(places, pairs, reranker(pairs), strict=True)
    }
    kind = answer_kind(question)
    return [_scored(question, kind, passage, place, logits) for passage, place in places]


def select(sentences: Sequence[Sentence]) -> list[Quote]:
    """The quotes of an answer, best first: at most three sentences, neighbours joined.

    The sentence before a leaning best one comes along, so that "he" is named.
    """
    ranked = sorted(sentences, key=lambda sentence: -sentence.score)
    if not ranked:
        return []
    best = ranked[0]
    margins = CLEAR if best.logit >= CLEAR_LOGIT else DOUBTFUL
    chosen = {sentence.key: sentence for sentence in _with_antecedent(best, sentences)}
    for sentence in ranked:
        if len(chosen) >= MAX_SENTENCES:
            break
        is_near = best.score - sentence.score <= _margin(sentence, best, chosen, margins)
        words = sum(len(s.text.split()) for s in (*chosen.values(), sentence))
        is_wanted = not (
            sentence.key in chosen
            or is_instruction(sentence.passage, sentence.place)
            or _asks_on(sentence, chosen)
        )
        if is_wanted and is_near and words <= MAX_WORDS:
            chosen[sentence.key] = sentence
    return joined(chosen.values())


def joined(sentences: Iterable[Sentence]) -> list[Quote]:
    """The sentences as quotes, neighbours as one stretch; best first."""
    stretches: list[list[Sentence]] = []
    for sentence in sorted(sentences, key=lambda sentence: sentence.key):
        last = stretches[-1][-1] if stretches else None
        if last and last.key == (sentence.passage.key, sentence.place - 1):
            stretches[-1].append(sentence)
        else:
            stretches.append([sentence])
    return sorted((Quote(tuple(s)) for s in stretches), key=lambda quote: -quote.score)


def _distinct(passages: Sequence[Passage]) -> list[Passage]:
    """Each text once: a copy is no further evidence, and no rival."""
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(_words_alone(passage.text), passage)
    return list(first.values())


def distinct_sentences(passages: Iterable[Passage]) -> Iterator[tuple[Passage, int]]:
    """Each sentence that is no heading, with its place, once: two editions share many."""
    seen: dict[str, tuple[str, int]] = {}
    for passage in passages:
        for place in range(len(passage.sentences)):
            first = seen.setdefault(_words_alone(_text(passage, place)), passage.key)
            if first == passage.key and not _is_title(passage, place):
                yield passage, place


def _words_alone(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_title(passage: Passage, place: int) -> bool:
    return _text(passage, place).strip("#*=- \t\r\n") in passage.heading.split(SECTION_MARK)


def _text(passage: Passage, place: int) -> str:
    return passage.of(passage.sentences[place])


def _leans(passage: Passage, place: int) -> bool:
    """Whether it says "he", or answers the question before it, as in a list of questions."""
    if place == 0:
        return False
    before = _text(passage, place - 1)
    return before.endswith("?") or bool(_LEANS.match(_text(passage, place)))


def _scored(
    question: str,
    kind: AnswerKind,
    passage: Passage,
    place: int,
    logits: dict[tuple[tuple[str, int], int], float],
) -> Sentence:
    logit = logits[passage.key, place]
    before = logits.get((passage.key, place - 1), NO_LOGIT)
    lead = max(0.0, before - logit) if _leans(passage, place) else 0.0
    text = _text(passage, place)
    score = (
        logit
        + PASSAGE_WEIGHT * passage.score
        + OFFER_WEIGHT * offers(kind, question, text)
        + LEANING_WEIGHT * lead
        - INSTRUCTION_WEIGHT * is_instruction(passage, place)
    )
    return Sentence(passage, place, logit, score)


def _with_antecedent(best: Sentence, sentences: Sequence[Sentence]) -> list[Sentence]:
    if not best.leans:
        return [best]
    return [best, *(s for s in sentences if s.key == (best.passage.key, best.place - 1))]


def _asks_on(sentence: Sentence, chosen: _Chosen) -> bool:
    """Whether it is a question of the document whose answer is not quoted."""
    is_answered = (sentence.passage.key, sentence.place + 1) in chosen
    return sentence.text.endswith("?") and not is_answered


def _margin(sentence: Sentence, best: Sentence, chosen: _Chosen, margins: Margins) -> float:
    if sentence.passage.document_id != best.passage.document_id:
        return OTHER_DOCUMENT
    if is_row(sentence.text):
        return margins.alone
    follows = (sentence.passage.key, sentence.place - 1) in chosen
    precedes = (sentence.passage.key, sentence.place + 1) in chosen
    if follows and sentence.leans:
        return margins.leaning
    return margins.neighbour if follows or precedes else margins.alone
