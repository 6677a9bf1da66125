"""One stream's bookmark and its place in the state: read, moved, put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_analytics.exceptions import StreamError
from tap_analytics.sync.bookmark import Bookmark

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context

    from tap_analytics.sync.report import StreamReport
    from tap_analytics.sync.stream import SingerStream

_NAMES = ("replication_key", "replication_key_value")


def bookmark_of(stream: SingerStream, context: Context | None) -> Bookmark | None:
    """The bookmark of a stream, or of one parent's part; None where it is read in full.

    Raises:
        StreamError: The state's bookmark cannot be read.
    """
    if stream.replication_method != REPLICATION_INCREMENTAL or not stream.replication_key:
        return None
    anew = stream.begins_for_children
    try:
        bookmark = Bookmark(
            {} if anew else stream.get_context_state(context),
            stream.replication_key,
            stream.span,
            instants=stream.is_timestamp_replication_key,
            initial_value=stream.initial_value,
        )
        bookmark.refuse_future(stream.run.started_at)
    except StreamError as error:
        message = f"{stream.name}: {error}."
        raise StreamError(message) from error
    return bookmark


class BookmarkInState:
    """The bookmark of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: SingerStream, context: Context | None, report: StreamReport) -> None:
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

    def settle(self, value: str) -> None:
        """Move to what a reading has settled: a run that breaks later goes on from here."""
        if self.bookmark is not None and self._moves:
            self.bookmark.settle(value)
            self.move()

    def forget_settled(self) -> None:
        """Nothing that was settled counts: the next run begins where this one did."""
        if self.bookmark is None:
            return
        self.bookmark.settle(self.bookmark.old)
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
