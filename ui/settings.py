"""Settings: what a reader chooses on the page, kept beside the library; and who answers by it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from index import Library
from index.errors import ModelError
from qa.assistant import DEFAULT_PASSAGES, Assistant
from qa.language_model import NONE, LanguageModel, language_model


@dataclass(frozen=True, slots=True)
class Settings:
    """How questions are answered; `threshold` is a confidence, `None` for the fitted one."""

    llm: str = NONE
    llm_url: str = ""
    threshold: float | None = None
    passages: int = DEFAULT_PASSAGES


class Desk:
    """The assistant that answers on the page, by the settings of the moment."""

    def __init__(self, assistant: Assistant, *, chosen: LanguageModel | None = None) -> None:
        """Starts with the kept settings; a model that was `chosen` at the start goes before."""
        self._first = assistant
        self._chosen = chosen
        self._file = data_folder(assistant.library) / "settings.json"
        self.settings = _kept(self._file)
        try:
            self.assistant = self._answering(self.settings)
        except (ModelError, ValueError):
            # A model file that was moved is no reason not to start.
            self.settings = Settings()
            self.assistant = self._answering(self.settings)

    @property
    def library(self) -> Library:
        """What is asked."""
        return self._first.library

    def change(self, settings: Settings) -> None:
        """Answer by these from now on, and keep them; raises ModelMissing or ValueError."""
        self._chosen = None
        self.assistant = self._answering(settings)
        self.settings = settings
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(asdict(settings), indent=2), encoding="utf-8")
        part.replace(self._file)

    def told(self) -> dict[str, object]:
        """The settings as JSON takes them, with who writes the answers, and where."""
        model = self.assistant.llm
        return asdict(self.settings) | {
            "threshold": self.assistant.threshold,
            "writer": model.name if model else "",
            "place": model.place if model else "",
            "sends_away": bool(model and not model.is_local),
        }

    def _answering(self, settings: Settings) -> Assistant:
        return self._first.changed(
            threshold=settings.threshold,
            llm=self._chosen or language_model(settings.llm, settings.llm_url or None) or NONE,
            passages=settings.passages,
        )


def data_folder(library: Library) -> Path:
    """Where the page keeps what is its own: beside a library in a folder, else the user's data."""
    home = library.home
    if isinstance(home, Path):
        return home
    from platformdirs import user_data_path

    return user_data_path("cited-qa", appauthor=False)


def _kept(file: Path) -> Settings:
    try:
        return Settings(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Settings(llm=os.environ.get("QA_LLM", "") or NONE)
