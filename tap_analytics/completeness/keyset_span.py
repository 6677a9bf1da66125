"""Keyset reading of one span of time: page 1 again and again, each time since the last record.

A response to "since before(c), by time" is one sorted selection of one moment: it holds every
record from c up to its last one. So nothing depends on the number of a page, on a total, or on
what another request saw. Only records of one time that fill more than a page need page numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.completeness.instants import before
from tap_analytics.completeness.keyset_border import Borders
from tap_analytics.completeness.keyset_errors import NotHeldError, TiesUndecidedError
from tap_analytics.completeness.keyset_filter import WITNESSES, reaches, show_filter
from tap_analytics.completeness.reading import Question, Response, Row

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import timedelta

    Steps = Generator[Question, Response, None]

MOST_PAGES_OF_TIES = 50
SWEEPS = 3
"""How often pages of ties are read forwards and backwards before it is given up."""
FIXED_ORDER = 20
"""So many ties on the pages behind the first, none of which came before, show a fixed order. Were
it another for each request, one of them would have come twice: the chance that none does is below
1 in 100,000 where half of the ties were on earlier pages, and smaller on every further page."""


class Clock(Struct):
    """What is one and the same for all spans of a reading."""

    resolution: timedelta
    """The resolution of the since filter."""

    cap: str = ""
    """T - M: no bookmark passes it, for what changed from then on may not have been read."""

    old: str = ""
    """A record with a time up to this one was there when the reading began: the cap, or earlier
    where times are coarse or their zone is not known."""

    horizon: str = ""
    """T': what is later changed after the reading began."""

    reverse: Response = Response()
    """What came in the reverse order: the latest records of all spans."""

    def before(self, instant: str | None) -> str | None:
        """What to ask for, so that the records of an instant are among the response."""
        return None if instant is None else before(instant, self.resolution)


