"""The way out of a stream: its SCHEMA, RECORD, STATE and ACTIVATE_VERSION messages."""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

from singer_sdk import RESTStream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform, SameRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage, StateMessage
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE

from tap_analytics.sync.message_writer import MessageWriter
from tap_analytics.sync.state.state_writer import StateWriter
from tap_analytics.sync.stream_maps import Columns, naming_expressions

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Record
    from singer_sdk.singerlib import Schema

    from tap_analytics.sync.run import RunContext


class _RunningTap(Protocol):
    run: RunContext


class OutgoingStream(RESTStream[Any]):
    """What is used or replaced of the SDK's for the messages of a stream."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The SDK conforms nothing: `records/conform.py` has done so, compiled for the stream."""

    write_disposition: str = "merge"

    def __init__(self, tap: Tap, schema: dict[str, Any] | Schema) -> None:
        """Create the stream of a tap.

        Args:
            tap: What the stream belongs to; its `run` is shared by all streams.
            schema: The JSON schema of its records.
        """
        super().__init__(tap, schema=schema)
        self._schema_written = False

    @property
    def run(self) -> RunContext:
        """What all streams of the run share."""
        return cast("_RunningTap", self._tap).run

    @property
    def message_writer(self) -> Any:  # noqa: ANN401  # the tap's own, or another of the SDK's
        """What messages are written with."""
        return self._tap.message_writer

    @property
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK sends them before the records, `StreamSync` does after a proven pass."""
        return False

    @property
    def version_to_activate(self) -> int | None:
        """The version that records carry so that a target can delete those without it."""
        wanted = self.run.settings.emit_activate_version_messages
        wanted = wanted or self.write_disposition == "replace"
        if wanted and self.replication_method == REPLICATION_FULL_TABLE:
            return self._tap.initialized_at // 1000
        return None

    @cached_property
    def tables(self) -> frozenset[str]:
        """What its records go out as: stream maps may give it another name, or several."""
        maps = [each for each in self.stream_maps if not isinstance(each, RemoveRecordTransform)]
        return frozenset(each.stream_alias for each in maps)

    def activate(self, version: int) -> None:
        """Let the target delete every record of another version.

        It deletes the rows of all streams that go into a table: the last of them tells it so.
        """
        proven = self.run.proven_in_full
        proven.add(self.name)
        streams = cast("Mapping[str, OutgoingStream]", self._tap.streams).values()
        for table in sorted(self.tables):
            if all(each.name in proven for each in streams if each.writes_into(table)):
                self._tap.write_message(ActivateVersionMessage(stream=table, version=version))
                self._state_is_followed()

    def writes_into(self, table: str) -> bool:
        """Whether its records go into a table."""
        return table in self.tables and self.selected

    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        """None: the tap writes no files; `config/validation.py` says so."""

    def _write_schema_message(self) -> None:
        """Write the schema once: a child is synced once per parent, and its schema stays."""
        if not self._schema_written:
            super()._write_schema_message()
            self._schema_written = True
            self._state_is_followed()

    @property
    def sends_unchanged(self) -> bool:
        """Whether records need nothing of the SDK: no stream map, no flattening, all selected."""
        maps = self.stream_maps
        return (
            isinstance(self.message_writer, MessageWriter)
            and len(maps) == 1
            and type(maps[0]) is SameRecordTransform
            and not maps[0].flattening_enabled
            and maps[0].stream_alias == self.name
            and all(self.mask.values())
        )

    def write_mapped(
        self, records: Sequence[Record], version: int | None, lost: Counter[str]
    ) -> int:
        """Write records the SDK's way: selected properties only, through the stream maps.

        Args:
            records: The records.
            version: The version that they carry.
            lost: Counts values that no column can take.

        Returns:
            How many went out: a filter of the user's may leave some out.

        Raises:
            StreamError: A record is nested too deeply, or an expression fails on it.
        """
        self._stream_version = version
        written = 0
        for record in records:
            self._columns.put_aside(record)
            with naming_expressions(self.name):
                messages = [*self._generate_record_messages(record)]
            for message in messages:
                self._columns.keep_known(message.stream, message.record, lost)
                self._tap.write_message(message)
            written += bool(messages)
            self.state_manager.is_flushed = False
            self._state_is_followed()
        return written

    def try_maps(self, records: Sequence[Record]) -> None:
        """Compute what stream maps make of records, and write none.

        Raises:
            StreamError: A record is nested too deeply, or an expression fails on it.
        """
        for record in () if self.sends_unchanged else records:
            sent = deepcopy(record)
            self._columns.put_aside(sent)
            with naming_expressions(self.name):
                deque(self._generate_record_messages(sent), maxlen=0)

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self)

    def _state_is_followed(self) -> None:
        """A message was written: the last state is no longer the end of the output."""
        state_writer = self._tap.state_writer
        if isinstance(state_writer, StateWriter):
            state_writer.followed = True

    def flush(self) -> None:
        """Write what was gathered: nothing is held back while the tap waits."""
        if isinstance(self.message_writer, MessageWriter):
            self.message_writer.flush()

    def write_state(self) -> None:
        """Write the state of all streams as it is now, behind the records written so far."""
        self.message_writer.write_message(StateMessage(value=self.tap_state))

    def abort(self, reason: Exception) -> None:
        """End a dry run as the SDK ends one: with the state, in which nothing has moved."""
        self.state_manager.is_flushed = False
        self._abort_sync(reason)
