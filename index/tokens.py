"""Counting tokens with tiktoken's cl100k_base, from the copy inside llama-index-core."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding


def llama_index_static() -> Path:
    """The folder of data files in llama-index-core, found without the two seconds of its import."""
    package = find_spec("llama_index")
    roots = [] if package is None else list(package.submodule_search_locations or [])
    for root in roots:
        folder = Path(root) / "core" / "_static"
        if folder.is_dir():
            return folder
    raise ModuleNotFoundError("llama-index-core is not installed: pip install llama-index")


@cache
def _encoding() -> Encoding:
    import tiktoken

    # tiktoken takes its cache folder from the environment alone; it is set only while loading.
    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(llama_index_static() / "tiktoken_cache")
    try:
        return tiktoken.get_encoding("cl100k_base")
    finally:
        if before is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]
        else:
            os.environ["TIKTOKEN_CACHE_DIR"] = before


def count_tokens(text: str) -> int:
    """The number of cl100k_base tokens; special-token markers in the text count as text."""
    return len(_encoding().encode_ordinary(text))
