"""Make adversarial near misses from a folder of documents and answerable questions.

    python near_misses.py WIKI_DEV_FOLDER OUT.jsonl

Each near miss is an answerable question in which one thing was changed, so that the documents no
longer answer it. The word tables stand in tables.toml, the near misses that a reader struck out in
rejected.txt (both beside this file). The same input always gives the same output.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tomllib

HERE = Path(__file__).resolve().parent
SEED = 20
HELD_BACK = "name"
READ = {
    "name": 110,
    "place": 85,
    "year": 52,
    "year_added": 50,
    "number": 65,
    "negation": 220,
    "antonym": 110,
    "role": 110,
}

YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})(?![0-9–-])\b")
DECADE = re.compile(r"\b(1[0-9]{2}0|20[0-9]0)s\b")
MONTHS = ["January", "February", "March", "April", "May", "June",
          "July", "August", "September", "October", "November", "December"]  # fmt: skip
NUMBER_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
ORDINALS = ["first", "second", "third", "fourth", "fifth"]
ROMAN = ["XXXIII", "XXIV", "XLIX", "XLI", "XXXVIII"]
CENTURIES = ["eighteenth century", "nineteenth century", "twentieth century"]
ASKS_TIME = re.compile(r"\b(when|year|years|decades?|century|how long|how old|how often)\b", re.I)
PAST = re.compile(r"\b(did|was|were|led|won|sang|lost|had|played|wrote|went|[a-z]{3,}ed)\b")


@dataclass(frozen=True)
class Question:
    """An answerable question of the development set."""

    id: str
    text: str
    answers: tuple[str, ...]
    document: str


@dataclass(frozen=True)
class NearMiss:
    """A changed question that the documents do not answer."""

    id: str
    question: str
    answers: list[str]
    document: str
    kind: str
    maker: str
    original: str
    held_back: bool


@dataclass(frozen=True)
class Corpus:
    """The documents by file name, the word tables, and a seeded chooser."""

    texts: dict[str, str]
    tables: dict[str, Any]

    def choose(self, options: list[str], *key: str) -> str:
        """One of the options, always the same for the same key."""
        return random.Random(f"{SEED}:{':'.join(key)}").choice(options)

    def years(self, document: str) -> list[str]:
        return sorted(set(YEAR.findall(self.texts[document])))


Maker = Callable[[Question, Corpus], Iterator[str]]


def replace(text: str, start: int, end: int, new: str) -> str:
    """Put `new` in the place of text[start:end], keeping a capital at the start of the sentence."""
    if text[start].isupper() and start == 0:
        new = new[0].upper() + new[1:]
    changed = text[:start] + new + text[end:]
    changed = re.sub(r"\ba(?= [aeio])", "an", changed)
    return re.sub(r"\b([Aa])n(?= (?:[b-df-hj-np-tv-z]|[B-DF-HJ-NP-TV-Z][a-z]))", r"\1", changed)


def swap_names(question: Question, corpus: Corpus, table: str) -> Iterator[str]:
    """Another name of the same sort: one of the same document if there is one, and another."""
    groups: dict[str, list[str]] = corpus.tables[table]
    mentions = sorted(
        (
            form
            for kind in ("name", "place")
            for group in corpus.tables[kind].values()
            for entry in group
            for form in entry.split("/")
        ),
        key=len,
        reverse=True,
    )
    taken: list[tuple[int, int, str]] = []
    for form in dict.fromkeys(mentions):
        for match in re.finditer(rf"\b{re.escape(form)}(?!\w)", question.text):
            if not any(s < match.end() and match.start() < e for s, e, _ in taken):
                taken.append((match.start(), match.end(), form))
    text = corpus.texts[question.document]
    for start, end, form in sorted(taken):
        for group, entries in groups.items():
            own = next((e for e in entries if form in e.split("/")), None)
            if own is None:
                continue
            short = "/" in own and form == own.split("/")[-1]
            others = [e.split("/")[-1 if short else 0] for e in entries if e != own]
            others = [
                o
                for o in others
                if o not in question.text and not any(o in a for a in question.answers)
            ]
            near = [o for o in others if o in text]
            far = [o for o in others if o not in text]
            for pool in (near, far):
                if pool:
                    yield replace(
                        question.text, start, end, corpus.choose(pool, question.id, group, form)
                    )


def swap_name(question: Question, corpus: Corpus) -> Iterator[str]:
    """A person or organisation becomes another."""
    return swap_names(question, corpus, "name")


def swap_place(question: Question, corpus: Corpus) -> Iterator[str]:
    """A place becomes another."""
    return swap_names(question, corpus, "place")


def change_year(question: Question, corpus: Corpus) -> Iterator[str]:
    """A year, decade, month or century becomes another."""
    text = question.text
    for match in YEAR.finditer(text):
        year = match.group()
        others = [y for y in corpus.years(question.document) if y != year and y not in text]
        others = [y for y in others if not any(y in answer for answer in question.answers)]
        if others:
            yield replace(text, *match.span(), corpus.choose(others, question.id, year, "same"))
        shifts = [str(int(year) + step) for step in (-23, -11, -8, -4, 3, 5, 7, 12)]
        shifts = [y for y in shifts if y not in corpus.texts[question.document] and int(y) < 2025]
        yield replace(text, *match.span(), corpus.choose(shifts, question.id, year, "shift"))
    for match in DECADE.finditer(text):
        others = [f"{int(match[1]) + step}s" for step in (-40, -30, -20, 20)]
        others = [o for o in others if int(o[:4]) < 2025]
        yield replace(text, *match.span(), corpus.choose(others, question.id, match[1]))
    for match in re.finditer(rf"\b({'|'.join(MONTHS)})\b", text):
        others = [m for m in MONTHS if m not in corpus.texts[question.document]]
        yield replace(text, *match.span(), corpus.choose(others, question.id, match[1]))
    for match in re.finditer("|".join(CENTURIES), text):
        yield replace(
            text, *match.span(), corpus.choose([c for c in CENTURIES if c != match[0]], question.id)
        )


def add_year(question: Question, corpus: Corpus) -> Iterator[str]:
    """A year is added in which the documents say nothing of the kind."""
    text = question.text.strip()
    wants = re.match(r"(Who|What|Which|Where|How many|Why)\b", text)
    if not wants or YEAR.search(text) or DECADE.search(text) or ASKS_TIME.search(text):
        return
    if not PAST.search(text) or len(text.split()) > 14 or not text.endswith("?"):
        return
    own = sorted(int(year) for year in corpus.years(question.document))
    middle = own[len(own) // 2] if own else 2001
    pool = [middle + step for step in range(-40, 41) if abs(step) > 3 and middle + step < 2020]
    pool = [year for year in pool if year not in own]
    year = corpus.choose([str(year) for year in pool], question.id, "added")
    body = text.rstrip("? ")
    yield f"{body} in {year}?"


def change_number(question: Question, corpus: Corpus) -> Iterator[str]:
    """A number, amount, age, ordinal or edition becomes another."""
    text = question.text
    for match in re.finditer(rf"\b({'|'.join(NUMBER_WORDS)})\b", text):
        others = [w for w in NUMBER_WORDS if w != match[0]]
        for key in ("a", "b"):
            yield replace(text, *match.span(), corpus.choose(others, question.id, match[0], key))
    for match in re.finditer(r"(?<![\d.–-])\b\d{1,3}(?:th)?\b(?![-–/\d])", text):
        value = int(match[0].removesuffix("th"))
        end = "th" if match[0].endswith("th") else ""
        others = [str(value + step) for step in (-9, -7, -5, -4, -3, 4) if value + step > 3]
        others = [o for o in others if end == "" or (int(o) % 10 > 3 or 10 < int(o) < 14)]
        for key in ("a", "b"):
            yield replace(
                text, *match.span(), corpus.choose(others, question.id, match[0], key) + end
            )
    for match in re.finditer(rf"\b({'|'.join(ORDINALS)})\b", text):
        others = [w for w in ORDINALS if w != match[0] and w != "first"]
        for key in ("a", "b"):
            yield replace(text, *match.span(), corpus.choose(others, question.id, match[0], key))
    for match in re.finditer(rf"\b({'|'.join(ROMAN)})\b", text):
        others = [w for w in ROMAN if w != match[0]]
        for key in ("a", "b"):
            yield replace(text, *match.span(), corpus.choose(others, question.id, match[0], key))


def negate(question: Question, corpus: Corpus) -> Iterator[str]:
    """A negation is put in or taken out."""
    text = question.text
    table = corpus.tables["negation"]
    for pattern, new in table["phrases"].items():
        match = re.search(pattern, text)
        if match and match.group() != new:
            yield replace(text, *match.span(), new)
            return
    removed = re.sub(r"\bcan't\b", "can", text)
    removed = re.sub(r"\b(did|does|do|is|are|was|were|can|will)(?: not|n't)\b", r"\1", removed)
    removed = re.sub(r"\bnot (?=agree|throw)", "", removed)
    if removed != text:
        yield removed
        return
    if ASKS_TIME.search(text) or text.startswith(
        ("How many", "How much", "How far", "How ", "Name")
    ):
        return
    verbs = "|".join(dict.fromkeys(table["verbs"]))
    between = re.search(rf"\b(?:did|does|do|can|will|would) (?:\S+ ){{1,5}}?(?={verbs}\b)", text)
    if between:
        yield replace(text, between.end(), between.end(), "not ")
        if re.search(r"\bdid\b", between.group()):
            yield replace(text, between.end(), between.end(), "refuse to ")
        return
    wants = r"^(?:Who|What|Which(?: \S+){1,3}?|What [a-z]+(?: [a-z]+)?)"
    past = "|".join(table["past"])
    subject = re.search(rf"{wants} ({past})\b", text)
    if subject:
        yield replace(text, *subject.span(1), f"did not {table['past'][subject[1]]}")
        yield replace(text, *subject.span(1), f"failed to {table['past'][subject[1]]}")
        return
    be = re.search(rf"{wants} (was|were|is|are|can|will|has|must|might)\b", text)
    if be:
        yield replace(text, be.end(), be.end(), " not")
        if be[1] in ("was", "were"):
            yield replace(text, be.end(), be.end(), " never")


def swap_words(question: Question, corpus: Corpus, table: str) -> Iterator[str]:
    """Words of a table become their counterparts, one at a time."""
    pairs: dict[str, list[str]] = corpus.tables[table]
    taken: list[tuple[int, int]] = []
    for pattern in sorted(pairs, key=len, reverse=True):
        for match in re.finditer(rf"\b(?:{pattern})(?![\w-])", question.text, re.I):
            if any(s < match.end() and match.start() < e for s, e in taken):
                continue
            taken.append(match.span())
            for new in pairs[pattern]:
                yield replace(question.text, *match.span(), new)


def swap_antonym(question: Question, corpus: Corpus) -> Iterator[str]:
    """A word becomes its opposite."""
    return swap_words(question, corpus, "antonym")


def swap_role(question: Question, corpus: Corpus) -> Iterator[str]:
    """A role, thing or action becomes its sibling."""
    return swap_words(question, corpus, "role")


MAKERS: dict[str, Maker] = {
    "name": swap_name,
    "place": swap_place,
    "year": change_year,
    "year_added": add_year,
    "number": change_number,
    "negation": negate,
    "antonym": swap_antonym,
    "role": swap_role,
}


def read_questions(folder: Path) -> list[Question]:
    """The answerable questions of the folder."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.strip()]
    return [
        Question(r["id"], r["question"], tuple(r["answers"]), r["document"])
        for r in records
        if r["kind"] == "answerable"
    ]


