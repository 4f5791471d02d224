"""Page image: a page of a PDF as a picture, with a passage marked on it.

It is drawn in a process of its own, which ends with the page: a PDF may be made to break what
draws it, and then only that process is lost.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from index.errors import UnreadableDocument
from index.reader_process import limit_memory

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfPage

SECONDS = 20.0
# In pixels; enough for a screen of twice the usual density at reading width.
WIDTH = 1400
MOST_PIXELS = 6_000_000
YELLOW = (255, 214, 10)
# Letters and digits; a shorter piece of a passage may stand anywhere.
LEAST_FOUND = 20

_HEADER = struct.Struct(">IQ")
_TOP = struct.Struct(">d")


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as PNG; `top` is where the marked passage begins, 0 to 1 of the height.

    It is `None` where the passage was not found on this page.
    """

    png: bytes
    top: float | None


def page_image(content: bytes, page: int, passage: str) -> PageImage:
    """Page `page`, from 1, of a PDF; raises UnreadableDocument when it cannot be drawn."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from index.page_image import serve; serve()"
    request = _HEADER.pack(page, len(content)) + content + passage.encode(errors="replace")
    try:
        drawn = subprocess.run(
            [sys.executable, "-c", code],
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(
            f"its page took longer than {SECONDS:g} seconds to draw"
        ) from error
    except subprocess.CalledProcessError as error:
        raise UnreadableDocument(f"its page {page} cannot be drawn") from error
    top, png = drawn[: _TOP.size], drawn[_TOP.size :]
    if not png.startswith(b"\x89PNG"):
        raise UnreadableDocument(f"its page {page} cannot be drawn")
    (share,) = _TOP.unpack(top)
    return PageImage(png, share if 0 <= share <= 1 else None)


def serve() -> None:
    """Draw the page that is asked for on stdin: the other side, in the process itself."""
    limit_memory()
    page, length = _HEADER.unpack(sys.stdin.buffer.read(_HEADER.size))
    content, passage = sys.stdin.buffer.read(length), sys.stdin.buffer.read().decode()
    drawn = _drawn(content, page, passage)
    sys.stdout.buffer.write(_TOP.pack(-1 if drawn.top is None else drawn.top) + drawn.png)


def _drawn(content: bytes, number: int, passage: str) -> PageImage:
    from pypdfium2 import PdfDocument

    page = PdfDocument(content)[number - 1]
    width, height = page.get_size()
    scale = min(WIDTH / width, (MOST_PIXELS / (width * height)) ** 0.5)
    image = page.render(scale=scale).to_pil().convert("RGB")
    boxes = _boxes(page, passage, image.size)
    for box in boxes:
        _mark(image, box)
    png = io.BytesIO()
    image.save(png, "PNG")
    return PageImage(png.getvalue(), boxes[0][1] / image.height if boxes else None)


def _mark(image: Image, box: tuple[int, int, int, int]) -> None:
    """Lay a colour over a part as a marker pen does: what is dark stays dark."""
    from PIL import Image, ImageChops

    part = image.crop(box)
    image.paste(ImageChops.multiply(part, Image.new("RGB", part.size, YELLOW)), box)


def _boxes(page: PdfPage, passage: str, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Where the passage stands, in pixels: a box for each line."""
    from pypdfium2 import raw

    text = page.get_textpage()
    # Letters and digits alone: hyphens and white space are not the same in the text that is kept.
    places = [
        (chr(code).casefold(), index)
        for index in range(text.count_chars())
        if chr(code := raw.FPDFText_GetUnicode(text, index)).isalnum()
    ]
    start, length = _found("".join(c[:1] for c, _ in places), _letters(passage))
    boxes = []
    for index in (index for _, index in places[start : start + length]):
        left, bottom, right, top = text.get_charbox(index, loose=True)
        corners = [_pixel(page, x, y, size) for x, y in ((left, top), (right, bottom))]
        (x0, x1), (y0, y1) = (sorted(values) for values in zip(*corners, strict=True))
        boxes.append((x0, y0, x1, y1))
    return [_around(list(line)) for _, line in groupby(boxes, key=lambda box: box[3] // 4)]


def _found(page: str, passage: str) -> tuple[int, int]:
    """Where the passage, or the part of it that is on this page, begins, and its length."""
    if not passage:
        return 0, 0
    if (start := page.find(passage)) >= 0:
        return start, len(passage)
    for length in range(len(passage) - 1, LEAST_FOUND - 1, -1):
        for part in (passage[:length], passage[-length:]):
            if (start := page.find(part)) >= 0:
                return start, length
    return 0, 0


def _letters(text: str) -> str:
    return "".join(c.casefold()[:1] for c in text if c.isalnum())


def _pixel(page: PdfPage, x: float, y: float, size: tuple[int, int]) -> tuple[int, int]:
    """A point of the page in the picture of it, whichever way it is turned or cut."""
    from ctypes import byref, c_int

    from pypdfium2 import raw

    across, down = c_int(), c_int()
    raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, byref(across), byref(down))
    return across.value, down.value


def _around(boxes: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    left, top, right, bottom = zip(*boxes, strict=True)
    return max(0, min(left) - 2), max(0, min(top)), max(right) + 2, max(bottom)
