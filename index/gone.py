"""Gone: the documents of a folder whose files are no longer there."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.adding import Failure
from index.documents import StoredDocument, document_id_of
from index.files import FoundFile, fits, is_folder, real_path


def gone_from(
    paths: Iterable[Path],
    found: Sequence[FoundFile],
    held: Sequence[StoredDocument],
    *,
    glob: str | None = None,
) -> tuple[list[StoredDocument], list[Failure]]:
    """The documents `held` of the folders among `paths` whose files were not `found` there.

    A folder in which there is nothing at all may be a disk that is not mounted: its documents
    are kept, and that is said.
    """
    here = {document_id_of(str(real_path(file.path))) for file in found}
    gone: list[StoredDocument] = []
    kept: list[Failure] = []
    for folder in filter(is_folder, paths):
        lost = [
            document
            for document in held
            if _is_below(document, real_path(folder), glob)
            and document.document_id not in here
            and _is_gone(document.origin)
        ]
        if not lost:
            continue
        if any(file.path.is_relative_to(folder) for file in found):
            gone += lost
        else:
            kept.append(Failure(str(folder), _why_kept(lost)))
    return gone, kept


def _why_kept(lost: Sequence[StoredDocument]) -> str:
    each = " and so on" if len(lost) > 1 else ""
    return (
        "it has no file in it now, as when a disk is not mounted; documents of it that are kept: "
        f"{len(lost)}. If they are gone for good: `qa remove {shlex.quote(lost[0].source)}`{each}"
    )


def _is_below(document: StoredDocument, folder: Path, glob: str | None) -> bool:
    origin = Path(document.origin)
    return origin.is_relative_to(folder) and fits(origin.relative_to(folder), glob)


def _is_gone(origin: str) -> bool:
    """Whether there is no such file; one that cannot be looked at may well be there."""
    try:
        os.lstat(origin)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
