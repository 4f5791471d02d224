"""Zip containers: refused before anything is unpacked that could fill the memory."""

from __future__ import annotations

import io
from zipfile import BadZipFile, ZipFile

from index.errors import UnreadableDocument

MAX_UNPACKED_BYTES = 300_000_000
MAX_MEMBERS = 10_000

# Microsoft's older container, in which an office file with a password is kept.
_OLE = b"\xd0\xcf\x11\xe0"


def opened_zip(content: bytes, kind: str) -> ZipFile:
    """The container of a file of this kind, such as ".docx"; its declared sizes are bounded.

    Declared sizes can be trusted as a bound: zipfile never unpacks more of a member than those.
    """
    if content.startswith(_OLE):
        raise UnreadableDocument(
            "it is protected by a password, or in an old format; "
            f"save it as {kind} without a password and add it again"
        )
    try:
        container = ZipFile(io.BytesIO(content))
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableDocument(f"it is damaged, or not a {kind} file") from error
    members = container.infolist()
    if len(members) > MAX_MEMBERS:
        raise UnreadableDocument(f"it unpacks to more than {MAX_MEMBERS:,} files; add them singly")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        megabytes = MAX_UNPACKED_BYTES // 1_000_000
        raise UnreadableDocument(
            f"it unpacks to more than {megabytes} MB; split it and add the parts"
        )
    return container
