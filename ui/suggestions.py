"""Suggestions: questions that the documents answer, found in the background and kept."""

from __future__ import annotations

import json
import logging
from itertools import chain, zip_longest
from pathlib import Path
from threading import Lock, Thread

from fastapi import APIRouter

from index import StoredDocument
from index.errors import QAError
from qa.assistant import Assistant
from qa.suggesting import suggested

SHOWN = 4
OFFERED = 3
# Of a large library, the documents that came last are looked at.
DOCUMENTS_READ = 40

logger = logging.getLogger(__name__)


class Suggestions:
    """Finds questions once for each text of a document; asking for them never waits."""

    def __init__(self, assistant: Assistant, path: Path) -> None:
        """`assistant` answers by quotes; `path` is where they are kept for the next start."""
        self._assistant = assistant
        self._path = path
        self._found = _kept(path)
        self._working = Lock()

    def of(self, documents: list[str], *, most: int) -> list[str]:
        """Up to `most`, those from these documents first, one of each document in turn."""
        held = sorted(self._assistant.library.documents(), key=lambda d: d.added, reverse=True)
        self._begin(held[:DOCUMENTS_READ])
        rank = {id_: place for place, id_ in enumerate(documents)}
        ordered = sorted(held, key=lambda d: rank.get(d.document_id, len(rank)))
        found = [self._found.get(_key(document), []) for document in ordered]
        in_turn = chain.from_iterable(zip_longest(*found))
        return list(dict.fromkeys(filter(None, in_turn)))[:most]

    def _begin(self, held: list[StoredDocument]) -> None:
        missing = [document for document in held if _key(document) not in self._found]
        if missing and self._working.acquire(blocking=False):
            Thread(target=self._find, args=[missing], name="suggesting", daemon=True).start()

    def _find(self, missing: list[StoredDocument]) -> None:
        try:
            for document in missing:
                try:
                    found = suggested(self._assistant, document.document_id)
                except QAError:
                    # It was removed meanwhile.
                    continue
                self._found = self._found | {_key(document): found}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._found), encoding="utf-8")
        except OSError:
            logger.warning("The suggested questions could not be kept")
        finally:
            self._working.release()


def suggestions(found: Suggestions) -> APIRouter:
    """`/api/suggestions`."""
    router = APIRouter()

    @router.get("/api/suggestions")
    def offered(documents: str = "") -> list[str]:
        """Questions that the documents answer; those from `documents`, ids with blanks, first.

        They are found in the background, so there may be none yet.
        """
        near = documents.split()[:50]
        return found.of(near, most=OFFERED if near else SHOWN)

    return router


def _key(document: StoredDocument) -> str:
    return f"{document.document_id} {document.added.isoformat()}"


def _kept(path: Path) -> dict[str, list[str]]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
