"""One stream's sync: passes over its pages until one is proven, records out, the bookmark on."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import MaxRecordsLimitException
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_analytics.bookmark import Bookmark
from tap_analytics.completeness import PageFact, Proof, RepeatedPageError, Verdict
from tap_analytics.conform import Conformer, utc_instant
from tap_analytics.errors import StreamError
from tap_analytics.messages import MessageWriter, around_record, encode
from tap_analytics.pages import Pages
from tap_analytics.paging import MAXIMUM_PAGE
from tap_analytics.report import Counts

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.pages import Page

MAX_PASSES = 3
CLOCK_MARGIN = timedelta(seconds=5)
"""How far a server's `Date` and its modification times may be apart."""


class Sync:
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
        self._conformer = Conformer(stream.effective_schema)
        self._keys = tuple(stream.primary_keys)
        self._replication_key = stream.replication_key
        self._proof = Proof(enabled=self._run.verify != "off")
        self._plain = _goes_out_unchanged(stream)
        self._version = stream.version_to_activate
        self._sent = 0
        self._counts = Counts()
        self.bookmark = self._bookmark()
        stream.ask_since(context, self.bookmark.since if self.bookmark else None)
        self._young_from: str | None = None

    def run(self) -> None:
        """Read the stream, at most three times, and conclude.

        Raises:
            StreamError: The stream cannot be read, or `verify` is `fail` and no pass was proven.
            RunError: No stream can be read.
        """
        began = time.monotonic()
        try:
            verdict = self._passes()
            self._conclude(verdict)
        finally:
            report, effort = self._report, self._stream.effort
            report.seconds += time.monotonic() - began
            report.retries, report.seconds_waited = effort.retries, effort.seconds_waited
            self._counts.unknown_fields = self._conformer.unknown
            self._counts.converted = self._conformer.converted
            report.counts.add(self._counts)

    def _passes(self) -> Verdict:
        width = self._run.concurrency
        for _ in range(MAX_PASSES):
            verdict = self._pass(width)
            self._report.passes += 1
            self._report.stop_reason = verdict.stop_reason
            if verdict.proven or self._run.verify == "off" or verdict.stop_reason == MAXIMUM_PAGE:
                break
            self._report.reasons += [
                reason for reason in verdict.reasons if reason not in self._report.reasons
            ]
            # One page at a time, growth no longer looks like a fall.
            width = 1 if verdict.overlapped else width
        return verdict

    def _pass(self, width: int) -> Verdict:
        self._proof.begin()
        self._conformer.forget()
        self._counts = Counts()
        end = None
        writer = self._stream.message_writer
        with closing(Pages(self._stream, self._context).read(width)) as pages:
            for number, page in enumerate(pages):
                if number == 0:
                    self._begin_at(page)
                self._judge(number, page)
                self._page(page)
                writer.flush()
                self._report.pages += 1
                end = page.end
        return self._proof.end(str(end), bounded=end == MAXIMUM_PAGE)

    def _begin_at(self, page: Page) -> None:
        """From the first answer: rows that changed later may not have been there, or have moved."""
        if self.bookmark is None:
            return
        self.bookmark.limit(self._run.started_at)
        self._young_from = None
        if page.server_time is not None:
            asked = page.server_time - timedelta(seconds=page.answered - page.sent)
            self.bookmark.limit(asked)
            self._young_from = utc_instant((asked - CLOCK_MARGIN).isoformat())

    def _judge(self, number: int, page: Page) -> None:
        fact = PageFact(
            number=number,
            sent=page.sent,
            answered=page.answered,
            records=page.said.records,
            digest=page.records.digest(),
            total=page.said.total,
            page_count=page.said.page_count,
        )
        try:
            self._proof.page(fact)
        except RepeatedPageError as error:
            message = (
                f"{self._stream.name}: page {page.key} holds the same records as a page before it: "
                "the server does not heed the page it is asked for, so its end cannot be reached. "
                "Look at the path, and at the paginator's parameters."
            )
            raise StreamError(message) from error

    def _page(self, page: Page) -> None:
        """The records of one page: conformed, judged, encoded and written."""
        conform, misfits = self._conformer.conform, self._conformer.misfits
        proof, bookmark, keys = self._proof, self.bookmark, self._keys
        replication_key, young_from = self._replication_key, self._young_from
        context = dict(self._context) if self._context else None
        out: list[Any] = []
        for record in page.records.decode(self._counts.removed_characters):
            if context:
                record.update(context)
            conform(record)
            if misfits:
                self._count_misfits(record)
            key = [record.get(name) for name in keys]
            if None in key:
                self._without_key()
                continue
            wanted, old = True, False
            if bookmark is not None:
                value = record.get(replication_key)  # type: ignore[arg-type]  # set with the bookmark
                if value is None:
                    self._counts.without_replication_value += 1
                else:
                    bookmark.note(value)
                    wanted = bookmark.wants(value)
                    old = young_from is not None and value < young_from
            body = encode(record)
            if not proof.row(_hash(key), hash(body), old=old):
                continue
            if wanted:
                out.append(body if self._plain else record)
            else:
                self._counts.older_than_bookmark += 1
        self._write(out, page)

    def _write(self, out: list[Any], page: Page) -> None:
        stream = self._stream
        limit = stream.ABORT_AT_RECORD_COUNT
        stopped = limit is not None and self._sent + len(out) > limit
        if stopped:
            out = out[: max(0, limit - self._sent)]  # type: ignore[operator]  # stopped: there is one
        self._sent += len(out)
        self._report.rows += len(out)
        if stream.selected:
            if self._plain:
                before, after = around_record(stream.name, self._version, page.answered_at)
                stream.message_writer.write_records(out, before, after)
            else:
                stream.write_mapped(out, self._version)
        if stopped:
            stream.message_writer.flush()
            stream.abort(MaxRecordsLimitException("The dry run's records have been read."))

    def _count_misfits(self, record: dict[str, Any]) -> None:
        for path in self._conformer.misfits:
            if not self._counts.nulls[path] and not self._report.passes:
                key = ", ".join(str(record.get(name)) for name in self._keys)
                self._stream.logger.warning(
                    "%s: `%s` of the record with key %s is not what the schema says and became "
                    "null; further ones are counted in the report.",
                    self._stream.name,
                    path,
                    key,
                )
            self._counts.nulls[path] += 1
        self._conformer.misfits.clear()

    def _without_key(self) -> None:
        if not self._counts.without_key and not self._report.passes:
            self._stream.logger.warning(
                "%s: a record came without its key (%s) and is not sent; further ones are counted "
                "in the report. The key can be set with `primary_key` in `resources`.",
                self._stream.name,
                ", ".join(self._keys),
            )
        self._counts.without_key += 1
        self._proof.keyless()

    def _conclude(self, verdict: Verdict) -> None:
        report, stream = self._report, self._stream
        self._counts.duplicates = verdict.duplicates
        off = self._run.verify == "off"
        report.verdict = "not judged" if off else "proven" if verdict.proven else "not proven"
        if verdict.proven or off:
            self._move_bookmark()
        if verdict.proven:
            if self._version is not None:
                stream.activate(self._version)
            stream.logger.info(
                "%s: proven complete: %d rows sent in %d pages and %d passes, ended by %s.",
                stream.name,
                report.rows,
                report.pages,
                report.passes,
                verdict.stop_reason,
            )
        elif not off:
            self._unproven(verdict)
        report.status = "succeeded"

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

    def _bookmark(self) -> Bookmark | None:
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
            )
        except StreamError as error:
            message = f"{stream.name}: {error}."
            raise StreamError(message) from error

    def _move_bookmark(self) -> None:
        bookmark = self.bookmark
        if bookmark is None or bookmark.new is None or bookmark.new == bookmark.old:
            return
        state = self._stream.get_context_state(self._context)
        state["replication_key"] = self._replication_key
        state["replication_key_value"] = bookmark.new
        self._report.bookmark = str(bookmark.new)


def _hash(key: list[Any]) -> int:
    return hash(key[0]) if len(key) == 1 else hash(tuple(map(str, key)))


def _goes_out_unchanged(stream: AnalyticsStream) -> bool:
    """Whether a record needs nothing of the SDK: no stream map, no flattening, all selected."""
    maps = stream.stream_maps
    return (
        isinstance(stream.message_writer, MessageWriter)
        and len(maps) == 1
        and type(maps[0]) is SameRecordTransform
        and not maps[0].flattening_enabled
        and maps[0].stream_alias == stream.name
        and all(stream.mask.values())
    )
