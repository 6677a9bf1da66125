"""Whether an API that is asked for what changed since a time goes back as far as that time.

A server may read a start value in another time zone, or compare it with another field. Then what
lies between is left out of every response, and nothing tells. But a record that is asked for since
its own time does not come. Keyset reading finds that out by itself; this is for the other ways.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any, cast

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.scalars import NonConformingValue
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.sync.reading.end_check import contradicted
from tap_analytics.sync.reading.filter_field import asked_by, other_field
from tap_analytics.sync.reading.filter_shift import COARSEST, can_show, is_gone_back_over
from tap_analytics.sync.state.bookmark import FILTER_KEY, LEAVES_BOUND_OUT
from tap_analytics.sync.state.bookmark_in_state import NUMBERS, first_start
from tap_analytics.sync.state.epochs import parts_of_second, seconds_before
from tap_analytics.sync.state.start_values import FURTHER_AWAY, long_before
from tap_analytics.sync.state.value_order import (
    before_or_at,
    below,
    days_before,
    number_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from tap_analytics.completeness.verdict import Verdict
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.state.value_order import Value
    from tap_analytics.sync.stream import SingerStream

HAS_BOUND = "has its bound"

REASON = (
    "a record does not come when it is asked for since its own time (`{}`), so that others may be "
    "left out, too: the API may read start values in another time zone. `start_format` can name "
    "one, or be `%s` or `%ms` where the API takes seconds or milliseconds since 1970"
)

REASON_OF_NUMBERS = (
    "a record of `{}` does not come when it is asked for since `{}`, so that others may be left "
    "out, too: the API may count whole days, or other parts of a second, or compare another field. "
    "`start_format` can be `%s` or `%ms` for seconds or milliseconds; where the API counts in "
    "longer steps, a `lookback` of one step helps (`lag` where values are no times)"
)

LOOKBACK_HELPS = "; else a `lookback` helps that is an hour longer than the zones are apart"

LOOKBACK_IS_SHORT = (
    "; the `lookback` is not seen to go back over that: it has to be an hour longer than the zones "
    "are apart, and does not help where the API compares another field"
)

WHOLE_MINUTE = ":00.000000Z"
"""How a date-time ends that is one, as `utc_instant` writes it."""

BOUND_REASON = (
    "the API leaves out records of the value that it is asked for: those of `{}` come since `{}` "
    "only, so that some may be missing; from the next run on it is asked one step earlier"
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
        self._found: str | None = None
        self._all_is_empty = False
        """Whether the API has no record at all where nobody asks since a time."""
        self._ignored_by: int | None = None
        """The status of the latest response to the question for a record, where it is ignored."""

    def judge(self, verdict: Verdict, bookmark: Bookmark | None, first: Page | None) -> Verdict:
        """The verdict on a reading, which a filter takes away that leaves records out.

        Args:
            verdict: The verdict so far.
            bookmark: Where it began; None where all was read.
            first: Its first page, as far as there was one.

        Raises:
            StreamError: A request failed as it would for every page.
            RunError: The same, for all streams.
        """
        if bookmark is None or not (verdict.proven and self._is_asked):
            return verdict
        if not bookmark.goes_back:
            verdict = self._judge_start(verdict, bookmark)
        if verdict.proven and bookmark.old is not None and first is not None:
            other = other_field(self._stream, self._reader, first, bookmark.old)
            verdict = contradicted(verdict, [*other], self._stream)
        return verdict

    def _judge_start(self, verdict: Verdict, bookmark: Bookmark) -> Verdict:
        """The verdict where no record came of the bookmark's value, or before."""
        if self._stream.is_timestamp_replication_key:
            return self._judge_times(verdict, bookmark)
        return self._judge_values(verdict, bookmark)

    def _judge_times(self, verdict: Verdict, bookmark: Bookmark) -> Verdict:
        """The verdict where values are date-times: a record comes since its own time."""
        # A start date is no record's time: where it names no zone, a request shows what it means.
        is_clear = bookmark.old is None and self._stream.start_values.names_zone
        no_filter = self._reader.endpoint.since_resolution is None
        if is_clear or no_filter:
            return verdict
        found = f"{self._stream.start_values.form}, {asked_by(self._reader)}"
        known = str(self._state.get(FILTER_KEY))
        # What one time of day shows of days does not hold for another.
        is_known = known.startswith(found) and not bookmark.asked_in_days
        if is_known and (HAS_BOUND in known or not self._is_coarse(bookmark.times)):
            return verdict
        asked = None
        for asked in self._witnesses(bookmark):
            if self._comes(asked, self._stream.step_before(asked)):
                break
        else:
            if asked is None or self._is_empty(bookmark) or self._is_gone_back_over(bookmark):
                return verdict
            return contradicted(verdict, [self._reason(asked)], self._stream)
        if known != LEAVES_BOUND_OUT and not bookmark.asked_in_days:
            self._found = found
            self.write()
            times = bookmark.times
            if len(times) == 1 and not is_known and times[0].endswith(WHOLE_MINUTE):
                # One alone may be a whole minute by chance.
                times = [str(value) for value in self._values_of_any()]
            if self._is_coarse(times):
                verdict = self._judge_bound(verdict, bookmark, f"{found}, {HAS_BOUND}")
        return verdict

    def _judge_values(self, verdict: Verdict, bookmark: Bookmark) -> Verdict:
        """The verdict where values are numbers or days: a record comes since one before its own."""
        has_bound = f"{HAS_BOUND}, {asked_by(self._reader)}"
        known = self._state.get(FILTER_KEY) in {LEAVES_BOUND_OUT, has_bound}
        if known or bookmark.old is None or below(bookmark.old) is None:
            return verdict
        judged = self._judge_bound(verdict, bookmark, has_bound)
        if self._found is not None:
            return judged
        for asked in self._witnesses(bookmark):
            since = self._start_for(asked, bookmark)
            if since is None or self._comes(asked, since):
                if self._is_key and bookmark.floor == bookmark.old:
                    self._found = has_bound
                    self.write()
                return verdict
        if self._is_empty(bookmark):
            return verdict
        return contradicted(verdict, [REASON_OF_NUMBERS.format(asked, since)], self._stream)

    def _comes(self, witness: Value, since: Value | None) -> bool:
        """Whether a record of this value, or a lower one, comes since another."""
        page = self._page(since)
        self._ignored_by = page.status if page.ignored else None
        return any(before_or_at(value, witness) for value in self._values(page))

    def _is_gone_back_over(self, bookmark: Bookmark) -> bool:
        """Whether the filter begins late, and the reading began earlier by more than that."""
        newest, step = bookmark.newest, self._stream.since_step
        if newest is None:
            return False
        return is_gone_back_over(str(newest), bookmark.times, self._lookback, step, self._comes)

    @property
    def _lookback(self) -> timedelta:
        return timedelta(seconds=self._stream.span.back)

    def _reason(self, asked: str) -> str:
        reason = REASON.format(self._stream.start_values.written(asked))
        if self._stream.since_step > COARSEST:
            return reason
        is_long = can_show(self._lookback, self._stream.since_step)
        return f"{reason}{LOOKBACK_IS_SHORT if is_long else LOOKBACK_HELPS}"

    def _is_coarse(self, times: Sequence[str]) -> bool:
        """Whether an API writes minutes, hours or days, as times of records show, or is asked so.

        Then a record may change after the run, and be left out with the time of the bookmark.
        """
        margin = timedelta(seconds=self._stream.run.settings.clock_margin)
        minutes = len(times) > 1 and all(time.endswith(WHOLE_MINUTE) for time in times)
        return minutes or self._stream.since_step > margin

    def write(self) -> None:
        """Write what was found out, where the state was put back meanwhile."""
        if self._found is not None:
            self._state[FILTER_KEY] = self._found
            self._stream.state_manager.is_flushed = False

    def _judge_bound(self, verdict: Verdict, bookmark: Bookmark, has_bound: str) -> Verdict:
        """The verdict where more records may come with the last value: a number, a day or a minute.

        A filter that leaves out its own bound never has these: then it is asked one step earlier.
        """
        old = bookmark.old
        if self._is_key or old is None or bookmark.floor != old:
            return verdict
        if self._state.get(FILTER_KEY) in {LEAVES_BOUND_OUT, has_bound}:
            return verdict
        newest = bookmark.newest
        if newest is not None and newest != old and self._has(newest, newest):
            self._found = has_bound
            self.write()
            return verdict
        for value in dict.fromkeys((newest, old)):
            earlier = None if value is None else self._stream.step_before(value)
            if earlier is not None and self._has(value, earlier):
                self._found = LEAVES_BOUND_OUT
                reason = BOUND_REASON.format(value, earlier)
                return contradicted(verdict, [reason], self._stream)
        return verdict

    def _has(self, value: Value | None, since: Value) -> bool:
        """Whether a record with this value comes since another one."""
        return value in [*self._values(self._page(since))]

    @property
    def _is_key(self) -> bool:
        """Whether no second record has the value of one."""
        return [*self._stream.primary_keys] == [self._stream.replication_key]

    @property
    def _is_asked(self) -> bool:
        return self._reader.since is not None and self._reader.filters(self._reader.since)

    def _start_for(self, value: Any, bookmark: Bookmark) -> Value | None:  # noqa: ANN401  # a `Value`
        """Before a number or a day, as far as the reading began before its bookmark.

        None where there is nothing before it: some APIs take no number below 0.
        """
        since: Any = below(value)
        if isinstance(value, str):
            return since and days_before(since, self._stream.span.back)
        old, floor = cast("Any", bookmark.old), cast("Any", bookmark.floor)
        since -= max(old - floor, 0)
        if value >= 0:
            since = max(since, 0)
        return since if since < value else None

    def _witnesses(self, bookmark: Bookmark) -> Iterator[Any]:
        """Values of which there was a record; the first are the likeliest to be there still."""
        known = dict.fromkeys((bookmark.newest, bookmark.old))
        yield from (value for value in known if value is not None)
        greatest = None
        for value in self._values_of_any():
            if greatest is None or before_or_at(greatest, value):
                greatest = value
        if greatest is not None:
            yield greatest

    def _values_of_any(self) -> Iterator[Value]:
        """The values of a first page of whatever time, or since the start that a first run has.

        Some servers refuse to be asked since no time; and what is there since a start is not all.
        """
        page = self._trial(None)
        self._all_is_empty = self._has_none(page)
        start = first_start(self._stream) if page.refused else None
        yield from self._values(page if start is None else self._trial(start))

    def _is_empty(self, bookmark: Bookmark) -> bool:
        """Whether no record is left that could be left out.

        Some servers give only the latest ones where nobody asks since a time: so it is asked since
        one before which the bookmark's lies in every zone, too.
        """
        if not self._all_is_empty or bookmark.old is None:
            return False
        return self._has_none(self._trial(self._far_before(bookmark.old)))

    def _far_before(self, value: Value) -> Value | None:
        """A start value before which another lies in every zone, too; for other numbers 0."""
        if self._stream.is_timestamp_replication_key:
            return long_before(value)
        if isinstance(value, str):
            return days_before(value, FURTHER_AWAY.total_seconds()) or value
        parts = parts_of_second(value, self._stream.run.clock.utc())
        if parts is None:
            return min(0, value - 1)
        return seconds_before(value, FURTHER_AWAY.total_seconds(), parts)

    def _has_none(self, page: Page) -> bool:
        """Whether a first page without records tells of none behind it.

        Some servers cut a page before they take out what is deleted: it is empty, and counted.
        By a status that is ignored it tells of none where that is how the API has no records for
        the time of one, too: else the status may say that there is no such question.
        """
        info = page.info
        leads_on = info.has_next or info.next_page_token is not None
        counts = info.total or info.page_count or self._reader.found_total(page)
        # What is ignored by a text may hold records, and what has errors may lack some.
        holds = page.records.on_page or page.error_member is not None
        is_list = page.body is not None or (page.ignored and page.status == self._ignored_by)
        return is_list and not (holds or leads_on or counts)

    def _page(self, since: Value | None) -> Page:
        first = self._reader.endpoint.paginator.first
        return self._reader.fetch(PageQuery(first, since), Event())

    def _trial(self, since: Value | None) -> Page:
        """A first page that the server may refuse: this run has read nothing since then."""
        first = self._reader.endpoint.paginator.first
        return self._reader.try_question(PageQuery(first, since))

    def _values(self, page: Page) -> Iterator[Value]:
        """The replication values of a page; date-times as `utc_instant` writes them."""
        stream = self._stream
        of_others = number_of if stream.replication_kind in NUMBERS else plain
        for record in page.decoded():
            stream.derive(record)
            value = record.get(str(stream.replication_key))
            # The API may have begun to write them in another form, and hide those.
            stream.start_values.observe(value)
            with suppress(TypeError, ValueError, OverflowError, NonConformingValue):
                yield (
                    utc_instant(value) if stream.is_timestamp_replication_key else of_others(value)
                )
