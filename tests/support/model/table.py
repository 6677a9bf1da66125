"""A table that is edited while a server serves it, in many ways a server can be."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from tap_analytics.completeness.instants import shifted
from tap_analytics.completeness.reading import Response, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_analytics.completeness.reading import Question
    from tests.support.model.tape import Tape

MARGIN = 2
"""In ticks; a tick is half a second, so that two fall into one step of a filter in seconds."""


TIE_ORDERS: tuple[Callable[[int], int], ...] = (
    lambda key: key,
    lambda key: -key,
    lambda key: key * 3 % 7,
    lambda key: key * 2 % 5,
)
"""Orders that rows of one time may come in."""


@cache
def instant(tick: int) -> str:
    """The instant of a tick."""
    seconds, half = divmod(tick, 2)
    minutes, seconds = divmod(seconds, 60)
    return f"2024-01-01T00:{minutes:02}:{seconds:02}.{half * 500_000:06}Z"


def tick_of(time: str) -> int:
    """The tick of an instant."""
    return 2 * (60 * int(time[14:16]) + int(time[17:19])) + (time[20] == "5")


class World(Struct, frozen=True, kw_only=True):
    """A table, its server, and what may happen."""

    times: tuple[int, ...] = (0, 1, 2, 3)
    """The rows' times in ticks, in the order of their keys."""
    begins: int = 20
    """The tick at which the first run begins."""
    page_size: int = 2
    order: str = "time"
    """What the server sorts by: "time" or "key, as asked"; else it ignores the order: "key", "heap"
    (where an edited row goes to the end), "page" (cut by key, then sorted as asked), "sample" (any
    rows, then sorted as asked), or "second" (by whole seconds of the time)."""
    seed: int = 0
    """Which rows "any" are, request by request."""
    declares_total: bool = False
    offsets: bool = False
    """Whether it takes an offset, for windows; else a page number and a page size."""
    order_varies: bool = False
    """Whether rows of one time may come in another order with each request."""
    says_more: bool = True
    filters: str = "since"
    """What the since filter leaves: "since" as asked; else "all", or what is "older"."""
    whole_seconds: bool = False
    includes: bool = True
    """Whether the since filter includes its bound."""
    shift: int = 0
    """By how many ticks the since filter takes a start value for a later one: a time zone."""
    truncates: bool = False
    """Whether a filter in whole seconds compares whole seconds."""
    caps: bool = False
    """Whether a response may hold one record less than a page though more follow. (It must still
    hold one that is later than the first: pages of more than two.)"""
    counts_first: bool = False
    """Whether it counts and then selects, with edits between the two; a response ends where the
    count does, as in Django."""
    whims: int = 2
    """How many responses may differ from the usual in the two ways before."""
    width: int = 1
    """How many requests may be in flight; from two on the table is cut into parts of few pages."""
    part_pages: int = 1
    edits: int = 2
    clears: bool = False
    """Whether an edit may delete all rows, or all but the first."""
    latest: int = 0
    """By how many ticks the time of an edit may lie before its commit."""
    runs: int = 1
    """How many runs happen while the table is edited; one more comes when all is quiet."""
    kills: bool = False
    """Whether a run may be killed behind any response."""
    ties_show_order: int | None = None
    """How many ties show that they have a fixed order, where it is not the tap's own number."""


class Line(NamedTuple):
    """A row of the table."""

    key: int
    tick: int
    version: int
    time: str


