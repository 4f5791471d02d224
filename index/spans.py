"""Span: the one way in which this project points into a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one document: `text[start:end]`, in Unicode code points, never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}:{self.end}")

    def of(self, text: str) -> str:
        """The text that the span covers."""
        return text[self.start : self.end]

    def trimmed(self, text: str) -> Span | None:
        """The span without white space at its edges; `None` when nothing else is in it."""
        covered = self.of(text)
        stripped = covered.strip()
        if not stripped:
            return None
        start = self.start + len(covered) - len(covered.lstrip())
        return Span(start, start + len(stripped))
