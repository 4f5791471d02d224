"""The words of a text in the form in which they are compared: stems, years, numbers and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from Stemmer import Stemmer

WordKind = Literal["year", "number", "name", "word"]

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an the of to in on at by for from with within without into onto over under about as and or
        but if than then that this these those there here it its he him his she her hers they them
        their theirs we us our you your i me my is are was were be been being am do does did done
        doing has have had having will would shall should can could may might must who whom whose
        which what when where why how not no nor never also so such very just only any some all each
        every both one ones much many more most other another own same too s t name named names
        called call kind type sort text according give say says said state states stated mention
        mentioned tell describe up out off down between among during before after through while
        because per via
        """,
    )
)
# Stop words that may still be what is asked about: "Which states are there?".
_SUBJECTS = frozenset({"kind", "name", "names", "sort", "state", "states", "text", "type"})
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
)
NUMBERS = (
    {word: str(n) for n, word in enumerate(_UNITS.split())}
    | {word: f"{n}th" for n, word in enumerate(_ORDINALS.split())}
    | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60"}
    | {"seventy": "70", "eighty": "80", "ninety": "90", "hundred": "100", "dozen": "12"}
    | {"thousand": "1000", "million": "1000000", "billion": "1000000000"}
    | {"twice": "2", "thrice": "3"}
)
# Number words that mostly do not count anything.
_NO_COUNTS = ("one", "second")
_ALIASES = {
    "us": "united_states",
    "usa": "united_states",
    "u.s": "united_states",
    "u.s.a": "united_states",
    "uk": "united_kingdom",
    "u.k": "united_kingdom",
    "eu": "european_union",
    "un": "united_nations",
    "american": "america",
    "wwii": "world_war_ii",
    "ww2": "world_war_ii",
}
_PHRASES = {
    "united states": "united_states",
    "united kingdom": "united_kingdom",
    "european union": "european_union",
    "united nations": "united_nations",
}
_WORD = re.compile(r"[A-Z]\.(?:[A-Z]\.)+|\d[\d,.]*\d|[^\W_]+(?:['’][^\W_]+)?")
_YEAR = re.compile(r"(?:1[0-9]|20)\d\ds?$")
_SENTENCE_BREAK = re.compile(r"[.!?:]\W*$|[“\"]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at its place in a text; words with the same `key` count as the same."""

    text: str
    start: int
    key: str
    kind: WordKind

    @property
    def end(self) -> int:
        """The offset behind the word."""
        return self.start + len(self.text)

    @property
    def is_content(self) -> bool:
        """Whether the word says something of its own."""
        return self.kind != "word" or (self.text.lower() not in STOP_WORDS and len(self.key) > 1)


@cache
def _stemmer() -> Stemmer:
    from Stemmer import Stemmer

    return Stemmer("porter")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The Porter stem of a lower-case word."""
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words in order; a capital letter makes a name unless it begins a sentence."""
    found: list[Word] = []
    begins, last_end = True, 0
    for match in _WORD.finditer(text):
        between = text[last_end : match.start()]
        breaks = bool(_SENTENCE_BREAK.search(between)) and between.strip() != "."
        found.append(_word(match.group(), match.start(), begins=begins or breaks))
        begins, last_end = False, match.end()
    return tuple(_with_phrases(found))


def says_nothing(text: str) -> bool:
    """Whether every word is one that says nothing of its own: "the", "and why?"."""
    empty = STOP_WORDS - _SUBJECTS
    return all(word.kind == "word" and word.text.lower() in empty for word in words(text))


def keys_of(*texts: str) -> frozenset[str]:
    """The keys of all words of the texts."""
    return frozenset(word.key for text in texts for word in words(text))


def is_among(key: str, keys: frozenset[str]) -> bool:
    """Whether the word, or another form of it ("resist", "resistance"), is among `keys`."""
    if key in keys:
        return True
    if len(key) < 4 or key[0].isdigit():
        return False
    return any(_have_one_root(key, other) for other in keys if other[:3] == key[:3])


def _word(raw: str, start: int, *, begins: bool) -> Word:
    low = re.sub(r"['’]s?$", "", raw.lower()).rstrip(".").replace("’", "'")
    plain = low.replace(",", "")
    is_capital = raw[0].isupper()
    if low in _ALIASES and (len(low) > 2 or raw.isupper()):
        return Word(raw, start, stem(_ALIASES[low]), "name")
    if _YEAR.match(plain) and "," not in low:
        return Word(raw, start, plain, "year")
    if plain[0].isdigit():
        return Word(raw, start, re.sub(r"(?<=\d)(?:st|nd|rd)$", "th", plain), "number")
    if low in NUMBERS and low not in _NO_COUNTS and (begins or not is_capital):
        return Word(raw, start, NUMBERS[low], "number")
    if low == "second":
        return Word(raw, start, NUMBERS[low], "word")
    is_acronym = len(raw) > 1 and raw.isupper()
    is_name = is_capital and low not in STOP_WORDS and (not begins or is_acronym)
    return Word(raw, start, stem(low), "name" if is_name else "word")


def _with_phrases(row: Sequence[Word]) -> Iterator[Word]:
    """The words, with each known phrase of two of them as one name."""
    skipped = False
    for here, there in zip_longest(row, row[1:]):
        if skipped:
            skipped = False
            continue
        phrase = f"{here.text} {there.text}" if there else ""
        key = _PHRASES.get(phrase.lower())
        skipped = key is not None
        yield here if key is None else Word(phrase, here.start, stem(key), "name")


@lru_cache(maxsize=100_000)
def _have_one_root(a: str, b: str) -> bool:
    if len(b) < 4:
        return False
    common = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    common = min(len(a), len(b)) if common is None else common
    longest = max(len(a), len(b))
    return common >= 4 and common >= longest - 3 and common >= 0.6 * longest
