"""What a reader sees before the first question: the documents, and what one could ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from index import Library, StoredDocument
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
    """The titles of the library's documents, and questions that they answer."""

    titles: tuple[str, ...]
    examples: tuple[str, ...] = ()


def welcome(library: Library) -> Welcome:
    """What to say about the library as it is now."""
    documents = library.documents()
    return Welcome(
        titles=tuple(document.title for document in documents),
        examples=EXAMPLES if _hold_the_article(documents) else (),
    )


def _hold_the_article(documents: Sequence[StoredDocument]) -> bool:
    # By name: the library may have been filled from another checkout.
    shipped = {path.name for path in SEEDS.iterdir()}
    return any(PurePath(document.source).name in shipped for document in documents)
