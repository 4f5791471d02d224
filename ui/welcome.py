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
    """The titles of the documents that are asked, and questions that they answer.

    `is_chosen` tells that they were chosen for the conversation. `writer` says which language
    model writes the answers, and where; it is empty for quotes.
    """

    titles: tuple[str, ...]
    examples: tuple[str, ...] = ()
    writer: str = ""
    is_chosen: bool = False


def welcome(assistant: Assistant, chosen: Sequence[str] = ()) -> Welcome:
    """What to say about its library as it is now, or of the `chosen` documents in it, by their id.

    Where there is more than the shipped article, the page looks for examples in the suggestions.
    """
    documents = assistant.library.documents()
    if chosen:
        documents = [document for document in documents if document.document_id in set(chosen)]
    return Welcome(
        titles=tuple(document.title for document in documents),
        examples=EXAMPLES if documents and all(map(is_shipped, documents)) else (),
        writer=_writer(assistant.llm) if assistant.llm else "",
        is_chosen=bool(chosen),
    )


def is_shipped(document: StoredDocument) -> bool:
    """Whether it is the article in `seeds/`, which EXAMPLES ask about."""
    # By name: the library may have been filled from another checkout.
    return PurePath(document.source).name in {path.name for path in SEEDS.iterdir()}


def _writer(model: LanguageModel) -> str:
    if model.is_local:
        return f"Answers are written by {model.name} on this machine, and checked."
    return (
        f"Answers are written by {model.name}, and checked. "
        f"Your questions and their passages are sent to {model.host}."
    )
