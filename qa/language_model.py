"""Language models by name: on a server, in this process, or any LLM of LlamaIndex.

`ollama:NAME`, `openai:NAME` (any server that speaks OpenAI's protocol) and `gguf:PATH`; `--llm`
or QA_LLM names one, `--llm-url` or QA_LLM_URL says where its server is. The question and the
passages are sent there: nothing is sent anywhere unless the user names such a model.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from secrets import token_hex
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from index.errors import ModelDamaged, ModelMissing, ModelUnavailable

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

NONE = "none"
OLLAMA_URL = "http://localhost:11434"
OPENAI_URL = "https://api.openai.com/v1"
# In tokens of the model; a server does not tell its own, so QA_LLM_CONTEXT may.
SERVER_CONTEXT = 8192
GGUF_CONTEXT = 4096
LEAST_CONTEXT = 1024

MAX_ANSWER_TOKENS = 256
MAX_ANSWER_CHARACTERS = 2_000
ATTEMPTS = 3

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, as models take them."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a model is waited for, in seconds: its first words, the next ones, all of them."""

    first: float = 90.0
    next: float = 20.0
    whole: float = 180.0


class AnswerCut(ModelUnavailable):
    """The model stopped, or had to be stopped, before its answer was whole."""


class LanguageModel:
    """A language model that writes; made by `language_model`."""

    def __init__(
        self,
        name: str,
        *,
        host: str,
        context: int,
        connect: Callable[[], AbstractContextManager[LLM]],
        patience: Patience | None = None,
    ) -> None:
        """`connect` gives the LLM for one answer and hangs up behind it.

        `host` is empty for this process, `context` in tokens.
        """
        self.name = name
        self.host = host
        self.context = context
        self._connect = connect
        self._patience = patience or Patience()

    @property
    def is_local(self) -> bool:
        """Whether the passages stay on this machine."""
        return self.host in ("", "localhost", "127.0.0.1", "::1")

    @property
    def place(self) -> str:
        """Where the words come from, to be told to the user."""
        return "this machine" if self.is_local else self.host

    def load(self) -> None:
        """Load a model that runs in this process now; raises ModelError."""
        if not self.host:
            with self._connect():
                pass

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        """The words as they come; closing the iterator stops the model.

        Raises ModelUnavailable when it does not answer, AnswerCut when it stops half-way.
        """
        deltas: Queue[str | Exception | None] = Queue()
        stopped = Event()
        reader = Thread(
            target=self._read, args=[messages, deltas, stopped], name="language model", daemon=True
        )
        reader.start()
        try:
            yield from self._in_time(deltas)
        finally:
            stopped.set()

    def _in_time(self, deltas: Queue[str | Exception | None]) -> Iterator[str]:
        patience, length = self._patience, 0
        end = time.monotonic() + patience.whole
        while True:
            wait = patience.next if length else patience.first
            try:
                delta = deltas.get(timeout=max(0.0, min(wait, end - time.monotonic())))
            except Empty:
                if length:
                    raise AnswerCut(f"{self.name} stopped in the middle of its answer") from None
                raise ModelUnavailable(
                    f"{self.name} did not answer in {min(wait, patience.whole):.0f} seconds"
                ) from None
            if delta is None:
                return
            if isinstance(delta, Exception):
                raise self._translated(delta, begun=length > 0) from delta
            length += len(delta)
            yield delta
            if length > MAX_ANSWER_CHARACTERS:
                raise AnswerCut(f"{self.name} did not come to an end and was stopped")

    def _read(
        self,
        messages: Sequence[Message],
        deltas: Queue[str | Exception | None],
        stopped: Event,
    ) -> None:
        """Put each delta into the queue, then `None`; an error last instead."""
        try:
            for delta in self._deltas(messages, stopped):
                if stopped.is_set():
                    return
                deltas.put(delta)
            deltas.put(None)
        except Exception as error:
            # Whatever a foreign client raises, the user gets the quotes.
            deltas.put(error)

    def _deltas(self, messages: Sequence[Message], stopped: Event) -> Iterator[str]:
        from llama_index.core.llms import ChatMessage
        from tenacity import (
            Retrying,
            retry_if_exception,
            sleep_using_event,
            stop_after_attempt,
            wait_random_exponential,
        )

        told = [ChatMessage(role=message.role, content=message.content) for message in messages]
        attempts = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=4),
            sleep=sleep_using_event(stopped),
            retry=retry_if_exception(lambda error: _may_pass(error) and not stopped.is_set()),
            reraise=True,
        )
        with self._connect() as model:

            def begun() -> tuple[str, Iterator[str]]:
                coming = (response.delta or "" for response in model.stream_chat(told))
                return next(coming, ""), coming

            # Only the beginning is tried again: words that were shown are not taken back.
            first, rest = attempts(begun)
            yield first
            yield from rest

    def _translated(self, error: Exception, *, begun: bool) -> ModelUnavailable | ModelDamaged:
        if isinstance(error, ModelDamaged):
            return error
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        if begun:
            return AnswerCut(f"{self.name} broke off in the middle of its answer ({reason})")
        at = f" at {self.host}" if self.host else ""
        if _is_no_connection(error):
            return ModelUnavailable(f"The server of {self.name}{at} does not answer")
        return ModelUnavailable(f"{self.name}{at} cannot be used ({reason})")


