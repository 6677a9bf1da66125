"""One stream's sync: read in the way that fits, judged, reported; then the bookmark moves."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.completeness.reading import Outcome
from tap_analytics.completeness.verdict import Verdict
from tap_analytics.exceptions import StreamError
from tap_analytics.log_fields import fields
from tap_analytics.records.names import listed, several, shown
from tap_analytics.rest.pages import PageReader
from tap_analytics.sync.reading.end_check import held_against_errors, held_against_signs
from tap_analytics.sync.reading.intake import Intake
from tap_analytics.sync.reading.single_pass import SinglePass
from tap_analytics.sync.reading.ways_of_reading import (
    MIXED_TIMES,
    ByPages,
    SinglePassReading,
    single_pass_reading,
)
from tap_analytics.sync.record_pipeline import RecordPipeline
from tap_analytics.sync.state.bookmark_in_state import BookmarkInState
from tap_analytics.sync.state.checkpoints import Checkpoints
from tap_analytics.sync.state.failed_ways import FailedWays
from tap_analytics.sync.verdicts_of_children import (
    children_may_lack,
    finish_whole,
    judge_left_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context

    from tap_analytics.rest.endpoint import Endpoint
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.state.value_order import Value
    from tap_analytics.sync.stream import SingerStream

UNKNOWN_ORDER = (
    "`{}` is text, and nobody knows in which order the API compares it, so that records may be "
    "left out: if it is a number or a date-time, declare it as that in `schema`"
)


class StreamSync:
    """The sync of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: SingerStream, endpoint: Endpoint, context: Context | None) -> None:
        """Prepare a sync; everything that is decided per stream is decided here.

        Raises:
            StreamError: The state's bookmark cannot be read.
        """
        self._stream = stream
        self._context = context
        self._run = stream.run
        self._report = stream.run.report.stream(stream.name)
        self._in_state = BookmarkInState(stream, context, self._report)
        self._bookmark = self._in_state.bookmark
        self._pipeline = RecordPipeline(stream, context, self._bookmark)
        self._endpoint = endpoint
        self._checkpoints = Checkpoints(
            self._in_state,
            stream.start_values,
            will_fail=lambda: self._run.verify == "fail" and bool(self._pipeline.losses()),
            write_state=stream.write_state,
        )

    def run(self) -> None:
        """Read the stream, say what is proven, and move the bookmark.

        Raises:
            StreamError: The stream cannot be read, or `verify` is `fail` and it is not proven.
            RunError: No stream can be read.
        """
        began = time.monotonic()
        bookmark = self._bookmark
        self._report.begin(
            started_from=bookmark.old if bookmark else None,
            range_start=bookmark.since if bookmark else None,
            range_end=bookmark.end if bookmark else None,
        )
        try:
            self._finish(*self._read())
        except StreamError:
            self._children_lack("failed", begun=True)
            self._judge_left_out()
            raise
        except BaseException:
            # The whole run ends, by a refused token or by a signal.
            if self._stream.ABORT_AT_RECORD_COUNT is None:
                self._children_lack("was not read to its end", begun=True)
            raise
        finally:
            report, stats = self._report, self._stream.stats
            report.seconds += time.monotonic() - began
            report.requests, report.bytes = stats.requests, stats.bytes
            report.retries, report.seconds_waited = stats.retries, stats.seconds_waited
            report.records += self._pipeline.sent
            report.counts.add(self._pipeline.counts)
            if self._pipeline.remember():
                self._stream.state_manager.is_flushed = False

    def _read(self) -> tuple[Verdict, SinglePassReading | ByPages]:
        """Read the stream, once more where it was asked for in another form than its own.

        A server that compares text would leave out records of the start value's own day.
        """
        since = self._bookmark.since if self._bookmark else None
        form_is_open = since is not None and not self._stream.start_values.known
        if form_is_open:
            self._checkpoints.hold_back()
        asked = self._stream.start_values.written(since)
        verdict, way = self._read_once(since)
        if since is not None and self._asks_otherwise_now(since, asked):
            stream, form = self._stream, self._stream.start_values.written(since)
            stream.logger.info(
                "%s: read once more: the API writes date-times in another form, so it is asked for "
                "what changed since `%s`.",
                stream.name,
                form,
                extra=fields("next_pass", stream.name, reason=f"start values are written `{form}`"),
            )
            self._checkpoints.drop()
            verdict, way = self._read_once(since)
        self._checkpoints.release()
        if self._report.read_by != "keyset" or (self._bookmark and self._bookmark.old is None):
            # Keyset reading has shown it, from a bookmark on.
            from tap_analytics.sync.reading.since_filter import SinceFilter  # noqa: PLC0415  # only here

            state = self._stream.get_context_state(self._context)
            since_filter = SinceFilter(self._stream, self._intake(since).reader, state)
            judged = since_filter.judge(verdict, self._bookmark)
            if verdict.proven and not judged.proven:
                self._checkpoints.forget()
                since_filter.write()
            verdict = judged
        return verdict, way

    def _asks_otherwise_now(self, since: Value | None, asked: object) -> bool:
        start_values = self._stream.start_values
        if not start_values.known:
            # Nothing came: there may be nothing, or nothing that is found by this form.
            page = self._intake(None).reader.refetch(self._endpoint.paginator.first)
            self._report.pages += 1
            for record in page.decoded():
                self._stream.derive(record)
                start_values.observe(record.get(str(self._stream.replication_key)))
        return start_values.left_out(asked, since)

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
        reader = self._intake(None).reader
        any_came = self._pipeline.sent > 0
        verdict = held_against_signs(verdict, end, self._stream, reader, any_came=any_came)
        return held_against_errors(verdict, self._pipeline.error_members, self._stream, reader)

    def _intake(self, since: Value | None) -> Intake:
        reader = PageReader(self._endpoint, self._run.http_client, self._run.clock, since)
        return Intake(self._stream, reader, self._pipeline, self._report)

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
        return outcome, single_pass.end.end

    def _judge_left_out(self) -> None:
        if self._stream.parent_stream_type is None:
            judge_left_out(self._stream)

    def _finish(self, verdict: Verdict, way: SinglePassReading | ByPages) -> None:
        report, stream = self._report, self._stream
        self._judge_left_out()
        self._pipeline.counts.duplicates = verdict.duplicates
        off = self._run.verify == "none"
        losses = [] if off else [*self._pipeline.losses(), *self._unknown_order()]
        if not off and self._pipeline.counts.without_key:
            keys = listed(stream.primary_keys)
            self._children_lack(f"has records without their key ({keys})")
        elif not (off or verdict.proven):
            self._children_lack("is not proven")
        # Another pass would find the same: what is proven to be all moves the bookmark.
        moves = off or (verdict.proven and not (losses and self._run.verify == "fail"))
        if losses:
            verdict = replace(verdict, proven=False, reasons=(*verdict.reasons, *losses))
            report.note(losses)
        if stream.start_values.remember():
            stream.state_manager.is_flushed = False
        report.judge("not verified" if off else "proven" if verdict.proven else "not proven")
        if moves:
            self._in_state.move()
        if not (verdict.proven or off):
            self._unproven(verdict, moves=moves)
        if stream.parent_stream_type is None:
            finish_whole(stream, may_activate_version=way.may_activate_version)
        report.succeed()

    def _unknown_order(self) -> Iterator[str]:
        """That a filter may have left out records, because nobody knows what it compares."""
        bookmark = self._bookmark
        since = bookmark.since if bookmark else None
        if bookmark is None or since is None or not bookmark.order_is_unknown:
            return
        if self._intake(since).reader.filters(since):
            yield UNKNOWN_ORDER.format(shown(str(self._stream.replication_key)))

    def _children_lack(self, what: str, *, begun: bool = False) -> None:
        if self._run.verify != "none":
            children_may_lack(self._stream, what, begun=begun)

    def _unproven(self, verdict: Verdict, *, moves: bool) -> None:
        what_then = f"What could be sent is out. {self._in_state.where_the_next_run_starts()}."
        if self._pipeline.losses():
            what_then += (
                " Look at `primary_key` and `schema` in `resources`, and at what is selected; "
                "`on_missing_key` may be `hash`."
            )
        elif not (moves or verdict.contradicted):
            what_then += (
                " A stable order (`params` in `resources`, such as an order by the key) or a "
                "quieter hour helps."
            )
        message = (
            f"{self._stream.name}: not proven after {several(self._report.passes, 'pass')}: "
            f"{'; '.join(verdict.reasons)}. {what_then}"
        )
        if self._run.verify == "fail":
            raise StreamError(message)
        name, reasons = self._stream.name, [*verdict.reasons]
        self._stream.logger.warning(message, extra=fields("not_proven", name, reasons=reasons))
