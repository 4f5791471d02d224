"""Spelling: a question's mistyped word is read as the word of the passages that it is nearest to.

Only what is no word at all is read as another one: it stands in no passage, in no form, and not in
the models' vocabulary. A name keeps its letters, since "Marta" may be somebody else than "Maria".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from qa.words import stem

# A letter more, fewer or exchanged: in five letters, in seven, or two that changed places in seven.
LIKENESS = 0.85
SHORTEST = 5

_WORD = re.compile(r"[^\W\d_]+")
_TYPED = re.compile(rf"(?<![\w'’-])[a-z]{{{SHORTEST},}}(?![\w'’-])")


def misspellings(
    question: str, texts: Iterable[str], is_word: Callable[[str], bool]
) -> dict[str, str]:
    """Each word of the question that is none, with the word of the texts that it is read as."""
    typed = {word for word in _TYPED.findall(question) if not is_word(word)}
    if not typed:
        return {}
    known: dict[str, str] = {}
    for word in _WORD.findall(" ".join(texts)):
        # "Password" at the beginning of a sentence is no name.
        if word.islower() or word.casefold() not in known:
            known[word.casefold()] = word
    stems = set(map(stem, known))
    nearest = {
        word: get_close_matches(word, known, n=1, cutoff=LIKENESS)
        for word in typed
        if stem(word) not in stems
    }
    return {word: known[found[0]] for word, found in nearest.items() if found}


def respelled(question: str, read_as: Mapping[str, str]) -> str:
    """The question with its misspelled words as they are read."""
    return _TYPED.sub(lambda match: read_as.get(match.group(), match.group()), question)


def told_of_spelling(read_as: Mapping[str, str]) -> str:
    """What the reader is told; empty where every word was read as it stands."""
    told = [f"“{typed}” was read as “{word}”" for typed, word in sorted(read_as.items())]
    return f"{', '.join(told)}." if told else ""
