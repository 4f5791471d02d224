"""Subtitles by pysubs2: cues joined to paragraphs, each under the time at which it is spoken.

pysubs2 (MIT, pure Python) reads what players accept, damaged numbering included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.plain_text import decoded
from index.formats.text_builder import TextBuilder, collapsed

PAUSE_MILLISECONDS = 2500
PARAGRAPH_WORDS = 80
_MAX_PARAGRAPH_WORDS = 160

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^<>\n]+)>")
_BRACE = "\ue000"
_CODE = re.compile(r"\{\\[^{}\n]{0,200}\}")
_TAG = re.compile(r"<[/\w][^<>\n]{0,200}>")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class _Cue:
    start: int
    end: int
    lines: tuple[str, ...]


def read_subtitles(content: bytes) -> Contents:
    """What is said, a paragraph between two pauses; its heading is the time, "0:12:31"."""
    builder = TextBuilder()
    for paragraph in _paragraphs(_without_repeats(_cues(decoded(content)))):
        builder.mark(1, _clock(paragraph[0].start))
        builder.paragraph(" ".join(line for cue in paragraph for line in cue.lines))
    if builder.is_empty:
        raise UnreadableDocument("it has no subtitles in it")
    return builder.contents()


def _cues(text: str) -> Iterator[_Cue]:
    from pysubs2 import SSAFile
    from pysubs2.exceptions import Pysubs2Error

    # Its pattern for a code takes quadratic time on braces that are never closed.
    text = _CODE.sub("", text).replace("{", _BRACE)
    form = "vtt" if text.lstrip().startswith("WEBVTT") else "srt"
    try:
        file = SSAFile.from_string(
            _VOICE.sub(r"\1: ", text), format_=form, keep_unknown_html_tags=True
        )
    except (Pysubs2Error, ValueError) as error:
        raise UnreadableDocument("it is not a subtitle file; save it as .srt or .vtt") from error
    for event in file:
        if not event.is_comment:
            lines = (
                collapsed(unescape(_TAG.sub("", line).replace(_BRACE, "{")))
                for line in event.plaintext.split("\n")
            )
            yield _Cue(event.start, event.end, tuple(line for line in lines if line))


def _without_repeats(cues: Iterator[_Cue]) -> Iterator[_Cue]:
    """Captions that roll show each line twice: at the bottom and then at the top."""
    before: tuple[str, ...] = ()
    for cue in cues:
        lines = tuple(line for line in cue.lines if line not in before)
        if lines:
            yield _Cue(cue.start, cue.end, lines)
        before = cue.lines


def _paragraphs(cues: Iterator[_Cue]) -> Iterator[list[_Cue]]:
    paragraph: list[_Cue] = []
    words = 0
    for cue in cues:
        if paragraph and _ends(paragraph[-1], cue, words):
            yield paragraph
            paragraph, words = [], 0
        paragraph.append(cue)
        words += sum(len(line.split()) for line in cue.lines)
    if paragraph:
        yield paragraph


def _ends(before: _Cue, behind: _Cue, words: int) -> bool:
    pause = behind.start - before.end >= PAUSE_MILLISECONDS
    said = words >= PARAGRAPH_WORDS and _SENTENCE_END.search(before.lines[-1]) is not None
    return pause or said or words >= _MAX_PARAGRAPH_WORDS


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
