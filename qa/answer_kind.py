"""What kind of answer a question wants, and whether a text offers one."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from qa.words import NUMBERS, STOP_WORDS, keys_of, stem, words


class AnswerKind(Enum):
    """The kinds that words can tell apart."""

    PERSON = "person"
    PLACE = "place"
    TIME = "time"
    COUNT = "count"
    REASON = "reason"
    MANNER = "manner"
    NAMED = "named"
    YES_NO = "yes or no"
    THING = "thing"


_AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
)
# What "how" may stand before, to ask for a quantity.
HOW_MUCH = (
    r"how (?:many|much|old|long|far|tall|large|big|high|deep|fast|often|wide|heavy|frequently)"
)
# In this order: the first that fits decides.
_KINDS = (
    (
        AnswerKind.TIME,
        r"\b(?:what|which)\s+(?:\w+\s+)?(?:year|decade|century|month|day|date|time|season|period"
        r"|era)s?\b"
        rf"|\bwhen\s+{_AUXILIARY}\b|\bhow (?:long ago|recently)\b|^\W*(?:and |but )?when\W*$",
    ),
    (
        AnswerKind.COUNT,
        rf"\b{HOW_MUCH}\b"
        r"|\b(?:what|which) (?:(?:is|was|are|were) the )?(?:\w+ )?(?:percentage|percent|number"
        r"|amount|population|score|size|age|price|cost|rank|ranking|share|total|distance|length)\b",
    ),
    (
        AnswerKind.REASON,
        r"\bwhy\b|\bwhat (?:was |is )?(?:the )?(?:\w+ )?(?:reason|cause|purpose)\b"
        r"|\bfor what (?:reason|purpose)\b|\bhow come\b",
    ),
    (AnswerKind.PERSON, r"\b(?:who|whom|whose)\b"),
    (
        AnswerKind.PLACE,
        r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:city|country|state|place|location|town|region"
        r"|river|island|street|continent|area)\b",
    ),
    (AnswerKind.MANNER, r"\bhow\b"),
    (
        AnswerKind.NAMED,
        r"\b(?:what|which) (?:is|was|are|were) the (?:\w+ )?(?:name|term|title|nickname)s?\b"
        r"|\bwhich\b|\bwhat \w+ (?!is|are|was|were)",
    ),
    (AnswerKind.YES_NO, rf"^\s*{_AUXILIARY}\b"),
)
_CONTRACTED = re.compile(r"\b(who|what|when|where|why|how)['’]s\b")
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)

_TIME = re.compile(
    r"\b(?:1[0-9]|20)\d\ds?\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|century|centuries|years?|decades?|months?|weeks?"
    r"|days?|hours?|minutes?|seconds?|ago|today|yesterday|tomorrow|currently|spring|summer|autumn"
    r"|winter|daily|weekly|yearly|annually|\d+(?:st|nd|rd|th)?|\w+teenth|\w+tieth)\b",
    re.IGNORECASE,
)
_NUMBER = rf"(?:\d[\d,.]*|\b(?:{'|'.join(NUMBERS)}|an?))"
_SHARE = r"%|per ?cent"
_WEIGHT = r"kilos?|kilogram\w*|[km]?g|gram(?:me)?s?|tonn?es?|tons?|t|pounds?|lbs?|ounces?|oz|stone"
_LENGTH = (
    r"(?:kilo|centi|milli)?met(?:er|re)s?|[kcm]?m|feet|foot|ft|inch(?:es)?|miles?|yards?|fathoms?"
    r"|stor(?:eys?|y|ies)|floors?|['’′]\s?\d+"
)
# What only a number in such units answers, be it a share.
_MEASURES = tuple(
    (re.compile(asked), re.compile(rf"{_NUMBER}[\s-]?(?:{units}|{_SHARE})(?!\w)", re.IGNORECASE))
    for asked, units in (
        (r"\bhow heavy\b|\bweighs?\b", _WEIGHT),
        (r"\bhow (?:tall|deep|wide)\b", _LENGTH),
    )
)
_RELATIVE_TIME = re.compile(
    r"\b(?:when|after|before|during|since|until|while|once|following|now|then)\b", re.IGNORECASE
)
_QUANTITY = re.compile(
    r"\b(?:all|none|no|most|half|several|many|few|vast|one|once|rarely|often|always|never|every"
    r"|both|single|pair|couple|majority)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due|since|so that|in order|to \w+|for|reasons?|caus\w+|result\w*|therefore|thus"
    r"|hence|owing|led|as|by|amid|given)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|on|from|to|within|outside|across|throughout|around|of)\s+"
    r"(?:the\s+|its\s+|their\s+)?\w+",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def answer_kind(question: str) -> AnswerKind:
    """What the question asks for, from its question word and the noun behind it."""
    low = _CONTRACTED.sub(r"\1 is", question.lower())
    return next((kind for kind, pattern in _PATTERNS if pattern.search(low)), AnswerKind.THING)


@lru_cache(maxsize=4096)
def asked_noun(question: str) -> str | None:
    """The stem of the noun for which the answer stands in: "team" in "Which team won?"."""
    pattern = r"\b(?:what|which)\s+(?:(?:kinds?|types?|sorts?|names?)\s+of\s+)?(\w+)"
    match = re.search(pattern, question, re.IGNORECASE)
    noun = match[1].lower() if match else ""
    return stem(noun) if noun and noun not in STOP_WORDS else None


def offers(kind: AnswerKind, question: str, text: str) -> float:
    """How well the text serves the kind of answer, by what the question does not say already.

    1: a date for "when", a number for "how many", one of metres for "how tall", a name for "who";
    0.5: something that may do ("after ...", "several"); 0: nothing of the kind.
    """
    asked = keys_of(question)
    new = [word for word in words(text) if word.key not in asked]
    if kind is AnswerKind.TIME:
        is_dated = any(_TIME.search(word.text) for word in new)
        return 1.0 if is_dated else 0.5 * bool(_RELATIVE_TIME.search(text))
    if kind is AnswerKind.COUNT:
        for measure, in_units in _MEASURES:
            if measure.search(question.lower()):
                return float(bool(in_units.search(text)))
        may_do = any(word.kind == "year" for word in new) or bool(_QUANTITY.search(text))
        return 1.0 if any(word.kind == "number" for word in new) else 0.5 * may_do
    if kind in (AnswerKind.PERSON, AnswerKind.NAMED, AnswerKind.PLACE):
        first = next(iter(new), None)
        begins_named = bool(
            first and first.start == 0 and first.text[0].isupper() and first.is_content
        )
        is_named = begins_named or any(word.kind == "name" for word in new)
        may_do = kind is AnswerKind.PLACE and bool(_PLACE.search(text))
        return 1.0 if is_named else 0.5 * may_do
    if kind is AnswerKind.REASON:
        return float(bool(_REASON.search(text)))
    return float(sum(word.is_content for word in new) >= 2)
