"""Mistyped words are read as the documents' own, and the reader is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Library
from qa import Assistant
from qa.spelling import misspellings, respelled, told_of_spelling
from tests.test_library import written

TEXT = "Password: a reset needs your password. The warranty of Maria Lukashenko's battery ended."
WORDS = frozenset({"reset", "marine", "ended", "about", "where"})


def read_as(question: str) -> dict[str, str]:
    return misspellings(question, [TEXT], WORDS.__contains__)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how do i reset my pasword", {"pasword": "password"}),
        ("warrenty of the batery?", {"warrenty": "warranty", "batery": "battery"}),
        ("who is lukashenka", {"lukashenka": "Lukashenko"}),
        # A form of a word that stands there, a word of the language, a name, too short a word.
        ("Are there batteries or passwords?", {}),
        ("Is it a marine?", {}),
        ("Is Marria Lukashenka there?", {}),
        ("is it endd", {}),
        # Near to nothing.
        ("blorptangle", {}),
    ],
)
def test_only_what_is_no_word_is_read_as_another(question: str, expected: dict[str, str]) -> None:
    assert read_as(question) == expected


def test_the_question_is_read_anew_and_the_reader_is_told() -> None:
    found = read_as("reset pasword, pasword-free?")
    assert respelled("reset pasword, pasword-free?", found) == "reset password, pasword-free?"
    assert told_of_spelling(found) == "“pasword” was read as “password”."
    assert told_of_spelling({}) == ""


def test_a_mistyped_question_is_answered_and_says_how_it_was_read(
    library: Library, tmp_path: Path
) -> None:
    text = "A password is reset on the sign-in page. The warranty of a battery ends after one year."
    library.add([written(tmp_path, "help.txt", text)])
    assistant = Assistant(library)
    answer = assistant.ask("where is a pasword reset?")
    assert answer.answered
    assert "sign-in page" in answer.text
    assert answer.question == "where is a pasword reset?"
    assert answer.note == "“pasword” was read as “password”."
    assert assistant.ask("Where is a password reset?").note == ""
