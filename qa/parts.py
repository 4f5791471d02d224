"""Questions with several parts: "When and where did they meet?" asks two things."""

from __future__ import annotations

import re

from qa.answer_kind import HOW_MUCH

_WH = rf"(?:who|whom|whose|what|which|when|where|why|{HOW_MUCH}|how)"
_PREPOSITION = r"(?:(?:in|on|at|by|for|to|from|with|of)\s+)?"
_PAIR = re.compile(
    rf"^\s*({_WH})\s*(?:,\s*({_WH})\s*)?,?\s+and\s+({_WH})\s+(.+)$", re.IGNORECASE | re.DOTALL
)
_CLAUSE = re.compile(
    rf"(?:,\s*|;\s*|\s)(?:and|but|or)(?:\s+also)?\s+(?={_PREPOSITION}{_WH}\b)|(?<=\?)\s+(?={_WH}\b)",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"^{_PREPOSITION}{_WH}\W*$", re.IGNORECASE)
_HEAD = re.compile(rf"^\s*{_PREPOSITION}{_WH}\s+", re.IGNORECASE)


def parts(question: str) -> list[str]:
    """The questions in a question, each standing alone as far as its words allow.

    "When and where did they meet?" gives "When did they meet?" and "where did they meet?";
    a question with one part gives itself.
    """
    pair = _PAIR.match(question)
    if pair:
        *asking, rest = pair.groups()
        return [f"{word} {rest}" for word in asking if word]
    pieces = [piece.strip(" ,;") for piece in _CLAUSE.split(question) if piece.strip(" ,;?")]
    if len(pieces) < 2 or not re.search(rf"\b{_WH}\b", pieces[0], re.IGNORECASE):
        return [question]
    body = without_question_word(pieces[0])
    whole = [pieces[0]]
    for piece in pieces[1:]:
        whole.append(f"{piece.strip(' ?')} {body}" if _TAIL.match(piece) else piece)
    return [piece if piece.endswith("?") else f"{piece}?" for piece in whole]


def without_question_word(question: str) -> str:
    """What is asked about: "Who wrote it?" gives "wrote it"."""
    return _HEAD.sub("", question).strip(" ?")


def is_bare_question_word(question: str) -> bool:
    """Whether nothing else is asked: "Where?", "By whom?", "And why?"."""
    return bool(_TAIL.match(re.sub(r"^\W*(?:and|but|so|or)\s+", "", question, flags=re.IGNORECASE)))
