"""The way of a record: conformed, keyed, encoded, judged by the way of reading, written."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from itertools import compress
from operator import and_
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from singer_sdk.exceptions import MaxRecordsLimitException

from tap_analytics.completeness.equal_rows import numbered
from tap_analytics.completeness.reading import Row
from tap_analytics.records.added_fields import ROW_HASH
from tap_analytics.records.encoding import encode, record_envelope
from tap_analytics.records.keys import key_writer
from tap_analytics.records.typed import TypedWay, typed_reader
from tap_analytics.reporting.report import Counts
from tap_analytics.sync.losses import Losses
from tap_analytics.sync.record_conversion import RecordConversion
from tap_analytics.sync.refusals import Refusals
from tap_analytics.sync.state.replication_values import ReplicationValues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.records.json import JSON
    from tap_analytics.records.typed import Reader, ReadRecord
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.response.unloadable import Cleaning
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.state.value_order import Value
    from tap_analytics.sync.stream import SingerStream

NOT_SENT = b""
"""Stands for the JSON of a record that lacks its key: it counts, and no target could take it."""


class PreparedRecords(Struct):
    """The records of one page, ready to be judged and sent; the lists go together."""

    bodies: list[bytes]
    """Each record as JSON."""

    keys: Sequence[int]
    """A signed 64-bit hash of its key; of all its contents where it has none, and then of how many
    equal ones stand before it on the page."""

    contents: Sequence[int]
    """A signed 64-bit hash of the record as it would go out."""

    times: ReplicationValues

    key_values: list[Any]
    """Its key as it came: the value of the one field, or a tuple; None where it lacks it."""

    records: list[Record]
    """The records themselves; none where nobody needs more of them than the above."""

    came: Sequence[Mapping[str, JSON]] = ()
    """Of each record what its children are asked for with, as the API sent it."""

    @property
    def rows(self) -> list[Row]:
        """What a way of reading in one pass gets to see."""
        return list(map(Row, self.keys, self.contents, self.times.values))  # type: ignore[arg-type]  # such a way needs instants


class RecordPipeline:
    """Writes the records of one stream, or of one parent's part of a child stream.

    Everything that is decided per stream is decided here, before the first page.
    """

    def __init__(
        self,
        stream: SingerStream,
        context: Context | None,
        window: Bookmark | None,
    ) -> None:
        """Prepare the way.

        Args:
            stream: Whose records they are.
            context: What a child's records get of their parent's.
            window: Says which records are to go out, by their replication values; None for all.
        """
        self._stream = stream
        self._window = window
        self._keys = tuple(stream.primary_keys)
        self._keyless = not self._keys or ROW_HASH in self._keys
        self._replication_key = str(stream.replication_key)
        self._losses = Losses(stream)
        self._conversion = RecordConversion(stream, context, self._losses)
        self.key_can_be_filled = self._conversion.key_can_be_filled
        self.key_forms = self._conversion.key_forms
        self._write_key = key_writer(stream.effective_schema, self._keys)
        self._start_values = stream.start_values
        self._plain = stream.sends_unchanged
        self._keeps_records = bool(stream.children) or not self._plain
        needs_dicts = self._conversion.adds_fields or self._keeps_records
        self._typed = None if needs_dicts else TypedWay(self._typed_reader)
        self._holds = window if stream.run.verify != "none" else None
        self.counts = Counts()
        self._conversion.count_in(self.counts)
        self._counts_for_good = Counts()
        """Of the part of the stream that no further pass reads."""
        self.refusals = Refusals(stream, context)
        self.error_members: dict[str, str] = {}
        """Pages whose envelope tells of an error beside the records, by the name of the member."""
        self._error_members_for_good: dict[str, str] = {}
        self.sent = 0
        """How many records were to go out."""
        self.written = 0
        """How many did: a filter of `stream_maps` may leave some out."""

    def _typed_reader(self, order: Sequence[str]) -> Reader | None:
        observe = self._start_values.observe if self._start_values.observes else None
        return typed_reader(
            self._stream.effective_schema,
            order,
            keys=self._keys,
            replication_key=self._replication_key,
            observe=observe,
        )

    @property
    def doubt(self) -> timedelta:
        """How much later than its time says a record may have changed, as far as that is known."""
        return self._window.ceiling.doubt if self._window is not None else timedelta()

    def begin(self) -> None:
        """A pass starts: count anew, on top of what no pass reads again."""
        if self._holds is not None:
            self._holds.release()
        counts = Counts()
        counts.add(self._counts_for_good)
        self._count_in(counts)
        self.key_forms.begin()
        self.error_members = dict(self._error_members_for_good)

    def count_for_good(self) -> None:
        """What was read so far is not read again: what was lost of it stays counted."""
        if self._holds is not None:
            self._holds.hold_for_good()
        self._counts_for_good, self._error_members_for_good = self.counts, self.error_members

    def _count_in(self, counts: Counts) -> None:
        """Count in these from now on: adding to them makes new counters."""
        self.counts = counts
        self._conversion.count_in(counts)

    def prepare(self, page: Page) -> PreparedRecords:
        """Make the records of a page ready to be judged and sent.

        Raises:
            StreamError: A record cannot be read.
        """
        cleaning = self._conversion.begin_page()
        records: list[Record] = []
        read = self._typed.read if self._typed else None
        found = page.records.read_by(read) if read else []
        if found and all(found):
            bodies, key_values, times = map(list, zip(*found, strict=True))
        else:
            bodies, key_values, times = self._by_dict(page, found, cleaning, records)
        self._losses.escaped_texts(cleaning.escaped, self.counts)
        if self._typed is not None:
            self._typed.page(len(bodies))
        values = self._observed(times, page)
        contents = list(map(hash, bodies))
        # As text, because numbers can share a hash: that of -1 is that of -2.
        several = len(self._keys) != 1
        keys = list(map(hash, key_values if several else map(self._write_key, key_values)))
        if None in key_values:
            for index, key in enumerate(key_values):
                if key is None:
                    keys[index] = contents[index]
                    bodies[index] = NOT_SENT if self._keys else bodies[index]
        if self._keyless:
            keys = numbered(keys)
        self.key_forms.page(keys, key_values)
        return PreparedRecords(
            bodies, keys, contents, values, key_values, records, self._conversion.came
        )

    def _by_dict(
        self,
        page: Page,
        found: Sequence[ReadRecord | None],
        cleaning: Cleaning,
        records: list[Record],
    ) -> tuple[list[bytes], list[Any], list[Any]]:
        """The records of a page as JSON, with their keys and times.

        Args:
            page: The page.
            found: What its stream's own class could read of it.
            cleaning: Counts what could not be loaded.
            records: Gets the records themselves, where they are kept.
        """
        bodies: list[bytes] = []
        key_values: list[Any] = []
        times: list[Any] = []
        one_key = self._keys[0] if len(self._keys) == 1 else None
        for came in page.decoded(cleaning, found):
            if isinstance(came, tuple):
                body, key, time = came
            else:
                record = self._conversion.convert(came, page, len(bodies))
                if self._typed is not None:
                    record = self._typed.by_other_way(record)
                key = record.get(one_key) if one_key else self._key_of_several(record)
                time = record.get(self._replication_key)
                body = encode(record)
                if self._keeps_records:
                    records.append(record)
                if key is None and self._keys:
                    self._without_key(record, time)
            bodies.append(body)
            key_values.append(key)
            times.append(time)
        return bodies, key_values, times

    def _observed(self, times: Sequence[Value | None], page: Page) -> ReplicationValues:
        """The replication values of a page, which the bookmark has seen."""
        values = ReplicationValues.of(times)
        if self._window is not None:
            self.counts.without_replication_value += len(times) - len(values.present)
            self._window.came(values.present)
            self._window.responded(
                page.server_time or page.answered_at,
                timedelta(seconds=page.answered - page.sent),
                values,
                name_no_zone=self._start_values.name_no_zone,
            )
        return values

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Count nothing of what is prepared meanwhile, as it has come or will come again.

        What takes the proof away stays known: it may have come this once.
        """
        counts = self.counts
        self._count_in(Counts())
        try:
            yield
        finally:
            counts.without_key = max(counts.without_key, self.counts.without_key)
            counts.lost |= self._losses.lost(self.counts)
            self._count_in(counts)

    def send(
        self, page: Page, prepared: PreparedRecords, marks: Sequence[bool]
    ) -> tuple[list[Record], list[Mapping[str, JSON]]]:
        """Write what is to go out of a page.

        Args:
            page: The page that the records are of.
            prepared: What `prepare` made of it.
            marks: For each record whether it has not been sent like this before.

        Returns:
            The marked records, in the window or not, and what came of them: their children are to
            be read.
        """
        sendable = [body is not NOT_SENT for body in prepared.bodies]
        marks = list(map(and_, marks, sendable))
        going_out: Sequence[bool] = marks
        if self._window is not None:
            if self._start_values.unordered:
                self._window.allow_mixed_forms()
            wanted = self._window.wanted(prepared.times)
            self.counts.outside_range += sum(sendable) - sum(map(and_, sendable, wanted))
            going_out = list(map(and_, marks, wanted))
        out = prepared.bodies if self._plain else prepared.records
        self._write(list(compress(out, going_out)), page)
        return list(compress(prepared.records, marks)), list(compress(prepared.came, marks))

    def _key_of_several(self, record: Record) -> tuple[str, ...] | None:
        """The key of a record, as text; None where it lacks it, or has none to have."""
        values = [record.get(name) for name in self._keys]
        return tuple(map(self._write_key, values)) if values and None not in values else None

    def _write(self, out: list[Any], page: Page) -> None:
        stream = self._stream
        limit = stream.ABORT_AT_RECORD_COUNT
        stopped = limit is not None and self.sent + len(out) > limit
        if stopped:
            out = out[: max(0, (limit or 0) - self.sent)]
        if stream.selected:
            self.sent += len(out)
            written = len(out)
            if self._plain:
                version = stream.version_to_activate
                before, after = record_envelope(stream.name, version, page.answered_at)
                stream.message_writer.write_records(out, before, after)
            else:
                lost = self._losses.without_column
                written = stream.write_mapped(out, stream.version_to_activate, lost)
            self.written += written
            if stream.metrics is not None:
                stream.metrics.count(written)
        if stopped:
            stream.flush()
            stream.abort(MaxRecordsLimitException("The dry run's records have been read."))

    def remember(self) -> bool:
        """Note in the state which fields have been logged; whether that is new."""
        return self._losses.remember()

    def count_lost(self) -> None:
        """All is read: what is nowhere in the output is counted whole."""
        self.counts.lost = self._losses.lost(self.counts)

    def losses(self) -> list[str]:
        """What the last pass read that is not in the output, one sentence per reason."""
        return [
            *self._losses.sentences(self.counts),
            *self.key_forms.sentences(),
            *self._losses.repeated_names(),
        ]

    def _without_key(self, record: Record, value: Value | None) -> None:
        window = self._window
        if window is not None and not window.includes(value):
            return
        self._losses.without_key(record, self.counts)
        if self._holds is not None:
            self._holds.hold_before(value)
