"""The lexical index: BM25 over the words of the passages, in SQLite's FTS5.

It is derived from the store and never a second truth: a document is in it or not, by id and
version, and whatever differs from the store is added or removed before a search. Lost or damaged,
it is built again from the store.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

# The title's words count half: it stands above every passage of its document.
TITLE_WEIGHT = 0.5
BODY_WEIGHT = 1.0
BUSY_SECONDS = 10.0
# Ranking takes a millisecond for a thousand passages. With so many the common words of a question
# are left out: they stand everywhere and say little.
PASSAGES_RANKED = 20_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (id TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passage (
    number INTEGER PRIMARY KEY, document_id TEXT NOT NULL, record_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passage_document ON passage (document_id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    title, body, tokenize = 'porter unicode61 remove_diacritics 2'
);
"""

# The best are chosen before anything else is looked up: common words match by the ten thousand.
_BY_SCORE = """
SELECT passage.record_id, best.score FROM (
    SELECT rowid AS number, -bm25(words, :title, :body) AS score FROM words
    WHERE words MATCH :match {} ORDER BY score DESC, rowid LIMIT :k
) AS best JOIN passage ON passage.number = best.number ORDER BY best.score DESC, best.number
"""
_SEARCH = _BY_SCORE.format("")
_SEARCH_WITHIN = _BY_SCORE.format(
    "AND rowid IN (SELECT number FROM passage"
    " WHERE document_id IN (SELECT value FROM json_each(:within)))"
)

# They stand in nearly every passage: looking them up costs time and says nothing.
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an and are as at be been but by can could did do does for from had has have he her his how
        i if in into is it its me my of on or our she so than that the their them there these they
        this those to us was we were what when where which who whom whose why will with would you
        your
        """,
    )
)


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage on its way into the index; `record_id` is its id in the store."""

    record_id: str
    title: str
    text: str


class LexicalIndex:
    """The words of one library's passages, in a file of their own or in memory."""

    def __init__(self, path: Path | None) -> None:
        """Nothing is opened yet; without a path the index lives in memory."""
        self._path = path
        self._lock = Lock()
        self._database: sqlite3.Connection | None = None

    def follow(
        self,
        versions: Mapping[str, str],
        passages_of: Callable[[str], Iterable[IndexedPassage]],
    ) -> None:
        """Hold exactly these documents, given as version by id; only what differs is touched."""
        with self._lock:
            try:
                self._follow(versions, passages_of)
            except sqlite3.DatabaseError as error:
                # What it held stands in the store. A damaged file is made anew; one that cannot
                # be written, or that another process holds for long, is left to others.
                self._start_again(in_memory=isinstance(error, sqlite3.OperationalError))
                self._follow(versions, passages_of)

    def search(
        self, question: str, *, k: int, within: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The `k` best record ids with their BM25, higher is better; any word may match.

        `within` are the ids of the only documents that count.
        """
        words = _search_words(question)
        if not words:
            return []
        chosen = None if within is None else json.dumps(list(within))
        with self._lock:
            database = self._open()
            match = " OR ".join(map(_quoted, _telling(database, words)))
            rows = database.execute(
                _SEARCH if within is None else _SEARCH_WITHIN,
                {
                    "title": TITLE_WEIGHT,
                    "body": BODY_WEIGHT,
                    "match": match,
                    "k": k,
                    "within": chosen,
                },
            )
            return [(record_id, score) for record_id, score in rows]

    def close(self) -> None:
        """Close the file; the next call opens it again. What lives in memory stays."""
        with self._lock:
            if self._database is not None and self._path is not None:
                self._database.close()
                self._database = None

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            place = ":memory:" if self._path is None else str(self._path)
            database = sqlite3.connect(place, timeout=BUSY_SECONDS, check_same_thread=False)
            database.isolation_level = None
            self._database = database
            database.executescript(_SCHEMA)
        return self._database

    def _follow(
        self,
        versions: Mapping[str, str],
        passages_of: Callable[[str], Iterable[IndexedPassage]],
    ) -> None:
        database = self._open()
        if self._held(database) == versions:
            return
        database.execute("BEGIN IMMEDIATE")
        try:
            held = self._held(database)
            for document_id in held:
                if versions.get(document_id) != held[document_id]:
                    _remove(database, document_id)
            for document_id, version in versions.items():
                if held.get(document_id) != version:
                    _add(database, document_id, version, passages_of(document_id))
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise

    def _held(self, database: sqlite3.Connection) -> dict[str, str]:
        return dict(database.execute("SELECT id, version FROM document"))

    def _start_again(self, *, in_memory: bool) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        if in_memory or self._path is None:
            self._path = None
        else:
            self._path.unlink(missing_ok=True)


def _telling(database: sqlite3.Connection, words: Sequence[str]) -> list[str]:
    """The words that tell passages apart: in a large library, the rarest that match enough."""
    (held,) = database.execute("SELECT count(*) FROM passage").fetchone()
    if held <= PASSAGES_RANKED:
        return list(words)
    count = "SELECT count(*) FROM words WHERE words MATCH ?"
    matched = {word: database.execute(count, (_quoted(word),)).fetchone()[0] for word in words}
    telling: list[str] = []
    for word in sorted(words, key=matched.__getitem__):
        if telling and sum(matched[w] for w in (*telling, word)) > PASSAGES_RANKED:
            break
        telling.append(word)
    return telling


def _quoted(word: str) -> str:
    return f'"{word}"'


def _search_words(question: str) -> list[str]:
    words = list(dict.fromkeys(re.findall(r"\w+", question.lower())))
    return [word for word in words if word not in _FUNCTION_WORDS] or words


def _remove(database: sqlite3.Connection, document_id: str) -> None:
    database.execute(
        "DELETE FROM words WHERE rowid IN (SELECT number FROM passage WHERE document_id = ?)",
        (document_id,),
    )
    database.execute("DELETE FROM passage WHERE document_id = ?", (document_id,))
    database.execute("DELETE FROM document WHERE id = ?", (document_id,))


def _add(
    database: sqlite3.Connection,
    document_id: str,
    version: str,
    passages: Iterable[IndexedPassage],
) -> None:
    for passage in passages:
        number = database.execute(
            "INSERT INTO passage (document_id, record_id) VALUES (?, ?)",
            (document_id, passage.record_id),
        ).lastrowid
        database.execute(
            "INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)",
            (number, passage.title, passage.text),
        )
    database.execute("INSERT INTO document (id, version) VALUES (?, ?)", (document_id, version))
