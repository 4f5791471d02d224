"""The HTTP interface, asked by a real client over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from index import Library
from tests.page_server import serving
from tests.test_formats import FILES
from tests.writing_server import saying, scripted


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api") / "home"


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with (
        serving(home, home.parent / "log") as address,
        httpx.Client(base_url=address, timeout=60) as asking,
    ):
        yield asking


def lines(response: httpx.Response) -> list[dict[str, object]]:
    return [json.loads(line) for line in response.text.splitlines()]


def test_it_says_that_it_is_well_and_describes_itself(client: httpx.Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/health", "/api/ask", "/api/documents", "/api/settings"} <= set(paths)
    undescribed = [
        path for path, told in paths.items() for one in told.values() if not one.get("description")
    ]
    assert undescribed == []


def test_a_question_is_answered_with_citations(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": "When is the summit?"}).json()
    assert answer["answered"] is True
    assert "August 12" in answer["citations"][0]["quote"]


def test_a_question_streams_its_passages_and_then_its_answer(client: httpx.Client) -> None:
    asked = {"question": "When is the summit?", "stream": True}
    with client.stream("POST", "/api/ask", json=asked) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = [line for line in response.iter_lines() if line]
    assert [line for line in told if line.startswith("event:")] == [
        "event: passages",
        "event: answer",
    ]
    assert json.loads(told[-1].removeprefix("data: "))["answered"] is True


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        ({"question": " "}, 400, "There is no question"),
        ({"question": "When?", "where": {"source": "*.none"}}, 404, "No document has the source"),
        ({"question": "When?", "where": {"author": "Ann"}}, 400, "cannot be chosen by 'author'"),
    ],
)
def test_an_error_is_a_sentence_with_a_status(
    client: httpx.Client, asked: dict[str, object], status: int, message: str
) -> None:
    answer = client.post("/api/ask", json=asked)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_a_document_is_uploaded_asked_listed_and_removed(client: httpx.Client, home: Path) -> None:
    content = (FILES / "annual-report.pdf").read_bytes()
    told = lines(client.put("/api/documents/annual-report.pdf", content=content))
    assert told[0] == {"done": 0, "passages": told[-2]["passages"]}
    assert told[-1]["report"]
    (listed,) = [
        d for d in client.get("/api/documents").json() if d["source"].endswith("report.pdf")
    ]
    assert listed["pages"] == 3
    asked = {"question": "When did bitterns breed for the first time?"}
    (citation, *_) = client.post("/api/ask", json=asked).json()["citations"]
    assert citation["page"] == 1
    kept = home / "uploads" / "annual-report.pdf"
    assert kept.read_bytes() == content
    assert client.delete(f"/api/documents/{listed['document_id']}").status_code == 204
    assert client.delete(f"/api/documents/{listed['document_id']}").status_code == 404
    assert not kept.exists()


def test_removing_a_document_never_deletes_a_file_that_was_not_uploaded(
    client: httpx.Client, home: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The heron is a patient bird.")
    Library.open(home).add([note])
    (listed,) = [d for d in client.get("/api/documents").json() if d["source"] == str(note)]
    assert client.delete(f"/api/documents/{listed['document_id']}").status_code == 204
    assert note.exists()


def test_a_broken_file_is_refused_and_the_one_before_it_stays(
    client: httpx.Client, home: Path
) -> None:
    name = "/api/documents/guide.html"
    client.put(name, content=b"<p>The guide says that herons are patient.</p>")
    told = lines(client.put(name, content=b""))
    assert told == [{"error": "it is empty"}]
    assert "patient" in (home / "uploads" / "guide.html").read_text()
    asked = {"question": "What does the guide say about herons?"}
    assert client.post("/api/ask", json=asked).json()["answered"] is True
    assert sorted(p.name for p in (home / "uploads").iterdir()) == ["guide.html"]


@pytest.mark.parametrize("name", ["picture.png", "noend", "evil.exe"])
def test_a_file_of_another_type_is_refused(client: httpx.Client, name: str) -> None:
    refused = client.put(f"/api/documents/{name}", content=b"\x89PNG")
    assert refused.status_code == 415
    assert "cannot be read; these can: PDF, Word" in refused.json()["error"]


def test_a_name_cannot_lead_out_of_the_folder(client: httpx.Client, home: Path) -> None:
    for name in ("..%5C..%5Cescaped.txt", "%2e%2e%5cescaped.txt", ".hidden.txt", "a%0Ab.txt"):
        client.put(f"/api/documents/{name}", content=b"The heron is patient.")
    outside = [p for p in home.parent.rglob("*escaped*") if p.parent != home / "uploads"]
    assert outside == []
    assert {"escaped.txt", "hidden.txt", "a_b.txt"} <= {
        p.name for p in (home / "uploads").iterdir()
    }


def test_a_file_that_is_too_large_is_refused_while_it_comes(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(101):
            yield bytes(1_000_000)

    refused = client.put("/api/documents/large.txt", content=endless())
    assert refused.status_code == 413
    assert refused.json()["error"] == "the file has more than 100 MB"


def test_on_a_network_without_a_password_documents_cannot_be_changed(
    home: Path, tmp_path: Path
) -> None:
    with (
        serving(tmp_path / "home", tmp_path / "log", "--host", "0.0.0.0") as address,
        httpx.Client(base_url=address.replace("0.0.0.0", "127.0.0.1"), timeout=60) as asking,
    ):
        refused = asking.put("/api/documents/note.txt", content=b"The heron is patient.")
        assert refused.status_code == 403
        (document,) = asking.get("/api/documents").json()
        assert asking.delete(f"/api/documents/{document['document_id']}").status_code == 403


@pytest.mark.parametrize("letter", ["𓀀", "語", "a"])
def test_a_long_name_is_cut_to_what_a_folder_takes(
    client: httpx.Client, home: Path, letter: str
) -> None:
    for _ in range(2):
        told = lines(client.put(f"/api/documents/{letter * 250}.txt", content=b"Herons wait."))
        assert "report" in told[-1]
    kept = [p.name for p in (home / "uploads").iterdir() if p.name.startswith(letter * 9)]
    assert len(kept) == 1
    assert len(kept[0].encode()) <= 246


def test_settings_are_told_changed_and_kept(client: httpx.Client, home: Path) -> None:
    told = client.get("/api/settings").json()
    assert (told["writer"], told["passages"], told["may_change"]) == ("", 5, True)
    with scripted(saying("The summit is on August 12 [1].")) as (url, _):
        wanted = {"llm": "openai:m", "llm_url": f"{url}/v1", "threshold": 0.3, "passages": 7}
        changed = client.put("/api/settings", json=wanted).json()
        assert (changed["writer"], changed["place"]) == ("openai:m", "this machine")
        answer = client.post("/api/ask", json={"question": "When is the summit?"}).json()
    assert len(answer["passages"]) == 6 or len(answer["passages"]) == 7
    assert answer["model"] == "openai:m" or answer["note"]
    assert json.loads((home / "settings.json").read_text())["passages"] == 7
    assert client.put("/api/settings", json={}).json()["writer"] == ""


@pytest.mark.parametrize(
    ("wanted", "status", "message"),
    [
        ({"llm": "llama3"}, 400, "name one as ollama:NAME"),
        ({"threshold": 2}, 422, "less than or equal to 1"),
        ({"passages": 0}, 422, "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_change_nothing(
    client: httpx.Client, wanted: dict[str, object], status: int, message: str
) -> None:
    before = client.get("/api/settings").json()
    answer = client.put("/api/settings", json=wanted)
    assert (answer.status_code, message in answer.text) == (status, True)
    assert client.get("/api/settings").json() == before


def test_words_stream_between_passages_and_answer(client: httpx.Client) -> None:
    with scripted(saying("The summit ", "is on August 12 [1].")) as (url, _):
        client.put("/api/settings", json={"llm": "openai:m", "llm_url": f"{url}/v1"})
        asked = {"question": "When is the summit?", "stream": True}
        told = [line for line in client.post("/api/ask", json=asked).text.splitlines() if line]
    client.put("/api/settings", json={})
    events = [line.removeprefix("event: ") for line in told if line.startswith("event:")]
    assert events == ["passages", "words", "words", "answer"]


def test_a_browser_gets_a_name_that_scripts_cannot_read(client: httpx.Client) -> None:
    client.cookies.clear()
    given = client.get("/").headers["set-cookie"]
    assert "HttpOnly" in given
    assert "SameSite=Strict" in given
    assert "set-cookie" not in client.get("/").headers


def test_over_http_a_conversation_is_chosen_renamed_exported_and_deleted(
    client: httpx.Client,
) -> None:
    client.get("/")
    document = client.get("/api/documents").json()[0]
    wanted = {"documents": [document["document_id"]]}
    begun = client.post("/api/conversations", json=wanted).json()
    place = f"/api/conversations/{begun['id']}"
    assert client.get("/api/conversations").json() == []
    assert client.get(place).json()["documents"] == wanted["documents"]
    changed = client.patch(place, json={"title": "Über “Minsk”/..", "documents": []}).json()
    assert (changed["title"], changed["documents"]) == ("Über “Minsk”/..", [])
    exported = client.get(f"{place}/export")
    assert "UTF-8''%C3%9Cber%20Minsk.md" in exported.headers["content-disposition"]
    assert exported.text.startswith("# Über “Minsk”")
    with httpx.Client(base_url=client.base_url) as stranger:
        stranger.get("/")
        assert stranger.get(place).status_code == 404
        assert stranger.delete(place).status_code == 404
    assert client.delete(place).status_code == 204
    assert client.get(place).json() == {"error": "There is no such conversation."}


@pytest.mark.parametrize("change", [{"title": ""}, {"title": "x" * 301}, {"documents": "all"}])
def test_a_change_that_cannot_be_is_refused(
    client: httpx.Client, change: dict[str, object]
) -> None:
    client.get("/")
    id_ = client.post("/api/conversations", json={}).json()["id"]
    assert client.patch(f"/api/conversations/{id_}", json=change).status_code == 422
