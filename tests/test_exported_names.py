"""The public names: what each package promises, and nothing beside it."""

from __future__ import annotations

import ast
from pathlib import Path

import index
import qa
from tests.conftest import ROOT


def test_the_public_names_are_these() -> None:
    assert qa.__all__ == [
        "Answer",
        "Answered",
        "Assistant",
        "Citation",
        "Event",
        "Passage",
        "PassagesFound",
        "Statement",
        "Words",
        "ask",
        "open_seeded",
    ]
    assert index.__all__ == [
        "AddProgress",
        "AddReport",
        "Failure",
        "Library",
        "Passage",
        "QAError",
        "Span",
        "StoredDocument",
        "Where",
    ]
    assert all(hasattr(qa, name) for name in qa.__all__)
    assert all(hasattr(index, name) for name in index.__all__)


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_ui_imports_qa_imports_index_and_never_back() -> None:
    forbidden = {"index": {"qa", "ui"}, "qa": {"ui"}, "ui": set[str]()}
    for package, above in forbidden.items():
        for module in (ROOT / package).rglob("*.py"):
            assert not imported_packages(module) & above, f"{module} imports upwards"
