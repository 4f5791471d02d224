"""Selection: which documents of a library a question is asked of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from index.documents import StoredDocument
from index.errors import DocumentNotFound, SelectionError

# A pattern, or several of which one has to fit, by field: {"source": "*.pdf"}.
Where = Mapping[str, str | Sequence[str]]

FIELDS = ("source", "title", "document_id")


def select_documents(documents: Iterable[StoredDocument], where: Where) -> list[str]:
    """The ids of the documents that fit `where` in every field that it names.

    `*` stands for any characters, `?` for one; case counts. A source also fits by its end behind
    a slash, and a folder stands for all below it: "reports" and "reports/*" are the same. Raises
    SelectionError for an unknown field or an empty pattern, DocumentNotFound when nothing fits.
    """
    unknown = sorted(set(where) - set(FIELDS))
    if unknown:
        raise SelectionError(
            f"Documents cannot be chosen by {unknown[0]!r}; they can by {', '.join(FIELDS)}."
        )
    if any(not pattern for patterns in where.values() for pattern in _alternatives(patterns)):
        raise SelectionError("A pattern that chooses documents is empty; leave it out to ask all.")
    chosen = [
        document.document_id
        for document in documents
        if all(_fits(document, name, patterns) for name, patterns in where.items())
    ]
    if not chosen:
        described = ", ".join(f"{name} {_listed(patterns)}" for name, patterns in where.items())
        raise DocumentNotFound(
            f"No document has the {described}; `qa documents` lists what the library holds."
        )
    return chosen


def _fits(document: StoredDocument, name: str, patterns: str | Sequence[str]) -> bool:
    value = str(getattr(document, name))
    alternatives = _alternatives(patterns)
    if name != "source":
        return any(fnmatchcase(value, pattern) for pattern in alternatives)
    return any(_is_source(value.replace("\\", "/"), pattern) for pattern in alternatives)


def _alternatives(patterns: str | Sequence[str]) -> Sequence[str]:
    return [patterns] if isinstance(patterns, str) else patterns


def _is_source(source: str, pattern: str) -> bool:
    wanted = pattern.replace("\\", "/").removeprefix("./").rstrip("/")
    return any(
        fnmatchcase(source, f"{before}{wanted}{behind}")
        for before in ("", "*/")
        for behind in ("", "/*")
    )


def _listed(patterns: str | Sequence[str]) -> str:
    return repr(patterns) if isinstance(patterns, str) else " or ".join(map(repr, patterns))
