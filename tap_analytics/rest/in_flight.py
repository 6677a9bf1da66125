"""Requests in flight that are taken in as they come, whatever their order. Knows no HTTP."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


class _Done(Struct, Generic[K, V], eq=False):
    key: K
    value: V | None = None
    error: BaseException | None = None


class InFlight(Generic[K, V]):
    """Fetches values on threads of their own; the caller bounds how many it starts."""

    def __init__(self, fetch: Callable[[K, Event], V]) -> None:
        """Fetch values.

        Args:
            fetch: Called with a key and an event that is set when its value is no longer wanted.
        """
        self._fetch = fetch
        self._stop = Event()
        self._keys: SimpleQueue[K | None] = SimpleQueue()
        self._done: SimpleQueue[_Done[K, V]] = SimpleQueue()
        self._pending = self._threads = 0

    def start(self, key: K) -> None:
        """Start to fetch a value."""
        self._pending += 1
        self._keys.put(key)
        # Threads stay: to start one takes until it waits for its response.
        if self._threads < self._pending:
            self._threads += 1
            # A daemon: a response that nobody waits for must not hold up the end.
            Thread(target=self._work, name="in-flight", daemon=True).start()

    def next(self) -> tuple[K, V]:
        """Wait for the next value; raises what its fetch raised."""
        done = self._done.get()
        self._pending -= 1
        if done.error is not None:
            raise done.error
        return done.key, done.value  # type: ignore[return-value]  # without an error there is a value

    def close(self) -> None:
        """Stop what is on its way, and what waits for it."""
        self._stop.set()
        for _ in range(self._threads):
            self._keys.put(None)

    def _work(self) -> None:
        while (key := self._keys.get()) is not None and not self._stop.is_set():
            done: _Done[K, V] = _Done(key)
            try:
                done.value = self._fetch(key, self._stop)
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                done.error = error
            self._done.put(done)
            # Whoever took it lets go of its value: this thread may wait for long.
            del done
