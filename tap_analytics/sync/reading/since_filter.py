"""Whether an API that is asked for what changed since a time goes back as far as that time.

A server may read a start value in another time zone, or compare it with another field. Then what
lies between is left out of every response, and nothing tells. But a record that is asked for since
its own time does not come. Keyset reading finds that out by itself; this is for the other ways.
"""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

from tap_analytics.completeness.instants import MICROSECOND, before
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.sync.reading.end_check import contradicted

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from datetime import timedelta

    from tap_analytics.completeness.verdict import Verdict
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.stream import SingerStream

STATE_KEY = "since_filter"

REASON = (
    "a record does not come when it is asked for since its own time (`{}`), so that others may be "
    "left out, too: the API may read start values in another time zone. `start_format` can name "
    "one, and `lookback` goes back further"
)


class SinceFilter:
    """The filter of one stream by modification time."""

    def __init__(
        self, stream: SingerStream, reader: PageReader, state: MutableMapping[str, Any]
    ) -> None:
        """Prepare to look.

        Args:
            stream: Whose filter it is.
            reader: Asks from where the reading began.
            state: The stream's part of the state: what was shown once is not asked again.
        """
        self._stream = stream
        self._reader = reader
        self._state = state

    def judge(self, verdict: Verdict, bookmark: Bookmark | None) -> Verdict:
        """The verdict on a reading, which a filter takes away that leaves records out.

        Raises:
            StreamError: A request failed as it would for every page.
            RunError: The same, for all streams.
        """
        if bookmark is None or bookmark.goes_back or not (verdict.proven and self._matters):
            return verdict
        if bookmark.old is None and self._stream.start_values.names_zone:
            # A start date is no record's time: it costs a request to see what becomes of it.
            return verdict
        form = self._stream.start_values.form
        if self._state.get(STATE_KEY) == form:
            return verdict
        asked = None
        for asked in self._witnesses(bookmark):
            page = self._page(before(asked, self._resolution))
            if any(time <= asked for time in self._times(page)):
                self._state[STATE_KEY] = form
                self._stream.state_manager.is_flushed = False
                return verdict
        if asked is None:
            return verdict
        reason = REASON.format(self._stream.start_values.written(asked))
        return contradicted(verdict, [reason], self._stream)

    @property
    def _matters(self) -> bool:
        reader = self._reader
        return (
            reader.since is not None
            and self._stream.is_timestamp_replication_key
            and reader.endpoint.since_resolution is not None
            and reader.filters(reader.since)
        )

    @property
    def _resolution(self) -> timedelta:
        known = self._reader.endpoint.since_resolution or MICROSECOND
        return max(known, self._stream.start_values.resolution)

    def _witnesses(self, bookmark: Bookmark) -> Iterator[str]:
        """Times at which there was a record; the first ones are the likeliest to be there still."""
        values = dict.fromkeys((bookmark.newest, bookmark.old))
        yield from (str(value) for value in values if value is not None)
        times = list(self._times(self._page(None)))
        if times:
            yield max(times)

    def _page(self, since: str | None) -> Page:
        first = self._reader.endpoint.paginator.first
        return self._reader.fetch(PageQuery(first, since), Event())

    def _times(self, page: Page) -> Iterator[str]:
        for record in page.decoded():
            self._stream.derive(record)
            try:
                yield utc_instant(record.get(str(self._stream.replication_key)))
            except (TypeError, ValueError, OverflowError):
                continue
