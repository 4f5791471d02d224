"""Instructions in a document: sentences that speak to a machine, not to a reader.

They are text like any other, and are quoted where a question asks for them; but they come after
what speaks to a reader, and no written sentence rests on one: a model that obeyed would be shown
as supported by it.
"""

from __future__ import annotations

import re

_SPEAKS_TO_A_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.]{0,40}"
    r"\b(?:instructions?|prompts?|passages?|documents?|questions?|rules|above|previous|prior)\b"
    r"|\b(?:AI|language model|chat ?bots?|bots?|automated system|(?:AI|virtual) assistants?"
    r"|system prompt|new instructions?|your (?:instructions|task|answer|reply|response))\b"
    r"|^\W*(?:assistant|system|user|question|answer|instruction|developer[\w ]*|prompt)\s*[:,]"
    r"|\b(?:question|answer)\s*:\s*\S"
    r"|\b(?:reply|respond|answer)\s+(?:only\s+)?with\b"
    r"|\b(?:say|output|print|repeat)\b[^.]{0,20}(?:[:“\"]|\bword\b)"
    r"|\b(?:correct|right|only) answer\b|\bshould (?:reply|respond|answer)\b"
    r"|\b(?:when|if|before|after) you (?:summari[sz]e|answer|reply|respond|read)\b"
    r"|\bdo not answer\b|\bany answer about\b|\basked you to\b"
    r"|</?\s*(?:passage|system|assistant)\b|\[/?INST\]|<\|",
    re.IGNORECASE | re.MULTILINE,
)


def speaks_to_a_machine(text: str) -> bool:
    """Whether the text tells whoever reads it by machine what to do."""
    return bool(_SPEAKS_TO_A_MACHINE.search(text))
