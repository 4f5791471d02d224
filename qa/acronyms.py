"""Acronyms: "What does NATO stand for?" is answered where the name stands beside it."""

from __future__ import annotations

import re

_ASKED = re.compile(
    r"\bwhat (?:does|do|is|did)\s+(?:the\s+)?([A-Z][A-Z0-9&.-]{1,9}?)\s+(?:stands?|short|mean)\b"
    r"|\b(?:full name|full form|meaning|expansion) of\s+(?:the\s+)?([A-Z][A-Z0-9&.-]{1,9})\b"
    r"|\b(?:abbreviation|acronym)\s+([A-Z][A-Z0-9&.-]{1,9})\b",
    re.IGNORECASE,
)
_SMALL = frozenset({"a", "an", "and", "de", "for", "in", "of", "on", "the", "to"})


def asked_acronym(question: str) -> str | None:
    """The acronym whose name is asked for: "CSTO" in "What does CSTO stand for?"."""
    asked = _ASKED.search(question)
    groups = asked.groups() if asked else ()
    acronym = next((group.replace(".", "") for group in groups if group), "")
    return acronym if len(acronym) > 1 else None


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
    before = re.search(rf"([^()]+)\(\s*{name}\s*\)", text, re.IGNORECASE)
    behind = re.search(rf"\b{name}\s*\(([^()]+)\)", text, re.IGNORECASE)
    said = re.search(
        rf"\b{name}\W+(?:stands|is (?:short|an? (?:abbreviation|acronym)))\b", text, re.IGNORECASE
    )
    ends = before is not None and _initials(before[1]).endswith(acronym.lower())
    begins = behind is not None and _initials(behind[1]).startswith(acronym.lower())
    return ends or begins or said is not None


def _initials(words: str) -> str:
    return "".join(
        word[0].lower() for word in re.findall(r"[^\W_]+", words) if word.lower() not in _SMALL
    )
