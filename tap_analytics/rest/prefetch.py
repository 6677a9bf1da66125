"""Pages in flight, handed on in order. Knows neither Singer nor HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import count, islice
from threading import Event
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Generic, TypeVar

from tap_analytics.rest.in_flight import InFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from tap_analytics.rest.in_flight import Fetched

K = TypeVar("K")
V = TypeVar("V")

MAX_BYTES = 64 * 1024 * 1024
"""The most bytes of responses that wait for their turn, as far as the sizes seen so far tell."""

SPARE_BYTES = 8 * 1024 * 1024
"""Of larger responses no more are asked for than may be on their way: the caller takes longer."""

QUICK = 0.001
"""Seconds. Threads cost more than they gain where a fetch waits no longer, its work left aside."""

MOST_LOST = 0.02
"""Seconds that fetches one by one may wait beyond that, less what quicker ones stayed below it."""


def ordered_map(
    fetch: Callable[[K, Event], V],
    keys: Iterable[K],
    *,
    width: int,
    size_of: Callable[[V], int],
    max_bytes: int = MAX_BYTES,
    took: float | None = None,
) -> OrderedValues[K, V]:
    """Fetch values on threads and yield them in the order of their keys.

    Args:
        fetch: Called with a key and an event that is set when its value is no longer wanted.
        keys: What to fetch; may be endless, and is asked for the next key only when it can leave.
            Where it has a length, so that every key is sure to be wanted, as many values again may
            wait to be yielded as are on their way, if they are small: no fetch then waits for the
            caller.
        width: The most fetches at once; 1 fetches on the caller's own thread, one by one.
        size_of: A value's size in bytes.
        max_bytes: Fetch no further ahead while about this much waits to be yielded.
        took: Seconds that a fetch before took. As long as they wait for little, values are fetched
            on the caller's own thread. None for threads from the beginning.

    Returns:
        The values. An exception of a fetch is raised in its value's place, after all before it.
        When the caller stops early, no further fetch begins, and running ones are told to stop.
    """
    if width <= 1:
        return OrderedValues(_one_by_one(fetch, keys))
    window = 2 * width if isinstance(keys, Sized) else width
    in_order = _InOrder(fetch, keys, width, window, size_of, max_bytes, took)
    return OrderedValues(in_order.values(), in_order.behind, in_order.not_begun)


class OrderedValues(Iterator[V], Generic[K, V]):
    """Values in the order of their keys; where the caller stops early, also those behind."""

    def __init__(
        self,
        values: Generator[V],
        behind: Callable[[], Iterable[V]] = tuple,
        not_begun: Callable[[], Iterable[K]] = tuple,
    ) -> None:
        """Hand on values.

        Args:
            values: The values.
            behind: Waits for those that are on their way when the caller has stopped.
            not_begun: The keys of those that would be, on threads.
        """
        self._values = values
        self._behind = behind
        self._not_begun = not_begun

    def __next__(self) -> V:
        """The next value."""
        return next(self._values)

    def close(self) -> None:
        """Begin no further fetch, and tell running ones to stop."""
        self._values.close()

    def behind(self) -> Iterable[V]:
        """Close, and wait for the values that were on their way, without those that failed."""
        self.close()
        return self._behind()

    def not_begun(self) -> Iterable[K]:
        """Close; the keys of the values that would be on their way, had the last not been quick."""
        self.close()
        return self._not_begun()


def _one_by_one(fetch: Callable[[K, Event], V], keys: Iterable[K]) -> Generator[V]:
    stop = Event()
    try:
        for key in keys:
            yield fetch(key, stop)
    finally:
        stop.set()


class _InOrder(Generic[K, V]):
    def __init__(
        self,
        fetch: Callable[[K, Event], V],
        keys: Iterable[K],
        width: int,
        window: int,
        size_of: Callable[[V], int],
        max_bytes: int,
        took: float | None,
    ) -> None:
        self._fetch = fetch
        self._lost = MOST_LOST if took is None else took - QUICK
        """Seconds that were lost by fetching one by one."""
        self._alone = True
        """Whether nothing has been fetched on threads yet."""
        self._in_flight: InFlight[tuple[int, K], V] = InFlight(
            lambda numbered, cancelled: fetch(numbered[1], cancelled), width=width
        )
        self._keys = enumerate(keys)
        self._width = width
        self._window = window
        self._size_of = size_of
        self._max_bytes = max_bytes
        self._started = 0
        self._early: dict[int, Fetched[tuple[int, K], V]] = {}
        """What has come before its turn."""
        self._heaviest = 0

    def values(self) -> Generator[V]:
        try:
            yield from self._quick_ones()
            self._alone = False
            for turn in count(self._started):
                for number, key in islice(self._keys, max(0, turn + self._ahead() - self._started)):
                    self._in_flight.start((number, key))
                    self._started += 1
                if turn == self._started:
                    return
                yield self._value(turn)
        finally:
            self._in_flight.close()

    def _quick_ones(self) -> Generator[V]:
        """Those that are quick, and the one that shows that they no longer are."""
        stop = Event()
        try:
            while self._lost < MOST_LOST:
                numbered = next(self._keys, None)
                if numbered is None:
                    return
                self._started += 1
                began, worked = monotonic(), thread_time()
                value = self._fetch(numbered[1], stop)
                waited = monotonic() - began - (thread_time() - worked)
                self._lost = max(0.0, self._lost + waited - QUICK)
                self._heaviest = max(self._heaviest, self._size_of(value))
                yield value
        finally:
            stop.set()

    def not_begun(self) -> list[K]:
        return [key for _, key in islice(self._keys, self._width - 1 if self._alone else 0)]

    def behind(self) -> list[V]:
        for fetched in self._in_flight.drain():
            self._early[fetched.key[0]] = fetched
        came = [self._early[turn] for turn in sorted(self._early)]
        return [fetched.result() for fetched in came if fetched.error is None]

    def _ahead(self) -> int:
        """How many values may be on their way or waiting: the one in turn always may."""
        if not self._heaviest:
            return self._width
        small = self._window * self._heaviest <= SPARE_BYTES
        window = self._window if small else self._width
        return max(1, min(window, self._max_bytes // self._heaviest))

    def _value(self, turn: int) -> V:
        while turn not in self._early:
            fetched = self._in_flight.take()
            self._early[fetched.key[0]] = fetched
        value = self._early.pop(turn).result()
        self._heaviest = max(self._heaviest, self._size_of(value))
        return value