class Table:
    """The rows, and what happens to them."""

    def __init__(self, world: World, tape: Tape, note: Callable[[str], None]) -> None:
        """Fill the table."""
        self.world = world
        self.tape = tape
        self.note = note
        self.now = world.begins
        self.edits_left = world.edits
        self.whims_left = world.whims
        self.rows = [
            Line(key, tick, 0, instant(tick)) for key, tick in enumerate(world.times, start=1)
        ]
        self._next_key = len(self.rows) + 1
        self._next_low_key = 0
        self._responses = 0

    @property
    def state(self) -> object:
        """All that what follows depends on."""
        return (
            self.now,
            self.edits_left,
            self.whims_left,
            self._next_key,
            self._responses,
            tuple(self.rows),
        )

    def tell(self, ticks: Mapping[int, int], now: int) -> None:
        """Tell all times anew, and forget how often a row changed."""
        self.rows = [
            Line(row.key, ticks[row.tick], 1, instant(ticks[row.tick])) for row in self.rows
        ]
        self.now = now

    def become_quiet(self) -> None:
        """Nothing happens any more, and all that happened is long ago."""
        self.edits_left = self.whims_left = 0
        self.now += 10 * MARGIN

    def live(self, before_edit: Callable[[], None] = lambda: None) -> None:
        """Let edits happen, or none; `before_edit` is called before each."""
        while self.edits_left:
            edits = self._possible_edits()
            choice = self.tape.choose(len(edits) + 1)
            if not choice:
                return
            before_edit()
            self.edits_left -= 1
            self._edit(*edits[choice - 1])

    def _possible_edits(self) -> list[tuple[str, int, int]]:
        late = range(self.world.latest + 1)
        edits = [
            ("touch", place, self.now - by)
            for by in late
            for place, row in enumerate(self.rows)
            if row.tick < self.now - by
        ]
        edits += [("delete", place, 0) for place in range(len(self.rows))]
        edits += [("insert", 0, self.now - by) for by in late]
        if self.world.clears:
            edits += [("clear", place, 0) for place in range(2)]
        if self.world.order != "time":
            edits += [("insert", 1, self.now)]
        return edits

    def _edit(self, kind: str, place: int, tick: int) -> None:
        if kind == "clear":
            key = place
            del self.rows[place:]
        elif kind == "insert":
            key = self._next_low_key if place else self._next_key
            self._next_low_key -= place
            self._next_key += 1 - place
            self.rows.insert(0 if place else len(self.rows), Line(key, tick, 0, instant(tick)))
        else:
            row = self.rows[place]
            key = row.key
            if kind == "delete":
                del self.rows[place]
            elif self.world.order == "heap":
                del self.rows[place]
                self.rows.append(Line(key, tick, row.version + 1, instant(tick)))
            else:
                self.rows[place] = Line(key, tick, row.version + 1, instant(tick))
        self.note(f"tick {self.now}: {kind} {key}" + (f" at {tick}" if kind != "delete" else ""))

    def respond(self, question: Question, sent_at: int) -> Response:
        """What the server responds, now."""
        rows = self._selected(question)
        count = len(rows)
        if self.world.counts_first:
            self.live()
            rows = self._selected(question)[:count]
        size = question.size or self.world.page_size
        start = (question.page - 1) * size if question.offset is None else question.offset
        page = rows[start : start + size]
        if self.world.order == "sample":
            random = Random(f"{self.world.seed} {self._responses}")  # noqa: S311  # the same each time
            page = random.sample(rows, min(size, count))
            self._responses += 1
        if self.world.order in {"page", "sample"}:
            page.sort(key=lambda row: (row.tick, row.key), reverse=question.order == "descending")
        pages = -(-count // size)
        more = start + size < count
        if self.world.caps and len(page) == size and self._whim(2):
            page.pop()
            more = True
        self.now += 1
        return Response(
            rows=tuple(Row(row.key, row.version, row.time) for row in page),
            more=more if self.world.says_more else None,
            sent_at=instant(sent_at),
            dated=instant(self.now),
            pages=pages if self.world.width > 1 else None,
            count=count if self.world.declares_total else None,
            keys=tuple(row.key for row in page),
        )

    def _selected(self, question: Question) -> list[Line]:
        rows = [row for row in self.rows if self._passes(row.time, question.since)]
        self._sort(rows, question)
        return rows

    def _passes(self, time: str, since: str | None) -> bool:
        if since is None or self.world.filters == "all":
            return True
        if self.world.filters == "older":
            return time <= since
        if self.world.shift:
            since = shifted(since, timedelta(seconds=self.world.shift / 2))
        if self.world.truncates:
            time = f"{time[:20]}000000Z"
        return time >= since if self.world.includes else time > since

    def _sort(self, rows: list[Line], question: Question) -> None:
        if self.world.order in {"time", "second"}:
            tie, step = self._ties(rows), 1 if self.world.order == "time" else 2
            rows.sort(key=lambda row: (row.tick // step, tie(row.key)))
            if question.order == "descending":
                rows.reverse()
        elif self.world.order != "heap":
            turned = self.world.order == "key, as asked" and question.order == "descending"
            rows.sort(key=lambda row: row.key, reverse=turned)

    def _ties(self, rows: list[Line]) -> Callable[[int], int]:
        """An order of rows of one time; with `order_varies` it may be another each time."""
        if self.world.order_varies and len({row.tick for row in rows}) < len(rows):
            return TIE_ORDERS[self._whim(len(TIE_ORDERS))]
        return TIE_ORDERS[0]

    def _whim(self, options: int) -> int:
        """A choice that differs from the usual only a few times in an execution."""
        if not self.whims_left:
            return 0
        choice = self.tape.choose(options)
        self.whims_left -= choice > 0
        return choice
