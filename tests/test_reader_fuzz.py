"""Mutated real files: a reader gives contents in order, or says why not, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import UnreadableDocument
from index.reader_process import ReaderProcess
from tests.test_formats import READABLE

# One change of the bytes from a place (a share of the file) on.
changes = st.tuples(
    st.sampled_from(["flip", "cut", "insert", "repeat", "zero"]),
    st.floats(0, 1),
    st.binary(min_size=1, max_size=40),
)


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    with ReaderProcess(seconds=10) as process:
        yield process


def changed(content: bytes, kind: str, share: float, chance: bytes) -> bytes:
    place, length = int(share * len(content)), len(chance)
    before, here, behind = (
        content[:place],
        content[place : place + length],
        content[place + length :],
    )
    if kind == "flip":
        here = bytes(old ^ new for old, new in zip(here, chance, strict=False))
    elif kind == "insert":
        here = chance + here
    elif kind == "repeat":
        here = here * (1 + chance[0])
    elif kind == "zero":
        here = bytes(len(here))
    return before if kind == "cut" else before + here + behind


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
@settings(
    max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mutations=st.lists(changes, min_size=1, max_size=4))
def test_a_mutated_file_is_read_or_refused(
    reader: ReaderProcess, path: Path, mutations: list[tuple[str, float, bytes]]
) -> None:
    content = path.read_bytes()
    for kind, share, chance in mutations:
        content = changed(content, kind, share, chance)
    try:
        found = reader.read(content, path.suffix)
    except UnreadableDocument:
        return
    starts = [heading.start for heading in found.headings]
    assert found.text.strip()
    assert starts == sorted(starts)
    assert list(found.page_starts) == sorted(found.page_starts)
    assert all(0 <= start <= len(found.text) for start in (*starts, *found.page_starts))
