"""Subtitles (.srt, .vtt): by pysubs2; what is said, with the time at which it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.plain_text import decoded
from index.formats.text_builder import TextBuilder

if TYPE_CHECKING:
    from pysubs2 import SSAEvent

# A pause as long as this, or as many words up to the end of a sentence, end a paragraph.
PAUSE_MILLISECONDS = 2500
PARAGRAPH_WORDS = 80


def read_subtitles(content: bytes) -> Contents:
    """Paragraphs of what is said without a pause, each under the time at which it begins."""
    from pysubs2 import SSAFile
    from pysubs2.exceptions import Pysubs2Error

    text = decoded(content)
    try:
        spoken = SSAFile.from_string(text.lstrip("\ufeff"), format_=_format(text))
    except (Pysubs2Error, ValueError) as error:
        raise UnreadableDocument(f"it holds no subtitles that can be read ({error})") from error
    builder = TextBuilder()
    for events in _paragraphs([event for event in spoken if event.plaintext.strip()]):
        builder.mark(_time(events[0].start))
        builder.paragraph(" ".join(event.plaintext for event in events))
    return builder.contents()


def _format(text: str) -> str:
    return "vtt" if text.lstrip("\ufeff \n").startswith("WEBVTT") else "srt"


def _paragraphs(events: Sequence[SSAEvent]) -> Iterator[list[SSAEvent]]:
    paragraph: list[SSAEvent] = []
    words = 0
    for event in events:
        if paragraph and _ends(paragraph[-1], event, words):
            yield paragraph
            paragraph, words = [], 0
        paragraph.append(event)
        words += len(event.plaintext.split())
    if paragraph:
        yield paragraph


def _ends(before: SSAEvent, event: SSAEvent, words: int) -> bool:
    is_sentence_over = before.plaintext.rstrip().endswith((".", "!", "?", "…", "”", '"'))
    is_long = words >= (PARAGRAPH_WORDS if is_sentence_over else 2 * PARAGRAPH_WORDS)
    return is_long or event.start - before.end >= PAUSE_MILLISECONDS


def _time(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
