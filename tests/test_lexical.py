"""The lexical index: it follows the store and can always be made again from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Library
from index.lexical import IndexedPassage, LexicalIndex
from tests.conftest import ARTICLE
from tests.test_library import written


def index_of(**documents: str) -> LexicalIndex:
    lexical = LexicalIndex(None)
    lexical.follow(
        dict.fromkeys(documents, "1"),
        lambda name: [IndexedPassage(f"{name}:0", "", documents[name])],
    )
    return lexical


def found(library: Library, question: str) -> list[str]:
    return [passage.text for passage in library.search_lexical(question, k=10)]


def test_rare_words_weigh_more_than_common_ones() -> None:
    lexical = index_of(a="the summit in Minsk", b="the summit in Astana", c="the summit again")
    (best, score), *others = lexical.search("Is the summit in Astana?", k=3)
    assert best == "b:0"
    assert all(score > other for _, other in others)


def test_words_match_by_their_stem_and_without_accents() -> None:
    lexical = index_of(a="They resisted signing.", b="A café in Tōkyō.")
    assert [id_ for id_, _ in lexical.search("Who resists?", k=5)] == ["a:0"]
    assert [id_ for id_, _ in lexical.search("tokyo cafe", k=5)] == ["b:0"]


@pytest.mark.parametrize("question", ['"', "AND OR NOT", "a* b^ (c", "", "?!", "title:x", "NEAR("])
def test_the_query_language_of_sqlite_is_only_words(question: str) -> None:
    index_of(a="A text.").search(question, k=5)


def test_only_what_changed_is_read_again() -> None:
    lexical, read = LexicalIndex(None), []

    def passages_of(name: str) -> list[IndexedPassage]:
        read.append(name)
        return [IndexedPassage(f"{name}:0", "", name)]

    lexical.follow({"alpha": "1", "beta": "1"}, passages_of)
    lexical.follow({"alpha": "1", "beta": "2", "gamma": "1"}, passages_of)
    lexical.follow({"alpha": "1", "gamma": "1"}, passages_of)
    assert read == ["alpha", "beta", "beta", "gamma"]
    assert lexical.search("beta", k=5) == []


def test_a_library_finds_by_words_what_was_added_and_not_what_was_removed(
    library: Library, tmp_path: Path
) -> None:
    path = written(tmp_path, "note.txt", "The heron is a patient bird.")
    library.add([ARTICLE, path])
    assert found(library, "heron") == ["The heron is a patient bird."]
    written(tmp_path, "note.txt", "The stork is a patient bird.")
    library.add([path])
    assert found(library, "heron") == []
    assert found(library, "stork") == ["The stork is a patient bird."]
    library.remove(library.find(path).document_id)
    assert found(library, "stork") == []


@pytest.mark.parametrize("damage", ["gone", "garbage", "emptied"])
def test_a_lost_or_damaged_index_is_made_again(home: Path, library: Library, damage: str) -> None:
    library.add([ARTICLE])
    before = found(library, "Who skipped the summit?")
    assert "skipped the CSTO summit" in before[0]
    file = home / "lexical.sqlite"
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(b"garbage" * 1000 if damage == "garbage" else b"")
    assert found(Library.open(home), "Who skipped the summit?") == before


def test_in_a_large_index_the_rare_words_of_a_question_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = LexicalIndex(None)
    passages = [IndexedPassage(f"p{n}", "", f"The bird number {n} is a bird.") for n in range(50)]
    passages.append(IndexedPassage("heron", "", "The heron is another one."))
    index.follow({"d": "1"}, lambda _: passages)
    assert len(index.search("Which bird is the heron?", k=60)) == 51
    monkeypatch.setattr("index.lexical.PASSAGES_RANKED", 20)
    assert [id_ for id_, _ in index.search("Which bird is the heron?", k=60)] == ["heron"]
    assert len(index.search("Which bird?", k=60)) == 50
