"""Kept conversations over HTTP: those of the reader whose cookie comes along, and no other's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from ui import cards, view
from ui.conversations import Conversations, markdown
from ui.readers import reader_of
from ui.test_questions import keep_question

# So many turns are drawn at once; earlier ones when they are asked for.
TURNS_SHOWN = 30

Shown = Annotated[int, Query(ge=1, le=TURNS_SHOWN)]
Ids = Annotated[list[str], Field(max_length=10_000)]


class Beginning(BaseModel):
    """Which documents a new conversation searches, by id; none for all."""

    documents: Ids = []


class Change(BaseModel):
    """What to change of a conversation."""

    title: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    documents: Ids | None = None


class Rating(BaseModel):
    """Whether an answer helped (1), did not (-1), or neither is said any more (0)."""

    rating: Literal[-1, 0, 1]
    comment: Annotated[str, Field(max_length=2000)] = ""


class RightAnswer(BaseModel):
    """What is right, any of these; nothing where the documents do not answer the question."""

    answers: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=5000)]], Field(max_length=50)
    ]


def conversations(kept: Conversations, questions: Path, changing: Callable[..., None]) -> APIRouter:
    """`/api/conversations`; `changing` refuses those who may not add to the test questions."""
    router = APIRouter(prefix="/api/conversations")
    _whole(router, kept)
    _turns(router, kept, questions, changing)
    return router


def _whole(router: APIRouter, kept: Conversations) -> None:
    one = "/{conversation}"

    @router.get("")
    def held(request: Request, search: str = "") -> list[dict[str, object]]:
        """The reader's conversations, the last changed first."""
        return [c.to_dict() for c in kept.of(reader_of(request), search[:200])]

    @router.post("", status_code=201)
    def begin(request: Request, wanted: Beginning) -> dict[str, object]:
        """Begin a conversation; it is listed once something was asked in it."""
        reader = reader_of(request)
        return kept.get(reader, kept.begin(reader, wanted.documents)).to_dict()

    @router.get(one)
    def get(request: Request, conversation: str) -> dict[str, object]:
        """One conversation, without its turns."""
        return kept.get(reader_of(request), conversation).to_dict()

    @router.patch(one)
    def change(request: Request, conversation: str, wanted: Change) -> dict[str, object]:
        """Rename it, or choose the documents that it searches."""
        reader = reader_of(request)
        if wanted.title is not None:
            kept.rename(reader, conversation, wanted.title)
        if wanted.documents is not None:
            kept.choose(reader, conversation, wanted.documents)
        return kept.get(reader, conversation).to_dict()

    @router.delete(one, status_code=204)
    def delete(request: Request, conversation: str, seen: int | None = None) -> None:
        """Delete it with all that was asked in it; not where that is more than was `seen`."""
        if not kept.delete(reader_of(request), conversation, seen=seen):
            raise HTTPException(409, "it went on in another window")

    @router.get(one + "/export", response_class=Response)
    def export(request: Request, conversation: str) -> Response:
        """The whole conversation as Markdown, each answer with its citations."""
        reader = reader_of(request)
        title = kept.get(reader, conversation).title or "Conversation"
        text = markdown(title, kept.turns(reader, conversation))
        name = quote(
            "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip() or "chat"
        )
        return Response(
            text,
            media_type="text/markdown; charset=utf-8",
            headers={"content-disposition": f"attachment; filename*=UTF-8''{name}.md"},
        )


def _turns(
    router: APIRouter, kept: Conversations, questions: Path, changing: Callable[..., None]
) -> None:
    turns = "/{conversation}/turns"
    one = turns + "/{number}"

    @router.get(turns)
    def shown(
        request: Request, conversation: str, before: int, last: Shown = TURNS_SHOWN
    ) -> dict[str, object]:
        """The `last` turns before a number, as the page shows them."""
        reader = reader_of(request)
        earlier = kept.turns(reader, conversation, before=before, last=last)
        return {
            "turns": "".join(map(view.turn, earlier)),
            "sources": "".join(cards.section(t, hidden=True) for t in earlier),
            "before": earlier[0].number if earlier else 1,
        }

    @router.put(one + "/rating", status_code=204)
    def rate(request: Request, conversation: str, number: int, wanted: Rating) -> None:
        """Keep whether an answer helped, and why."""
        kept.rate(reader_of(request), conversation, number, wanted.rating, wanted.comment)

    @router.post(one + "/test-question", dependencies=[Depends(changing)])
    def test_question(
        request: Request, conversation: str, number: int, wanted: RightAnswer
    ) -> dict[str, object]:
        """Keep a turn as a test question; whether it is new in the set."""
        reader = reader_of(request)
        asked = kept.turn(reader, conversation, number)
        if asked.answer is None:
            raise HTTPException(409, "this question has no answer to test against")
        before = kept.turns(reader, conversation, before=number)
        id_ = f"{conversation[:12]}-{number}"
        return {"is_new": keep_question(questions, id_, asked, before, wanted.answers)}
