"""Titles that a file gives itself in its properties, where they are titles at all."""

from __future__ import annotations

import re
from zipfile import ZipFile

from index.formats.text_builder import collapsed
from index.formats.xml_tree import xml_tree

MAX_TITLE = 300

# What programs put there by themselves: names of files, and of new documents.
_FILE_NAME = re.compile(
    r"\S+\.(?:docx?|pptx?|xlsx?|od[tps]|pdf|rtf|tex|dvi|indd|qxd|html?|txt)", re.I
)
_NO_TITLE = re.compile(
    r"(?:untitled|unbenannt|document|dokument|presentation|pr[äa]sentation|book|mappe|slide|title|"
    r"powerpoint[ -]presentation|powerpoint-pr[äa]sentation|word document|no title|titel|"
    r"unknown(?: title)?)[ -_]?\d*",
    re.I,
)
_PROGRAM = re.compile(r"^(?:microsoft (?:word|powerpoint|excel)|openoffice\S*|pages) *- *", re.I)
_CORE_PROPERTIES = "docProps/core.xml"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def proper_title(text: str) -> str:
    """The title, or empty where it is only what a program put there."""
    title = _PROGRAM.sub("", collapsed(text))
    useless = _FILE_NAME.fullmatch(title.rpartition("/")[2]) or _NO_TITLE.fullmatch(title)
    is_title = any(map(str.isalpha, title)) and not useless and len(title) <= MAX_TITLE
    return title if is_title and (title == collapsed(text) or " " in title) else ""


def core_title(container: ZipFile) -> str:
    """The title in the core properties of an office file, or empty."""
    if _CORE_PROPERTIES not in container.NameToInfo:
        return ""
    root = xml_tree(container.read(_CORE_PROPERTIES))
    return proper_title(root.findtext(_DC_TITLE) or "") if root is not None else ""
