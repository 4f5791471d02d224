"""Conversations that stay: kept in SQLite beside the library, each for its reader alone."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path, PurePath
from threading import Lock

from index.errors import QAError
from qa.answers import Answer
from ui.chat import Turn

TITLE_SHOWN = 80
# So many turns are the history of the next question; those before it are only read.
HISTORY_TURNS = 10
INTERRUPTED = "This question was interrupted before its answer was there."
AWAITED = "The answer to this question is still on its way."

_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, reader TEXT NOT NULL, title TEXT NOT NULL, documents TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS of_reader ON conversations (reader, changed);
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, answer TEXT,
    error TEXT NOT NULL, rating INTEGER NOT NULL DEFAULT 0, comment TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (conversation, number)
);
"""
_LISTED = """
SELECT id, title, documents, changed,
       (SELECT COUNT(*) FROM turns WHERE conversation = id) AS turns
FROM conversations WHERE reader = ?
"""


class ConversationNotFound(QAError):
    """The reader has no such conversation, or it has no such turn."""


class ConversationsUnavailable(QAError):
    """The file of conversations cannot be read or written; the message says why."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the list of conversations shows.

    `documents` are the ids of those it searches, empty for all; `changed` is in ISO 8601.
    """

    id: str
    title: str
    documents: tuple[str, ...]
    changed: str
    turns: int

    def to_dict(self) -> dict[str, object]:
        """The fields as JSON takes them."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "documents": list(self.documents)
        }


class Conversations:
    """All readers' conversations; every call names the reader, who sees no other's."""

    def __init__(self, path: Path) -> None:
        """`path` is the SQLite file; it is made by the first conversation."""
        self._path = path
        self._making = Lock()
        self._is_made = False
        # The answers that are on their way in this process, by conversation and number, each with
        # the token of its run: the same turn may be asked again before the first run has ended.
        self._awaited: dict[tuple[str, int], str] = {}

    def begin(self, reader: str, documents: Sequence[str] = ()) -> str:
        """The id of a new conversation that searches these documents, or all."""
        id_ = secrets.token_hex(16)
        with self._open() as rows:
            rows.execute(
                "INSERT INTO conversations VALUES (?, ?, '', ?, ?)",
                (id_, reader, json.dumps(list(documents)), _now()),
            )
        return id_

    def of(self, reader: str, search: str = "") -> list[Conversation]:
        """Those in which something was asked, the last changed first; `search` in their text."""
        query, values = f"{_LISTED} AND turns > 0", [reader]
        for word in search.split():
            escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            query += """ AND (title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns
                WHERE conversation = id AND question || ' ' || text LIKE ? ESCAPE '\\'))"""
            values += [f"%{escaped}%"] * 2
        with self._open() as rows:
            found = rows.execute(f"{query} ORDER BY changed DESC", values).fetchall()
        return [_conversation(row) for row in found]

    def get(self, reader: str, id_: str) -> Conversation:
        """The one with this id; raises ConversationNotFound, also when it is another reader's."""
        with self._open() as rows:
            row = rows.execute(f"{_LISTED} AND id = ?", (reader, id_)).fetchone()
        if row is None:
            raise ConversationNotFound("There is no such conversation.")
        return _conversation(row)

    def rename(self, reader: str, id_: str, title: str) -> None:
        """Give it a title; raises ConversationNotFound."""
        self._set(reader, id_, "title", _title(title))

    def choose(self, reader: str, id_: str, documents: Sequence[str]) -> None:
        """Search these documents from now on, or all; raises ConversationNotFound."""
        self._set(reader, id_, "documents", json.dumps(list(documents)))

    def delete(self, reader: str, id_: str, *, seen: int | None = None) -> bool:
        """Delete it with all its turns; raises ConversationNotFound.

        With more turns than the reader has `seen` it stays: it went on in another window.
        """
        self.get(reader, id_)
        with self._open() as rows:
            deleted = rows.execute(
                "DELETE FROM conversations WHERE id = ? "
                "AND (SELECT COUNT(*) FROM turns WHERE conversation = id) <= ?",
                (id_, 2**62 if seen is None else seen),
            ).rowcount
        return deleted > 0

    def turns(
        self, reader: str, id_: str, *, before: int | None = None, last: int | None = None
    ) -> list[Turn]:
        """Its turns in order; of those `before` a number, the `last` so many."""
        self.get(reader, id_)
        with self._open() as rows:
            found = rows.execute(
                "SELECT * FROM turns WHERE conversation = ? AND number < ? "
                "ORDER BY number DESC LIMIT ?",
                (id_, 2**62 if before is None else before, -1 if last is None else last),
            ).fetchall()
        return [self._turn(row) for row in reversed(found)]

    def turn(self, reader: str, id_: str, number: int) -> Turn:
        """One turn; raises ConversationNotFound."""
        found = self.turns(reader, id_, before=number + 1, last=1)
        if not found or found[0].number != number:
            raise ConversationNotFound("There is no such question in this conversation.")
        return found[0]

    def next_number(self, reader: str, id_: str) -> int:
        """The number of the turn that comes next, from 1."""
        last = self.turns(reader, id_, last=1)
        return last[0].number + 1 if last else 1

    def keep(self, reader: str, id_: str, turn: Turn) -> str:
        """Keep a turn under its number, also one that is pending: what is asked is not lost.

        A turn that is already there is replaced, with those behind it: it was asked again. Gives
        a token of the run that is to answer it.
        """
        conversation = self.get(reader, id_)
        with self._open() as rows:
            rows.execute(
                "DELETE FROM turns WHERE conversation = ? AND number >= ?", (id_, turn.number)
            )
            rows.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, 0, '')",
                (id_, turn.number, turn.question, *_outcome(turn)),
            )
            rows.execute(
                "UPDATE conversations SET changed = ?, title = ? WHERE id = ?",
                (_now(), conversation.title or _title(turn.question), id_),
            )
        for key in tuple(self._awaited):
            if key[0] == id_ and key[1] >= turn.number:
                self._awaited.pop(key, None)
        run = secrets.token_hex(8)
        if turn.is_pending:
            self._awaited[id_, turn.number] = run
        return run

    def is_awaited(self, id_: str, number: int, run: str) -> bool:
        """Whether the answer to this turn is on its way, and comes from this run."""
        return self._awaited.get((id_, number)) == run

    def is_any_awaited(self, id_: str) -> bool:
        """Whether any answer in this conversation is on its way."""
        return any(key[0] == id_ for key in tuple(self._awaited))

    def finish(self, reader: str, id_: str, turn: Turn) -> None:
        """Keep what became of a turn that is still pending; one that has an outcome keeps it."""
        self.get(reader, id_)
        with self._open() as rows:
            changed = rows.execute(
                "UPDATE turns SET text = ?, answer = ?, error = ? "
                "WHERE conversation = ? AND number = ? AND question = ? AND error = ?",
                (*_outcome(turn), id_, turn.number, turn.question, INTERRUPTED),
            ).rowcount
            rows.execute("UPDATE conversations SET changed = ? WHERE id = ?", (_now(), id_))
        if changed:
            self._awaited.pop((id_, turn.number), None)

    def leave(self, id_: str, number: int, run: str) -> None:
        """Say that a run answers the turn no longer."""
        if self.is_awaited(id_, number, run):
            self._awaited.pop((id_, number), None)

    def rate(self, reader: str, id_: str, number: int, rating: int, comment: str) -> None:
        """Keep whether an answer helped (1), did not (-1), or neither (0), and why."""
        self.turn(reader, id_, number)
        with self._open() as rows:
            rows.execute(
                "UPDATE turns SET rating = ?, comment = ? WHERE conversation = ? AND number = ?",
                (rating, comment.strip(), id_, number),
            )

    def _turn(self, row: sqlite3.Row) -> Turn:
        key = (row["conversation"], row["number"])
        is_awaited = row["error"] == INTERRUPTED and key in self._awaited
        return Turn(
            row["question"],
            answer=Answer.from_dict(json.loads(row["answer"])) if row["answer"] else None,
            error="" if is_awaited else row["error"],
            number=row["number"],
            rating=row["rating"],
            comment=row["comment"],
        )

    def _set(self, reader: str, id_: str, column: str, value: str) -> None:
        self.get(reader, id_)
        with self._open() as rows:
            rows.execute(f"UPDATE conversations SET {column} = ? WHERE id = ?", (value, id_))  # noqa: S608

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, in a transaction: each call may come from another thread."""
        try:
            with self._making:
                if not self._is_made:
                    self._make()
            with closing(sqlite3.connect(self._path, timeout=20)) as rows:
                rows.row_factory = sqlite3.Row
                rows.execute("PRAGMA foreign_keys = ON")
                with rows:
                    yield rows
        except (sqlite3.DatabaseError, OSError) as error:
            raise ConversationsUnavailable(
                f"The conversations in {self._path} cannot be kept: {error}."
            ) from error

    def _make(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=20)) as rows:
            rows.execute("PRAGMA journal_mode = WAL")
            rows.executescript(_SCHEMA)
        self._is_made = True


def history_of(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """The answered ones of the last turns, as the assistant takes a history."""
    return [(t.question, t.answer.text) for t in turns[-HISTORY_TURNS:] if t.answer]


def markdown(title: str, turns: Sequence[Turn]) -> str:
    """A conversation to read elsewhere: each answer with its marks, and below it what they cite."""
    return "\n".join([f"# {_plain(title)}", "", *(line for t in turns for line in _lines(t))])


def _lines(turn: Turn) -> Iterator[str]:
    yield f"## {_plain(turn.question)}\n"
    if turn.answer is None:
        yield f"{_plain(turn.error or AWAITED)}\n"
        return
    for statement in turn.answer.statements:
        yield f"{_plain(str(statement))}\n"
    for citation in turn.answer.citations:
        name = PurePath(citation.source).name or citation.source
        page = f", page {citation.page}" if citation.page else ""
        section = f", {_plain(citation.section)}" if citation.section else ""
        yield (
            f"- [{citation.number}] “{_plain(citation.quote)}” "
            f"({_plain(citation.title)}{section}{page}; {_plain(name)})"
        )
    if turn.answer.citations:
        yield ""


def _plain(text: str) -> str:
    """The text on one line, in which nothing is markup that Markdown or HTML would act on."""
    line = " ".join(text.split())
    return "".join(f"\\{c}" if c in "\\`*_<>#|$!" else c for c in line)


def _conversation(row: sqlite3.Row) -> Conversation:
    documents = tuple(json.loads(row["documents"]))
    return Conversation(row["id"], row["title"], documents, row["changed"], row["turns"])


def _outcome(turn: Turn) -> tuple[str, str | None, str]:
    """The columns text, answer and error."""
    if turn.answer:
        return turn.answer.text, json.dumps(turn.answer.to_dict()), ""
    return "", None, INTERRUPTED if turn.is_pending else turn.error


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_SHOWN else f"{line[: TITLE_SHOWN - 1].rstrip()}…"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()
