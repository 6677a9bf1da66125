"""The way of a record: conformed, keyed, encoded, judged by the way of reading, written."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from hashlib import blake2b
from itertools import compress
from operator import and_
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from singer_sdk.exceptions import MaxRecordsLimitException

from tap_analytics.completeness.reading import Row
from tap_analytics.exceptions import StreamError
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.records.conform import Conformer
from tap_analytics.records.encoding import encode, encode_sorted, record_envelope
from tap_analytics.records.json import value_at
from tap_analytics.records.non_conforming import InvalidValueError
from tap_analytics.records.typed import TypedWay, typed_reader
from tap_analytics.reporting.report import Counts
from tap_analytics.rest.response.unloadable import Cleaning
from tap_analytics.sync.children import wanted_by_children
from tap_analytics.sync.kept_values import is_one_text_key
from tap_analytics.sync.losses import Losses
from tap_analytics.sync.state.replication_values import ReplicationValues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.records.json import JSON
    from tap_analytics.records.typed import Reader
    from tap_analytics.rest.page import Page
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
    """A signed 64-bit hash of its key; of all its contents where it has none."""

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
        schema = stream.effective_schema
        self._keys = tuple(stream.primary_keys)
        self._replication_key = str(stream.replication_key)
        self._hashed = ROW_HASH in self._keys
        inherited = {name: (context or {})[name] for name in stream.include_from_parent}
        self._derives = bool(stream.derived_fields)
        added = {ROW_HASH, *inherited} if self._hashed else inherited
        # Of a stream that is read for its children only, nothing is wanted, and all may be needed.
        unwanted = [path for path, wanted in stream.mask.items() if stream.selected and not wanted]
        self._conformer = Conformer(
            schema, added=added, left_out=unwanted, on_invalid=stream.run.settings.on_invalid
        )
        self._losses = Losses(stream)
        self._start_values = stream.start_values
        self.key_can_be_filled = is_one_text_key(schema, self._keys)
        """Whether `on_missing_key: hash` has something to fill."""
        self._fills_key = stream.on_missing_key == "hash" and self.key_can_be_filled
        # The same for every record: they are made to fit once.
        self._inherited = dict(inherited)
        if inherited:
            self._inherited |= Conformer(schema).conform(Cleaning().clean(dict(inherited)))
            self._inherited.pop(ADDITIONAL_PROPERTIES, None)
        self._plain = stream.sends_unchanged
        self._inherited_as_sent = inherited
        self._for_children = wanted_by_children(stream) - {ROW_HASH}
        self._came: list[Mapping[str, JSON]] = []
        self._originals: dict[str, str] | None = {} if self._for_children else None
        self._keeps_records = bool(stream.children) or not self._plain
        adds = self._derives or self._hashed or self._inherited or self._keeps_records
        self._typed = None if adds else TypedWay(self._typed_reader)
        self._holds = window if stream.run.verify != "none" else None
        self.counts = Counts()
        self._counts_for_good = Counts()
        """Of the part of the stream that no further pass reads."""
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

    def begin(self) -> None:
        """A pass starts: count anew, on top of what no pass reads again."""
        if self._holds is not None:
            self._holds.release()
        counts = Counts()
        counts.add(self._counts_for_good)
        self._count_in(counts)
        self.error_members = dict(self._error_members_for_good)

    def count_for_good(self) -> None:
        """What was read so far is not read again: what was lost of it stays counted."""
        if self._holds is not None:
            self._holds.hold_for_good()
        self._counts_for_good, self._error_members_for_good = self.counts, self.error_members

    def _count_in(self, counts: Counts) -> None:
        """Count in these from now on: adding to them makes new counters."""
        self.counts = counts
        self._conformer.count_into(counts.unknown_fields, counts.converted)

    def prepare(self, page: Page) -> PreparedRecords:
        """Make the records of a page ready to be judged and sent.

        Raises:
            StreamError: A record cannot be read.
        """
        bodies: list[bytes] = []
        key_values: list[Any] = []
        times: list[Any] = []
        records: list[Record] = []
        self._came = []
        one_key = self._keys[0] if len(self._keys) == 1 else None
        cleaning = Cleaning(removed=self.counts.removed_characters, originals=self._originals)
        # Each as it came, or ready where its stream's own class could read it.
        for came in page.decoded(cleaning, self._typed.read if self._typed else None):
            if isinstance(came, tuple):
                body, key, time = came
            else:
                record = self._conformed(came, page)
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
        self._losses.escaped_texts(cleaning.escaped, self.counts)
        if self._typed is not None:
            self._typed.page(len(bodies))
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
        contents = list(map(hash, bodies))
        # As text, because numbers can share a hash: that of -1 is that of -2.
        keys = list(map(hash, map(str, key_values) if one_key else key_values))
        if None in key_values:
            for index, key in enumerate(key_values):
                if key is None:
                    keys[index] = contents[index]
                    bodies[index] = NOT_SENT if self._keys else bodies[index]
        return PreparedRecords(bodies, keys, contents, values, key_values, records, self._came)

    def _as_sent(self, record: Record) -> dict[str, JSON]:
        """What the children of a record are asked for with, before anything is done with it."""
        values = {field: value_at(record, field) for field in self._for_children}
        if self._originals:
            values |= self._originals
            self._originals.clear()
        return values | self._inherited_as_sent

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

    def _conformed(self, record: Record, page: Page) -> Record:
        """A record as it came, made ready.

        Raises:
            StreamError: A field cannot hold its value, and the stream is to fail for it.
        """
        # Of the record as it came, whatever order its fields came in: neither the schema nor
        # the parent may give the same record another key in another run.
        fills_key = self._fills_key and record.get(self._keys[0]) is None
        hashed = self._hashed or fills_key
        row_hash = blake2b(encode_sorted(record), digest_size=16) if hashed else None
        if self._derives:
            self._derive(record)
        if self._for_children:
            self._came.append(self._as_sent(record))
        if self._start_values.observes:
            self._start_values.observe(record.get(self._replication_key))
        try:
            self._conformer.conform(record)
        except InvalidValueError as error:
            value = self._losses.excerpt(error.found.value)
            message = (
                f"{self._stream.name}: in a record of {page.label} {error}: {value}. "
                "Correct the schema, or set `on_invalid` to `keep`."
            )
            raise StreamError(message) from error
        if self._inherited:
            record.update(self._inherited)
        if row_hash and fills_key:
            record[self._keys[0]] = f"{ROW_HASH}:{row_hash.hexdigest()}"
            self.counts.filled_keys += 1
        elif row_hash:
            record[ROW_HASH] = row_hash.hexdigest()
        non_conforming = self._conformer.non_conforming
        if non_conforming:
            self._losses.invalid_values(record, non_conforming, self.counts)
            non_conforming.clear()
        return record if self._typed is None else self._typed.by_other_way(record)

    def _derive(self, record: Record) -> None:
        """Give a record the fields from deeper in it; its own of such a name are kept beside."""
        own = {name: record[name] for name in self._stream.derived_fields if name in record}
        self._stream.derive(record)
        record.update({f"{name} (of the record)": value for name, value in own.items()})

    def _key_of_several(self, record: Record) -> tuple[str, ...] | None:
        """The key of a record, as text; None where it lacks it, or has none to have."""
        values = [record.get(name) for name in self._keys]
        return tuple(map(str, values)) if values and None not in values else None

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
        """Note in the state which fields have been told; whether that is new."""
        return self._losses.remember()

    def count_lost(self) -> None:
        """All is read: what is nowhere in the output is counted whole."""
        self.counts.lost = self._losses.lost(self.counts)

    def losses(self) -> list[str]:
        """What the last pass read that is not in the output, one sentence per reason."""
        return self._losses.sentences(self.counts)

    def _without_key(self, record: Record, value: Value | None) -> None:
        window = self._window
        if window is not None and not window.includes(value):
            return
        self._losses.without_key(record, self.counts)
        if self._holds is not None:
            self._holds.hold_before(value)