class Span:
    """Reads all records from `start` up to `stop`, which it does not hold."""

    borders_class = Borders
    fixed_order = FIXED_ORDER

    def __init__(self, clock: Clock, start: str | None, stop: str | None, *, part: int = 0) -> None:
        """Prepare to read; None for a bound leaves it open."""
        self.clock = clock
        self.start = start
        self.stop = stop
        self.part = part
        self.cursor = start
        """c: every record before it is settled."""
        self.settled: str | None = None
        """The greatest time of a record to send that is neither behind the cursor nor the cap."""
        self.at_record = False
        """Whether there was a record at the start."""
        self.done = False
        self.marked: list[bool] = []
        """Of the last response, which records to send."""
        self._fullest = 0
        """The most records that a response held."""
        self._recent: dict[int, Row] = {}
        """What was sent and may come again: as many as a page, or a page of ties, holds."""
        self._before: Sequence[Row] = ()
        """The first records of the last response that had any."""
        self._borders = self.borders_class(clock)
        self._unconfirmed: str | None = None
        """What is settled unless the next response shows that the last one left out records."""

    def read(self, first: Response | None = None) -> Steps:
        """Read the span; `first` is a response to the first question that was taken in already."""
        response = first
        self._before = first.rows[:WITNESSES] if first else ()
        if first:
            yield from self._borders.cross(self.question(), first)
        while not self.done:
            if response is None:
                response = yield from self.ask()
            ended, last = self.ends(response), self.last(response)
            if not ended and not self.moves(last):
                ended, last = yield from self.read_ties(response)
            self.settle(last, ended=ended)
            response = None

    def ask(self, page: int = 1) -> Generator[Question, Response, Response]:
        """Ask for a page since the cursor, and take in the response."""
        question = self.question(page)
        response = yield question
        if page > 1 and response.missing:
            # A server that is out of order for a moment says so, too.
            response = yield question
        self.check(question, response)
        self.take(response.rows)
        if page == 1 and not self.goes_on(response.rows):
            owed = [row for row in response.rows if (row.time or "") <= self.clock.cap]
            witness = yield from show_filter(self, owed or self._before, self.cursor or "")
            if not response.rows and self._holds_owed(witness.rows):
                # The empty response was a slip: this one goes on from before the cursor.
                response = witness
        if page == 1:
            yield from self._borders.cross(question, response)
            self.settled = self._unconfirmed or self.settled
        self._before = response.rows[:WITNESSES] or self._before
        return response

    def _holds_owed(self, rows: Sequence[Row]) -> bool:
        """Whether there are records from the cursor on that were there when the reading began."""
        return any((self.cursor or "") <= (row.time or "") <= self.clock.cap for row in rows)

    def goes_on(self, rows: Sequence[Row]) -> bool:
        """Whether a response begins where the one before ended; behind the cap nothing is owed."""
        cursor = self.cursor
        return (
            cursor is None
            or cursor > self.clock.cap
            or (cursor == self.start and not self.at_record)
            or reaches(rows, cursor)
        )

    def question(self, page: int = 1, *, trial: bool = False) -> Question:
        """The question for a page since the cursor."""
        since = self.clock.before(self.cursor)
        return Question(since=since, order="ascending", page=page, part=self.part, trial=trial)

    def check(self, question: Question, response: Response) -> None:
        """Hold a response against what was asked: times do not fall, and none lies before it.

        Raises:
            NotHeldError: It is not what was asked for.
        """
        least = latest = question.since or ""
        for row in response.rows:
            if row.time is None:
                message = (
                    "a record has no modification time, so that it has no place in their order"
                )
                raise NotHeldError(message)
            if row.time < least:
                message = "a record is older than what was asked for"
                raise NotHeldError(message)
            if row.time < latest:
                message = (
                    "modification times fall within a response, so that it is not in their order"
                )
                raise NotHeldError(message)
            latest = row.time

    def take(self, rows: Sequence[Row]) -> None:
        """Mark which records of a response to send: those of this span that were not just sent."""
        self._fullest = max(self._fullest, len(rows))
        self.marked = [self._is_new(row) for row in rows]

    def _is_new(self, row: Row) -> bool:
        if row.time is not None:
            if self.start is not None and row.time < self.start:
                return False
            if self.stop is not None and row.time >= self.stop:
                return False
        if self.was_sent(self._recent.get(row.key), row):
            return False
        self._recent[row.key] = row
        return True

    def was_sent(self, recent: Row | None, row: Row) -> bool:
        """Whether a record was just sent as it is now."""
        return recent is not None and recent.contents == row.contents

    def ends(self, response: Response) -> bool:
        """Whether nothing of the span lies behind a response.

        Fewer records than on other pages are no end: servers cap the size of a response.

        Raises:
            NotHeldError: It is empty, and still says that more follows.
        """
        if not response.rows:
            if response.more:
                message = "an empty response says that more follows"
                raise NotHeldError(message)
            return True
        last = self.last(response)
        behind = last is not None and (
            last > self.clock.horizon or (self.stop is not None and last >= self.stop)
        )
        return response.more is False or behind

    def last(self, response: Response) -> str | None:
        """The time of the last record; the cursor where there is none."""
        return response.rows[-1].time if response.rows else self.cursor

    def moves(self, last: str | None) -> bool:
        """Whether the next question would be another one if the cursor stood at this time."""
        if self.cursor is None or last is None:
            return last is not None
        return before(last, self.clock.resolution) > before(self.cursor, self.clock.resolution)

    def settle(self, last: str | None, *, ended: bool) -> None:
        """Move the cursor: the records before it are settled, all of the span where it ended."""
        limit = self.limit(last, ended=ended)
        times = [row.time for row in self._recent.values() if row.time and row.time <= limit]
        self._unconfirmed = max([*times, self.settled or ""]) or None
        if ended or not self._borders.is_open:
            self.settled = self._unconfirmed
        self.cursor, self.done = last, ended
        least = self.clock.before(last) or ""
        kept = {} if ended else self._recent
        self._recent = {key: row for key, row in kept.items() if (row.time or "") >= least}

    def limit(self, last: str | None, *, ended: bool) -> str:
        """How far a bookmark may go."""
        return self.clock.cap if ended or last is None else min(last, self.clock.cap)

    def read_ties(self, first: Response) -> Generator[Question, Response, tuple[bool, str | None]]:
        """Read records of one time that fill more than a page: forwards, then backwards.

        Records only leave their group, for whatever changes gets a later time. So positions only
        fall, and whoever goes down page by page meets every one.

        Args:
            first: The response to page 1.

        Returns:
            Whether nothing of the span is left, and the time up to which all is read.

        Raises:
            TiesUndecidedError: They are too many, have no fixed order, or left meanwhile.
        """
        for _ in range(SWEEPS):
            pages, seen = [first], {(row.key, row.contents) for row in first.rows}
            while not self.ends(pages[-1]) and not self.moves(self.last(pages[-1])):
                if len(pages) == MOST_PAGES_OF_TIES:
                    message = f"more than {MOST_PAGES_OF_TIES} pages of records have one time"
                    raise TiesUndecidedError(message)
                response = yield from self.ask(len(pages) + 1)
                self.check_sizes(pages[-1], response)
                for row in response.rows:
                    self.check_fixed_order(seen, row)
                    seen.add((row.key, row.contents))
                pages.append(response)
            again = yield from self.read_backwards(len(pages) - 1)
            if self.has_fixed_order(pages) or self.fills_places(pages, again):
                self._borders.reach(self.question(len(pages)), *pages)
                return self.ends(pages[-1]), self.last(pages[-1])
            first = again[-1] if again else first
        message = "records of one time changed whenever their pages were read"
        raise TiesUndecidedError(message)

    def read_backwards(self, page: int) -> Generator[Question, Response, list[Response]]:
        """Read the pages from this one down to the first."""
        responses: list[Response] = []
        while page:
            response = yield from self.ask(page)
            responses.append(response)
            page -= 1
        return responses

    def check_sizes(self, page: Response, following: Response) -> None:
        """Behind a page that is not full no other may have records: which ones would nobody know.

        Raises:
            TiesUndecidedError: This one does.
        """
        if following.rows and len(page.rows) < self._fullest:
            message = "the pages of records of one time have different sizes"
            raise TiesUndecidedError(message)

    def check_fixed_order(self, seen: set[tuple[int, int]], row: Row) -> None:
        """On the way forwards nothing comes twice unchanged, unless equal times change their order.

        Raises:
            TiesUndecidedError: This one did.
        """
        if (row.key, row.contents) in seen:
            message = "records of one time come in an order that changes"
            raise TiesUndecidedError(message)

    def has_fixed_order(self, pages: Sequence[Response]) -> bool:
        """Whether ties enough came once only; behind the cap nothing is owed."""
        if self.cursor is not None and self.cursor > self.clock.cap:
            return True
        later = (row for response in pages[1:] for row in response.rows)
        return sum(not self.moves(row.time) for row in later) >= self.fixed_order

    def fills_places(self, pages: Sequence[Response], again: Sequence[Response]) -> bool:
        """Whether as many rows were there before the last page as it had places before it.

        Then they are all the rows there were, in whatever order each response had them. What was
        read backwards and is older than the reading was there when the last page was read.
        """
        if len({len(response.rows) for response in pages[:-1]}) > 1:
            return False
        ended, last = self.ends(pages[-1]), self.last(pages[-1]) or ""
        there = {
            row.key
            for response in again
            for row in response.rows
            if row.time and row.time <= self.clock.old and (ended or row.time < last)
        }
        there.difference_update(row.key for row in pages[-1].rows)
        return len(there) >= sum(len(response.rows) for response in pages[:-1])
