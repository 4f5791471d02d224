"""Acronyms: "What does NATO stand for?" is answered where the name stands beside it."""

from __future__ import annotations

import re

_NAME = r"([A-Z][A-Z0-9&.-]{1,9}?)"
# Asks for the words behind the letters; and, in capitals alone, for what the letters mean.
_SPELL = re.compile(
    rf"\bwhat (?:does|do|is|did)\s+(?:the\s+)?{_NAME}\s+(?:stands?|short)\b"
    rf"|\b(?:abbreviation|acronym)\s+{_NAME}(?![\w&-])",
    re.IGNORECASE,
)
_SPELL_CAPITALS = re.compile(
    rf"\b(?i:full name|full form|expansion) of\s+(?i:the\s+)?{_NAME}(?![\w&-])"
)
_MEAN = re.compile(
    rf"\b(?i:what (?:does|do|did))\s+(?i:the\s+)?{_NAME}\s+(?i:mean)\b"
    rf"|\b(?i:meaning) of\s+(?i:the\s+)?{_NAME}(?![\w&-])"
)
_POINTERS = frozenset({"it", "this", "that", "they", "these", "those", "he", "she", "you", "we"})
_SMALL = frozenset({"a", "an", "and", "de", "for", "in", "of", "on", "the", "to"})
# A name stands within so many characters before the brackets with its acronym.
_NEAR = 120


def asked_acronym(question: str) -> str | None:
    """The acronym whose name is asked for: "CSTO" in "What does CSTO stand for?"."""
    found = (pattern.search(question) for pattern in (_SPELL, _SPELL_CAPITALS, _MEAN))
    groups = next((asked.groups() for asked in found if asked), ())
    acronym = next((group.replace(".", "") for group in groups if group), "")
    return acronym if len(acronym) > 1 and acronym.lower() not in _POINTERS else None


def wants_name_alone(question: str) -> bool:
    """Whether only the name answers: what GDPR means, a sentence may tell without it."""
    return asked_acronym(question) is not None and not _MEAN.search(question)


def spells_out(question: str, text: str) -> bool:
    """Whether the question asks what an acronym stands for and the text says it.

    "North Atlantic Treaty Organization (NATO)" and "NATO (North Atlantic Treaty Organization)"
    both do: the initials of the words beside the brackets make the acronym. So does "NATO stands
    for ...".
    """
    acronym = asked_acronym(question)
    if acronym is None:
        return False
    name = re.escape(acronym)
    bracketed = rf"\(\s*(?:the\s+)?[\"“'‘]?{name}[\"”'’]?\s*\)"
    for found in re.finditer(bracketed, text, re.IGNORECASE):
        before = re.split(r"[()]", text[max(0, found.start() - _NEAR) : found.start()])[-1]
        if _initials(before).endswith(acronym.lower()) or _holds_letters(acronym, before):
            return True
    behind = re.search(rf"\b{name}\s*\(([^()]+)\)", text, re.IGNORECASE)
    said = re.search(
        rf"\b{name}\W+(?:stands|is (?:short|an? (?:abbreviation|acronym)))\b", text, re.IGNORECASE
    )
    begins = behind is not None and _initials(behind[1]).startswith(acronym.lower())
    return begins or said is not None


def _initials(words: str) -> str:
    return "".join(
        word[0].lower() for word in re.findall(r"[^\W_]+", words) if word.lower() not in _SMALL
    )


def _holds_letters(acronym: str, words: str) -> bool:
    """Whether the last words hold the letters in order, the first one at the start of a word.

    As in "deoxyribonucleic acid (DNA)" (Schwartz and Hearst 2003), whose bound on the words is
    kept too.
    """
    letters = [char for char in acronym.lower() if char.isalnum()]
    lowered = words.lower()
    place = len(lowered)
    for number, letter in enumerate(reversed(letters), start=1):
        place = lowered.rfind(letter, 0, place)
        while number == len(letters) and place > 0 and lowered[place - 1].isalnum():
            place = lowered.rfind(letter, 0, place)
        if place < 0:
            return False
    return len(lowered[place:].split()) <= min(len(letters) + 5, 2 * len(letters))
