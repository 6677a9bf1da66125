"""Pages in flight, handed on in order. Knows neither Singer nor HTTP."""

from __future__ import annotations

from collections import deque
from collections.abc import Sized
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

K = TypeVar("K")
V = TypeVar("V")

MAX_BYTES = 64 * 1024 * 1024
"""The most bytes of responses that wait for their turn, as far as the sizes seen so far tell."""


def ordered_map(
    fetch: Callable[[K, Event], V],
    keys: Iterable[K],
    *,
    width: int,
    size_of: Callable[[V], int],
    max_bytes: int = MAX_BYTES,
) -> Generator[V]:
    """Fetch values on threads and yield them in the order of their keys.

    Args:
        fetch: Called with a key and an event that is set when its value is no longer wanted.
        keys: What to fetch; may be endless, and is asked for the next key only when it can leave.
            Where it has a length, so that every key is sure to be wanted, as many values again may
            wait to be yielded as are on their way: no fetch then waits for the caller.
        width: The most fetches at once; 1 fetches on the caller's own thread, one by one.
        size_of: A value's size in bytes.
        max_bytes: Fetch no further ahead while about this much waits to be yielded.

    Yields:
        The values. An exception of a fetch is raised in its value's place, after all before it.
        When the caller stops early, no further fetch begins, and running ones are told to stop.
    """
    if width <= 1:
        return _one_by_one(fetch, keys)
    window = 2 * width if isinstance(keys, Sized) else width
    return _Prefetch(fetch, iter(keys), width, window, size_of, max_bytes).values()


def _one_by_one(fetch: Callable[[K, Event], V], keys: Iterable[K]) -> Generator[V]:
    stop = Event()
    try:
        for key in keys:
            yield fetch(key, stop)
    finally:
        stop.set()


class _Slot(Struct, Generic[K, V], eq=False):
    """A fetch's place in the order."""

    key: K
    value: V | None = None
    error: BaseException | None = None
    done: bool = False


class _Prefetch(Generic[K, V]):
    def __init__(
        self,
        fetch: Callable[[K, Event], V],
        keys: Iterator[K],
        width: int,
        window: int,
        size_of: Callable[[V], int],
        max_bytes: int,
    ) -> None:
        self._fetch = fetch
        self._keys = keys
        self._width = width
        self._window = window
        self._size_of = size_of
        self._max_bytes = max_bytes
        self._stop = Event()
        self._changed = Condition()
        self._queue: deque[_Slot[K, V]] = deque()
        self._slots: deque[_Slot[K, V]] = deque()
        self._heaviest = 0
        self._threads = 0

    def values(self) -> Generator[V]:
        try:
            while True:
                self._fill()
                if not self._slots:
                    return
                yield self._next()
        finally:
            with self._changed:
                self._stop.set()
                self._queue.clear()
                self._changed.notify_all()

    def _fill(self) -> None:
        with self._changed:
            while len(self._slots) < self._ahead():
                try:
                    slot: _Slot[K, V] = _Slot(next(self._keys))
                except StopIteration:
                    return
                self._slots.append(slot)
                self._queue.append(slot)
                if self._threads < min(len(self._slots), self._width):
                    self._threads += 1
                    # Daemons: a response that nobody waits for must not hold up the end.
                    Thread(target=self._work, name="prefetch", daemon=True).start()
                self._changed.notify_all()

    def _ahead(self) -> int:
        """How many values may be on their way or waiting: the one in turn always may."""
        if not self._heaviest:
            return self._width
        return max(1, min(self._window, self._max_bytes // self._heaviest))

    def _next(self) -> V:
        slot = self._slots[0]
        with self._changed:
            while not slot.done:
                self._changed.wait()
        self._slots.popleft()
        if slot.error is not None:
            raise slot.error
        self._heaviest = max(self._heaviest, self._size_of(slot.value))  # type: ignore[arg-type]  # done without an error: there is a value
        return slot.value  # type: ignore[return-value]  # the same

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._stop.is_set():
                    self._changed.wait()
                if self._stop.is_set():
                    return
                slot = self._queue.popleft()
            try:
                slot.value = self._fetch(slot.key, self._stop)
            except BaseException as error:  # noqa: BLE001  # raised again where its turn comes
                slot.error = error
            with self._changed:
                slot.done = True
                self._changed.notify_all()
