"""PDF files written by hand, so that a test shows where each word stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 400, 600

Words = tuple[float, float, float, str]
"""x and y from the lower left corner, the size of the letters, the words."""


def column(
    lines: Iterable[str], *, x: float = 50, top: float = 500, size: float = 10
) -> list[Words]:
    """Lines one below the other, as far apart as in a paragraph."""
    return [(x, top - number * 1.2 * size, size, line) for number, line in enumerate(lines)]


def pdf(*pages: Sequence[Words], title: str = "") -> bytes:
    """A file with these pages, their letters in Courier: each is 0.6 of its size wide."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
    ]
    for number, page in enumerate(pages):
        stream = "".join(
            f"BT /F {size} Tf {x} {y} Td ({words}) Tj ET\n" for x, y, size, words in page
        )
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]"
            f"/Resources<</Font<</F 3 0 R>>>>/Contents {5 + 2 * number} 0 R>>",
            f"<</Length {len(stream)}>>stream\n{stream}endstream",
        ]
    return written([*objects, f"<</Title({title})>>"], info=len(objects) + 1)


def written(objects: Sequence[str], *, info: int) -> bytes:
    """The objects, numbered from 1, with the table of where they are."""
    content, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj{text}endobj\n".encode("cp1252")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    trailer = f"trailer<</Size {size}/Root 1 0 R/Info {info} 0 R>>startxref\n{len(content)}\n%%EOF"
    return content + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()
