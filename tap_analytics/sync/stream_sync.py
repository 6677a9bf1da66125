"""One stream's sync: passes over its pages until one is proven, records out, the bookmark on."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_analytics.completeness.page_facts import PageObservation
from tap_analytics.completeness.proof import CompletenessProof, RepeatedPageError, Verdict
from tap_analytics.exceptions import StreamError
from tap_analytics.records.conform import utc_instant
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.range_paginators import USER_LIMITS
from tap_analytics.sync.bookmark import Bookmark
from tap_analytics.sync.record_pipeline import RecordPipeline

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.rest.pages import Page

MAX_PASSES = 3
CLOCK_MARGIN = timedelta(seconds=5)
"""How far a server's `Date` and its modification times may be apart."""


class StreamSync:
    """The sync of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: AnalyticsStream, context: Context | None) -> None:
        """Prepare a sync; everything that is decided per stream is decided here.

        Raises:
            StreamError: The state's bookmark cannot be read.
        """
        self._stream = stream
        self._context = context
        self._run = stream.run
        self._report = stream.run.report.stream(stream.name)
        self._bookmark = self._read_bookmark()
        self._proof = CompletenessProof(
            enabled=self._run.verify != "off",
            changes_come_again=self._bookmark is not None and stream.is_timestamp_replication_key,
        )
        self._rows = RecordPipeline(stream, context, self._proof, self._bookmark)
        stream.ask_since(context, self._bookmark.since if self._bookmark else None)

    def run(self) -> None:
        """Read the stream, at most three times, and conclude.

        Raises:
            StreamError: The stream cannot be read, or `verify` is `fail` and no pass was proven.
            RunError: No stream can be read.
        """
        began = time.monotonic()
        self._report.status = "interrupted"
        try:
            verdict = self._passes()
            self._conclude(verdict)
        finally:
            report, effort = self._report, self._stream.stats
            report.seconds += time.monotonic() - began
            report.retries, report.seconds_waited = effort.retries, effort.seconds_waited
            report.rows += self._rows.sent
            report.counts.add(self._rows.counts)

    def _passes(self) -> Verdict:
        for number in range(1, MAX_PASSES + 1):
            verdict = self._pass(self._run.concurrency, last=number == MAX_PASSES)
            self._report.passes += 1
            self._report.stop_reason = verdict.stop_reason
            if verdict.proven or self._run.verify == "off" or verdict.stop_reason in USER_LIMITS:
                break
            self._report.reasons += [
                reason for reason in verdict.reasons if reason not in self._report.reasons
            ]
        return verdict

    def _pass(self, width: int, *, last: bool) -> Verdict:
        self._proof.begin()
        self._rows.begin()
        end = None
        asked = []
        pages = PageReader(self._stream, self._context)
        with closing(pages.read(width)) as reading:
            for number, page in enumerate(reading):
                if number == 0:
                    self._begin_at(page)
                self._judge(number, page)
                new = self._rows.write(page)
                self._stream.flush()
                self._stream.sync_children(new)
                self._report.pages += 1
                asked.append(page.key)
                end = page.stop_reason
        place = None if last or end in USER_LIMITS else self._proof.page_to_recheck()
        if place is not None:
            page = pages.refetch(asked[place])
            self._report.pages += 1
            self._proof.rechecked(_fact(place, page), is_last=page.stop_reason is not None)
        return self._proof.verdict(str(end), bounded=end in USER_LIMITS)

    def _begin_at(self, page: Page) -> None:
        """From the first answer: rows that changed later may not have been there, or have moved."""
        if self._bookmark is None:
            return
        self._bookmark.cap_at(self._run.started_at)
        self._rows.certain_before = None
        if page.server_time is not None and self._stream.is_timestamp_replication_key:
            asked = page.server_time - timedelta(seconds=page.answered - page.sent)
            self._bookmark.cap_at(asked)
            self._rows.certain_before = utc_instant((asked - CLOCK_MARGIN).isoformat())

    def _judge(self, number: int, page: Page) -> None:
        try:
            self._proof.page(_fact(number, page))
        except RepeatedPageError as error:
            message = (
                f"{self._stream.name}: {self._stream.paginator.label(page.key)} holds the same "
                "records as a page before it: the server does not heed the page it is asked for, "
                "so its end cannot be reached. Look at the path, and at the paginator's parameters."
            )
            raise StreamError(message) from error

    def _conclude(self, verdict: Verdict) -> None:
        report, stream = self._report, self._stream
        self._rows.counts.duplicates = verdict.duplicates
        off = self._run.verify == "off"
        report.judge("not judged" if off else "proven" if verdict.proven else "not proven")
        if verdict.proven or off:
            self._move_bookmark()
        if not (verdict.proven or off):
            self._unproven(verdict)
        if stream.parent_stream_type is None:
            self._conclude_whole(stream, verdict.stop_reason)
        report.status = "succeeded"

    def _conclude_whole(self, stream: AnalyticsStream, stop_reason: str) -> None:
        """Say what is proven, and let the target delete what is gone, when nothing is left to read.

        A child is whole when its parent is: only then has it been read for every parent.
        """
        report = stream.run.report.stream(stream.name)
        if report.verdict != "proven":
            return
        if stream.selected and stream.version_to_activate is not None:
            stream.activate(stream.version_to_activate)
        stream.logger.info(
            "%s: proven complete: %d rows sent in %d pages and %d passes, ended by %s.",
            stream.name,
            report.rows or self._rows.sent,
            report.pages,
            report.passes,
            stop_reason,
        )
        for child in stream.children:
            part = stream.run.report.stream(child.name)
            self._conclude_whole(child, part.stop_reason or stop_reason)

    def _unproven(self, verdict: Verdict) -> None:
        message = (
            f"{self._stream.name}: not proven complete after {self._report.passes} passes: "
            f"{'; '.join(verdict.reasons)}. Its records are out; its bookmark stays where it was, "
            "so that the next run reads the span again. A stable order (`params` in `resources`, "
            "such as an order by the key) or a quieter hour helps."
        )
        if self._run.verify == "fail":
            raise StreamError(message)
        self._stream.logger.warning(message)

    def _read_bookmark(self) -> Bookmark | None:
        stream = self._stream
        if stream.replication_method != REPLICATION_INCREMENTAL or not stream.replication_key:
            return None
        state = stream.get_context_state(self._context)
        try:
            return Bookmark(
                state,
                stream.replication_key,
                self._run.span,
                instants=stream.is_timestamp_replication_key,
                initial_value=stream.initial_value,
            )
        except StreamError as error:
            message = f"{stream.name}: {error}."
            raise StreamError(message) from error

    def _move_bookmark(self) -> None:
        bookmark = self._bookmark
        if bookmark is None or bookmark.next_value is None or bookmark.next_value == bookmark.old:
            return
        state = self._stream.get_context_state(self._context)
        state["replication_key"] = self._stream.replication_key
        state["replication_key_value"] = bookmark.next_value
        self._report.bookmark = str(bookmark.next_value)


def _fact(number: int, page: Page) -> PageObservation:
    return PageObservation(
        number=number,
        sent=page.sent,
        answered=page.answered,
        records=page.info.records,
        digest=page.records.digest(),
        total=page.info.total,
        page_count=page.info.page_count,
        has_next=page.info.has_next,
        not_found=page.info.not_found,
    )
