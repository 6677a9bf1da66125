"""A table that changes while it is read, and a reader as the tap is one, both in memory.

Everything that happens is read off a tape of small numbers, so that Hypothesis can look for the
tape that breaks a promise, and shorten it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_analytics.completeness.observed_pass import RepeatedPageError
from tap_analytics.completeness.page_facts import PageObservation
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.rest.response.extractor import PageInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.completeness.proof import CompletenessProof
    from tap_analytics.completeness.verdict import Verdict

MAX_PASSES = 3
EDITS = 5
MARGIN = 3
"""How long ago a change must lie to be certain by its time."""


class Tape:
    """Numbers that decide what happens; zeros, where nothing does, when they are used up."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """Begin at the first number."""
        self._numbers = iter(numbers)

    def choose(self, choices: int) -> int:
        """One of so many choices."""
        return next(self._numbers, 0) % choices


@dataclass(slots=True)
class Row:
    """A row: its contents are the number of its version."""

    key: int
    modified: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """What the server is like, and what of it the reader can use."""

    rows: int
    page_size: int
    order: str
    declares_total: bool = False
    declares_pages: bool = False
    declares_next: bool = False
    replication_key: bool = False
    width: int = 1
    young_list: bool = False
    """Whether recently changed rows are asked for before each pass."""
    counts_first: bool = False
    """Whether the server counts its rows, and selects those of the page afterwards."""
    ends_with_count: bool = False
    """Whether its pages then end where the count does, and behind it there is no page."""


@dataclass(slots=True)
class Table:
    """The rows in their order of insertion, and everything that ever happened to them."""

    world: World
    tape: Tape
    now: int = 0
    rows: list[Row] = field(default_factory=list)
    ever: dict[int, set[int]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    keys: int = 0

    def __post_init__(self) -> None:
        """Fill the table with rows that are older than any reading."""
        for place in range(self.world.rows):
            self._insert(place, modified=-100 + place)

    def _insert(self, place: int, modified: int) -> None:
        self.keys += 1
        self.rows.insert(place, Row(self.keys, modified))
        self.ever[self.keys] = {0}

    def live(self) -> None:
        """Let some edits happen, or none."""
        while (what := self.tape.choose(EDITS + 3)) > 2:
            self._edit(what - 3)

    def _edit(self, what: int) -> None:
        self.now += 1
        place = self.tape.choose(len(self.rows) + 1)
        if what == 0:
            self._insert(place, self.now)
        elif what == 1:
            self._insert(len(self.rows), self.now)
        elif place < len(self.rows):
            row = self.rows[place]
            if what == 2:
                del self.rows[place]
                return
            row.modified = self.now
            if what == 3 or self.world.replication_key:
                # Without a replication key a row may move though nothing of it can be seen to.
                row.version += 1
                self.ever[row.key].add(row.version)
                self.touched.add(row.key)

    def read(self, page: int) -> list[Row]:
        """The rows of a page, in the world's order, as they are now."""
        rows = list(self.rows)
        if self.world.order == "modified":
            rows.sort(key=lambda row: row.modified)
        elif self.world.order == "newest first":
            rows.sort(key=lambda row: -row.modified)
        elif self.world.order == "any":
            turn = self.tape.choose(len(rows) + 1)
            rows = rows[turn:] + rows[:turn]
        size = self.world.page_size
        return [Row(row.key, row.modified, row.version) for row in rows[(page - 1) * size :][:size]]

    def answer(self, page: int) -> tuple[list[Row], PageInfo]:
        """The rows of a page, and what the answer says besides them."""
        if not self.world.counts_first:
            rows = self.read(page)
            return rows, self._info(page, len(rows), len(self.rows))
        count = len(self.rows)
        if page > 1 and (page - 1) * self.world.page_size >= count:
            return [], self._info(page, 0, count)
        self.live()
        rows = self.read(page)
        if self.world.ends_with_count:
            del rows[max(0, count - (page - 1) * self.world.page_size) :]
        return rows, self._info(page, len(rows), count)

    def _info(self, page: int, records: int, count: int) -> PageInfo:
        world, size = self.world, self.world.page_size
        beyond = records == 0 and page > 1
        return PageInfo(
            records=records,
            total=count if world.declares_total and not beyond else None,
            page_count=-(-count // size) if world.declares_pages else None,
            has_next=page * size < count if world.declares_next and not beyond else None,
            not_found=beyond
            and (world.declares_next or (world.counts_first and world.ends_with_count)),
        )


@dataclass(slots=True)
class Answer:
    """A request on its way, or its answer."""

    page: int
    sent: int
    answered: int = 0
    rows: list[Row] | None = None
    info: PageInfo | None = None


class Reader:
    """Reads a table as the tap does: page 1 alone, then several in flight; three passes at most."""

    def __init__(self, table: Table, proof: CompletenessProof) -> None:
        """Prepare to read."""
        self.table = table
        self.proof = proof
        self.target: dict[int, int] = {}
        self.newest: dict[int, int] = {}
        self.passes = 0
        self.emitted = 0
        self._ticks = 0

    def read(self) -> Verdict | None:
        """Read until a pass is proven; None where the reading ended with an error."""
        width = self.table.world.width
        verdict = None
        for _ in range(MAX_PASSES):
            self.table.live()
            try:
                verdict = self._pass(width)
            except RepeatedPageError:
                return None
            self.passes += 1
            if verdict.proven:
                break
        return verdict

    def _pass(self, width: int) -> Verdict:
        self.table.now += 1
        began = self.table.now
        if self.table.world.young_list:
            # What changed of late is not certain by its time, and what is still older is.
            began -= MARGIN
            self._young_list(began)
        self.proof.begin()
        paginator = PageNumberPaginator(limit=self.table.world.page_size)
        end, read = None, 0
        for number, answer in enumerate(self._answers(paginator, width)):
            rows, info = self._of(answer)
            self.proof.page(self._fact(number, answer))
            keyed = self.table.world.replication_key
            certain = [keyed and row.modified < began for row in rows]
            keys, versions = [row.key for row in rows], [row.version for row in rows]
            for row, news in zip(rows, self.proof.rows(keys, versions, certain), strict=True):
                if news:
                    self._send(row)
            read += info.records
            end = paginator.stop_reason(answer.page, info, read)
            if end:
                break
        closing = self.proof.page_to_recheck()
        if closing is not None:
            self.table.live()
            answer = self._alone(closing + 1)
            _, info = self._of(answer)
            is_last = paginator.stop_reason(answer.page, info, read) is not None
            self.proof.rechecked(self._fact(closing, answer), is_last=is_last)
        self.table.now += 1
        return self.proof.verdict(str(end))

    def _send(self, row: Row) -> None:
        self.target[row.key] = row.version
        self.newest[row.key] = max(row.version, self.newest.get(row.key, 0))
        self.emitted += 1

    def _young_list(self, since: int) -> None:
        for row in [row for row in self.table.rows if row.modified >= since]:
            if self.proof.row_before(row.key, row.version):
                self._send(row)

    def _answers(self, paginator: PageNumberPaginator, width: int) -> Iterator[Answer]:
        answer = self._alone(paginator.first)
        yield answer
        while True:
            keys = iter(paginator.next_keys(answer.page, self._of(answer)[1]))
            for answer in self._in_flight(keys, width):
                yield answer

    def _in_flight(self, keys: Iterator[int], width: int) -> Iterator[Answer]:
        waiting: list[Answer] = []
        while True:
            while len(waiting) < width and (page := next(keys, None)) is not None:
                waiting.append(Answer(page, self._tick()))
            if not waiting:
                return
            while waiting[0].info is None:
                self.table.live()
                unread = [answer for answer in waiting if answer.info is None]
                self._reach(unread[self.table.tape.choose(len(unread))])
            yield waiting.pop(0)

    def _alone(self, page: int) -> Answer:
        self.table.live()
        answer = Answer(page, self._tick())
        self._reach(answer)
        return answer

    def _reach(self, answer: Answer) -> None:
        """The request reaches the server, and its answer comes back."""
        answer.rows, answer.info = self.table.answer(answer.page)
        answer.answered = self._tick()

    def _tick(self) -> int:
        self._ticks += 1
        return self._ticks

    @staticmethod
    def _of(answer: Answer) -> tuple[list[Row], PageInfo]:
        assert answer.rows is not None
        assert answer.info is not None
        return answer.rows, answer.info

    def _fact(self, number: int, answer: Answer) -> PageObservation:
        rows, info = self._of(answer)
        return PageObservation(
            number=number,
            sent=answer.sent,
            answered=answer.answered,
            records=len(rows),
            digest=hash(tuple((row.key, row.version) for row in rows)),
            total=info.total,
            page_count=info.page_count,
            has_next=info.has_next,
            not_found=info.not_found,
        )
