"""Asks for the first pages of the streams that come next, while the one in turn is read.

A run over many streams with little to read would otherwise wait for one lone request after the
other. Nothing else changes: streams are read in their order. A page that waits for its turn for
too long is asked for again, and no more are asked for ahead then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.exceptions import StreamError
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.questions import page_query
from tap_analytics.sync.reading.ways_of_reading import SinglePassReading, single_pass_reading
from tap_analytics.sync.state.bookmark_in_state import bookmark_of
from tap_analytics.sync.state.failed_ways import FailedWays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.rest.endpoint import Endpoint
    from tap_analytics.sync.stream import SingerStream

MOST_AHEAD = 3
"""First pages on their way or waiting beside the stream in turn."""


class Ahead:
    """The streams of a run in their order, and how far ahead their first pages are asked for."""

    def __init__(self, streams: Sequence[SingerStream]) -> None:
        """Begin with the first stream.

        Args:
            streams: Those that will be read, in their order; children are not among them.
        """
        self._coming = list(streams)
        self._states: dict[str, Any] = {}
        """Parts of the state that are there only because a stream was asked for ahead."""

    def turn_of(self, stream: SingerStream) -> None:
        """A stream's turn has come: it finds the state as if nobody had looked at it."""
        if stream in self._coming:
            self._coming = self._coming[self._coming.index(stream) + 1 :]
        if stream.name in self._states:
            stream.tap_state["bookmarks"].setdefault(stream.name, self._states.pop(stream.name))

    def ask(self, in_turn: SingerStream) -> None:
        """Ask for first pages, as far as the run's limits allow it beside the stream in turn."""
        run = in_turn.run
        pages = run.first_pages
        if not pages.may_be_asked or in_turn.ABORT_AT_RECORD_COUNT is not None:
            return
        # A limit by the minute is the time that the run takes, whoever asks first.
        if run.settings.requests_per_minute:
            return
        most = min(MOST_AHEAD, run.concurrency - 1)
        for stream in self._coming:
            if pages.too_old or pages.besides(in_turn.name) >= most:
                return
            if stream.name not in pages:
                self._ask_for(stream)

    def _ask_for(self, stream: SingerStream) -> None:
        known = stream.name in stream.tap_state.get("bookmarks", {})
        try:
            if stream.first_page_is_known:
                _ask(stream, stream.find_endpoint(None))
        except StreamError:
            # The stream itself meets it, and says it, when its turn has come.
            pass
        finally:
            # The state that goes out meanwhile has nothing of a stream that has not begun.
            if not known and stream.name in stream.tap_state.get("bookmarks", {}):
                self._states[stream.name] = stream.tap_state["bookmarks"].pop(stream.name)


def _ask(stream: SingerStream, endpoint: Endpoint) -> None:
    bookmark = bookmark_of(stream, None)
    failed = FailedWays(stream.get_context_state(None), stream.run.clock.utc())
    way = single_pass_reading(stream, endpoint, bookmark, failed)
    reader = PageReader(endpoint, stream.run.http_client, stream.run.clock)
    if isinstance(way, SinglePassReading):
        for question in way.reading.questions()[:1]:
            query = page_query(question, way.paginator, way.order_by)
            reader.ask_ahead(query, trial=question.trial)
    else:
        since = bookmark.since if bookmark else None
        reader.ask_ahead(PageQuery(endpoint.paginator.first, since))
