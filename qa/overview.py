"""What a document is about: its opening and its most central sentences, quoted.

"Summarise this" and "What is the report about?" ask for no passage in particular, so nothing is
searched. A sentence is central when its vector lies near the mean of the others (centroid-based
extraction, Radev et al. 2004), and is taken when it does not say again what another says (maximal
marginal relevance, Carbonell and Goldstein 1998).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from index import Library, Passage, StoredDocument
from qa.evidence import Quote, Sentence, distinct_sentences, joined
from qa.instructions import is_instruction
from qa.words import is_among, keys_of, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# So many documents are told of, and so many sentences of all of them are quoted.
DOCUMENTS_TOLD = 5
SENTENCES_TOLD = 4
# Of a document, so many sentences are compared: the opening ones, then one a passage.
COMPARED = 48
OPENING = 8
LEAST_WORDS, MOST_WORDS = 6, 45
# What a sentence loses for being like one that was taken, in cosines.
LIKENESS_WEIGHT = 0.6

_NOUN = (
    r"(?:documents?|docs?|articles?|texts?|files?|papers?|reports?|books?|stor(?:y|ies)|pages?"
    r"|contents?|pdfs?|collection|library|material|news)"
)
_ALL = (
    rf"(?:(?:all (?:of )?)?(?:the|this|these|that|those|my|our|your) (?:whole )?{_NOUN}"
    rf"|all {_NOUN}|it(?: all)?|this|these|them(?: all)?|everything|here)"
)
# In a conversation they mean what was spoken of.
_POINTERS = re.compile(r"it|this|these|that|those|them")
_SUMMARY = r"(?:summar(?:y|ies)|overview|gist|synopsis|abstract|tl;?dr)"
_POINT = (
    r"(?:(?:main|key|central|most important|important|major) (?:\w+ )?"
    r"(?:points?|ideas?|messages?|topics?|themes?|takeaways?|facts?|things?|subjects?|findings?"
    r"|arguments?)|gist|topics?|subjects?)"
)
_ASKING = (
    r"(?:(?:please|can you|could you|would you|will you|i want|i need|i(?:'d| would) like)"
    r"(?: please)?,? )?(?:(?:give|write|show|make|get)(?: me| us)? )?"
)
_BEHIND = r"(?: (?:for me|for us|please|briefly|in short|in brief|in a few (?:words|sentences)))*"
# "of it" may name a document: group "named" then holds more than the words that mean all of them.
_OVERVIEW = re.compile(
    rf"{_ASKING}(?:"
    rf"(?:an? |the )?(?:short |brief |quick |general )?{_SUMMARY}(?: (?:of|on|about) (?P<a>.+?))?"
    rf"|(?:to )?(?:briefly )?(?:summari[sz]e|sum up|recap|outline)(?: (?P<b>.+?))?"
    rf"|what(?:'s| is| are| was| were) (?P<c>.+?) (?:all )?about"
    rf"|what (?:do|does) (?P<d>.+?) (?:talk about|deal with|cover|contain|discuss)"
    rf"|what (?:do|does) {_ALL} say"
    rf"|what(?:'s| is| are) the {_POINT}(?: (?:of|in|from) (?P<e>.+?))?"
    rf"|(?:list |tell me )the {_POINT}(?: (?:of|in|from) (?P<f>.+?))?"
    rf"|tell me (?:more )?about (?P<g>{_ALL})"
    rf"){_BEHIND}"
)


def asks_overview(
    question: str,
    documents: Callable[[], Sequence[StoredDocument]],
    *,
    in_conversation: bool = False,
) -> list[StoredDocument]:
    """The documents that the question wants an overview of; none when it asks something else.

    `documents` are those that may be told of; it is called only where that matters.
    """
    asked = re.sub(r"[\s.!?…]+", " ", question.casefold().replace("’", "'")).strip(" ,")
    found = _OVERVIEW.fullmatch(asked)
    if found is None:
        return []
    named = next((name for name in found.groupdict().values() if name), "")
    if in_conversation and _POINTERS.fullmatch(named):
        return []
    if not named or re.fullmatch(_ALL, named):
        return list(documents())
    wanted = {w.key for w in words(named) if w.is_content and not re.fullmatch(_NOUN, w.text)}
    return [document for document in documents() if wanted and _is_called(document, wanted)]


def _is_called(document: StoredDocument, wanted: set[str]) -> bool:
    name = re.sub(r"[\W_]+", " ", PurePath(document.source).name)
    called = keys_of(document.title.casefold(), name.casefold())
    return all(is_among(key, called) for key in wanted)


def overview(library: Library, documents: Sequence[StoredDocument]) -> list[Quote]:
    """What each of the first DOCUMENTS_TOLD documents is about, in the order of its text."""
    told = documents[:DOCUMENTS_TOLD]
    quotes: dict[str, Quote] = {}
    for document in told:
        for quote in _of_one(library, document, max(1, SENTENCES_TOLD // len(told))):
            # Two editions open alike, and tell it once.
            quotes.setdefault(" ".join(quote.text.split()), quote)
    return list(quotes.values())


def told_of(documents: Sequence[StoredDocument]) -> str:
    """One line where there are more documents than are told of; empty otherwise."""
    if len(documents) <= DOCUMENTS_TOLD:
        return ""
    return (
        f"These are {DOCUMENTS_TOLD} of {len(documents)} documents, by title; name one, or choose "
        "some, to read about others."
    )


def _of_one(library: Library, document: StoredDocument, most: int) -> list[Quote]:
    candidates = _candidates(library.passages(document.document_id))
    if not candidates:
        return []
    vectors = library.embed([sentence.text for sentence in candidates])
    chosen = [candidates[i] for i in _central(vectors, most)]
    return sorted(joined(chosen), key=lambda quote: quote.span)


def _candidates(passages: Sequence[Passage]) -> list[Sentence]:
    """The opening sentences, then the first good one of each further passage, evenly chosen."""
    sentences = (Sentence(p, place, 0.0, 0.0) for p, place in distinct_sentences(passages))
    every = [s for s in sentences if not is_instruction(s.passage, s.place)]
    # The rows of a table are short.
    good = [sentence for sentence in every if _tells(sentence)] or every
    opening = good[:OPENING]
    rest = list({sentence.passage.key: sentence for sentence in reversed(good[OPENING:])}.values())
    rest.reverse()
    return opening + rest[:: max(1, math.ceil(len(rest) / (COMPARED - OPENING)))]


def _tells(sentence: Sentence) -> bool:
    """Whether it can stand alone."""
    text = sentence.text
    is_of_good_length = LEAST_WORDS <= len(text.split()) <= MOST_WORDS
    # Spoken words want their speaker.
    is_clear = text[0] not in "\"'“‘«" and not sentence.leans
    return is_of_good_length and is_clear


def _central(vectors: NDArray[np.float32], most: int) -> list[int]:
    """The opening sentence and the most central others, up to `most`; no two alike."""
    import numpy as np

    centre = vectors.mean(axis=0)
    central = vectors @ (centre / np.linalg.norm(centre))
    alike = vectors @ vectors.T
    chosen = [0]
    while len(chosen) < min(most, len(vectors)):
        gain = central - LIKENESS_WEIGHT * alike[:, chosen].max(axis=1)
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return chosen
