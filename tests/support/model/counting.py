"""First runs by counting passes over a long table, in virtual time: how many are proven.

`python -m tests.support.model.counting` plays hundreds of them.
"""

from __future__ import annotations

import argparse
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from tap_analytics.completeness.reading import Row
from tap_analytics.rest.page import Page
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.rest.response.document import RawRecords
from tap_analytics.rest.response.extractor import PageInfo
from tap_analytics.sync.reading.counting_passes import CountingPasses
from tap_analytics.sync.record_pipeline import PreparedRecords
from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.replication_values import ReplicationValues
from tap_analytics.sync.state.sync_window import SyncWindow
from tests.support.model.simulation import EPOCH, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_analytics.completeness.verdict import Verdict

PAGE_SIZE = 100
DAY = 86_400.0


class Table:
    """A table in the order of its keys that is edited: 60 % touch, 30 % insert, 10 % delete."""

    def __init__(self, rows: int, rate: float, seed: int) -> None:
        """Fill the table with old rows; `rate` is edits a second."""
        self.random = Random(seed)  # noqa: S311  # the same edits in each run
        self.now = rows * 60.0 + DAY
        self.rate = rate
        self.rows = {key: Row(key, 0, instant(key * 60.0)) for key in range(rows)}
        self.keys = list(self.rows)
        self.next_key = rows
        self.latest: dict[int, Row] = {}
        self._next_edit = self.now + self._pause()

    def _pause(self) -> float:
        return self.random.expovariate(self.rate) if self.rate else float("inf")

    def pass_until(self, moment: float) -> None:
        """Let edits happen up to a moment."""
        while self._next_edit <= moment:
            self._edit(instant(self._next_edit))
            self._next_edit += self._pause()
        self.now = max(self.now, moment)

    def _edit(self, time: str) -> None:
        kind, place = self.random.random(), self.random.randrange(len(self.keys))
        key = self.keys[place]
        if kind < 0.6:
            self.latest[key] = self.rows[key] = Row(key, self.rows[key].contents + 1, time)
        elif kind < 0.9:
            self.latest[self.next_key] = self.rows[self.next_key] = Row(self.next_key, 0, time)
            self.keys.append(self.next_key)
            self.next_key += 1
        else:
            del self.rows[key], self.keys[place]
            self.latest.pop(key, None)


