"""What people say to an assistant that no document answers: greetings, thanks, what it can do.

A message counts only when all of it is such talk: "Hello, when is the summit?" is a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index import StoredDocument

TITLES_SHOWN = 10

_GREETING_WORDS = (
    r"(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))(?: (?:there|all|"
    r"everyone|assistant|bot|again))?"
)
_GREETING = re.compile(rf"{_GREETING_WORDS}(?:,? how are you(?: doing)?(?: today)?)?|how are you")
_LEADING_GREETING = re.compile(rf"^\s*{_GREETING_WORDS}\s*[,!.]\s*(?=\S)", re.IGNORECASE)
_THANKS = re.compile(
    r"(?:ok(?:ay)?,? |great,? |perfect,? |cool,? )?(?:many )?(?:thanks|thank you|thx|ty|cheers)"
    r"(?:,? (?:a lot|so much|very much|again|for (?:your|the) help|for that|that helps|bye))*"
    r"|no,? (?:thanks|thank you)|ok(?:ay)?"
    r"|(?:that(?:'s| is| was) )?(?:very )?(?:great|helpful|perfect|nice|cool|awesome|good job)"
)
_GOODBYE = re.compile(
    r"(?:good ?bye|bye(?: bye)?|see you(?: later)?|good night|that(?:'s| is) all)"
)
_ABILITIES = re.compile(
    r"(?:(?:please|can you|could you) )?help(?: me)?(?: please)?"
    r"|what can (?:you|i) (?:do|ask|ask you|help (?:me )?with)(?: here)?"
    r"|(?:who|what) are you|how do you work"
    r"|how (?:can|do) (?:you help(?: me)?|i use (?:you|this))|what(?:'s| is) your name"
    r"|are you (?:an? )?(?:ai|bot|robot|human|person|language model|llm|chatgpt)"
)
# In a conversation they ask about what was said.
_THIS = re.compile(r"what is this|how does (?:this|it) work")
_DOCUMENTS = re.compile(
    r"(?:(?:what|which|how many) (?:documents|files|sources|docs|texts|articles)"
    r" (?:do you (?:have|know|hold|use)|are (?:there|available|loaded|indexed|in (?:here|there))"
    r"|have you got|can i (?:ask about|search)|are you using|did you (?:read|index))"
    r"|(?:please )?(?:list|show)(?: me)? (?:all )?(?:the |your |my )?"
    r"(?:documents|files|sources|docs)"
    r"|what do you know(?: about)?|what(?:'s| is) in (?:the|your|this) library)"
)


def without_greeting(question: str) -> str:
    """The question behind a greeting: "Hi, when is the summit?" asks when the summit is."""
    return _LEADING_GREETING.sub("", question)


def small_talk(
    message: str,
    documents: Callable[[], Sequence[StoredDocument]],
    *,
    in_conversation: bool = False,
) -> str | None:
    """A fitting reply, or `None` when the message is a question to the documents.

    `documents` is called for those replies alone that name what the library holds.
    """
    told = _reply(message, documents, in_conversation=in_conversation)
    if told is None and (behind := without_greeting(message)) != message:
        return _reply(behind, documents, in_conversation=in_conversation)
    return told


def _reply(
    message: str, documents: Callable[[], Sequence[StoredDocument]], *, in_conversation: bool
) -> str | None:
    said = re.sub(r"[^\w',;]+", " ", message.casefold().replace("’", "'")).strip(" ,")
    if _DOCUMENTS.fullmatch(said):
        return _holdings(documents())
    if _ABILITIES.fullmatch(said) or (_THIS.fullmatch(said) and not in_conversation):
        return (
            "I answer questions from the documents in this library, quoting the exact sentences "
            "that answer them; when the documents do not say it, I tell you so. "
            + _holdings(documents())
        )
    if _GREETING.fullmatch(said):
        return "Hello! Ask me something about the documents. " + _holdings(documents())
    if _THANKS.fullmatch(said):
        return "You are welcome."
    if _GOODBYE.fullmatch(said):
        return "Goodbye."
    return None


def _holdings(documents: Sequence[StoredDocument]) -> str:
    if not documents:
        return "There are no documents yet."
    titles = [document.title for document in documents[:TITLES_SHOWN]]
    more = len(documents) - len(titles)
    listed = "; ".join(titles) + (f"; and {more} more" if more else "")
    count = "one document" if len(documents) == 1 else f"{len(documents)} documents"
    return f"The library holds {count}: {listed}."
