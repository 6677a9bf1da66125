"""A long table that is read page by page in virtual time, and edited meanwhile."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.reading import Response, Row

if TYPE_CHECKING:
    from tap_analytics.completeness.reading import Outcome, Question

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
DAY = 86_400.0


def instant(seconds: float) -> str:
    """An instant, as `utc_instant` writes it."""
    moment = EPOCH.replace(tzinfo=None) + timedelta(seconds=seconds)
    return f"{moment.isoformat(timespec='microseconds')}Z"


class Run(Struct, frozen=True):
    """What came of a run."""

    outcome: Outcome
    requests: int
    bookmark: str | None
    sent: int


class Simulation:
    """A table of pages of 100 records, with edits at a rate: 60 % touch, 30 % insert, 10 % delete.

    Args:
        pages: How many there are at first.
        rate: Edits a second.
        seed: Of the random choices.
    """

    page_size = 100
    seconds_a_request = 0.25

    def __init__(self, pages: int, rate: float, *, seed: int = 1) -> None:
        """Fill the table: one row a minute, all of them old."""
        self.random = Random(seed)  # noqa: S311 - the same edits in each run of a test
        self.now = pages * self.page_size * 60.0 + DAY
        self.rate = rate
        self.rows = {key: Row(key, 0, instant(key * 60.0)) for key in range(pages * self.page_size)}
        self.keys = list(self.rows)
        self.ordered = [(row.time or "", row.key) for row in self.rows.values()]
        self.next_key = len(self.rows)
        self.target: dict[int, int] = {}
        self.bookmark: str | None = None
        self._next_edit = self.now + self._pause()

    def _pause(self) -> float:
        return self.random.expovariate(self.rate) if self.rate else float("inf")

    def pass_time(self, seconds: float) -> None:
        """Let edits happen for so long."""
        self.now += seconds
        while self._next_edit <= self.now:
            self._edit(instant(self._next_edit))
            self._next_edit += self._pause()

    def _edit(self, time: str) -> None:
        kind = self.random.random()
        place = self.random.randrange(len(self.keys))
        key = self.keys[place]
        if not 0.6 <= kind < 0.9:
            old = (self.rows[key].time or "", key)
            del self.ordered[bisect_left(self.ordered, old)]
        if kind < 0.6:
            self.rows[key] = Row(key, self.rows[key].contents + 1, time)
            self.ordered.append((time, key))
        elif kind < 0.9:
            self.rows[self.next_key] = Row(self.next_key, 0, time)
            self.keys.append(self.next_key)
            self.ordered.append((time, self.next_key))
            self.next_key += 1
        else:
            del self.rows[key]
            self.keys[place] = self.keys[-1]
            self.keys.pop()

    def respond(self, question: Question) -> Response:
        """Answer, half of a request's time after it left."""
        sent_at = instant(self.now)
        self.pass_time(self.seconds_a_request / 2)
        first = bisect_left(self.ordered, (question.since or "", 0))
        records = len(self.ordered) - first
        start = (question.page - 1) * self.page_size
        if question.order == "descending":
            end = len(self.ordered) - start
            page = self.ordered[max(first, end - self.page_size) : end][::-1]
        else:
            page = self.ordered[first + start : first + start + self.page_size]
        response = Response(
            rows=[self.rows[key] for _, key in page],
            more=start + self.page_size < records,
            sent_at=sent_at,
            dated=instant(self.now),
            pages=-(-records // self.page_size),
        )
        self.pass_time(self.seconds_a_request / 2)
        return response

    def run(self, *, width: int = 1, most_requests: int | None = None) -> Run | None:
        """Read once; None where it was killed after so many requests."""
        reading = KeysetReading(self.bookmark, bookmark=self.bookmark, width=width)
        waiting: list[Question] = []
        requests = sent = 0
        while reading.outcome is None:
            waiting.extend(reading.questions())
            assert waiting
            assert len(waiting) <= width
            if requests == most_requests:
                return None
            requests += 1
            question = waiting.pop(0)
            response = self.respond(question)
            for row, send in zip(response.rows, reading.receive(question, response), strict=True):
                if send:
                    sent += 1
                    self.target[row.key] = row.contents
            self.bookmark = reading.checkpoint
        return Run(reading.outcome, requests, self.bookmark, sent)

    def missing(self) -> list[int]:
        """The rows before the bookmark that the target does not hold as they are."""
        return [
            row.key
            for row in self.rows.values()
            if (row.time or "") < (self.bookmark or "") and self.target.get(row.key) != row.contents
        ]
