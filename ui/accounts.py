"""Accounts: who may use a server that is shared, by password or by token."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from index.errors import QAError

LEAST_PASSWORD = 8
SESSION_SECONDS = 30 * 24 * 3600
_NAME = re.compile(r"[\w.@-]{1,64}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, reader TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    digest TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    label TEXT NOT NULL, expires REAL NOT NULL
);
"""


class AccountError(QAError):
    """An account or token cannot be made, or is not there; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who it is; `reader` is the secret name under which its conversations are kept."""

    name: str
    reader: str


class Accounts:
    """The accounts of a server. Passwords are kept as Argon2 hashes, tokens as SHA-256 digests."""

    def __init__(self, path: Path) -> None:
        """`path` is the SQLite file, which only its owner may read."""
        self._path = path

    def add(self, name: str, password: str) -> None:
        """Make an account, or give it a new password, which ends its sessions.

        Raises AccountError for a name or password that cannot be.
        """
        from argon2 import PasswordHasher

        if not _NAME.fullmatch(name):
            raise AccountError("A name has 1 to 64 letters, digits, dots, dashes or @.")
        if len(password) < LEAST_PASSWORD:
            raise AccountError(f"A password has at least {LEAST_PASSWORD} characters.")
        hashed = PasswordHasher().hash(password)
        with self._open() as rows:
            rows.execute(
                "INSERT INTO accounts VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET password = excluded.password",
                (name, hashed, secrets.token_urlsafe(24)),
            )
            rows.execute("DELETE FROM tokens WHERE account = ? AND label = ''", (name,))

    def remove(self, name: str) -> None:
        """Remove an account with its tokens; raises AccountError when there is none."""
        with self._open() as rows:
            if not rows.execute("DELETE FROM accounts WHERE name = ?", (name,)).rowcount:
                raise AccountError(f"There is no account {name!r}.")

    def names(self) -> list[str]:
        """All names, in order."""
        with self._open() as rows:
            return [row[0] for row in rows.execute("SELECT name FROM accounts ORDER BY name")]

    def log_in(self, name: str, password: str) -> str | None:
        """The token of a new session, or `None` when name and password do not belong together."""
        from argon2 import PasswordHasher
        from argon2.exceptions import VerificationError

        with self._open() as rows:
            row = rows.execute("SELECT password FROM accounts WHERE name = ?", (name,)).fetchone()
        hasher = PasswordHasher()
        try:
            # A name that is not there takes as long as one that is.
            hasher.verify(row[0] if row else hasher.hash(secrets.token_hex(16)), password)
        except VerificationError:
            return None
        return self._new(name, "", time.time() + SESSION_SECONDS)

    def new_token(self, name: str, label: str) -> str:
        """A token for programs, which is told this once; raises AccountError."""
        if not label.strip():
            raise AccountError("A token has a label, by which it can be removed.")
        if label in self.labels(name):
            raise AccountError(f"{name} already has a token {label!r}.")
        return self._new(name, label, float("inf"))

    def labels(self, name: str) -> list[str]:
        """The labels of an account's tokens, in order; raises AccountError when there is none."""
        if name not in self.names():
            raise AccountError(f"There is no account {name!r}; make one with `qa user add {name}`.")
        with self._open() as rows:
            found = rows.execute(
                "SELECT label FROM tokens WHERE account = ? AND label != '' ORDER BY label", (name,)
            )
            return [row[0] for row in found]

    def remove_token(self, name: str, label: str) -> None:
        """Make a token useless; raises AccountError when there is none of this label."""
        with self._open() as rows:
            gone = rows.execute(
                "DELETE FROM tokens WHERE account = ? AND label = ? AND label != ''", (name, label)
            )
            if not gone.rowcount:
                raise AccountError(f"{name} has no token {label!r}.")

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._open() as rows:
            rows.execute("DELETE FROM tokens WHERE digest = ?", (_digest(token),))

    def of(self, token: str) -> Account | None:
        """Whose token this is, of a session or a program; `None` for any other text."""
        with self._open() as rows:
            row = rows.execute(
                "SELECT name, reader FROM accounts JOIN tokens ON account = name "
                "WHERE digest = ? AND expires > ?",
                (_digest(token), time.time()),
            ).fetchone()
        return Account(*row) if row else None

    def _new(self, name: str, label: str, expires: float) -> str:
        token = secrets.token_urlsafe(32)
        with self._open() as rows:
            rows.execute("DELETE FROM tokens WHERE expires < ?", (time.time(),))
            rows.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?)", (_digest(token), name, label, expires)
            )
        return token

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(self._path, timeout=20)) as rows:
            rows.execute("PRAGMA foreign_keys = ON")
            rows.executescript(_SCHEMA)
            with rows:
                yield rows


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
