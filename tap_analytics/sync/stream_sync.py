"""One stream's sync: read in the way that fits, judged, reported; then the bookmark moves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.exceptions import StreamError
from tap_analytics.log_fields import fields
from tap_analytics.records.names import listed, several, shown
from tap_analytics.sync.children import (
    children_may_lack,
    finish_children,
    finish_whole,
    judge_without_parents,
)
from tap_analytics.sync.reading.epoch_start import find_start
from tap_analytics.sync.reading.stream_reading import StreamReading
from tap_analytics.sync.record_pipeline import RecordPipeline
from tap_analytics.sync.state.bookmark_in_state import BookmarkInState
from tap_analytics.sync.state.checkpoints import Checkpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context

    from tap_analytics.completeness.verdict import Verdict
    from tap_analytics.rest.endpoint import Endpoint
    from tap_analytics.sync.reading.ways_of_reading import (
        ByPages,
        SinglePassReading,
    )
    from tap_analytics.sync.stream import SingerStream

UNKNOWN_ORDER = (
    "`{}` is text, and nobody knows in which order the API compares it, so that records may be "
    "left out: if it is a number, or a date-time in ISO 8601 or RFC 2822, declare it as that in "
    "`schema`; else ask for everything, without `start_param`"
)


class StreamSync:
    """The sync of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: SingerStream, endpoint: Endpoint, context: Context | None) -> None:
        """Prepare a sync; everything that is decided per stream is decided here.

        Raises:
            StreamError: The state's bookmark cannot be read.
        """
        self._stream, self._context = stream, context
        self._run = stream.run
        self._report = stream.run.report.stream(stream.name)
        self._in_state = BookmarkInState(stream, context, self._report)
        self._bookmark = self._in_state.bookmark
        self._pipeline = RecordPipeline(stream, context, self._bookmark)
        checkpoints = Checkpoints(
            self._in_state,
            stream.start_values,
            will_fail=lambda: self._run.verify == "fail" and bool(self._pipeline.losses()),
            write_state=stream.write_state,
        )
        self._reading = StreamReading(
            stream, context, endpoint, self._pipeline, self._bookmark, checkpoints, self._report
        )

    def run(self) -> None:
        """Read the stream, say what is proven, and move the bookmark.

        Raises:
            StreamError: The stream cannot be read, or `verify` is `fail` and it is not proven.
            RunError: No stream can be read.
        """
        began = time.monotonic()
        bookmark = self._bookmark
        try:
            if bookmark is not None:
                find_start(self._stream, bookmark, self._reading.reader(None))
            self._report.begin(
                started_from=bookmark.old if bookmark else None,
                range_start=bookmark.since if bookmark else None,
                range_end=bookmark.end if bookmark else None,
            )
            self._finish(*self._reading.read())
        except StreamError:
            self._children_lack("failed", begun=True)
            self._finish_children()
            raise
        except BaseException:
            # The whole run ends, by a refused token or by a signal.
            if self._stream.ABORT_AT_RECORD_COUNT is None:
                self._children_lack("was not read to its end", begun=True)
                self._finish_children()
            raise
        finally:
            report, stats = self._report, self._stream.stats
            report.seconds += time.monotonic() - began
            report.requests, report.bytes = stats.requests, stats.bytes
            report.retries, report.seconds_waited = stats.retries, stats.seconds_waited
            report.records += self._pipeline.written
            self._pipeline.count_lost()
            report.counts.add(self._pipeline.counts)
            self._pipeline.refusals.remember()
            if self._pipeline.remember():
                self._stream.state_manager.is_flushed = False

    def _finish_children(self) -> None:
        if self._stream.parent_stream_type is None:
            finish_children(self._stream)

    def _finish(self, verdict: Verdict, way: SinglePassReading | ByPages) -> None:
        report, stream = self._report, self._stream
        self._finish_children()
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
            judge_without_parents(stream)
            finish_whole(stream, may_activate_version=way.may_activate_version)
        report.succeed()

    def _unknown_order(self) -> Iterator[str]:
        """That a filter may have left out records, because nobody knows what it compares."""
        bookmark = self._bookmark
        since = bookmark.since if bookmark else None
        if bookmark is None or since is None or not bookmark.order_is_unknown:
            return
        if self._reading.reader(since).filters(since):
            yield UNKNOWN_ORDER.format(shown(str(self._stream.replication_key)))

    def _children_lack(self, what: str, *, begun: bool = False) -> None:
        if self._run.verify != "none":
            children_may_lack(self._stream, what, begun=begun)

    def _how_to_fill_the_key(self) -> str:
        if not self._pipeline.counts.without_key:
            return ""
        if self._pipeline.key_can_be_filled:
            return "; `on_missing_key` may be `hash`"
        if self._stream.on_missing_key == "hash":
            return "; `on_missing_key: hash` can fill a key of one text column only"
        return ""

    def _unproven(self, verdict: Verdict, *, moves: bool) -> None:
        what_then = f"What could be sent is out. {self._in_state.where_the_next_run_starts()}."
        if self._pipeline.losses():
            what_then += (
                " Look at `primary_key` and `schema` in `resources`, and at what is selected"
                f"{self._how_to_fill_the_key()}."
            )
        elif not (moves or verdict.contradicted or verdict.at_rest):
            what_then += (
                " A stable order (`params` in `resources`, such as an order by the key) or a "
                "quieter hour helps."
            )
        message = (
            f"{self._stream.name}: not proven after {several(self._report.passes, 'pass')}"
            f"{self._stream.parent_named(self._context)}: "
            f"{'; '.join(verdict.reasons)}. {what_then}"
        )
        if self._run.verify == "fail":
            raise StreamError(message)
        name, reasons = self._stream.name, [*verdict.reasons]
        self._stream.logger.warning(message, extra=fields("not_proven", name, reasons=reasons))
