"""Server: a library kept by a Chroma server, for several machines and processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep, time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import LibraryBusy, LibraryUnavailable, LibraryUnreadable
from index.folder import LOCK_SECONDS

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client

CONNECT_SECONDS = 3.0
# A step of an `add` may take the server some seconds on a slow disk.
ANSWER_SECONDS = 30.0

# A collection can be created once: whoever did holds the lock until it is deleted. Its holder
# renews it; one that was not renewed for so long belongs to a process that died.
LOCK = "cited-qa.write-lock"
LEASE_SECONDS = 60.0
POLL_SECONDS = 0.5


class Server:
    """Where one library is kept: a Chroma server at an http or https address."""

    # All read and write through the server, which knows what is stored.
    is_shared_by_files = False

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Nothing is asked yet. `headers` go with every request, such as an authorization.

        By default QA_CHROMA_TOKEN, where it is set, goes as "Authorization: Bearer ...". Raises
        LibraryUnreadable when `url` is no such address.
        """
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
            raise LibraryUnreadable(
                f"{url} is no address of a Chroma server; one is like http://localhost:8000."
            )
        self._host = parts.hostname
        self._is_secure = parts.scheme == "https"
        self._port = port or (443 if self._is_secure else 8000)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"{parts.scheme}://{host}:{self._port}"
        token = os.environ.get("QA_CHROMA_TOKEN")
        default = {"Authorization": f"Bearer {token}"} if token else {}
        self._headers = dict(default if headers is None else headers)

    def __str__(self) -> str:
        return f"at {self.url}"

    @property
    def home(self) -> str:
        """The address."""
        return self.url

    @property
    def lexical_path(self) -> Path:
        """Where this machine keeps its lexical index of the server's library."""
        from platformdirs import user_cache_path

        name = sha256(self.url.encode()).hexdigest()[:16]
        folder = user_cache_path("cited-qa", appauthor=False) / name
        with suppress(OSError):
            # Where nothing can be written, the index lives in memory.
            folder.mkdir(parents=True, exist_ok=True)
        return folder / "lexical.sqlite"

    def exists(self) -> bool:
        """True: whether the library is there, its server knows."""
        return True

    def create(self) -> None:
        """Nothing: a server has its room."""

    def client(self) -> Client:
        """A new client; raises LibraryUnavailable when the server does not answer in seconds."""
        import httpx
        from chromadb.api.client import Client
        from chromadb.config import Settings

        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        with self.translated():
            # Chroma's client waits for ever, also while it is made: ask first, then limit it.
            httpx.get(
                f"{self.url}/api/v2/heartbeat",
                headers=self._headers,
                timeout=httpx.Timeout(CONNECT_SECONDS),
            ).raise_for_status()
            client = Client(
                settings=Settings(
                    anonymized_telemetry=False,
                    chroma_api_impl="chromadb.api.fastapi.FastAPI",
                    chroma_server_host=self._host,
                    chroma_server_http_port=self._port,
                    chroma_server_ssl_enabled=self._is_secure,
                    chroma_server_headers=dict(self._headers),
                )
            )
            for session in _sessions(client):
                session.timeout = timeout
        return client

    def close(self, client: Client) -> None:
        """Close a client with its connections, which Chroma's own `close` leaves open."""
        for session in _sessions(client):
            session.close()
        client.close()

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Be the only one that writes; raises LibraryBusy or LibraryUnavailable."""
        with ExitStack() as stack:
            client = self.client()
            stack.callback(self.close, client)
            with self.translated():
                self._acquire(client)
            done = Event()
            renewing = Thread(target=self._renew, args=[client, done], daemon=True)
            renewing.start()
            try:
                yield
            finally:
                done.set()
                renewing.join()
                with self.translated():
                    _delete_if_there(client)

    def _acquire(self, client: Client) -> None:
        until = monotonic() + LOCK_SECONDS
        while not self._created(client):
            if _is_left_behind(client):
                _delete_if_there(client)
                continue
            if monotonic() > until:
                raise LibraryBusy(
                    f"Another process is changing the library {self}. "
                    "Run the command again when it has finished."
                )
            sleep(POLL_SECONDS)

    def _created(self, client: Client) -> bool:
        from chromadb.errors import ChromaError

        try:
            client.create_collection(LOCK, metadata=_lease(), embedding_function=None)
        except ChromaError as error:
            if "already exists" not in str(error):
                raise
            return False
        return True

    def _renew(self, client: Client, done: Event) -> None:
        from chromadb.errors import ChromaError
        from httpx import HTTPError

        while not done.wait(LEASE_SECONDS / 4):
            try:
                client.get_collection(LOCK, embedding_function=None).modify(metadata=_lease())
            except (ChromaError, HTTPError, ValueError):
                # The next one may be heard; the writes themselves tell when the server is gone.
                continue

    @contextmanager
    def translated(self) -> Iterator[None]:
        """The errors of Chroma and of the connection as ours."""
        from chromadb.errors import ChromaError
        from httpx import HTTPError, HTTPStatusError

        try:
            yield
        except HTTPStatusError as error:
            raise self._refused(error.response.status_code) from error
        except (HTTPError, OSError) as error:
            raise self._gone(error) from error
        except (ChromaError, ValueError) as error:
            if "Could not connect" in str(error):
                raise self._gone(error) from error
            reason = " ".join(str(error).split())
            raise LibraryUnreadable(
                f"The Chroma server at {self.url} cannot do this: {reason}."
            ) from error

    def _refused(self, status: int) -> LibraryUnavailable:
        if status in (401, 403):
            return LibraryUnavailable(
                f"The server at {self.url} does not let you in (HTTP {status}). Set "
                "QA_CHROMA_TOKEN to its token, or pass headers=... to Library.open."
            )
        return LibraryUnavailable(
            f"What answers at {self.url} is no Chroma server in order (HTTP {status})."
        )

    def _gone(self, error: Exception) -> LibraryUnavailable:
        reason = " ".join(str(error).split()) or type(error).__name__
        return LibraryUnavailable(
            f"The Chroma server at {self.url} does not answer ({reason}). "
            "Start it with `chroma run --path FOLDER`, or try again later."
        )


def _sessions(client: Client) -> list[httpx.Client]:
    """The connections of a client; it has two, one to look for tenants with."""
    return [api._session for api in (client._server, client._admin_client._server)]  # type: ignore[attr-defined,union-attr]


def _lease() -> dict[str, float]:
    return {"until": time() + LEASE_SECONDS}


def _is_left_behind(client: Client) -> bool:
    from chromadb.errors import NotFoundError

    try:
        lock = client.get_collection(LOCK, embedding_function=None)
    except NotFoundError:
        return False
    return float((lock.metadata or {}).get("until", 0.0)) < time()


def _delete_if_there(client: Client) -> None:
    from chromadb.errors import NotFoundError

    try:
        client.delete_collection(LOCK)
    except NotFoundError:
        # Another one was faster, and may hold it now.
        return
