"""Follow-up questions without a language model: what "And where?" and "Why did he?" mean.

Whether a question leans on what was said before is decided for each question; one that stands on
its own is left alone, so that a new subject is not dragged back to the old one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answer_kind import AnswerKind, answer_kind
from qa.parts import is_bare_question_word, without_question_word
from qa.words import STOP_WORDS, words

History = Sequence[tuple[str, str]]

# A longer history says nothing more about the question at hand.
TURNS_READ = 3
# So many characters of the answer before are read with a question.
ANSWER_READ = 400
# What the earlier question counts in the search, beside the question itself; chosen on the
# conversations that tests/benchmarks/conversations.py measures.
CONTEXT_WEIGHT = 0.3
LEANING_WEIGHT = 1.0
STRONGLY_LEANING = 2.0

_PERSON = re.compile(r"\b(?:he|him|his|she|hers?)\b", re.IGNORECASE)
_THING = re.compile(r"\b(?:it|its|this|that|they|them|their|these|those)\b", re.IGNORECASE)
_POSSESSIVE = frozenset({"his", "her", "its", "their"})
# "Is there a fee?" and "this year" point at nothing that was said.
_NO_POINTER = re.compile(
    r"\b(?:is|are|was|were|be) there\b|\bthere (?:is|are|was|were)\b"
    r"|\bthis (?:year|month|week|morning|evening)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?i:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\s)+"
)
_POINTER = re.compile(
    r"\b(?:(?:the|this|that|which|any|an?)\s+(?:first|second|third|last|other|others|former|latter"
    r"|same)(?:\s+ones?)?|another|ones?|others?|there|then)\b",
    re.IGNORECASE,
)
# "That" joins clauses more often than it points: "the idea that ...", "countries that are ...".
_CONJUNCTION = re.compile(r"(?<=\w)\s+that\s+(?=\w)", re.IGNORECASE)
_OPENING = re.compile(
    r"^\W*(?:and|but|or|so|also|then|what about|how about|what else|anything else|any other"
    r"|tell me more|why not|how so|such as|like what|for example)\b",
    re.IGNORECASE,
)
_WHAT_ABOUT = re.compile(
    r"^\W*(?i:(?:and|but|so)?\W*(?:what|how) about)\s+(.+?)\W*$"
    r"|^\W*(?i:and)\s+(?:(in|at|for|with|of)\s+)?"
    r"((?:the\s+)?[A-Z][\w'’-]*(?:\s+[A-Z][\w'’-]*)*)\W*$",
)
# "What is GDPR?" and "What is a sluice?" ask for no more than they name; "What is the reason?" and
# "Who was involved?" do.
_DEFINES = re.compile(
    r"^\W*(?i:what|who)(?i:['’]s| is| are| was| were) (?:(?i:an?) [\w’'-]+|[A-Z][\w’'-]*)\W*$"
)
_LEADING = re.compile(r"^\W*(?:and|but|so|then|also)\b[\s,]*", re.IGNORECASE)
_NAMES = re.compile(
    r"[A-Z][\w'’-]*(?:\s+(?:(?:of|the|and|for)\s+(?=(?:the\s+)?[A-Z]))*[A-Z][\w'’-]*)*"
)
_MARK = re.compile(r"\s*\[\d+\]")


def leaning(question: str) -> float:
    """How much a question leans on what was said before it.

    0: it stands on its own; 1: a pronoun, an opening "and" or hardly a content word; 2 and more:
    several of these, as in "And why did he?".
    """
    content = len(_content(question))
    body = _CONJUNCTION.sub(" ", question)
    if content > 1:
        body = _NO_POINTER.sub(" ", body)
    points = any(pattern.search(body) for pattern in (_PERSON, _THING, _POINTER))
    opens = bool(_OPENING.search(question)) or is_bare_question_word(question)
    if not points and not opens and _DEFINES.match(question):
        return 0.0
    return float(points) + float(opens) + {0: 1.0, 1: 1.0, 2: 0.5}.get(content, 0.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it is understood in its conversation.

    `weighed` are the wordings that evidence is weighed against, all alike; `judged` are those for
    which it has to be good, alike again; `answered` are those that the answerability network is
    asked, one of them behind the earlier question and its answer, as it has learned. All are the
    question alone where it leans on nothing.
    """

    weighed: tuple[str, ...]
    judged: tuple[str, ...]
    answered: tuple[str, ...]

    @property
    def leans(self) -> bool:
        """Whether it is understood from what was said before."""
        return len(self.answered) > 1


def read(question: str, history: History) -> Reading:
    """The question with what it leaves out put in from the history.

    Where the earlier question had to be put before it whole, the evidence is judged by the
    question alone as well: that it fits the earlier one says nothing new.
    """
    restated = standalone(question, history)
    if restated == question:
        return Reading((question,), (question,), (question,))
    both = (restated, question)
    previous, answer = history[-1]
    return Reading(
        both,
        both if _is_put_behind_the_earlier(restated, question) else (restated,),
        (*both, f"{previous} {_MARK.sub('', answer)[:ANSWER_READ]} {question}"),
    )


