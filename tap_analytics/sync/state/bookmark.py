"""Where a sync starts, which records it sends on, and where the next one may start."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_analytics.completeness.instants import MICROSECOND, before
from tap_analytics.exceptions import StreamError
from tap_analytics.records.datetimes import instant_of, utc_instant
from tap_analytics.sync.state.ceiling import Ceiling, instant_before
from tap_analytics.sync.state.epochs import number_at, parts_of_second, seconds_before
from tap_analytics.sync.state.value_order import (
    A_DAY,
    NUMBER,
    Value,
    before_or_at,
    below,
    day_of,
    days_before,
    form_of,
    is_comparable,
    is_date,
    is_sure,
    number_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from tap_analytics.sync.state.replication_values import ReplicationValues
    from tap_analytics.sync.state.sync_window import SyncWindow

MOST_REMEMBERED = 4096
FEWEST_REMEMBERED = 512
"""How many values a bookmark remembers at most, and how many of these it keeps at least."""

CLOCKS_APART = timedelta(hours=1)
"""How far the clocks of two machines that run the tap may be apart: one may be set badly."""

FILTER_KEY = "since_filter"
"""The state's entry for what a filter was found to do."""

LEAVES_BOUND_OUT = "leaves its bound out"


class Bookmark:
    """The replication value of one stream, or of one parent's part of it.

    Instants are compared as instants: as text of one format, see `datetimes.utc_instant`.
    """

    def __init__(
        self,
        state: Mapping[str, Any],
        replication_key: str,
        span: SyncWindow,
        *,
        instants: bool,
        numbers: bool = False,
        initial_value: object = None,
        step: timedelta = MICROSECOND,
    ) -> None:
        """Read a bookmark.

        Args:
            state: The stream's part of the Singer state.
            replication_key: The field that says when a record changed.
            span: What the settings say.
            instants: Whether the field holds date-times; else its values are compared as they are.
            numbers: Whether it holds numbers: then what the user wrote as text is one, too.
            initial_value: Where to start without a bookmark, instead of the span's start date.
            step: The least one between two date-times that the API can be asked for.

        Raises:
            StreamError: The state holds something that cannot be compared.
        """
        self._instants = instants
        self._numbers = numbers
        self._span = span
        self._now = span.began
        held = state.get("replication_key_value")
        same_key = state.get("replication_key") == replication_key
        self.old = self._read(held) if held is not None and same_key else None
        self.end = self._read(span.end_date) if span.end_date and instants else None
        if span.end_value is not None:
            self.end = self._in_days(self._read(span.end_value), up=True)
        self._unit: int | None = None
        """How many numbers make a second where it begins at a moment."""
        start_date = span.start_date if instants else None
        # A span of the settings is read as a whole.
        given = (start_date if span.end_date else None, initial_value, start_date)
        # A number of 0 is where to begin, and an empty text says nothing.
        first = next((value for value in given if value not in {None, ""}), None)
        start = None if first is None else self._in_days(self._read(first))
        if self.old is not None and (self.end is None or not span.start_date):
            start = self.old
        self.start_is_open = start is None and span.start_date is not None
        """Whether it begins at the beginning although the settings name a moment."""
        self.floor = self._floor(start)
        """Where to begin; None at the beginning."""
        self._least = self.floor
        """Records before this value are not sent on; None where all are."""
        self._step = step
        self.asked_in_days = instants and step >= timedelta(days=1)
        """Whether start values are days, and values are finer."""
        self._leaves_bound_out = state.get(FILTER_KEY) == LEAVES_BOUND_OUT
        self.ceiling = Ceiling(timedelta(seconds=span.clock_margin))
        """No bookmark that is a time is later."""
        self._capped = False
        self._highest: Value | None = None
        """Other values only: where `_capped`, no bookmark is higher."""
        self._newest = self.old
        self.goes_back = False
        """Whether a record came, in the present way of reading, no later than the old bookmark."""
        self._came: list[Value] = []
        """Values of records, thinned out where they are many."""
        self._every = 1
        """Of how many values one is remembered."""
        self._forms: set[Hashable] = set()
        """In how many forms values came that are no instants."""
        self._held: Value | None = None
        self._stays = False
        self._held_for_good: tuple[Value | None, bool] = (None, False)

    @property
    def since(self) -> Value | None:
        """What to ask the server for: everything from this value on; None for all."""
        if self.floor is not None and self.old is not None and self.asked_in_days:
            # The filter may leave out its own day, or count those of another zone.
            return before(str(self.floor), self._step)
        if self.floor is not None and self.floor == self.old and self._leaves_bound_out:
            return before(str(self.floor), self._step) if self._instants else below(self.floor)
        return self.floor

    def _floor(self, start: Value | None) -> Value | None:
        """Where to begin, so much before a start as the settings say."""
        lag = self._span.lag
        if not self._instants and lag is not None and isinstance(start, int | Decimal):
            return plain(start - Decimal(str(lag)))
        return self._back(start, self._span.back)

    def begin_at_start_date(self, parts: int) -> None:
        """Begin at the moment that the settings name, where that was open.

        Args:
            parts: How many of its numbers make a second.
        """
        self.start_is_open = False
        self._unit = parts
        self._least = self.floor = self._floor(self._span.start_number(parts))

    def refuse_future(self, moment: datetime) -> None:
        """Refuse a bookmark that lies ahead: nothing would be read until its time comes.

        Raises:
            StreamError: It lies after this moment, by more than clocks are apart.
        """
        latest = instant_of(moment + CLOCKS_APART)
        if self._instants and self.old is not None and str(self.old) > latest:
            message = (
                f"the bookmark {self.old} lies in the future, so that changes before it would "
                "never be read: correct it in the state, or remove it to read everything"
            )
            raise StreamError(message)

    def responded(
        self, moment: datetime, took: timedelta, values: ReplicationValues, *, name_no_zone: bool
    ) -> None:
        """A response has come: see `Ceiling.responded`."""
        if self._instants:
            self.ceiling.responded(moment, took, values.present, name_no_zone=name_no_zone)
        elif self._now is not None:
            self.ceiling.cap_at(moment - took)

    def cap_at_observed(self) -> None:
        """Never move past the highest value observed so far, where values are no instants.

        Nobody knows which number a clock had reached when a pass began; but a record whose number
        is no higher than one that had been read by then was there already.
        """
        if not self._instants:
            self._capped, self._highest = True, self._newest

    def allow_mixed_forms(self) -> None:
        """Some records have a day only, which stands for any time of it, or no zone.

        Such a one may be as new as the bookmark; a start that the user wrote is as it is.
        """
        if self.old is not None:
            self._least = self._back(self.floor, A_DAY)

    def includes(self, value: Value | None) -> bool:
        """Whether a record with this value is sent on: one without a value is, or without order."""
        if value is None:
            return True
        least, end = self._least, self.end
        if least is not None and self._sure(value, least) and not self._before_or_at(least, value):
            return self.old is None and self._unit is not None and not self._is_time(value)
        return end is None or not (self._sure(value, end) and self._before_or_at(end, value))

    def _is_time(self, value: Value) -> bool:
        """Whether a number is a time in the unit of the start, beyond doubt."""
        if self._now is None or not isinstance(value, int | Decimal) or value <= 0:
            return False
        return parts_of_second(value, self._now) in {None, self._unit}

    def _has_clock(self, value: Value | None) -> bool:
        """Whether a value is to be compared with the time of day."""
        return value is not None and (self._instants or is_date(value))

    def _sure(self, one: Value, other: Value) -> bool:
        return self._instants or is_sure({form_of(one), form_of(other)})

    def wanted(self, values: ReplicationValues) -> Sequence[bool]:
        """For each record of a page whether it is sent on."""
        extremes = self._extremes(values)
        in_order = self._unit is None
        if in_order and extremes and all(map(self.includes, extremes)):
            return [True] * len(values.values)
        return list(map(self.includes, values.values))

    def observe_all(self, values: ReplicationValues) -> None:
        """The records of a page were read."""
        extremes = self._extremes(values)
        ceiling = self.ceiling.at if self._instants else None
        all_below = extremes and (ceiling is None or str(extremes[1]) <= ceiling)
        for value in (extremes if all_below else None) or values.present:
            self.observe(value)

    def _extremes(self, values: ReplicationValues) -> tuple[Value, Value] | None:
        """The least and the greatest value, where they are in the order of what they meet here."""
        if values.extremes is None:
            return None
        met = (self.old, self._newest, self._least, self.end)
        text = isinstance(values.extremes[0], str)
        same = all(each is None or isinstance(each, str) == text for each in met)
        return values.extremes if same and text == self._instants else None

    def observe(self, value: Value) -> None:
        """A record with this value was read."""
        ceiling = self.ceiling.at
        if ceiling is not None and self._has_clock(value) and str(value) > ceiling:
            return
        if self._newest is None or not self._before_or_at(value, self._newest):
            self._newest = value

    def move_to(self, value: Value | None) -> None:
        """Everything up to this value has been read: what was observed before no longer counts."""
        self._newest = value

    def came(self, values: Sequence[Value]) -> None:
        """Records with these values came: a bookmark that is held back is one of these."""
        old = self.old
        if old is not None and not self.goes_back:
            self.goes_back = any(self._before_or_at(value, old) for value in values)
        if values and not self._instants:
            # A field of a record is a number or text, in all records.
            text = isinstance(values[0], str)
            self._forms.update(map(form_of, values) if text else [NUMBER])
        self._came.extend(values[:: self._every])
        if len(self._came) > MOST_REMEMBERED:
            distinct = sorted(set(self._came))
            step = len(distinct) // FEWEST_REMEMBERED + 1
            self._came = distinct[::step]
            self._every *= step

    @property
    def times(self) -> list[str]:
        """The old bookmark and the values that came, as far as they are remembered."""
        return [str(value) for value in (*self._came, self.old) if value is not None]

    def begin_again(self) -> None:
        """What comes from now on was asked for in another way, which shows its filter itself."""
        self.goes_back = False

    def hold_before(self, value: Value | None) -> None:
        """A record with this value could not be sent: stay below it, or where it is without one."""
        if value is None:
            self._stays = True
        elif self._held is None or not self._before_or_at(self._held, value):
            self._held = value

    def release(self) -> None:
        """A pass begins anew: what held the bookmark back may be gone, but for what is settled."""
        self._held, self._stays = self._held_for_good

    def hold_for_good(self) -> None:
        """What holds the bookmark back by now is not read again."""
        self._held_for_good = self._held, self._stays

    @property
    def order_is_unknown(self) -> bool:
        """Whether an API may see another order than the tap among the values of the records."""
        return not (self._instants or self._forms == {NUMBER} or is_sure(self._all_forms))

    @property
    def _all_forms(self) -> AbstractSet[Hashable]:
        old = set() if self._instants or self.old is None else {form_of(self.old)}
        return self._forms | old

    @property
    def newest(self) -> Value | None:
        """The highest value that was observed, or else the old bookmark."""
        return self._newest

    @property
    def next_value(self) -> Value | None:
        """Where the next sync may start, after a proven pass: the value of a record, or the old."""
        if self.end is not None or self._stays or not is_comparable(self._all_forms):
            return self.old
        newest = self._highest if self._capped else self._newest
        ceiling = self.ceiling.in_values
        if ceiling is not None and self._has_clock(newest) and str(newest) > ceiling:
            newest = self._greatest(lambda value: str(value) <= ceiling)
        last = self._last_number(newest)
        if last is not None and newest is not None and newest > last:  # type: ignore[operator]  # a number
            newest = self._greatest(lambda value: not isinstance(value, str) and value <= last)
        held = self._held
        if held is not None and newest is not None and self._before_or_at(held, newest):
            newest = self._greatest(lambda value: not self._before_or_at(held, value))
        if newest is None or (self.old is not None and self._before_or_at(newest, self.old)):
            return self.old
        return newest

    def _last_number(self, newest: Value | None) -> int | None:
        """The number that no bookmark passes, where numbers are times."""
        if self._now is None or self.ceiling.at is None:
            return None
        parts = parts_of_second(newest, self._now)
        return parts and number_at(datetime.fromisoformat(self.ceiling.at), parts)

    def _greatest(self, fits: Callable[[Value], bool]) -> Value | None:
        """The greatest value that came and fits, of those that are remembered."""
        greatest = None
        for value in filter(fits, self._came):
            if greatest is None or not self._before_or_at(value, greatest):
                greatest = value
        return greatest

    def _before_or_at(self, one: Value, other: Value) -> bool:
        return str(one) <= str(other) if self._instants else before_or_at(one, other)

    def _read(self, value: object) -> Value:
        try:
            if not self._instants:
                return number_of(value) if self._numbers else plain(value)
            return utc_instant(value)
        except (ValueError, OverflowError) as error:
            kind = "number" if self._numbers else "date-time"
            message = (
                f"the bookmark or start value {value!r} is no {kind}: correct it in the state "
                "or the settings, or remove it to read everything"
            )
            raise StreamError(message) from error

    def _in_days(self, value: Value, *, up: bool = False) -> Value:
        """What the user wrote as a time, where the values may be days: its day or the one after."""
        if not isinstance(value, str) or self._instants or self._numbers:
            return value
        return day_of(value, up=up)

    def _back(self, start: Value | None, seconds: float) -> Value | None:
        if start is None or not seconds:
            return start
        parts = parts_of_second(start, self._now) if self._now else None
        if parts is not None:
            return seconds_before(start, seconds, parts)
        if not self._has_clock(start):
            return start
        if not self._instants:
            return days_before(str(start), seconds)
        return instant_before(str(start), seconds)
