"""How often a client may ask: so that one cannot keep the others waiting."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from ui.errors import refusal
from ui.readers import COOKIE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# Where programs ask; what the page asks is counted in page.py.
ASKING = ("/api/ask", "/v1/chat/completions", "/mcp")
# Behind one address there may be many readers, and a cookie is easily thrown away.
READERS_BEHIND_AN_ADDRESS = 10


class TooMany(Exception):
    """A client has asked too often; it may again in `seconds`."""

    def __init__(self, seconds: int) -> None:
        """`seconds` are at least one."""
        unit = "second" if seconds == 1 else "seconds"
        super().__init__(f"You ask faster than this server allows; try again in {seconds} {unit}.")
        self.seconds = seconds


class RateLimit:
    """Counts what each client, and each address, has asked in the last minute."""

    def __init__(self, a_minute: int) -> None:
        """`a_minute` questions a client; 0 sets no limit."""
        self._a_minute = a_minute
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, address: str, client: str = "") -> None:
        """Count a question; raises TooMany when it is one too many."""
        if not self._a_minute:
            return
        share = RateLimitItemPerMinute(self._a_minute)
        whole = RateLimitItemPerMinute(self._a_minute * READERS_BEHIND_AN_ADDRESS)
        for item, key in ((share, ("client", client or address)), (whole, ("address", address))):
            if not self._limiter.hit(item, *key):
                until = self._limiter.get_window_stats(item, *key).reset_time
                raise TooMany(max(1, math.ceil(until - time.time())))


class Limited:
    """Refuses programs that ask too often, with 429 and when they may again."""

    def __init__(self, app: ASGIApp, limit: RateLimit) -> None:
        """`app` is the application within."""
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in ASKING:
            asking = HTTPConnection(scope)
            address = asking.client.host if asking.client else ""
            try:
                self._limit.count(address, asking.cookies.get(COOKIE, ""))
            except TooMany as error:
                headers = {"retry-after": str(error.seconds)}
                await refusal(scope["path"], str(error), 429, headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)
