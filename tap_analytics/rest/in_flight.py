"""Requests in flight that are taken in as they come, whatever their order. Knows no HTTP."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

K = TypeVar("K")
V = TypeVar("V")


class Fetched(Struct, Generic[K, V], eq=False):
    """What has come of a key."""

    key: K
    value: V | None = None
    error: BaseException | None = None

    def result(self) -> V:
        """The value; raises what its fetch raised."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # without an error there is a value


class InFlight(Generic[K, V]):
    """Fetches values on threads of their own."""

    def __init__(self, fetch: Callable[[K, Event], V], *, width: int | None = None) -> None:
        """Fetch values.

        Args:
            fetch: Called with a key and an event that is set when its value is no longer wanted.
            width: The most fetches at once; None for as many as are started.
        """
        self._fetch = fetch
        self._width = width
        self._stop = Event()
        self._keys: SimpleQueue[K | None] = SimpleQueue()
        self._done: SimpleQueue[Fetched[K, V] | None] = SimpleQueue()
        """What has come; None for each thread that has ended, which it does when all is stopped."""

        self._pending = self._threads = 0

    def start(self, key: K) -> None:
        """Start to fetch a value."""
        self._pending += 1
        self._keys.put(key)
        # Threads stay: to start one takes until it waits for its response.
        most = self._pending if self._width is None else min(self._pending, self._width)
        if self._threads < most:
            self._threads += 1
            # A daemon: a response that nobody waits for must not hold up the end.
            Thread(target=self._work, name="in-flight", daemon=True).start()

    def next(self) -> tuple[K, V]:
        """Wait for the next value; raises what its fetch raised."""
        fetched = self.take()
        return fetched.key, fetched.result()

    def take(self) -> Fetched[K, V]:
        """Wait for what comes next, a value or an error."""
        self._pending -= 1
        return self._done.get()  # type: ignore[return-value]  # no thread ends before all is stopped

    def close(self) -> None:
        """Stop what is on its way, and what waits for it."""
        self._stop.set()
        for _ in range(self._threads):
            self._keys.put(None)

    def drain(self) -> Iterator[Fetched[K, V]]:
        """Stop, and wait for what was on its way; none of it is tried again."""
        self.close()
        running = self._threads
        while running:
            fetched = self._done.get()
            if fetched is None:
                running -= 1
            else:
                yield fetched

    def _work(self) -> None:
        while (key := self._keys.get()) is not None and not self._stop.is_set():
            done: Fetched[K, V] = Fetched(key)
            try:
                done.value = self._fetch(key, self._stop)
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                done.error = error
            self._done.put(done)
            # Whoever took it lets go of its value: this thread may wait for long.
            del done
        self._done.put(None)
