"""Checks one stream: a page is read as a run would read it, and nothing is sent on."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from tap_analytics.check.findings import Cost, StreamFinding
from tap_analytics.check.model import (
    Counting,
    Declares,
    counting_requests,
    pages_of,
    single_pass_requests,
)
from tap_analytics.exceptions import StreamError
from tap_analytics.records.datetimes import instant_of
from tap_analytics.records.names import several, shown
from tap_analytics.rest.pages import PageReader
from tap_analytics.sync.reading.epoch_start import find_start
from tap_analytics.sync.reading.intake import Intake
from tap_analytics.sync.reading.single_pass import SinglePass
from tap_analytics.sync.reading.ways_of_reading import ByPages, single_pass_reading
from tap_analytics.sync.record_pipeline import RecordPipeline
from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.bookmark_in_state import NUMBERS
from tap_analytics.sync.state.failed_ways import FailedWays

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.completeness.reading import Outcome
    from tap_analytics.rest.page import Page
    from tap_analytics.sync.record_pipeline import PreparedRecords

TRIAL_PAGES = 4
"""So many pages show whether an order is heeded."""

FEW_PARENTS = 20

HOUR = timedelta(hours=1)


class _Trial(Intake):
    """Takes in a few pages: their records are looked at and not sent on."""

    first: Page | None = None
    prepared: PreparedRecords | None = None
    taken = 0

    def take(
        self,
        page: Page,
        judge: Callable[[PreparedRecords], Sequence[bool]],
        *,
        counted: bool = True,  # noqa: ARG002  # nobody watches a trial
    ) -> None:
        prepared = self.pipeline.prepare(page)
        if self.first is None:
            self.first, self.prepared = page, prepared
        self.taken += 1
        judge(prepared)


class StreamCheck:
    """The check of one stream."""

    def __init__(self, stream: AnalyticsStream, *, width: int, per_minute: int | None) -> None:
        """Prepare a check.

        Args:
            stream: What is checked.
            width: The most requests in flight.
            per_minute: The most requests a minute.
        """
        self._stream = stream
        self._width = width
        self._per_minute = per_minute
        self._run = stream.run
        self.finding = StreamFinding(stream.name)
        self._in_vain = 0
        """Requests of a way of reading that did not get through."""
        self._lacks_times = False
        self._asked_size: int | None = None
        """How many records a page was asked for; None where that is not known."""
        self._parents: int | None = 1
        """How many parents a child is read for; None where nobody knows."""

    def check(self, context: Context | None, parents: int | None = 1) -> None:
        """Ask the API, and write down what it shows.

        Args:
            context: For a child, what it knows of one record of its parent.
            parents: How many records its parent has.

        Raises:
            StreamError: The stream cannot be read.
            RunError: No stream can be read.
        """
        self._parents = parents
        stream = self._stream
        endpoint = stream.find_endpoint(context)
        bookmark = self._bookmark()
        if bookmark is not None:
            whole = PageReader(endpoint, self._run.http_client, self._run.clock)
            find_start(stream, bookmark, whole)
        pipeline = RecordPipeline(stream, context, bookmark)
        since = bookmark.since if bookmark else None
        reader = PageReader(endpoint, self._run.http_client, self._run.clock, since)
        trial = _Trial(stream, reader, pipeline, self._run.report.stream(stream.name))
        way = single_pass_reading(stream, endpoint, bookmark, self._failed_ways())
        outcome: Outcome | None = None
        if isinstance(way, ByPages):
            self.finding.read_by, self.finding.because = "pages", way.reason
            pipeline.begin()
            page = next(iter(reader.read(1)))
            trial.first, trial.prepared = page, pipeline.prepare(page)
        else:
            self.finding.read_by = way.name
            self.finding.because = f"the API shows the order by {way.order_by} that it needs"
            keys = stream.primary_keys
            single_pass = SinglePass(
                way.reading,
                trial,
                way.paginator,
                order_by=way.order_by,
                key_field=keys[0] if len(keys) == 1 else None,
                monotonic=self._run.clock.monotonic,
                on_checkpoint=lambda *_args, **_values: None,
            )
            with single_pass.under_way():
                while trial.taken < TRIAL_PAGES and (outcome := way.reading.outcome) is None:
                    single_pass.take_next()
            if outcome is not None and not outcome.proven:
                self.finding.read_by, self.finding.because = "pages", outcome.reason
                self._in_vain = stream.stats.requests
        if trial.first is None:
            # The first request was refused on trial: a run would go on by pages.
            page = next(iter(reader.read(1)))
            trial.first, trial.prepared = page, pipeline.prepare(page)
        self._look_at_records(trial, pipeline)
        self._asked_size = reader.page_size
        self._estimate(reader, trial.first, outcome)

    def first_records(self) -> Iterator[Record]:
        """A few records, for the check of a child that is read for each of them."""
        yield from islice(self._stream.sample_records(None), FEW_PARENTS)

    def _bookmark(self, since: str | None = None) -> Bookmark | None:
        stream = self._stream
        if stream.replication_method != "INCREMENTAL" or not stream.replication_key:
            return None
        held = {"replication_key": stream.replication_key, "replication_key_value": since}
        return Bookmark(
            held if since else {},
            stream.replication_key,
            self._run.span,
            instants=stream.is_timestamp_replication_key,
            numbers=stream.replication_kind in NUMBERS,
            initial_value=stream.initial_value,
        )

    def _look_at_records(self, trial: _Trial, pipeline: RecordPipeline) -> None:
        """Whether keys are there and unique, and whether values fit the schema."""
        finding, stream, counts = self.finding, self._stream, pipeline.counts
        found = list(map(str, trial.prepared.key_values)) if trial.prepared else []
        if not found:
            finding.notes.append("it has no records in the range that is read")
            return
        try:
            stream.try_maps(trial.prepared.records if trial.prepared else [])
        except StreamError as error:
            finding.fail(str(error))
        keys = stream.primary_keys
        named = ", ".join(f"`{shown(name)}`" for name in keys)
        if counts.without_key:
            finding.fail(f"{several(counts.without_key, 'record')} without the key {named}")
        if keys and len(set(found)) < len(found):
            repeated = several(len(found) - len(set(found)), "record")
            finding.fail(f"{named} is no key: {repeated} with the key of another one")
        key = stream.replication_key
        if self._bookmark() is not None and (lacking := counts.without_replication_value):
            self._lacks_times = True
            note = f"{several(lacking, 'record')} without a readable `{shown(str(key))}`"
            (finding.fail if lacking >= len(found) else finding.warn)(note)
        if counts.nulls:
            finding.warn(f"values that do not fit the schema: {_by_field(counts.nulls)}")
        finding.notes += [
            f"{label}: {_by_field(by_field)}"
            for label, by_field in (
                ("values written as text", counts.converted),
                ("fields that the schema does not know", counts.unknown_fields),
            )
            if by_field
        ]
        headers = trial.first.headers if trial.first else {}
        finding.notes += [
            f"the API announces `{name}: {shown(headers[name])}`"
            for name in ("Deprecation", "Sunset")
            if headers.get(name)
        ]

    # What runs cost ------------------------------------------------------------------------------

    def _estimate(self, reader: PageReader, first: Page, outcome: Outcome | None) -> None:
        finding, stats = self.finding, self._stream.stats
        if stats.responses:
            finding.seconds_per_request = stats.seconds_responding / stats.responses
        records = self._records(reader, first, outcome)
        finding.full = self._cost(first, records, hourly=None)
        if records is None:
            finding.notes.append("the API declares no total: what a full run costs is not known")
        finding.hourly = self._hourly(reader, first) or finding.full

    def _records(self, reader: PageReader, first: Page, outcome: Outcome | None) -> int | None:
        """How many records a reading has, as far as the API says so."""
        info = first.info
        if info.total is not None:
            return info.total
        if info.page_count is not None and info.records:
            return info.page_count * info.records
        paginator = reader.endpoint.paginator
        ended = paginator.stop_reason(paginator.first, info, info.records)
        if ended or not info.records or (outcome is not None and outcome.proven):
            return info.records
        size = reader.page_size or 0
        if info.records < size and info.has_next is None:
            return info.records
        return reader.found_total(first) or None

    def _hourly(self, reader: PageReader, first: Page) -> Cost | None:
        """What a run costs an hour after the last one; None where it reads everything again."""
        stream = self._stream
        if self._bookmark() is None or not stream.is_timestamp_replication_key:
            return None
        since = instant_of(self._run.clock.utc() - HOUR)
        page = reader.changed_since(since)
        if page is None:
            return None
        changed = self._records(reader, page, None)
        # The record of the bookmark itself comes again.
        return self._cost(first, None if changed is None else changed + 1, hourly=since)

    def _cost(self, first: Page, records: int | None, *, hourly: str | None) -> Cost:
        if records is None or self._parents is None:
            return Cost()
        declares = Declares.by(first.info)
        read = first.info.records
        # A first page with all the records there are may be one that is not full.
        size = read if 0 < read < records else self._asked_size or max(read, records) + 1
        requests = self._requests(records, size, declares, hourly)
        pages = pages_of(self._stream.paginator, records, size, declares) * self._parents
        requests *= self._parents
        return Cost(records * self._parents, pages, requests, self._seconds(requests))

    def _requests(self, records: int, size: int, declares: Declares, hourly: str | None) -> int:
        stream = self._stream
        endpoint = stream.endpoint(None) if stream.parent_stream_type is None else None
        if endpoint is not None and self.finding.read_by in {"keyset", "windows"}:
            failed = self._failed_ways()
            way = single_pass_reading(stream, endpoint, self._bookmark(hourly), failed)
            if not isinstance(way, ByPages):
                found = single_pass_requests(way.reading, records, size, declares)
                if found is not None:
                    return found
        how = Counting(
            page_size=size,
            asked_size=self._asked_size,
            declares=declares,
            width=self._width,
            verify=self._run.verify != "none",
            changes_come_again=self._bookmark() is not None,
            some_uncertain=self._lacks_times and not hourly,
        )
        in_vain = 0 if hourly else self._in_vain
        return counting_requests(stream.paginator, records, how) + in_vain

    def _failed_ways(self) -> FailedWays:
        return FailedWays(self._stream.get_context_state(None), self._run.clock.utc())

    def _seconds(self, requests: int) -> float:
        """By the latency that was measured, and by the limit of requests."""
        latency = self.finding.seconds_per_request or 0.0
        parallel = self.finding.read_by == "keyset" or (
            self.finding.read_by == "pages" and self._stream.paginator.supports_prefetch
        )
        seconds = requests * latency / (self._width if parallel else 1)
        if self._per_minute:
            seconds = max(seconds, requests / self._per_minute * 60)
        return seconds


def _by_field(counts: Counter[str]) -> str:
    return ", ".join(f"`{shown(name)}` {count:,}" for name, count in sorted(counts.items()))
