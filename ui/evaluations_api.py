"""`/evaluation`, the page on which question sets are run, and the HTTP interface behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from ui.evaluations import SUFFIXES, Evaluations

PAGE = Path(__file__).with_name("evaluation.html")
# What it shares with the chat.
SCRIPTS = [Path(__file__).with_name(name) for name in ("server.js", "undo.js")]
MAX_SET_BYTES = 20_000_000


class Wanted(BaseModel):
    """The question set to run, by name."""

    questions: str


def evaluations(kept: Evaluations, changing: Callable[..., None], *, may_change: bool) -> APIRouter:
    """`/evaluation` and `/api/evaluations`; `changing` refuses those who may not run one."""
    router = APIRouter()
    _sets(router, kept, changing, may_change=may_change)
    _runs(router, kept, changing)
    return router


def _sets(
    router: APIRouter, kept: Evaluations, changing: Callable[..., None], *, may_change: bool
) -> None:
    @router.get("/evaluation", include_in_schema=False)
    def page() -> HTMLResponse:
        """The page."""
        shared = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
        return HTMLResponse(PAGE.read_text(encoding="utf-8").replace("// SHARED", shared))

    @router.get("/api/evaluations")
    def held() -> dict[str, object]:
        """The question sets with their sizes, and the runs, the last first."""
        return {
            "sets": [{"name": name, "questions": n} for name, n in kept.sets().items()],
            "runs": [run.to_dict() for run in kept.runs()],
            "may_change": may_change,
        }

    @router.put("/api/evaluations/sets/{name}", dependencies=[Depends(changing)])
    async def add(name: str, request: Request) -> dict[str, object]:
        """Keep the body, JSONL or CSV as `qa eval` takes it, as a question set."""
        if not name.lower().endswith(SUFFIXES):
            raise HTTPException(415, "a question set ends in .jsonl or .csv")
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > MAX_SET_BYTES:
                raise HTTPException(413, f"a set has at most {MAX_SET_BYTES // 1_000_000} MB")
        return {"questions": await run_in_threadpool(kept.add_set, name, bytes(content))}


def _runs(router: APIRouter, kept: Evaluations, changing: Callable[..., None]) -> None:
    runs = "/api/evaluations/runs"

    @router.post(runs, status_code=202, dependencies=[Depends(changing)])
    def start(wanted: Wanted) -> dict[str, object]:
        """Begin a run; `/api/evaluations` tells how far it is."""
        return kept.start(wanted.questions).to_dict()

    @router.post("/api/evaluations/stop", status_code=204, dependencies=[Depends(changing)])
    def stop() -> None:
        """Stop the run that is going on; what was asked stays."""
        kept.stop()

    @router.delete(runs + "/{run}", status_code=204, dependencies=[Depends(changing)])
    def remove(run: str) -> None:
        """Remove a run."""
        kept.remove(run)

    @router.get(runs + "/{run}/report", response_class=HTMLResponse)
    def report(run: str, compare: str = "") -> HTMLResponse:
        """A run as a page: figures, plots, and every question with its evidence, worst first.

        With `compare`, another run, also what changed since then.
        """
        return HTMLResponse(kept.report(run, compare))
