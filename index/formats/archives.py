"""Archives: what the formats that are ZIP files have in common."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import BadZipFile, ZipFile

from index.errors import UnreadableDocument

MAX_UNPACKED = 300_000_000
MAX_MEMBERS = 10_000

PROTECTED = "it is protected by a password; save it without one and add it again"
# What older office programs wrote, and what an encrypted new one is wrapped in.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"


@contextmanager
def opened_archive(content: bytes) -> Iterator[ZipFile]:
    """The archive in these bytes; raises UnreadableDocument for none and for a ZIP bomb.

    The sizes that an archive declares can be relied on: Python's zipfile unpacks no more.
    """
    if content.startswith(_COMPOUND_FILE):
        raise UnreadableDocument(PROTECTED)
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise UnreadableDocument(f"it packs {len(members):,} files, and is no document")
            unpacked = sum(member.file_size for member in members)
            if unpacked > MAX_UNPACKED:
                raise UnreadableDocument(
                    f"it unpacks to {unpacked // 1_000_000:,} MB, more than "
                    f"{MAX_UNPACKED // 1_000_000}"
                )
            if any(member.flag_bits & 1 for member in members):
                raise UnreadableDocument(PROTECTED)
            yield archive
    except BadZipFile as error:
        raise UnreadableDocument("it is damaged, or not what its name says") from error
