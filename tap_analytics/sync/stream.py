"""The Singer side of a stream: what the sync needs of it, and when the SDK calls for it.

`outgoing_stream.py` says how its records go out, `resource.py` what a resource is,
`page_request.py` how it is requested.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from msgspec.structs import replace
from singer_sdk.exceptions import SyncLifecycleSignal

from tap_analytics.completeness.instants import before
from tap_analytics.exceptions import RunError, StreamError
from tap_analytics.http.call import RequestStats
from tap_analytics.http.failures import unforeseen
from tap_analytics.log_fields import fields
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.records.json import value_at
from tap_analytics.records.kinds import kind_of, only_variant
from tap_analytics.records.names import shown
from tap_analytics.reporting.metrics import RequestMetrics, StreamMetrics, measured
from tap_analytics.sync.failed_parts import FailedParts
from tap_analytics.sync.outgoing_stream import OutgoingStream
from tap_analytics.sync.state.parent_parts import ParentParts, in_state
from tap_analytics.sync.state.value_order import below

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import timedelta

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Schema

    from tap_analytics.reporting.report import StreamReport
    from tap_analytics.rest.endpoint import Endpoint, IgnoredResponse
    from tap_analytics.sync.state.epoch_unit import EpochUnit
    from tap_analytics.sync.state.start_values import StartValues
    from tap_analytics.sync.state.sync_window import SyncWindow
    from tap_analytics.sync.state.value_order import Value

NO_SAMPLE = (
    "{} has no records, so that there is no sample, and no field of this stream is known but its "
    "key; `schema` in `resources` names them"
)


class _Ahead(Protocol):
    def turn_of(self, stream: SingerStream) -> None: ...

    def ask(self, in_turn: SingerStream) -> None: ...


class _RunningTap(Protocol):
    ahead: _Ahead


class SingerStream(OutgoingStream):
    """A stream as the sync needs it: keys, children, and what the settings say of it."""

    primary_keys: Sequence[str] = ()
    replication_key: str | None = None
    resource_read_by: str | None = None
    """The way of reading that a resource asks for, whatever the setting `read_by` says."""

    resource_on_missing_key: str | None = None
    """What becomes of a record without its key, whatever the setting `on_missing_key` says."""

    repeated_names: Sequence[str] | None = None
    """The names that objects in its first records have twice; None where none have come."""

    largest_page: int = 0
    """The most records that a page has held in this run: one with fewer is not full."""

    initial_value: Any = None
    """Where the first sync starts, instead of the setting `start_date`."""

    parent_params: ClassVar[Mapping[str, str]] = {}
    """For a child: what stands for `{param}` in its URL, by the field of the parent's record."""

    derived_fields: ClassVar[Mapping[str, str]] = {}
    """Fields that records get from deeper in them, by the path there."""

    end_value: Any = None
    """Where the reading ends, instead of the setting `end_date`."""

    lag: float | None = None
    """How far before the bookmark to read again, instead of the setting `lookback`."""

    ignored: tuple[IgnoredResponse, ...] = ()
    """Responses that hold no records and are no error."""

    include_from_parent: ClassVar[Mapping[str, str]] = {}
    """For a child: the fields of its own records that hold fields of the parent's."""

    def __init__(self, tap: Tap, schema: dict[str, Any] | Schema) -> None:
        """Create the stream of a tap.

        Args:
            tap: What the stream belongs to; its `run` is shared by all streams.
            schema: The JSON schema of its records.
        """
        super().__init__(tap, schema=schema)
        self.parents = self.parents_left_out = 0
        """For a child: the parent's records so far, and those that lack what it is asked for by."""
        self.deletes_nothing: str | None = None
        """Why a target may delete nothing though all is proven; None where it may."""
        self.failed_parts = FailedParts()
        self._request_metrics = RequestMetrics(self)
        self.stats = RequestStats(on_response=self._request_metrics.responded)
        self.metrics: StreamMetrics | None = None
        """What counts the records and requests of the sync that is under way."""
        self.not_sampled: StreamError | None = None
        """Why no schema could be inferred: the stream cannot be read in this run."""

    @abstractmethod
    def sync_records(self, context: Context | None) -> None:
        """Read the stream, or one parent's part of it, until its sync is proven, and send it.

        Raises:
            StreamError: The stream cannot be read.
            RunError: No stream can be read.
        """

    @abstractmethod
    def find_endpoint(self, context: Context | None) -> Endpoint:
        """What reading pages needs to know of the stream, or of one parent's part of it.

        Requests are sent for it, unless `first_page_is_known`.

        Raises:
            StreamError: Such a request failed as others would.
            RunError: The same, for all streams.
        """

    @property
    @abstractmethod
    def known_base_page(self) -> int | None:
        """The first page's number, as an earlier run has found it for this very list."""

    @property
    @abstractmethod
    def list_digest(self) -> str:
        """What tells the list from one at another address, or with another page parameter."""

    @property
    @abstractmethod
    def first_page_is_known(self) -> bool:
        """Whether no trial has to show first how its pages are asked for."""

    @property
    def is_read_by_itself(self) -> bool:
        """Whether it is read, and not once for each record of a parent."""
        if self.not_sampled is not None:
            return False
        wanted = self.selected or self.has_selected_descendents
        return wanted and self.parent_stream_type is None

    @property
    def ahead(self) -> _Ahead:
        """What asks for the first pages of the streams that come next."""
        return cast("_RunningTap", self._tap).ahead

    @property
    def begins_for_children(self) -> bool:
        """Whether it is read from its own initial value on in every run, for its children."""
        children = any(child.selected for child in self.child_streams)
        return children and self.initial_value is not None

    @property
    def own_keys(self) -> list[str]:
        """The fields of its key that the API sends with each record."""
        added = {ROW_HASH, *self.include_from_parent}
        return [key for key in self.primary_keys if key not in added]

    @property
    def logger(self) -> logging.Logger:
        """The tap's own: each message names its stream by itself."""
        logger: logging.Logger = self._tap.logger
        return logger

    @property
    def span(self) -> SyncWindow:
        """What to read of the stream, as the settings and the resource say."""
        return replace(self.run.span, end_value=self.end_value, lag=self.lag)

    def derive(self, record: Record) -> None:
        """Give a record, as it came, the fields that it gets from deeper in it."""
        for name, path in self.derived_fields.items():
            record[name] = value_at(record, path)

    @property
    def replication_kind(self) -> str:
        """The type of the replication key beside null; "" where it has several or none."""
        return kind_of(self._replication_schema)

    @property
    def is_timestamp_replication_key(self) -> bool:
        """Whether the replication key is a date-time."""
        is_text = self.replication_kind == "string"
        return is_text and self._replication_schema.get("format") == "date-time"

    @property
    def _replication_schema(self) -> Mapping[str, Any]:
        return only_variant(self.schema.get("properties", {}).get(self.replication_key, {}))

    @property
    @abstractmethod
    def asked_end(self) -> object:
        """The end before which the API is asked for records, in its form; None for none."""

    @property
    @abstractmethod
    def filtered_by(self) -> str | None:
        """The field by which the API filters what changed; None where it is asked for all."""

    @property
    def read_by(self) -> str:
        """The way of reading that is asked for: auto, keyset, windows or pages."""
        return self.resource_read_by or self.run.settings.read_by

    @property
    def on_missing_key(self) -> str:
        """What becomes of a record without its key: `skip` or `hash`."""
        return self.resource_on_missing_key or self.run.settings.on_missing_key

    @property
    @abstractmethod
    def start_values(self) -> StartValues:
        """The form in which start values are asked for, remembered from run to run."""

    @property
    @abstractmethod
    def epoch_unit(self) -> EpochUnit:
        """In which unit the numbers of the replication key count time, as far as known."""

    @property
    @abstractmethod
    def since_step(self) -> timedelta:
        """The least step between two start values that the API can tell apart, as far as known."""

    def step_before(self, value: Value) -> Value | None:
        """The start value that lies a step before another; None where there is none."""
        if self.is_timestamp_replication_key:
            return before(str(value), self.since_step)
        return below(value)

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: `Ceiling.cap_at` keeps bookmarks from passing the start of the run."""

    @property
    def children(self) -> list[SingerStream]:
        """The streams that are read once for each record of this one, as far as they are wanted."""
        children = cast("list[SingerStream]", self.child_streams)
        return [child for child in children if child.selected or child.has_selected_descendents]

    def get_context_state(self, context: Context | None) -> dict[str, Any]:
        """The stream's part of the state, or one parent's part of that."""
        return super().get_context_state(in_state(context) if context else None)

    def parent_named(self, context: Context | None) -> str:
        """For a child: which record of its parent a part belongs to, in brackets behind a blank."""
        if not context:
            return ""
        values = [
            f"`{shown(field)}` {shown(str(context[param]))}"
            for param, field in self.parent_params.items()
        ]
        return f" ({self._parent_name}: {', '.join(values)})"

    @property
    def _parent_name(self) -> str:
        # Its class, which has the name, too.
        return cast("SingerStream", self.parent_stream_type).name

    @cached_property
    def parts(self) -> ParentParts:
        """For a child: the part of its state that belongs to each of its parents."""
        return ParentParts(self)

    def _sync_records(
        self,
        context: Context | None = None,
        *,
        write_messages: bool = True,  # noqa: ARG002  # false only for BATCH, which the tap has not
    ) -> Generator[Record]:
        """Read the stream until its sync is proven, and write what it holds.

        The SDK's own loop costs most of a record's time and knows one pass only. A failure is kept
        for the report, so that the other streams go on; a dry run has no report, and raises it.
        """
        self.ahead.turn_of(self)
        report = self.run.report.stream(self.name)
        if self.run.fatal_error or report.status == "failed":
            return
        try:
            metrics = measured(self, self.stats, self._request_metrics, context)
            with metrics as self.metrics:
                self.sync_records(context)
            self.failed_parts.was_read()
        except (StreamError, RunError) as error:
            if self.ABORT_AT_RECORD_COUNT is not None:
                raise
            if (
                context
                and error is not self.not_sampled
                and self.failed_parts.may_go_on(error, self.parent_named(context))
            ):
                self._fail_part(report, str(error))
                return
            self._fail(report, str(error))
            if isinstance(error, RunError):
                self.run.fatal_error = error
                raise
        except (OSError, SyncLifecycleSignal):
            # The output's: a closed pipe or a full disk is every stream's trouble. Or a dry run has
            # come to its end.
            raise
        except Exception as error:
            if self.ABORT_AT_RECORD_COUNT is not None:
                raise StreamError(self._unforeseen(error)) from error
            self._fail(report, self._unforeseen(error))
        yield from ()

    def _write_schema_message(self) -> None:
        # No table is made of a schema without its fields.
        if self.not_sampled is None:
            super()._write_schema_message()

    def remember(self, name: str, value: object) -> None:
        """Keep what was found out about the API in the stream's state, which goes out with it."""
        self.stream_state[name] = value
        self.state_manager.is_flushed = False

    def _fail(self, report: StreamReport, error: str) -> None:
        """Report a failure, and tell it here alone: a sentence, not a traceback."""
        report.fail(error)
        self.logger.error(error, extra=fields("stream_failed", self.name, error=error))

    def _fail_part(self, report: StreamReport, error: str) -> None:
        """Report that it could not be read for one parent, and is read for the others."""
        if self.run.verify != "none":
            report.judge("not proven")
        if not self.failed_parts.any_untold:
            self.logger.error(error, extra=fields("part_failed", self.name, error=error))

    def read_nothing(self) -> None:
        """For a child: its parent has no records, so that it has none either."""
        report = self.run.report.stream(self.name)
        if self.not_sampled is not None:
            self._fail(report, str(self.not_sampled))
            return
        added = {*self.primary_keys, *self.include_from_parent, self.replication_key}
        if not self.schema["properties"].keys() - added - {ADDITIONAL_PROPERTIES}:
            # The types of its key are not known either.
            self.deletes_nothing = NO_SAMPLE.format(self._parent_name)
        elif self.selected and self.version_to_activate is not None:
            self._write_schema_message()
        report.begin(started_from=None, range_start=None, range_end=None)
        report.judge("not verified" if self.run.verify == "none" else "proven")
        report.succeed()

    def fail_for_parts(self) -> None:
        """Report in the end that it could not be read for some parents."""
        report = self.run.report.stream(self.name)
        error = self.failed_parts.sentence(self.name, self._parent_name, self.parents)
        if error is not None and report.status != "failed":
            self._fail(report, error)

    def _unforeseen(self, error: Exception) -> str:
        return unforeseen(error, self.name, self.run.http_client.secrets(), self.logger)

    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:  # noqa: ANN401  # the SDK's own
        """Log what the SDK says of a stream, but no errors: each has a sentence of its own.

        The SDK calls every exception "unhandled" that passes through its `sync`.
        """
        if level < logging.ERROR:
            kwargs.setdefault("extra", fields("message", self.name))
            self.logger.log(level, message, *args, **kwargs)
