"""Negation and antonyms: where a text says the opposite of a question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from qa.words import keys_of, stem, words

_NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        """
        not no never nor neither none nobody nothing nowhere without cannot refuse fail lack deny
        exclude except hardly barely unable
        """,
    )
)
_VERBS = ("refuse", "fail", "lack", "deny", "exclude", "except", "unable")
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non")
_CONTRACTION = re.compile(r"n['’]t\b", re.IGNORECASE)


def is_negated(text: str) -> bool:
    """Whether the text denies something: "not", "never", "refused", "didn't"."""
    verbs = {stem(verb) for verb in _VERBS}
    return bool(_CONTRACTION.search(text)) or any(
        word.text.lower() in _NEGATIONS or word.key in verbs for word in words(text)
    )


def says_opposite(question: str, text: str) -> bool:
    """Whether a word of the question stands in the text only as its opposite."""
    keys = keys_of(text)
    return any(word.key not in keys and _opposed(word.key, keys) for word in words(question))


def _opposed(key: str, keys: frozenset[str]) -> bool:
    antonyms = _antonyms().get(key, frozenset())
    # "Reopened" is no nearer to "close" than "opened".
    if any(antonym in keys or f"re{antonym}" in keys for antonym in antonyms):
        return True
    return any(
        prefix + key in keys
        or (
            key.startswith(prefix)
            and len(key) > len(prefix) + 3
            and key.removeprefix(prefix) in keys
        )
        for prefix in _PREFIXES
    )


@cache
def _antonyms() -> Mapping[str, frozenset[str]]:
    """Stem to the stems of its opposites, both ways; the pairs stand in antonyms.txt."""
    table: dict[str, set[str]] = {}
    for line in Path(__file__).with_name("antonyms.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            a, b = map(stem, line.split())
            table.setdefault(a, set()).add(b)
            table.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in table.items()}