def standalone(question: str, history: History) -> str:
    """The question as it would be asked without the history; itself when it leans on none.

    A bare question word asks the earlier question anew ("And where?"), "What about X?" asks it of
    X, a pronoun gets the name that it most likely stands for; else the earlier question is put
    before it.
    """
    turns = list(history)[-TURNS_READ:]
    if not turns or leaning(question) < 1:
        return question
    *earlier, (previous, answer) = turns
    previous = standalone(previous, earlier)
    if is_bare_question_word(question):
        return f"{_LEADING.sub('', question).strip(' ?')} {without_question_word(previous)}?"
    about = _WHAT_ABOUT.match(question)
    named = (
        _asked_of(about[1] or about[3], previous, about[2])
        if about
        else _with_names(_LEADING.sub("", question), previous, _MARK.sub("", answer))
    )
    return named or f"{previous} {question}"


def search_queries(question: str, history: History) -> list[tuple[str, float]]:
    """What to search for, each with its weight; the question itself, at weight 1, comes first."""
    if not history:
        return [(question, 1.0)]
    weight = CONTEXT_WEIGHT if leaning(question) < STRONGLY_LEANING else LEANING_WEIGHT
    restated = standalone(question, history)
    names_both = _is_put_behind_the_earlier(restated, question)
    return [(question, 1.0), (restated if names_both else f"{history[-1][0]} {restated}", weight)]


def _is_put_behind_the_earlier(restated: str, question: str) -> bool:
    return restated != question and restated.endswith(question)


def _content(question: str) -> list[str]:
    return [word.key for word in words(question) if word.is_content]


def _asked_of(subject: str, previous: str, preposition: str | None) -> str | None:
    """The earlier question about another subject: the last name in it gives way.

    With a preposition, one that stands behind the same; where there is none, both are added.
    """
    if not subject[0].isupper():
        return None
    start = len(previous.split(" ", 1)[0])
    names = [n for n in _NAMES.finditer(previous, start) if n[0].lower() not in STOP_WORDS]
    if preposition:
        behind = f" {preposition} "
        names = [n for n in names if previous[: n.start()].lower().endswith(behind)]
        if not names:
            return f"{previous.rstrip(' ?')}{behind}{subject}?"
    if not names:
        return None
    last = names[-1]
    return f"{previous[: last.start()]}{subject}{previous[last.end() :]}"


def _with_names(question: str, previous: str, answer: str) -> str | None:
    """Pronouns give way to names of the earlier question or its answer."""
    asked, said = _names(previous), _names(answer)
    if answer_kind(previous) is AnswerKind.PERSON:
        person = next((name for name in said if name not in asked), None)
    else:
        person = next(iter(asked), next(iter(said), None))
    thing = asked[-1] if asked else None
    named = question
    if person:
        named = _replaced(_PERSON, named, person)
    # The only name may be either; not both in one question.
    if thing and (thing != person or named == question):
        named = _replaced(_THING, named, thing)
    return named if named != question else None


def _names(text: str) -> list[str]:
    """Runs of capitalised words, in order, each once; one that opens a sentence needs company."""
    found: dict[str, None] = {}
    for match in _NAMES.finditer(text):
        name = _without_small_words(match[0].removesuffix("’s").removesuffix("'s"))
        opens = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1] in '.?!“"'
        is_plain = opens and " " not in match[0] and not name.isupper()
        if name and not is_plain and not _DATE.fullmatch(name):
            found.setdefault(name)
    return list(found)


def _without_small_words(name: str) -> str:
    """The name without what only opens its sentence: "Is Ann Lee" is about Ann Lee."""
    first, *rest = name.split(" ")
    if first.lower() in STOP_WORDS and (len(first) == 1 or not first.isupper()):
        return _without_small_words(" ".join(rest)) if rest else ""
    return name


def _replaced(pattern: re.Pattern[str], question: str, name: str) -> str:
    """The first pronoun gives way to the name; "that" between two clauses is none."""
    joins = [match.span() for match in _CONJUNCTION.finditer(question)]
    for match in pattern.finditer(question):
        if not any(start <= match.start() < end for start, end in joins):
            shown = f"{name}’s" if _is_possessive(match) else name
            return f"{question[: match.start()]}{shown}{question[match.end() :]}"
    return question


def _is_possessive(pronoun: re.Match[str]) -> bool:
    """Her name, but: who married her, who gave her the key."""
    word = pronoun[0].lower()
    behind = re.match(r"\s+([\w'’-]+)", pronoun.string[pronoun.end() :])
    owns = behind is not None and behind[1].lower() not in STOP_WORDS
    return word in _POSSESSIVE and (word != "her" or owns)
