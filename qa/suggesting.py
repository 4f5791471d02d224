"""Questions that a document answers, found in its own sentences and verified by asking them.

Only forms that stay grammatical whatever stands in the sentence are made: "The mill was built in
1790 by ..." gives "When was the mill built?". Where they do not suffice, what is said about a name
is asked.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

from index.sentences import split_into_sentences
from qa.assistant import Assistant

# Of each document, so much is looked at, and so many questions are asked before it is given up.
CHARACTERS_READ = 40_000
TRIES = 12
# Somewhat surer than an answer has to be: what is offered should not disappoint.
LEAST_CONFIDENCE = 0.75

_NAME = r"[A-Z][\w’'-]+"
_NAMES = rf"{_NAME}(?: (?:of |the |and )?{_NAME})"
_SUBJECT = rf"(?:The|the) [\w’'-]+(?: [\w’'-]+){{0,4}}?|{_NAMES}{{0,4}}"
_TOPIC = re.compile(
    rf"(?<=[a-z,] )(?:the )?(?!(?:The|An?|Who|While|When|What|If|In|But|And)\b)"
    rf"{_NAME}(?: (?:of |the )?{_NAME}){{1,3}}"
)
# What a name is cut at, for its dot: "Old Mrs. Harker".
_BEFORE_A_DOT = re.compile(
    r"\b(?:Mrs?|Ms|Dr|Prof|Rev|St|Mt|Capt|Col|Gen|Lt|Sgt|Sen|Gov|Hon|Jr|Sr|No)$"
)
# "The flood", of which a text does not say what it was.
_COMMON = re.compile(r"[Tt]he [a-z][\w’'-]*$")
_DONE = (
    "founded|established|built|born|opened|published|created|launched|elected|completed|"
    "introduced|formed|signed|discovered|invented|adopted|restored|planted|released|appointed"
)
_WHEN = re.compile(
    rf"^(?P<subject>{_SUBJECT}) (?P<was>was|were) (?P<done>{_DONE})\b.*\b(?:1[0-9]|20)\d\d\b"
)
_BASE = {
    "began": "begin",
    "started": "start",
    "ended": "end",
    "opened": "open",
    "died": "die",
    "occurred": "occur",
    "took place": "take place",
    "arrived": "arrive",
    "joined": "join",
}
_DID = re.compile(
    rf"^(?P<subject>{_SUBJECT}) (?P<verb>{'|'.join(_BASE)})\b(?= (?:in|on|after|around)\b).*"
    r"\b(?:1[0-9]|20)\d\d\b"
)
_WHERE = re.compile(
    rf"^(?P<subject>{_SUBJECT}) (?P<verb>is|are|was|were) (?:located|situated|held|based) "
    r"(?:in|on|at|near) "
)
_WHAT = re.compile(rf"^(?P<subject>{_SUBJECT}) (?P<verb>is|are|was|were) (?:a|an|the|one of) [a-z]")
_ACRONYM = re.compile(r"(?:[A-Z][\w-]+ (?:of |for |and |the )?){2,6}\((?P<acronym>[A-Z]{3,8})\)")
_OWN = re.compile(r"^(?:What|When|Where|Who|Why|How) [\w ,’'-]{8,80}\?$")


def suggested(assistant: Assistant, document_id: str, *, most: int = 3) -> list[str]:
    """Up to `most` questions that the assistant answers from this document, in no special order.

    The same text gives the same ones. Raises DocumentNotFound.
    """
    text = assistant.library.text(document_id)[:CHARACTERS_READ]
    made = list(dict.fromkeys(_questions(text)))
    random.Random(0).shuffle(made)  # noqa: S311
    made += [f"What is said about {topic}?" for topic, _ in _topics(text).most_common(TRIES)]
    where = {"document_id": document_id}
    found: list[str] = []
    for question in made[:TRIES]:
        answer = assistant.ask(question, where=where)
        if answer.answered and answer.confidence >= LEAST_CONFIDENCE:
            found.append(question)
        if len(found) == most:
            break
    return found


def _topics(text: str) -> Counter[str]:
    """Names of several words, with how often each stands in the text."""
    found = _TOPIC.findall(" ".join(text.split()))
    return Counter(topic for topic in found if not _BEFORE_A_DOT.search(topic))


def _questions(text: str) -> Iterator[str]:
    for span in split_into_sentences(text, max_tokens=200):
        sentence = " ".join(text[span.start : span.end].split())
        if len(sentence) > 400:
            continue
        if found := _WHEN.search(sentence):
            yield f"When {found['was']} {_inside(found['subject'])} {found['done']}?"
        if found := _DID.search(sentence):
            yield f"When did {_inside(found['subject'])} {_BASE[found['verb']]}?"
        if found := _WHERE.search(sentence):
            yield f"Where {found['verb']} {_inside(found['subject'])}?"
        if (found := _WHAT.search(sentence)) and _can_be_asked_about(found["subject"]):
            yield f"Who or what {found['verb']} {_inside(found['subject'])}?"
        if found := _ACRONYM.search(sentence):
            yield f"What does {found['acronym']} stand for?"
        if _OWN.match(sentence):
            yield sentence


_PRONOUN = re.compile(r"(?:This|That|These|Those|There|It|He|She|They|We|You|Here)\b")


def _can_be_asked_about(subject: str) -> bool:
    return not (_PRONOUN.match(subject) or _COMMON.match(subject))


def _inside(subject: str) -> str:
    """The subject as it stands inside a sentence."""
    return f"the{subject[3:]}" if subject.startswith("The ") else subject
