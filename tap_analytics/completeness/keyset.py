"""Keyset reading: a table that somebody works with, read completely in one pass.

What a reading owes is every record that is unchanged throughout and lies between where it began
and the new bookmark. A record that changes meanwhile gets a later time and is left to the next
run: no bookmark passes the moment the reading began, less a margin.
"""

from __future__ import annotations

import sys
from collections import deque
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from tap_analytics.completeness.instants import MICROSECOND, SECOND, shifted
from tap_analytics.completeness.keyset_border import LEFT_OUT, leaves_out, look_behind
from tap_analytics.completeness.keyset_errors import NotHeldError, TiesUndecidedError
from tap_analytics.completeness.keyset_filter import show_beginning
from tap_analytics.completeness.keyset_order import has_old, is_later, made_way, times_fall
from tap_analytics.completeness.keyset_span import Clock, Span
from tap_analytics.completeness.keyset_whole import (
    LEAST_FULL,
    MOST_LOOKS,
    is_whole,
    look_again,
    look_for_end,
)
from tap_analytics.completeness.reading import Outcome, Question, Response

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from tap_analytics.completeness.keyset_span import Steps
    from tap_analytics.completeness.reading import Order

MARGIN = timedelta(seconds=5)
"""For clocks that differ and for commits later than the time they bear, together."""

WITNESSES = 4
"""So many records must have made way for others when the order was reversed. Where the order is not
heeded, each of them must have been edited just between two requests."""

PART_PAGES = 25
"""A part costs two requests more than it has pages. Parts are read from the oldest on, so that a
run that breaks has at most as many open as requests in flight."""

MOST_PARTS = 1000

EACH_PAGE_ALONE = "page 2 has older records than page 1: each page is sorted by itself"
NOT_REVERSED = "the server does not reverse the order when it is asked to"


