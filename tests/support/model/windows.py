"""A model check of reading by windows: every table, every edit, every moment, within bounds.

It drives the code that the tap runs. What happens is read off a tape of choices; all tapes are
tried, one after the other. The large bounds take some minutes:

    python -m tests.support.model.windows --edits 3
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from multiprocessing import Pool
from typing import TYPE_CHECKING, NamedTuple

from tap_analytics.completeness.reading import Response, Row
from tap_analytics.completeness.windows import OVERLAP, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.completeness.reading import Question

ORDERS = ("key", "time", "newest", "arbitrary")
MOST_REQUESTS = 60
"""A reading that asks more often than this does not end."""


class Tape:
    """Choices, each one of so many; zeros, where nothing happens, when they are used up."""

    def __init__(self, choices: Sequence[int] = ()) -> None:
        """Begin at the first choice."""
        self._choices = list(choices)
        self._of: list[int] = []

    def choose(self, options: int) -> int:
        """One of so many options."""
        if len(self._of) == len(self._choices):
            self._choices.append(0)
        self._of.append(options)
        return self._choices[len(self._of) - 1]

    def following(self) -> list[int] | None:
        """The choices to try next; None when all have been tried."""
        choices = self._choices[: len(self._of)]
        while choices and choices[-1] + 1 == self._of[len(choices) - 1]:
            choices.pop()
        return [*choices[:-1], choices[-1] + 1] if choices else None


class World(NamedTuple):
    """What the server is like, and what the reading relies on."""

    order: str
    """`key`, `time` (ascending), `newest` first, `arbitrary` (a changed row moves by it), or
    `varying`: the rows begin at another one in each response, or `last`: as `newest`, and in the
    beginning the greatest key comes first."""

    by_key: bool
    """Whether the reading asks for the order by key; the server heeds that in the order `key`."""

    rows: int
    size: int
    offsets: bool = False
    says_more: bool = True
    cap: int | None = None
    """The most records that the server sends, in pages of that size."""

    fixed: int | None = None
    """The size that the server sends whatever is asked."""

    cuts: int = 0
    """How many responses may come short by a record, though more than an overlap."""

    overlap: int = 1
    edits: int = 2
    sorts_pages: bool = False
    """Whether the server sorts by key as it is asked, but not before it has cut the page."""

    counts_first: bool = False
    """Whether the server counts and then selects, with edits between the two: a response ends where
    the count does."""


@dataclass(slots=True)
class Record:
    """A row of the table: `key` for its order, `version` for its contents."""

    name: int
    key: float
    version: int = 0


@dataclass(slots=True)
class Run:
    """One reading of one table."""

    world: World
    tape: Tape
    reading: Windows
    table: list[Record] = field(default_factory=list)
    left: int = 0
    sent: dict[int, int] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    problem: str | None = None
    requests: int = 0
    cuts: int = 0

    def run(self) -> str | None:
        """Read the table while it is edited; returns the promise that was broken."""
        world = self.world
        self.table = [Record(name, name) for name in range(1, world.rows + 1)]
        if world.order == "last":
            self.table.reverse()
        self.left = world.edits
        there = {record.name for record in self.table}
        while self.reading.outcome is None:
            (question,) = self.reading.questions()
            if self.requests:
                self._live()
            self._answer(question)
            if self.requests > MOST_REQUESTS:
                return "the reading does not end"
        self.trace.append(f"{self.reading.outcome}")
        return self.problem or self._missing(there)

    def _missing(self, there: set[int]) -> str | None:
        outcome = self.reading.outcome
        assert outcome is not None
        if not outcome.proven:
            return None
        for record in self.table:
            owed = record.version == 0 or self.reading.may_activate_version
            if record.name in there and owed and record.name not in self.sent:
                what = "was there unchanged" if record.version == 0 else "would be deleted"
                return f"row {record.name} {what} and was never sent"
        return None

    def _live(self) -> None:
        """Let some edits happen, or none."""
        while self.left:
            count = len(self.table)
            places = count if self.world.order == "arbitrary" else 1
            what = self.tape.choose(1 + (count + 1) + count + count * places)
            if what == 0:
                return
            self.left -= 1
            self._edit(what - 1, places)

    def _edit(self, what: int, places: int) -> None:
        table = self.table
        if what <= len(table):
            # Anywhere: a key between others, or a time before others, committed late.
            table.insert(what, Record(100 + self.left, self._key_at(what)))
            self.trace.append(f"insert {100 + self.left}: {self._names()}")
            return
        what -= len(table) + 1
        if what < len(table):
            name = table.pop(what).name
            self.trace.append(f"delete {name}: {self._names()}")
            return
        place, to = divmod(what - len(table), places)
        record = table.pop(place)
        order = self.world.order
        to = {"key": place, "time": len(table), "newest": 0, "last": 0}.get(order, to)
        table.insert(to, Record(record.name, record.key, record.version + 1))
        self.trace.append(f"change {record.name}: {self._names()}")

    def _key_at(self, place: int) -> float:
        """A key between those of two rows, or beyond the first or the last one."""
        keys = [record.key for record in self.table]
        beyond = max(keys, default=0) + 2
        around = [beyond, *keys, 0] if self.world.order == "last" else [0, *keys, beyond]
        return (around[place] + around[place + 1]) / 2

    def _answer(self, question: Question) -> None:
        self.requests += 1
        world, table = self.world, self.table
        size = world.fixed or min(question.size or 0, world.cap or sys.maxsize)
        start = (question.page - 1) * size if question.offset is None else question.offset
        if question.order == "descending" and world.order == "key" and not world.sorts_pages:
            table = table[::-1]
        if world.order == "varying":
            turn = self.tape.choose(len(table) or 1)
            table = table[turn:] + table[:turn]
        if world.overlap < size - 1 and self.cuts < world.cuts:
            cut = self.tape.choose(2)
            self.cuts += cut
            size -= cut
        count = len(table)
        if world.counts_first:
            self._live()
            descends = question.order == "descending" and world.order == "key"
            table = self.table[::-1] if descends else self.table
        found = table[start : min(start + size, count) if world.counts_first else start + size]
        if world.sorts_pages:
            descends = question.order == "descending"
            found.sort(key=lambda record: record.key, reverse=descends)
        response = Response(
            rows=[Row(record.name, record.version, None) for record in found],
            more=start + size < count if world.says_more else None,
            keys=[record.key for record in found] if world.by_key else (),
        )
        marks = self.reading.receive(question, response)
        self.trace.append(
            f"{question.order or 'rows'} from {start}, {question.size} asked: "
            + " ".join(
                f"{record.name}{'*' * record.version}{'' if mark else '(not sent)'}"
                for record, mark in zip(found, marks, strict=True)
            )
        )
        for record, mark in zip(found, marks, strict=True):
            if mark:
                if self.sent.get(record.name, 0) > record.version:
                    self.problem = f"an older copy of row {record.name} was sent behind a newer"
                self.sent[record.name] = record.version

    def _names(self) -> str:
        return " ".join(f"{record.name}{'*' * record.version}" for record in self.table)


class Finding(NamedTuple):
    """What a check found."""

    executions: int
    proven: int
    problem: str | None = None
    trace: str = ""
    ended: bool = True
    """Whether all tapes were tried."""


def check(world: World, kind: type[Windows] = Windows, most: int = sys.maxsize) -> Finding:
    """Try all tapes on a world, up to so many, or to the first one that breaks a promise."""
    executions = proven = 0
    choices: list[int] | None = []
    while choices is not None and executions < most:
        tape = Tape(choices)
        run = Run(world, tape, reading := reading_of(world, kind))
        problem = run.run()
        executions += 1
        proven += reading.outcome is not None and reading.outcome.proven
        if problem is not None:
            return Finding(executions, proven, problem, "\n".join([str(world), *run.trace]))
        choices = tape.following()
    return Finding(executions, proven, ended=choices is None)


def reading_of(world: World, kind: type[Windows] = Windows) -> Windows:
    """A reading as the world needs it."""
    return kind(world.size, by_key=world.by_key, offsets=world.offsets, overlap=world.overlap)


def worlds(edits: int, most_rows: int) -> Iterator[World]:
    """All worlds within the bounds."""
    orders = [("key", True), *((order, False) for order in ORDERS)]
    paging = product((1, 2, 3, 4), (False, True), (True, False), (None, 2, 3))
    for (order, by_key), (size, offsets, says_more, cap), rows in product(
        orders, paging, range(1, most_rows + 1)
    ):
        if cap is None or cap < size:
            yield World(order, by_key, rows, size, offsets, says_more, cap, edits=edits)
    for order, fixed, offsets, says_more in product(ORDERS, (2, 3), (False, True), (True, False)):
        yield World(order, order == "key", 4, 3, offsets, says_more, fixed=fixed, edits=edits)
        # Without a word on what follows, a cut and an insert look like the end: the size must be
        # heeded there, and a cut alone must not lose a row.
        some = edits if says_more else 0
        yield World(order, order == "key", 4, 3, offsets, says_more, cuts=1, edits=some)
    for rows, size, offsets, says_more in product(
        range(1, most_rows + 3), (2, 3), (False, True), (True, False)
    ):
        yield World("key", True, rows, size, offsets, says_more, edits=edits, counts_first=True)  # noqa: FBT003  # as below
    # A server that ignores the order: as many rows have to show it as are real in an overlap.
    for order, rows, says_more in product((*ORDERS[1:], "varying"), (5, 6), (True, False)):
        yield World(order, True, rows, 4, True, says_more, overlap=OVERLAP, edits=edits)  # noqa: FBT003  # the fields in their order

    # One that sorts its pages by themselves looks like one that orders by key: there, too.
    for order, rows, says_more in product(("key", "last", "newest"), (12, 20), (True, False)):
        world = World(order, True, rows, 8, True, says_more, overlap=OVERLAP, edits=edits)  # noqa: FBT003  # as above
        yield world._replace(sorts_pages=True)


def main() -> None:
    """Check the large bounds, and print what was found."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=3)
    parser.add_argument("--rows", type=int, default=5)
    parser.add_argument("--most", type=int, default=300_000, help="tapes for each world")
    parser.add_argument("--processes", type=int, default=None)
    arguments = parser.parse_args()
    executions = proven = broken = cut_off = 0
    with Pool(arguments.processes) as pool:
        within = worlds(arguments.edits, arguments.rows)
        for finding in pool.imap_unordered(partial(check, most=arguments.most), within):
            cut_off += not finding.ended
            executions += finding.executions
            proven += finding.proven
            if finding.problem is not None:
                broken += 1
                sys.stdout.write(f"{finding.problem}\n{finding.trace}\n\n")
    sys.stdout.write(
        f"{executions} executions, {proven} proven, {broken} worlds broken, "
        f"{cut_off} not played to their end\n"
    )
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