def _is_no_connection(error: BaseException | None) -> bool:
    """Whether no server was reached; libraries tell it as their own error, caused by this."""
    while error is not None:
        if isinstance(error, ConnectionError) or type(error).__name__ == "ConnectError":
            return True
        error = error.__cause__ or error.__context__
    return False


def language_model(
    chosen: str | LLM | LanguageModel | None = None, url: str | None = None
) -> LanguageModel | None:
    """The model of that name, or of QA_LLM, or `None` for "none"; an LLM of LlamaIndex as it is.

    Nothing is loaded or asked yet. Raises ModelMissing when there can be no such model.
    """
    if isinstance(chosen, LanguageModel):
        return chosen
    if chosen is not None and not isinstance(chosen, str):
        return _given(chosen)
    name = (os.environ.get("QA_LLM", "") if chosen is None else chosen).strip() or NONE
    if name == NONE:
        return None
    provider, _, rest = name.partition(":")
    if provider not in _PROVIDERS or not rest:
        raise ModelMissing(
            f"There is no language model {name!r}: name one as ollama:NAME, openai:NAME or "
            "gguf:PATH, or none."
        )
    return _PROVIDERS[provider](rest, url or os.environ.get("QA_LLM_URL") or None)


def _given(model: LLM) -> LanguageModel:
    told = model.metadata
    url = str(getattr(model, "api_base", None) or getattr(model, "base_url", None) or "")
    return LanguageModel(
        told.model_name if told.model_name != "unknown" else type(model).__name__,
        host=urlsplit(url).hostname or "",
        context=max(LEAST_CONTEXT, told.context_window),
        connect=lambda: nullcontext(model),
    )


def _context(default: int) -> int:
    told = os.environ.get("QA_LLM_CONTEXT", "")
    if not told:
        return default
    if not told.isdecimal() or int(told) < LEAST_CONTEXT:
        raise ModelMissing(f"QA_LLM_CONTEXT is a number of tokens from {LEAST_CONTEXT}, not {told}")
    return int(told)