class KeysetReading:
    """Reads a stream by the time of its records, each request since the last record before."""

    span_class = Span
    witnesses = WITNESSES
    part_pages = PART_PAGES
    least_full = LEAST_FULL
    show_beginning = staticmethod(show_beginning)
    leaves_out = staticmethod(leaves_out)
    look_for_end = staticmethod(look_for_end)

    def __init__(  # noqa: PLR0913  # what a reading starts from, all by name
        self,
        since: str | None = None,
        *,
        bookmark: str | None = None,
        end: str | None = None,
        resolution: timedelta = MICROSECOND,
        margin: timedelta = MARGIN,
        trust_order: bool = False,
        width: int = 1,
        page_size: int | None = None,
    ) -> None:
        """Prepare to read.

        Args:
            since: Where to begin: the bookmark less the lookback, or the start date; None for all.
            bookmark: The old bookmark; the new one is never below it.
            end: Where to end, without it; there are no checkpoints then.
            resolution: Of the since filter.
            margin: For clocks that differ and for late commits, together.
            trust_order: Whether the server's order is believed without asking for the reverse.
            width: How many requests may be in flight.
            page_size: How many records a page is asked for; None where it is not.
        """
        self.outcome: Outcome | None = None
        self._clock = Clock(resolution)
        self._margin = margin
        self._bookmark = bookmark
        self._end = end
        self._believed = trust_order
        self._width = width
        self._fewer_than = page_size or 0
        """A first response of fewer records may be all there are, where nobody says of the end."""
        self._end_was_sought = False
        self._spans = [self.span_class(self._clock, since, end)]
        self._hints: dict[int, str] = {}
        self._past_the_end = False
        self._ready: list[Question] = []
        self._waiting: deque[Steps] = deque()
        self._in_flight: dict[Question, Steps] = {}
        self._plan = self._read()
        self._waiting.extend(next(self._plan))
        self._start_waiting()

    @property
    def checkpoint(self) -> str | None:
        """The greatest time of a record to send behind which no record is missing."""
        best = self._bookmark
        if self._end is not None or not self._believed:
            return best
        for span in self._spans:
            if span.settled is not None and (best is None or span.settled > best):
                best = span.settled
            if not span.done:
                break
        return best

    @property
    def order_is_shown(self) -> bool:
        """Whether responses have shown that the server orders by time."""
        return self._believed

    def questions(self) -> Sequence[Question]:
        """The questions that can be asked now; each is handed out once."""
        ready, self._ready = self._ready, []
        return ready

    def receive(self, question: Question, response: Response) -> Sequence[bool]:
        """Take in a response, and say for each of its rows whether the record must be sent on."""
        steps, span = self._in_flight.pop(question), self._spans[question.part]
        if self.outcome is None:
            try:
                self._advance(steps, response)
            except NotHeldError as error:
                self._believed = False
                self._fall_back(str(error), None, lasting=error.lasting)
            except TiesUndecidedError as error:
                least = next(span.cursor for span in self._spans if not span.done)
                self._fall_back(str(error), least)
        marks, span.marked = span.marked, []
        return marks or [False] * len(response.rows)

    def _advance(self, steps: Steps, response: Response) -> None:
        try:
            self._ask(steps.send(response), steps)
        except StopIteration:
            self._start_waiting()
        while self.outcome is None and not self._in_flight:
            try:
                self._waiting.extend(self._plan.send(None))
                self._start_waiting()
            except StopIteration as end:
                self.outcome = Outcome(proven=True, reason=end.value)

    def _start_waiting(self) -> None:
        while self._waiting and len(self._in_flight) < self._width:
            steps = self._waiting.popleft()
            question = next(steps, None)
            if question is not None:
                self._ask(question, steps)

    def _ask(self, question: Question, steps: Steps) -> None:
        self._in_flight[question] = steps
        self._ready.append(question)

    def _fall_back(self, reason: str, since: str | None, *, lasting: bool = False) -> None:
        self._ready.clear()
        self._waiting.clear()
        self.outcome = Outcome(
            proven=False, reason=reason, fall_back=True, lasting=lasting, since=since
        )

    # How it reads: steps that are yielded together may be in flight together.

    def _read(self) -> Generator[Iterable[Steps], None, str]:
        opening: list[Response] = []
        for _ in range(MOST_LOOKS):
            yield [self._open(opening)]
            first = opening[-1]
            if self._spans[0].done:
                return "the first response is the whole rest"
            hints = self._ask_for_hints(first)
            yield hints if self._believed else [self._show_order(first), *hints]
            if self._believed:
                break
        else:
            raise NotHeldError(NOT_REVERSED, lasting=False)
        self._cut_into_parts(first)
        parts = list(self._spans)
        yield (span.read(None if span.part else first) for span in parts)
        if parts[-1].stop != self._end:
            yield [self._add_span(self._clock.cap, self._end).read()]
        return "nothing more follows" if self._end is None else "the end date is reached"

    def _open(self, opening: list[Response]) -> Steps:
        """Page 1: the whole rest proves itself, and needs no order."""
        span = self._spans[0]
        question = msgspec.structs.replace(span.question(trial=True), repeats=bool(opening))
        response = yield question
        if response.refused:
            message = "the server refuses the order by modification time"
            raise NotHeldError(message)
        self._clock.resolution = max(self._clock.resolution, response.resolution)
        self._clock.cap = self._clock.cap or shifted(response.sent_at, -self._margin)
        self._clock.old = shifted(self._clock.cap, -response.doubt)
        self._clock.horizon = self._clock.horizon or shifted(response.dated, SECOND)
        if not self._believed:
            response = yield from look_again(span, question, response)
        may_be_all = response.more is None and 0 < len(response.rows) < self._fewer_than
        taken = may_be_all and not self._end_was_sought
        if taken:
            self._end_was_sought = True
            span.take(response.rows)
            response = yield from self.look_for_end(span, question, response, self.least_full)
        whole = is_whole(response)
        if not whole:
            span.check(question, response)
        if not taken:
            span.take(response.rows)
        if self._bookmark is not None:
            yield from self.show_beginning(span, response.rows, self._bookmark)
        if whole:
            self._believed = True
            span.settle(span.last(response), ended=True)
        opening.append(response)

    def _show_order(self, first: Response) -> Steps:
        """Ask for the reverse order: what comes first then must be later than all of page 1.

        Pages of few records are asked for again, in one order after the other, until witnesses
        enough are found. Where records were deleted, and one page holds all that are left, it shows
        nothing, and is asked for as such.
        """
        order: Order = "descending"
        before, witnesses, any_old = first, 0, False
        began = shifted(first.sent_at, -first.doubt)
        while witnesses < self.witnesses:
            question = self._spans[0].question(trial=True)
            question = msgspec.structs.replace(question, order=order, repeats=True)
            response = yield question
            self._check_order(question, response)
            descends = order == "descending"
            if self.leaves_out(before, response.rows, self._clock, descending=not descends):
                raise NotHeldError(LEFT_OUT)
            oldest, newest = (before, response) if descends else (response, before)
            found = made_way(before, response) if is_later(newest, oldest) else 0
            if not found and is_whole(response):
                return
            if not found and descends:
                # Records of one time alone show nothing, not even the contrary.
                contradicts = is_later(oldest, newest)
                if response.more is None and not (contradicts or self._end_was_sought):
                    # All may be on this page.
                    self._fewer_than = sys.maxsize
                    return
                raise NotHeldError(NOT_REVERSED, lasting=contradicts)
            witnesses += found
            any_old |= has_old(newest, oldest, began=began)
            before, order = response, "ascending" if descends else "descending"
        if not any_old:
            # Edits do the same to a server that cuts the newest page and sorts no more than that.
            question = self._spans[0].question(trial=True)
            yield from look_behind(question, oldest, self._clock, EACH_PAGE_ALONE)
        self._clock.reverse = newest
        self._believed = True

    def _check_order(self, question: Question, response: Response) -> None:
        if response.refused:
            message = "the server refuses the reverse of the order by modification time"
            raise NotHeldError(message)
        ordered = response.rows
        if question.order == "descending":
            ordered = response.rows[::-1]
            if not times_fall(response):
                raise NotHeldError(NOT_REVERSED)
        self._spans[0].check(question, msgspec.structs.replace(response, rows=ordered))

    def _ask_for_hints(self, first: Response) -> Iterable[Steps]:
        """Where the parts of a long reading may begin, to be asked for by page number."""
        pages = first.pages or 0
        last = self._spans[0].last(first)
        whole_rounds = self._width * (pages // (self.part_pages * self._width))
        parts = min(whole_rounds or pages // self.part_pages, MOST_PARTS)
        if self._width > 1 and parts > 1 and last is not None and last < self._clock.cap:
            for part in range(1, parts):
                yield self._ask_for_hint(1 + part * pages // parts)

    def _ask_for_hint(self, page: int) -> Steps:
        """Note the first time of a page: any time is a border, whatever was asked and when."""
        if not self._past_the_end:
            question = self._spans[0].question(page, trial=True)
            response = yield msgspec.structs.replace(question, aside=True, repeats=True)
            self._past_the_end = not response.rows
            if response.rows and response.rows[0].time:
                self._hints[page] = response.rows[0].time

    def _cut_into_parts(self, first: Response) -> None:
        """Cut the span at the hints, and at T - M: what changes meanwhile is read when all is done.

        So no older copy of a record goes out behind a newer one.
        """
        whole = self._spans[0]
        latest, bound = whole.last(first) or "", self._clock.cap
        bound = bound if self._end is None else min(bound, self._end)
        borders = []
        for _, hint in sorted(self._hints.items()):
            if latest < hint < bound:
                borders.append(hint)
                latest = hint
        if borders:
            whole.stop = borders[0]
            for start, stop in pairwise([*borders, bound]):
                self._add_span(start, stop).at_record = True

    def _add_span(self, start: str, stop: str | None) -> Span:
        span = self.span_class(self._clock, start, stop, part=len(self._spans))
        self._spans.append(span)
        return span
