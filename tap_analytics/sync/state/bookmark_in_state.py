"""One stream's bookmark and its place in the state: read, moved, put back.

And where the first run of a stream starts, as far as that is known before any record has come.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_analytics.exceptions import StreamError
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.names import shown
from tap_analytics.sync.state.bookmark import Bookmark
from tap_analytics.sync.state.value_order import is_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context

    from tap_analytics.clock import Clock
    from tap_analytics.reporting.report import StreamReport
    from tap_analytics.sync.state.epoch_unit import EpochUnit
    from tap_analytics.sync.state.sync_window import SyncWindow
    from tap_analytics.sync.state.value_order import Value


class _Run(Protocol):
    @property
    def started_at(self) -> datetime: ...
    @property
    def clock(self) -> Clock: ...


class _StateManager(Protocol):
    is_flushed: bool


class _Stream(Protocol):
    """What a bookmark needs of a stream."""

    name: str
    initial_value: Any

    @property
    def run(self) -> _Run: ...
    @property
    def schema(self) -> dict[str, Any]: ...
    @property
    def span(self) -> SyncWindow: ...
    @property
    def replication_method(self) -> str: ...
    @property
    def replication_key(self) -> str | None: ...
    @property
    def is_timestamp_replication_key(self) -> bool: ...
    @property
    def replication_kind(self) -> str: ...
    @property
    def filtered_by(self) -> str | None: ...
    @property
    def begins_for_children(self) -> bool: ...
    @property
    def since_step(self) -> timedelta: ...
    @property
    def epoch_unit(self) -> EpochUnit: ...
    @property
    def state_manager(self) -> _StateManager: ...
    def get_context_state(self, context: Context | None) -> dict[str, Any]: ...


NUMBERS = ("integer", "number")

_NAMES = ("replication_key", "replication_key_value")


def bookmark_of(stream: _Stream, context: Context | None) -> Bookmark | None:
    """The bookmark of a stream, or of one parent's part; None where it is read in full.

    Raises:
        StreamError: The state's bookmark cannot be read.
    """
    if stream.replication_method != REPLICATION_INCREMENTAL or not stream.replication_key:
        return None
    anew = stream.begins_for_children
    try:
        _check(stream)
        state: Mapping[str, Any] = {} if anew else stream.get_context_state(context)
        bookmark = Bookmark(
            _without_future_day(state, stream.run.started_at),
            stream.replication_key,
            stream.span,
            instants=stream.is_timestamp_replication_key,
            numbers=stream.replication_kind in NUMBERS,
            initial_value=stream.initial_value,
            step=stream.since_step,
        )
        begin_at_start_date(stream, bookmark)
        bookmark.refuse_future(stream.run.started_at)
        # Where the server's clock is ahead, the next run would find it in the future.
        bookmark.ceiling.cap_at(stream.run.clock.utc())
    except StreamError as error:
        message = f"{stream.name}: {error}."
        raise StreamError(message) from error
    return bookmark


def _without_future_day(state: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """A state whose bookmark is no day ahead, as that of a booking: it begins again today.

    A day has begun in the east while this machine still has the one before.
    """
    held = state.get("replication_key_value")
    latest = (now + timedelta(days=1)).date().isoformat()
    if not (isinstance(held, str) and is_date(held) and held > latest):
        return state
    return {**state, "replication_key_value": now.date().isoformat()[: len(held)]}


def _check(stream: _Stream) -> None:
    """Refuse a replication key that cannot be read since a value, or up to one.

    Raises:
        StreamError: It has no order, or it is not the one by which the API filters.
    """
    key, kind = shown(str(stream.replication_key)), stream.replication_kind
    if kind not in {"string", *NUMBERS}:
        message = (
            f"the replication key `{key}` must have one type in the schema: `string`, `integer` or "
            "`number`, or null beside it"
        )
        raise StreamError(message)
    span = stream.span
    if span.end_date and span.end_value is None and not stream.is_timestamp_replication_key:
        message = (
            f"`end_date` is a date-time, and the replication key `{key}` is none: name the span "
            "by `initial_value` and `end_value` in the `incremental` of this resource"
        )
        raise StreamError(message)
    if stream.filtered_by not in {None, stream.replication_key}:
        message = (
            f"the catalog names the replication key `{key}`, but the API is asked for what changed "
            f"by `{shown(str(stream.filtered_by))}`: take that in the catalog, or say in "
            "`resources` how it is asked by the other"
        )
        raise StreamError(message)


def first_start(stream: _Stream) -> Value | None:
    """The replication value that a run without a bookmark asks from; None where it asks for all."""
    if not stream.replication_key:
        return None
    instants = holds_instants(stream)
    start = stream.initial_value
    bookmark = Bookmark(
        {}, stream.replication_key, stream.span, instants=instants, initial_value=start
    )
    begin_at_start_date(stream, bookmark)
    return bookmark.since


def begin_at_start_date(stream: _Stream, bookmark: Bookmark) -> bool:
    """Let a bookmark begin at `start_date` where its values are numbers of a known unit.

    Returns:
        Whether it does not begin at the beginning although there is a `start_date`.
    """
    parts = stream.epoch_unit.parts
    if bookmark.start_is_open and parts is not None and stream.replication_kind in NUMBERS:
        bookmark.begin_at_start_date(parts)
    return not bookmark.start_is_open


def holds_instants(stream: _Stream) -> bool:
    """Whether the replication values of a stream are date-times."""
    if stream.replication_key in stream.schema.get("properties", {}):
        return stream.is_timestamp_replication_key
    # A stream that only takes a sample has no schema yet: the user wrote what its API writes.
    start = stream.initial_value
    try:
        utc_instant(stream.span.start_date if start is None else start)
    except (ValueError, OverflowError):
        return False
    return True


class BookmarkInState:
    """The bookmark of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: _Stream, context: Context | None, report: StreamReport) -> None:
        """Read the bookmark.

        Args:
            stream: Whose it is.
            context: The parent's part.
            report: Gets the bookmark that the next run starts from.

        Raises:
            StreamError: The state's bookmark cannot be read.
        """
        self._stream = stream
        self._context = context
        self._report = report
        self.bookmark = bookmark_of(stream, context)
        """None where the stream is read in full."""
        self._before = dict(stream.get_context_state(context))

    @property
    def _moves(self) -> bool:
        """Whether a later run starts elsewhere: for its children a parent always begins anew."""
        return self.bookmark is not None and not self._stream.begins_for_children

    def checkpoint(self, value: str) -> None:
        """Move to what a reading has settled: a run that breaks later goes on from here."""
        if self.bookmark is not None and self._moves:
            self.bookmark.move_to(value)
            self.move()

    def take_back(self) -> None:
        """Nothing that was settled counts: the next run begins where this one did."""
        if self.bookmark is None:
            return
        self.bookmark.move_to(self.bookmark.old)
        state = self._stream.get_context_state(self._context)
        if state != self._before:
            state.clear()
            state.update(self._before)
            # A checkpoint may have gone out.
            self._stream.state_manager.is_flushed = False
        self._report.bookmark = None

    def move(self) -> None:
        """Write the bookmark into the state as far as it may move."""
        bookmark = self.bookmark
        if bookmark is None or not self._moves:
            return
        state, value = self._stream.get_context_state(self._context), bookmark.next_value
        moved = value is not None and value != bookmark.old
        if moved:
            state["replication_key"] = self._stream.replication_key
            state["replication_key_value"] = value
        elif state.get("replication_key_value") != self._before.get("replication_key_value"):
            # A record that came later took back what had been settled.
            for name in _NAMES:
                state.pop(name, None)
                if name in self._before:
                    state[name] = self._before[name]
        else:
            return
        self._stream.state_manager.is_flushed = False
        self._report.bookmark = str(value) if moved else None

    def where_the_next_run_starts(self) -> str:
        """What became of the bookmark, in words."""
        if self.bookmark is None:
            return "It has no bookmark: the next run reads all of it again"
        held = self._stream.get_context_state(self._context).get("replication_key_value")
        if held != self._before.get("replication_key_value"):
            return f"Its bookmark moved to {held}, and the next run goes on from there"
        if held is None:
            return "It gets no bookmark, so that the next run reads the same range again"
        return "Its bookmark stays where it was, so that the next run reads the same range again"
