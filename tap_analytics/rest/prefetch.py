"""Pages in flight, handed on in order. Knows neither Singer nor HTTP."""

from __future__ import annotations

from collections import deque
from collections.abc import Sized
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, field

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


def _taken_lock() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


class _Slot(Struct, Generic[K, V], eq=False):
    """A fetch's place in the order."""

    key: K
    value: V | None = None
    error: BaseException | None = None
    done: Lock = field(default_factory=_taken_lock)
    """Let go when the fetch has ended: so it wakes nobody but who waits for this value."""


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
        self._queue: SimpleQueue[_Slot[K, V] | None] = SimpleQueue()
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
            self._stop.set()
            for _ in range(self._threads):
                self._queue.put(None)

    def _fill(self) -> None:
        while len(self._slots) < self._ahead():
            try:
                slot: _Slot[K, V] = _Slot(next(self._keys))
            except StopIteration:
                return
            self._slots.append(slot)
            self._queue.put(slot)
            if self._threads < min(len(self._slots), self._width):
                self._threads += 1
                # Daemons: a response that nobody waits for must not hold up the end.
                Thread(target=self._work, name="prefetch", daemon=True).start()

    def _ahead(self) -> int:
        """How many values may be on their way or waiting: the one in turn always may."""
        if not self._heaviest:
            return self._width
        return max(1, min(self._window, self._max_bytes // self._heaviest))

    def _next(self) -> V:
        slot = self._slots[0]
        slot.done.acquire()
        self._slots.popleft()
        if slot.error is not None:
            raise slot.error
        self._heaviest = max(self._heaviest, self._size_of(slot.value))  # type: ignore[arg-type]  # done without an error: there is a value
        return slot.value  # type: ignore[return-value]  # the same

    def _work(self) -> None:
        while (slot := self._queue.get()) is not None and not self._stop.is_set():
            try:
                slot.value = self._fetch(slot.key, self._stop)
            except BaseException as error:  # noqa: BLE001  # raised again where its turn comes
                slot.error = error
            slot.done.release()
