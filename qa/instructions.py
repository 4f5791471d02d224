"""Instructions in a document: sentences that speak to a machine, not to a reader.

They are text like any other, and are quoted where a question asks for them; but they come after
what speaks to a reader, and no written sentence rests on one: a model that obeyed would be shown
as supported by it.
"""

from __future__ import annotations

import re

from index import Passage

# Machines and their parts are what many documents are about: a mention alone is no instruction.
_MACHINE = (
    r"(?:(?:AI|virtual|automated) (?:assistants?|models?|systems?|agents?|readers?)|AIs?|LLMs?"
    r"|(?:large )?language models?|chat ?bots?|bots?|assistants?)"
)
# Where an order begins.
_ORDER = r"(?:^\W*|[.:;!?>\])]\s*)(?:(?:please|now|then|important|instead),?\s+)?"
_SAID = r"(?:say|reply|respond|answer|tell|write|output|print|state|mention|recommend|repeat|cite)"
_TOLD = r"(?:instructions?|prompts?|rules|context|passages?|documents?|questions?)"
_SPEAKS_TO_A_MACHINE = re.compile(
    rf"{_ORDER}(?:ignore|disregard|forget|override)\b[^.]{{0,40}}\b(?:{_TOLD}|above|previous|prior)\b"
    rf"|{_ORDER}(?!answer){_SAID}\b[^.]{{0,20}}(?:[:“\"]|\bword\b|\bfollowing\b)"
    rf"|{_ORDER}(?:reply|respond|answer)\s+with\b|\b(?:reply|respond|answer)\s+only\s+with\b"
    rf"|{_ORDER}do not answer\b|\bfrom now on,? (?:you|always|never|{_SAID})\b"
    rf"|\b(?:notes?|notice|message|instructions?|attention|prompt|dear)\b[^.]{{0,12}}\b{_MACHINE}\b"
    rf"|\b(?:as|you are|you're) (?:now )?(?:an?|the) {_MACHINE}\b[^.]{{0,20}}(?:\byou|,)"
    rf"|^\W*(?:{_MACHINE}|system|user|instruction|developer[\w ]*|prompt)\s*[:,]"
    rf"|\b(?:{_MACHINE}|whoever|anyone who)\b[^.]{{0,60}}"
    rf"\b(?:must|should|shall) (?:only )?{_SAID}\b"
    r"|\bsystem prompt\b|\bnew instructions?\s*:|\byour (?:new |only )?task is\b"
    r"|\b(?:translate|begin|start|finish|end|sign|preface|follow) your (?:answer|reply|response)\b"
    r"|\b(?:disclose|reveal|print|show|follow|forget) your (?:instructions|prompt)\b"
    r"|\b(?:correct|right|only) answer (?:to (?:all|any|every|each|questions)|is)\b"
    r"|\banswers? (?:about|on|to)\b[^.]{0,40}\b(?:mention|include|contain|say)\b"
    r"|\b(?:when|if|before|after) you"
    r" (?:summari[sz]e|(?:answer|reply to|respond to) (?:this|the|any))\b"
    r"|\buser (?:has )?asked you to\b"
    r"|</?\s*(?:passage|system|assistant)\b|\[/?INST\]|<\|",
    re.IGNORECASE | re.MULTILINE,
)


_ANSWERS = re.compile(r"^\W*answer\s*:", re.IGNORECASE)


def speaks_to_a_machine(text: str) -> bool:
    """Whether the text tells whoever reads it by machine what to do."""
    return bool(_SPEAKS_TO_A_MACHINE.search(text))


def is_instruction(passage: Passage, place: int) -> bool:
    """Whether this sentence of the passage speaks to a machine, or answers one that does."""
    text = passage.of(passage.sentences[place])
    return speaks_to_a_machine(text) or (
        place > 0 and bool(_ANSWERS.match(text)) and is_instruction(passage, place - 1)
    )
