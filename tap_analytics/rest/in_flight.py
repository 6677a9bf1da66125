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
        self._done: SimpleQueue[_Done[K, V]] = SimpleQueue()
        self._pending = 0

    def start(self, key: K) -> None:
        """Start to fetch a value."""
        self._pending += 1
        # A daemon: a response that nobody waits for must not hold up the end.
        Thread(target=self._work, args=(key,), name="in-flight", daemon=True).start()

    def next(self) -> tuple[K, V]:
        """Wait for the next value; raises what its fetch raised."""
        done = self._done.get()
        self._pending -= 1
        if done.error is not None:
            raise done.error
        return done.key, done.value  # type: ignore[return-value]  # without an error there is a value

    def __len__(self) -> int:
        """How many values are on their way, or have come and were not taken."""
        return self._pending

    def close(self) -> None:
        """Stop what is on its way."""
        self._stop.set()

    def _work(self, key: K) -> None:
        done: _Done[K, V] = _Done(key)
        try:
            done.value = self._fetch(key, self._stop)
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            done.error = error
        self._done.put(done)