class Run:
    """One first run: the reader, the intake and the stream that `CountingPasses` works with."""

    def __init__(
        self, table: Table, *, width: int, seconds_a_request: float, page_size: int
    ) -> None:
        """Prepare to read a table with so many requests in flight."""
        self.table = table
        self.requests = 0
        self.target: dict[int, int] = {}
        self.page_size = page_size
        self.since = None
        self.reader = self.pipeline = self.http_client = self.clock = self.stats = self
        self.report = SimpleNamespace(
            passes=0,
            pages=0,
            stop_reason=None,
            second_pass=None,
            note=lambda _: None,
            proof_requests=0,
        )
        self.endpoint = SimpleNamespace(
            paginator=PageNumberPaginator(limit=page_size),
            may_lack_pages=False,
            extractor=SimpleNamespace(nested=False),
        )
        self.run = self
        self.bookmark = Bookmark({}, "time", SyncWindow(), instants=True)
        self.concurrency = width
        self.verify, self.settings = "warn", SimpleNamespace(clock_margin=5)
        self.primary_keys, self.own_keys = (), ("key",)
        self.largest_page = 0
        self.is_timestamp_replication_key = True
        self.name = "rows"
        self.logger = logging.getLogger("simulation")
        self._seconds = seconds_a_request

    def judge(self) -> Verdict:
        """Read until a pass is proven, three passes at most."""
        me = cast("Any", self)
        return CountingPasses(me, me, self.bookmark).read()

    # What the passes ask of a page reader.

    def read(self, width: int) -> Iterator[Page]:
        """Yield the pages in order, the first one alone, then so many in flight."""
        paginator = self.endpoint.paginator
        page = self._page(1, self.table.now)
        read = page.info.records
        page.stop_reason = paginator.stop_reason(1, page.info, read)
        yield page
        while page.stop_reason is None:
            keys = iter(paginator.next_keys(page.key, page.info))
            for page in self._in_flight(keys, width):
                read += page.info.records
                page.stop_reason = paginator.stop_reason(page.key, page.info, read)
                yield page
                if page.stop_reason:
                    return

    def _in_flight(self, keys: Iterator[int], width: int) -> Iterator[Page]:
        """Requests leave as soon as there is room; the server answers in the order of its times."""
        waiting: list[tuple[float, float, int]] = []
        answered: dict[int, Page] = {}
        order: list[int] = []
        free = [self.table.now] * width
        more = True
        while more or waiting:
            while more and len(waiting) < width:
                key = next(keys, None)
                if key is None:
                    more = False
                    break
                sent = free.pop(0)
                waiting.append((sent + self._duration() / 2, sent, key))
                order.append(key)
            if not waiting:
                break
            moment, sent, key = min(waiting)
            waiting.remove((moment, sent, key))
            answered[key] = self._page(key, sent, moment)
            free.append(answered[key].answered)
            free.sort()
            while order and order[0] in answered:
                yield answered.pop(order.pop(0))

    def _duration(self) -> float:
        return self._seconds * self.table.random.uniform(0.5, 1.5)

    def _page(self, key: int, sent: float, moment: float | None = None) -> Page:
        alone = moment is None
        moment = sent + self._duration() / 2 if moment is None else moment
        self.table.pass_until(moment)
        start = (key - 1) * self.page_size
        rows = [self.table.rows[each] for each in self.table.keys[start : start + self.page_size]]
        answered = moment + (moment - sent)
        page = self._response(key, rows, sent, answered, total=len(self.table.keys))
        if alone:
            self.table.pass_until(answered)
        return page

    def _response(
        self, key: int, rows: Sequence[Row], sent: float, answered: float, *, total: int | None
    ) -> Page:
        self.requests += 1
        moment = EPOCH + timedelta(seconds=answered)
        return Page(
            key=key,
            stream="counted",
            label=f"page {key}",
            info=PageInfo(records=len(rows), total=total),
            records=RawRecords(cast("Any", rows)),
            sent=sent,
            answered=answered,
            answered_at=moment,
            # A `Date` has whole seconds.
            server_time=moment.replace(microsecond=0),
        )

    def refetch(self, key: int) -> Page:
        """Request a page once more."""
        page = self._page(key, self.table.now)
        page.stop_reason = self.endpoint.paginator.stop_reason(key, page.info, 0)
        return page

    def changed_since(self, since: str) -> Page:
        """Request the rows that changed since then."""
        sent, moment = self.table.now, self.table.now + self._duration() / 2
        self.table.pass_until(moment)
        rows = [row for row in self.table.latest.values() if (row.time or "") >= since]
        return self._response(1, rows[: self.page_size], sent, 2 * moment - sent, total=None)

    @staticmethod
    def signs(page: Page) -> list[object]:
        """None."""
        del page
        return []

    # What they ask of the intake, the pipeline, the HTTP client and the clock.

    def take(
        self,
        page: Page,
        judge: Callable[[Any], Sequence[bool]],
        *,
        counted: bool = True,  # noqa: ARG002  # nobody watches a simulation
    ) -> None:
        """Send on what is marked."""
        rows = cast("Any", page.records).items
        keys, contents, times = zip(*rows, strict=True) if rows else ((), (), ())
        values = ReplicationValues.of(times)
        took = timedelta(seconds=page.answered - page.sent)
        self.bookmark.responded(page.answered_at, took, values, name_no_zone=False)
        prepared = PreparedRecords([], keys, contents, values, [], [])
        for row, send in zip(rows, judge(prepared), strict=True):
            if send:
                self.target[row.key] = row.contents
        self.report.pages += 1

    def begin(self, number: int = 1) -> None:  # the same
        """A pass begins."""

    def uncounted(self) -> Run:
        """A context in which nothing is counted."""
        return self

    def __enter__(self) -> None:
        """Enter it."""

    def __exit__(self, *_: object) -> None:
        """Leave it."""

    @staticmethod
    def secrets() -> frozenset[str]:
        """None."""
        return frozenset()

    def utc(self) -> datetime:
        """Now, by the table's clock."""
        return EPOCH.astimezone(UTC) + timedelta(seconds=self.table.now)


def play(
    pages: int,
    edits_a_minute: float,
    *,
    width: int,
    seconds_a_request: float,
    seed: int,
    page_size: int = PAGE_SIZE,
) -> tuple[Verdict, Run]:
    """Play one first run, and hold it against the table.

    Returns:
        The verdict, and the run.
    """
    table = Table(pages * page_size, edits_a_minute / 60, seed)
    before = set(table.keys)
    run = Run(table, width=width, seconds_a_request=seconds_a_request, page_size=page_size)
    verdict = run.judge()
    if verdict.proven:
        lost = (before & table.rows.keys()) - run.target.keys()
        assert not lost, f"{len(lost)} rows are missing after a proven run"
    return verdict, run


def main() -> None:
    """Play many first runs and print how many are proven."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--page-size", type=int, default=PAGE_SIZE)
    parser.add_argument("--edits-a-minute", type=float, default=1.0)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--seconds-a-request", type=float, default=0.25)
    given = parser.parse_args()
    passes: Counter[int] = Counter()
    proven = requests = 0
    for seed in range(given.runs):
        verdict, run = play(
            given.pages,
            given.edits_a_minute,
            width=given.width,
            seconds_a_request=given.seconds_a_request,
            seed=seed,
            page_size=given.page_size,
        )
        proven += verdict.proven
        requests += run.requests
        passes[run.report.passes] += 1
    shown = ", ".join(f"{count} in {number}" for number, count in sorted(passes.items()))
    print(  # noqa: T201  # the command's result
        f"{given.pages} pages, {given.width} in flight, {given.edits_a_minute:g} edits a minute: "
        f"{proven} of {given.runs} first runs proven ({100 * proven / given.runs:.1f} %), "
        f"{requests / given.runs:.0f} requests each; passes: {shown}"
    )


if __name__ == "__main__":
    main()
