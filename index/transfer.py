"""Transfer: a library as one file, to move it to another folder, machine or server.

The file is gzipped JSON Lines: what it is, then a document a line with its vectors, so that
nothing is read or embedded again where it is taken in.
"""

from __future__ import annotations

import gzip
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ValidationError

from index.errors import TransferError, WrongEmbedding
from index.records import Row


class _Opening(BaseModel):
    """The first line."""

    kind: Literal["cited-qa library"]
    format: Literal[1]
    embedding: str


class _Record(BaseModel):
    """One passage; `vector` are little-endian 32-bit floats in base64."""

    id: str
    tile: str
    metadata: dict[str, str | int | float | bool]
    vector: str


class _Document(BaseModel):
    """One document, its head first."""

    records: list[_Record]


def write_library(path: Path, documents: Iterator[list[Row]], *, embedding_name: str) -> int:
    """Write documents, each given as its rows, into a new file; how many there were.

    Raises TransferError when there is such a file already, or it cannot be written.
    """
    opening = _Opening(kind="cited-qa library", format=1, embedding=embedding_name)
    count = 0
    try:
        with (
            path.open("xb") as raw,
            gzip.open(raw, "wt", encoding="utf-8", compresslevel=1) as file,
        ):
            file.write(opening.model_dump_json() + "\n")
            for rows in documents:
                file.write(_Document(records=[_written(row) for row in rows]).model_dump_json())
                file.write("\n")
                count += 1
    except FileExistsError as error:
        raise TransferError(f"There is a file {path} already; name a new one.") from error
    except OSError as error:
        raise TransferError(f"{path} cannot be written ({error.strerror or error}).") from error
    return count


def read_library(path: Path, *, embedding_name: str) -> Iterator[list[Row]]:
    """The documents in a file that `write_library` made, each as its rows, the head first.

    Raises TransferError where the file is none or damaged; what came before is in order. Raises
    WrongEmbedding when its vectors are not those of `embedding_name`.
    """
    with _opened(path) as file:
        opening = _Opening.model_validate_json(file.readline())
        if opening.embedding != embedding_name:
            raise WrongEmbedding(
                f"{path} holds vectors of the embedding model {opening.embedding!r}, not of "
                f"{embedding_name!r}. Choose that model with QA_EMBEDDING."
            )
        for line in file:
            rows = [_read(record) for record in _Document.model_validate_json(line).records]
            if not rows or rows[0].metadata["ordinal"] != 0:
                raise ValueError("a document begins with its head")
            yield rows


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield file
    except FileNotFoundError as error:
        raise TransferError(f"There is no file {path}.") from error
    except (gzip.BadGzipFile, EOFError, zlib.error, ValidationError, ValueError, KeyError) as error:
        raise TransferError(
            f"{path} is no exported library, or it is damaged. What could be read of it is kept."
        ) from error
    except OSError as error:
        raise TransferError(f"{path} cannot be read ({error.strerror or error}).") from error


def _written(row: Row) -> _Record:
    import numpy as np

    vector = b64encode(np.asarray(row.vector, dtype="<f4").tobytes()).decode()
    return _Record(id=row.id, tile=row.tile, metadata=dict(row.metadata), vector=vector)


def _read(record: _Record) -> Row:
    import numpy as np

    vector = np.frombuffer(b64decode(record.vector), dtype="<f4")
    if not len(vector) or not np.isfinite(vector).all():
        raise ValueError("a vector is damaged")
    return Row(record.id, record.tile, record.metadata, vector)
