"""Settings over HTTP: how questions are answered, for the page and for programs alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from qa.assistant import DEFAULT_PASSAGES, MAX_PASSAGES
from qa.language_model import NONE
from ui.settings import Desk, Settings


class Wanted(BaseModel):
    """Settings: a language model as `qa ask --llm` takes it, a confidence, how many passages."""

    llm: str = NONE
    llm_url: str = ""
    threshold: Annotated[float | None, Field(ge=0, le=1)] = None
    passages: Annotated[int, Field(ge=1, le=MAX_PASSAGES)] = DEFAULT_PASSAGES


def settings(
    desk: Desk, changing: Callable[..., None], *, may_change: bool, has_accounts: bool
) -> APIRouter:
    """`/api/settings`; `changing` refuses those who may not change them."""
    router = APIRouter()

    @router.get("/api/settings")
    def held() -> dict[str, object]:
        """How questions are answered now, by whom, whether that may be changed, who may ask."""
        return desk.told() | {"may_change": may_change, "has_accounts": has_accounts}

    @router.put("/api/settings", dependencies=[Depends(changing)])
    def change(wanted: Wanted) -> dict[str, object]:
        """Answer by these settings from now on, on the page and here."""
        desk.change(Settings(**wanted.model_dump()))
        return held()

    return router
