"""What a reader sees before the first question: the documents, and what one could ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from index import StoredDocument
from qa.assistant import Assistant
from qa.language_model import LanguageModel
from qa.seeds import SEEDS

# Questions that the article in `seeds/` answers.
EXAMPLES = (
    "Who is the CSTO Secretary General?",
    "When and where is the informal summit?",
    "Why did Lukashenko resist the Collective Rapid Reaction Force?",
    "What does the alliance fight against?",
)


@dataclass(frozen=True, slots=True)
class Welcome:
    """The titles of the library's documents, and questions that they answer.

    `writer` says which language model writes the answers, and where; it is empty for quotes.
    """

    titles: tuple[str, ...]
    examples: tuple[str, ...] = ()
    writer: str = ""


def welcome(assistant: Assistant) -> Welcome:
    """What to say about its library as it is now, and about who writes the answers."""
    documents = assistant.library.documents()
    return Welcome(
        titles=tuple(document.title for document in documents),
        examples=EXAMPLES if _hold_the_article(documents) else (),
        writer=_writer(assistant.llm) if assistant.llm else "",
    )


def _writer(model: LanguageModel) -> str:
    if model.is_local:
        return f"Answers are written by {model.name} on this machine, and checked."
    return (
        f"Answers are written by {model.name}, and checked. "
        f"Your questions and their passages are sent to {model.host}."
    )


def _hold_the_article(documents: Sequence[StoredDocument]) -> bool:
    # By name: the library may have been filled from another checkout.
    shipped = {path.name for path in SEEDS.iterdir()}
    return any(PurePath(document.source).name in shipped for document in documents)
