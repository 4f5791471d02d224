"""Many readers at once, as the page has them: errors, waiting, memory, and whose answers they see.

    python tests/benchmarks/readers.py [--readers 20] [--seconds 120]

Each reader opens a session of the page's own queue, asks a new question some five seconds after
the last answer, and looks whether the answer belongs to its question and its conversation.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

import httpx
import psutil

from tests.page_server import serving

QUESTIONS = [
    line["question"]
    for line in map(
        json.loads,
        (Path(__file__).parents[1] / "questions" / "article.jsonl").read_text().splitlines(),
    )
    if not line.get("history")
]
PAUSE = 5.0


@dataclass
class Seen:
    """What all readers saw."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: int = 0


class Reader:
    """One browser session: its cookie, its queue, its conversation."""

    def __init__(self, client: httpx.AsyncClient, submit: int, seen: Seen) -> None:
        self.client = client
        self.submit = submit
        self.seen = seen
        self.session = token_hex(6)
        self.asked: list[str] = []
        self.conversation = ""

    async def ask(self, question: str) -> None:
        started = time.perf_counter()
        asked = {
            "data": [question, self.conversation],
            "fn_index": self.submit,
            "session_hash": self.session,
        }
        joined = await self.client.post("/gradio_api/queue/join", json=asked)
        joined.raise_for_status()
        place = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.client.stream("GET", place) as events:
            async for line in events.aiter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        self.seen.errors.append(str(message["output"]))
                    break
        self.seen.seconds.append(time.perf_counter() - started)
        self.asked.append(question)
        await self._look()

    async def _look(self) -> None:
        """Whether the reader's own conversation holds its own questions and nothing else."""
        listed = (await self.client.get("/api/conversations")).json()
        if [entry["turns"] for entry in listed] != [len(self.asked)]:
            self.seen.foreign += 1
            return
        self.conversation = listed[0]["id"]
        exported = await self.client.get(f"/api/conversations/{listed[0]['id']}/export")
        headings = [line for line in exported.text.splitlines() if line.startswith("## ")]
        if len(headings) != len(self.asked):
            self.seen.foreign += 1


async def read(address: str, submit: int, seen: Seen, until: float, number: int) -> None:
    chance = random.Random(number)
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        (await client.get("/")).raise_for_status()
        reader = Reader(client, submit, seen)
        await asyncio.sleep(chance.uniform(0, PAUSE))
        while time.monotonic() < until:
            try:
                await reader.ask(f"{chance.choice(QUESTIONS)}")
            except httpx.HTTPError as error:
                seen.errors.append(repr(error))
            await asyncio.sleep(PAUSE * chance.uniform(0.8, 1.2))


def server_memory() -> int:
    """Of the server and what it started, in bytes."""
    children = psutil.Process().children(recursive=True)
    return max((child.memory_info().rss for child in children), default=0)


async def all_read(address: str, readers: int, seconds: float) -> tuple[Seen, list[int]]:
    config = httpx.get(f"{address}/config").json()
    box = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "question")
    submit = next(d["id"] for d in config["dependencies"] if [box, "submit"] in d["targets"])
    seen, memory = Seen(), []
    until = time.monotonic() + seconds
    reading = [
        asyncio.create_task(read(address, submit, seen, until, number)) for number in range(readers)
    ]
    while time.monotonic() < until:
        await asyncio.sleep(seconds / 8)
        memory.append(server_memory())
    await asyncio.gather(*reading)
    return seen, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    with serving(folder / "home", folder / "log") as address:
        seen, memory = asyncio.run(all_read(address, chosen.readers, chosen.seconds))
    quantiles = statistics.quantiles(seen.seconds, n=20)
    print(f"{chosen.readers} readers for {chosen.seconds:g} s: {len(seen.seconds)} questions")
    print(f"errors                        {len(seen.errors)} {seen.errors[:1] or ''}")
    print(f"conversations not their own   {seen.foreign}")
    print(f"median answer                 {statistics.median(seen.seconds):.2f} s")
    print(f"19 of 20 answers within       {quantiles[-1]:.2f} s")
    print("memory of the server, MB      ", *(f"{size / 1e6:.0f}" for size in memory))


if __name__ == "__main__":
    main()