def read_rejected(path: Path) -> dict[str, str]:
    """Ids struck out by the reader, each with the reason."""
    rejected: dict[str, str] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                identifier, _, reason = line.partition("\t")
                rejected[identifier.strip()] = reason.strip()
    return rejected


def near_misses(questions: Iterable[Question], corpus: Corpus) -> Iterator[NearMiss]:
    """Every candidate, read or not, without repeats."""
    questions = list(questions)
    seen = {re.sub(r"\W+", " ", q.text.lower()).strip() for q in questions}
    for question in questions:
        for maker, make in MAKERS.items():
            for text in make(question, corpus):
                text = " ".join(text.split())
                plain = re.sub(r"\W+", " ", text.lower()).strip()
                if plain in seen:
                    continue
                seen.add(plain)
                digest = hashlib.sha256(f"{question.document}\n{text}".encode()).hexdigest()[:8]
                yield NearMiss(
                    id=f"nm-{maker}-{digest}",
                    question=text,
                    answers=[],
                    document=question.document,
                    kind="near_miss",
                    maker=maker,
                    original=question.id,
                    held_back=maker == HELD_BACK,
                )


def sample(candidates: list[NearMiss]) -> list[NearMiss]:
    """As many of each maker as READ allows, first one of every original, then the second ones."""
    chosen: set[str] = set()
    for maker, limit in READ.items():
        mine = [miss for miss in candidates if miss.maker == maker]
        mine.sort(key=lambda miss: hashlib.sha256(f"{SEED}{miss.id}".encode()).digest())
        turn: Counter[str] = Counter()
        order: list[tuple[int, int, str]] = []
        for place, miss in enumerate(mine):
            order.append((turn[miss.original], place, miss.id))
            turn[miss.original] += 1
        chosen.update(identifier for _, _, identifier in sorted(order)[:limit])
    return [miss for miss in candidates if miss.id in chosen]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: near_misses.py WIKI_DEV_FOLDER OUT.jsonl", file=sys.stderr)
        return 2
    folder, out = Path(arguments[0]), Path(arguments[1])
    texts = {
        p.name: p.read_text(encoding="utf-8") for p in sorted((folder / "documents").iterdir())
    }
    with (HERE / "tables.toml").open("rb") as file:
        corpus = Corpus(texts, tomllib.load(file))
    candidates = sample(list(near_misses(read_questions(folder), corpus)))
    rejected = read_rejected(HERE / "rejected.txt")
    kept = [miss for miss in candidates if miss.id not in rejected]
    with out.open("w", encoding="utf-8") as file:
        for miss in kept:
            file.write(json.dumps(asdict(miss), ensure_ascii=False) + "\n")
    made = Counter(miss.maker for miss in candidates)
    left = Counter(miss.maker for miss in kept)
    for maker in MAKERS:
        print(f"{maker:12} made {made[maker]:4}  kept {left[maker]:4}")
    print(f"{'all':12} made {made.total():4}  kept {left.total():4}")
    unknown = sorted(set(rejected) - {miss.id for miss in candidates})
    if unknown:
        print(
            f"rejected.txt names {len(unknown)} ids that were not made: {', '.join(unknown)}",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