def _hostname(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ModelMissing(
            f"The address of a language model begins with http:// or https://, not {url!r}."
        )
    return parts.hostname


def _ollama(name: str, url: str | None) -> LanguageModel:
    address, context = url or OLLAMA_URL, _context(SERVER_CONTEXT)

    @contextmanager
    def connect() -> Iterator[LLM]:
        import ollama
        from llama_index.llms.ollama import Ollama

        with ollama.Client(host=address, timeout=Patience().first) as client:
            yield Ollama(
                model=name,
                client=client,
                temperature=0.0,
                context_window=context,
                additional_kwargs={"num_predict": MAX_ANSWER_TOKENS},
            )

    return LanguageModel(
        f"ollama:{name}", host=_hostname(address), context=context, connect=connect
    )


def _openai(name: str, url: str | None) -> LanguageModel:
    address, context = url or OPENAI_URL, _context(SERVER_CONTEXT)
    key = os.environ.get("OPENAI_API_KEY")
    if not key and url is None:
        raise ModelMissing(
            f"openai:{name} needs OPENAI_API_KEY, or --llm-url with the address of another server."
        )
    # A server of one's own wants no key, but the client does.
    return LanguageModel(
        f"openai:{name}",
        host=_hostname(address),
        context=context,
        connect=lambda: _openai_client(name, address, key or "none", context),
    )


@contextmanager
def _openai_client(name: str, url: str, key: str, context: int) -> Iterator[LLM]:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    with httpx.Client() as client:
        yield OpenAILike(
            model=name,
            api_base=url,
            api_key=key,
            is_chat_model=True,
            context_window=context,
            temperature=0.0,
            max_tokens=MAX_ANSWER_TOKENS,
            timeout=Patience().first,
            # What is tried again, and when, is decided here.
            max_retries=0,
            http_client=client,
        )


def _gguf(name: str, _: str | None) -> LanguageModel:
    path = Path(name).expanduser()
    if find_spec("xllamacpp") is None:
        raise ModelMissing("A GGUF file is run by xllamacpp: pip install 'cited-qa[gguf]'")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelMissing(f"The model {path} cannot be read: {error.strerror or error}") from error
    if magic != b"GGUF":
        raise ModelMissing(f"{path} is not a GGUF file.")
    return _gguf_model(path.resolve(), _context(GGUF_CONTEXT))


@cache
def _gguf_model(path: Path, context: int) -> LanguageModel:
    """One for all who name the same file: it stays in memory."""
    server = _GgufServer(path, context)
    return LanguageModel(f"gguf:{path.name}", host="", context=context, connect=server.connected)


class _GgufServer:
    """llama.cpp with a model, behind a port of this machine and a key that nobody else knows."""

    def __init__(self, path: Path, context: int) -> None:
        self._path = path
        self._context = context
        self._key = token_hex(16)
        self._starting = Lock()
        self._server: Any = None

    def connected(self) -> AbstractContextManager[LLM]:
        """The running model; raises ModelDamaged when it cannot be loaded."""
        with self._starting:
            if self._server is None:
                self._server = self._started()
        url = f"{self._server.listening_address}/v1"
        return _openai_client(self._path.name, url, self._key, self._context)

    def _started(self) -> Any:
        import xllamacpp

        wanted = xllamacpp.CommonParams()
        wanted.model.path = str(self._path)
        wanted.n_ctx = self._context
        wanted.n_parallel = 1
        wanted.verbosity = -1
        wanted.hostnames = ["127.0.0.1"]
        wanted.port = 0
        wanted.api_keys = [self._key]
        wanted.cpuparams.n_threads = os.cpu_count() or 1
        try:
            return xllamacpp.Server(wanted)
        except Exception as error:
            reason = " ".join(str(error).split())
            raise ModelDamaged(f"The model {self._path} cannot be loaded ({reason}).") from error


_PROVIDERS: dict[str, Callable[[str, str | None], LanguageModel]] = {
    "ollama": _ollama,
    "openai": _openai,
    "gguf": _gguf,
}


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may work a moment later: no connection, too busy, a fault there."""
    import httpx
    import ollama
    import openai

    if isinstance(error, openai.APIStatusError | ollama.ResponseError):
        return error.status_code == 429 or error.status_code >= 500
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return False
    return isinstance(error, openai.APIConnectionError | httpx.TransportError | ConnectionError)
