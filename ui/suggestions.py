"""Suggestions: questions that the documents answer, found in the background and kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from threading import Lock, Thread

from fastapi import APIRouter, Request

from index import StoredDocument, Where
from index.errors import QAError
from qa.suggesting import suggested
from ui.conversations import Conversations
from ui.readers import reader_of
from ui.settings import Desk
from ui.welcome import EXAMPLES, is_shipped

SHOWN = 4
OFFERED = 3
# Of a large library, so many documents are looked at.
DOCUMENTS_READ = 40
# So many questions are remembered with whether they were answered.
VERDICTS_KEPT = 5000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is asked: the documents in the order in which they are looked at, and the settings."""

    documents: tuple[StoredDocument, ...]
    where: Where | None
    key: tuple[object, ...]


class Suggestions:
    """Finds questions once for each text of a document; asking for them never waits."""

    def __init__(self, desk: Desk, path: Path) -> None:
        """The desk's settings decide what is answered; `path` keeps them for the next start."""
        self._desk = desk
        self._path = path
        self._found = _kept(path)
        self._verdicts: dict[tuple[tuple[object, ...], str], bool] = {}
        self._working = Lock()

    def of(self, chosen: Sequence[str], near: Sequence[str], *, most: int) -> list[str]:
        """Up to `most` from the `chosen` documents, or from all; those `near` first, then the last.

        One of each document in turn. Each was answered when it was asked of just these documents,
        by the settings of the moment. None while that is being found out.
        """
        scope = self._scope(chosen, near)
        try:
            return _first(
                scope,
                most,
                lambda document: self._found[_key(document)],
                lambda question: self._verdicts[scope.key, question],
            )
        except KeyError:
            self._begin(scope, most)
            return []

    def _scope(self, chosen: Sequence[str], near: Sequence[str]) -> _Scope:
        held = self._desk.library.documents()
        if chosen:
            held = [document for document in held if document.document_id in set(chosen)]
        rank = {id_: place for place, id_ in enumerate(near)}
        held = sorted(held, key=lambda document: document.added, reverse=True)
        held.sort(key=lambda document: rank.get(document.document_id, len(rank)))
        settings = (self._desk.assistant.threshold, self._desk.assistant.passages)
        where = {"document_id": [d.document_id for d in held]} if chosen else None
        return _Scope(tuple(held), where, (settings, *sorted(map(_key, held))))

    def _begin(self, scope: _Scope, most: int) -> None:
        if self._working.acquire(blocking=False):
            Thread(target=self._work, args=[scope, most], name="suggesting", daemon=True).start()

    def _work(self, scope: _Scope, most: int) -> None:
        try:
            _first(scope, most, self._find, lambda question: self._is_answered(scope, question))
        finally:
            self._working.release()

    def _find(self, document: StoredDocument) -> list[str]:
        key = _key(document)
        if key not in self._found:
            try:
                quoting = self._desk.assistant.changed(llm="none")
                shipped = is_shipped(document)
                found = list(EXAMPLES) if shipped else suggested(quoting, document.document_id)
            except QAError:
                # It was removed meanwhile.
                return []
            self._found = self._found | {key: found}
            self._keep()
        return self._found[key]

    def _keep(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._found), encoding="utf-8")
        except OSError:
            logger.warning("The suggested questions could not be kept")

    def _is_answered(self, scope: _Scope, question: str) -> bool:
        key = (scope.key, question)
        if key not in self._verdicts:
            now = self._desk.assistant
            quoting = now.changed(llm="none", threshold=now.threshold, passages=now.passages)
            try:
                is_answered = quoting.ask(question, where=scope.where).answered
            except QAError:
                is_answered = False
            if len(self._verdicts) >= VERDICTS_KEPT:
                self._verdicts.clear()
            self._verdicts[key] = is_answered
        return self._verdicts[key]


def suggestions(found: Suggestions, kept: Conversations) -> APIRouter:
    """`/api/suggestions`."""
    router = APIRouter()

    @router.get("/api/suggestions")
    def offered(request: Request, documents: str = "", conversation: str = "") -> list[str]:
        """Questions that are answered in a conversation of the reader's, or from all documents.

        Those from `documents`, ids with blanks, come first. They are found in the background, so
        there may be none yet.
        """
        chosen = kept.get(reader_of(request), conversation).documents if conversation else ()
        near = documents.split()[:50]
        return found.of(chosen, near, most=OFFERED if near else SHOWN)

    return router


def _first(
    scope: _Scope,
    most: int,
    questions_of: Callable[[StoredDocument], list[str]],
    is_answered: Callable[[str], bool],
) -> list[str]:
    """The first `most` that are answered; further documents are read while there are too few."""
    found: list[str] = []
    for end in range(min(most, len(scope.documents)), len(scope.documents[:DOCUMENTS_READ]) + 1):
        in_turn = zip_longest(*map(questions_of, scope.documents[:end]))
        asked = dict.fromkeys(filter(None, chain.from_iterable(in_turn)))
        found = list(islice(filter(is_answered, asked), most))
        if len(found) == most:
            break
    return found


def _key(document: StoredDocument) -> str:
    return f"{document.document_id} {document.added.isoformat()}"


def _kept(path: Path) -> dict[str, list[str]]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
