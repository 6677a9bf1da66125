"""Reads one stream in the way that fits, in another where that shows nothing, and judges it."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from tap_analytics.completeness.reading import Outcome
from tap_analytics.completeness.verdict import Verdict
from tap_analytics.log_fields import fields
from tap_analytics.rest.pages import PageReader
from tap_analytics.sync.key_forms import MIXED_KEYS
from tap_analytics.sync.reading.end_check import (
    contradicted,
    held_against_errors,
    held_against_signs,
)
from tap_analytics.sync.reading.intake import Intake
from tap_analytics.sync.reading.single_pass import SinglePass
from tap_analytics.sync.reading.start_form import learn_form, unknown_form
from tap_analytics.sync.reading.ways_of_reading import (
    MIXED_TIMES,
    ByPages,
    SinglePassReading,
    single_pass_reading,
)
from tap_analytics.sync.state.failed_ways import FailedWays

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.helpers.types import Context

    from tap_analytics.reporting.report import StreamReport
    from tap_analytics.rest.endpoint import Endpoint
    from tap_analytics.rest.page import Page
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.record_pipeline import RecordPipeline
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.state.checkpoints import Checkpoints
    from tap_analytics.sync.state.value_order import Value
    from tap_analytics.sync.stream import SingerStream


class _OtherFormError(Exception):
    """The API was asked in another form than it writes its times in."""


def _accept() -> None:
    """Whatever comes is sent."""


class StreamReading:
    """The reading of one stream, or of one parent's part of a child stream."""

    def __init__(
        self,
        stream: SingerStream,
        context: Context | None,
        endpoint: Endpoint,
        pipeline: RecordPipeline,
        bookmark: Bookmark | None,
        checkpoints: Checkpoints,
        report: StreamReport,
    ) -> None:
        """Prepare to read.

        Args:
            stream: What is read.
            context: The parent's part.
            endpoint: Where its pages come from.
            pipeline: Sends its records on.
            bookmark: Where to begin; None where the stream is read in full.
            checkpoints: Take up what has been reached.
            report: Gets in which way the stream is read, and why.
        """
        self._stream = stream
        self._context = context
        self._endpoint = endpoint
        self._pipeline = pipeline
        self._bookmark = bookmark
        self._checkpoints = checkpoints
        self._report = report
        self._run = stream.run
        self._on_prepared: Callable[[], None] = _accept
        self._first: Page | None = None
        """The first page of what was read last."""
        self._tells_form = True
        """Whether the server let itself be asked how it writes its times, as far as it was."""

    def read(self) -> tuple[Verdict, SinglePassReading | ByPages]:
        """Read the stream, once more where it was asked for in another form than its own.

        A server that compares text would leave out records of the start value's own day.

        Returns:
            The verdict, and the way of reading that led to it.

        Raises:
            StreamError: The stream cannot be read.
            RunError: No stream can be read.
        """
        since = self._bookmark.since if self._bookmark else None
        if self._stream.asked_end is not None and not self._stream.start_values.known:
            # An end in another form than the API's own would leave out records before it.
            self._learn_form(since)
        if since is not None and not self._stream.start_values.known:
            self._checkpoints.hold_back()
        asked = self._stream.start_values.written(since), self._stream.asked_end
        read: tuple[Verdict, SinglePassReading | ByPages] | None = None
        self._on_prepared = lambda: self._refuse_other_form(asked[0], since)
        with suppress(_OtherFormError):
            read = self._read_once(since)
        self._on_prepared = _accept
        if read is None or self._asks_otherwise_now(since, *asked):
            stream, form = self._stream, self._stream.start_values.written(since)
            stream.logger.info(
                "%s: read once more: the API writes date-times in another form, so it is asked for "
                "what changed since `%s`.",
                stream.name,
                form,
                extra=fields("next_pass", stream.name, reason=f"start values are written `{form}`"),
            )
            self._checkpoints.drop()
            read = self._read_once(since)
        verdict, way = read
        self._checkpoints.release()
        if not (self._tells_form or self._stream.start_values.known):
            verdict = contradicted(verdict, [unknown_form(self._stream, since)], self._stream)
        if self._report.read_by != "keyset" or (self._bookmark and self._bookmark.old is None):
            # Keyset reading has shown it, from a bookmark on.
            from tap_analytics.sync.reading.since_filter import SinceFilter  # noqa: PLC0415  # only here

            state = self._stream.get_context_state(self._context)
            since_filter = SinceFilter(self._stream, self.reader(since), state)
            judged = since_filter.judge(verdict, self._bookmark, self._first)
            if verdict.proven and not judged.proven:
                self._checkpoints.forget()
                since_filter.write()
            verdict = judged
        return verdict, way

    def _asks_otherwise_now(self, since: Value | None, start: object, end: object) -> bool:
        """Whether the start or the end that was asked for would be written otherwise by now."""
        start_values = self._stream.start_values
        if since is not None and self._tells_form and not start_values.known:
            # Nothing came: there may be nothing, or nothing that is found by this form.
            self._learn_form(since)
        ends_earlier = start_values.left_out_at_end(end, self._stream.asked_end)
        return ends_earlier or start_values.left_out(start, since)

    def _refuse_other_form(self, start: object, since: Value | None) -> None:
        """Begin again, where records show another form: before they are sent, and sent again.

        Raises:
            _OtherFormError: They do.
        """
        if self._stream.start_values.left_out(start, since):
            raise _OtherFormError

    def _learn_form(self, since: Value | None) -> None:
        self._tells_form = learn_form(self._stream, self.reader(None), since)

    def _read_once(self, since: Value | None) -> tuple[Verdict, SinglePassReading | ByPages]:
        """Read in one pass where the API allows it, else or where that shows nothing by pages."""
        failed = FailedWays(self._stream.get_context_state(self._context), self._run.clock.utc())
        way = self._first_way(failed)
        while isinstance(way, SinglePassReading):
            outcome, end = self._read_in_one_pass(way)
            if outcome.proven:
                self._report.passes += 1
                self._report.stop_reason = outcome.reason
                verdict = Verdict(proven=True, reasons=(), stop_reason=outcome.reason)
                verdict = self._held_against_signs(verdict, end)
                if not verdict.proven:
                    self._checkpoints.forget()
                    failed.write()
                return verdict, way
            since = outcome.since or since
            way = self._next_way(way, outcome, failed)
        self._report.read_by = "pages"
        # With the proof it is a tenth of all modules, which most runs do without.
        from tap_analytics.sync.reading.counting_passes import CountingPasses  # noqa: PLC0415

        passes = CountingPasses(self._stream, self._intake(since), self._bookmark)
        with self._stream.start_values.held():
            verdict = passes.read()
        return self._held_against_signs(verdict, passes.end), way

    def _first_way(self, failed: FailedWays) -> SinglePassReading | ByPages:
        way = single_pass_reading(self._stream, self._endpoint, self._bookmark, failed)
        name, reason, known = way.name, way.reason, way.remembered
        if reason:
            self._stream.logger.log(
                logging.INFO if known else logging.DEBUG,
                "%s: it is read by %s: %s.",
                self._stream.name,
                name,
                reason,
                extra=fields("way_of_reading", self._stream.name, read_by=name, reason=reason),
            )
        self._report.fell_back = reason if known else None
        return way

    def _next_way(
        self, way: SinglePassReading, outcome: Outcome, failed: FailedWays
    ) -> SinglePassReading | ByPages:
        """A way is given up: what comes instead."""
        stream = self._stream
        if outcome.since is None:
            self._checkpoints.forget()
        else:
            self._pipeline.count_for_good()
        if self._bookmark is not None:
            # To try its filter, keyset reading asks for the latest records of all.
            self._bookmark.begin_again()
        failed.write()
        instead: SinglePassReading | ByPages = ByPages(outcome.reason)
        if outcome.lasting:
            failed.remember(way.name, way.question, outcome.reason)
            stream.state_manager.is_flushed = False
            if stream.read_by == "auto":
                instead = single_pass_reading(stream, self._endpoint, self._bookmark, failed)
        stream.logger.warning(
            "%s: it cannot be read by %s: %s. It is read by %s instead%s.",
            stream.name,
            way.name,
            outcome.reason,
            instead.name,
            "" if outcome.since is None else f", from {outcome.since} on",
            extra=fields(
                "way_of_reading", stream.name, read_by=instead.name, reason=outcome.reason
            ),
        )
        before = [self._report.fell_back] if self._report.fell_back else []
        self._report.fell_back = "; ".join([*before, f"{way.name}: {outcome.reason}"])
        return instead

    def _held_against_signs(self, verdict: Verdict, end: ReadingEnd | None) -> Verdict:
        self._first = None if end is None else end.first
        reader = self.reader(None)
        any_came = self._pipeline.sent > 0
        goes_on = self._bookmark is not None and self._bookmark.old is not None
        verdict = held_against_signs(
            verdict, end, self._stream, reader, any_came=any_came, goes_on=goes_on
        )
        return held_against_errors(verdict, self._pipeline.error_members, self._stream)

    def reader(self, since: Value | None) -> PageReader:
        """What reads the pages of the stream, from a replication value on."""
        return PageReader(self._endpoint, self._run.http_client, self._run.clock, since)

    def _intake(self, since: Value | None) -> Intake:
        reader = self.reader(since)
        return Intake(self._stream, reader, self._pipeline, self._report, self._on_prepared)

    def _read_in_one_pass(self, way: SinglePassReading) -> tuple[Outcome, ReadingEnd | None]:
        self._report.read_by = way.name
        keys = self._stream.primary_keys
        single_pass = SinglePass(
            way.reading,
            self._intake(None),
            way.paginator,
            order_by=way.order_by,
            key_field=keys[0] if len(keys) == 1 else None,
            monotonic=self._run.clock.monotonic,
            on_checkpoint=self._checkpoints.reach,
        )
        outcome = single_pass.read()
        filters = self._bookmark is not None
        if outcome.proven and filters and self._stream.start_values.unordered:
            outcome = Outcome(proven=False, reason=MIXED_TIMES, fall_back=True)
        if outcome.proven and self._pipeline.key_forms.missed:
            outcome = Outcome(proven=False, reason=MIXED_KEYS, fall_back=True)
        return outcome, single_pass.end.end
