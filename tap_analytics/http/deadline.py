"""Ends requests whose response takes too long as a whole, however steadily its bytes come.

A socket's own time-out starts anew with each byte. So one thread watches the requests in flight,
and shuts the connection down of each whose time is up: whoever reads from it then wakes up.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


_IDLE = 5.0
"""Seconds without a request after which the thread ends, where nobody closes it before."""


class DeadlineExceededError(Exception):  # it never leaves the client
    """A response was not complete when its time was up."""


class _Watched:
    """One request in flight, and the connection that it uses."""

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at
        self.expired = False
        self._lock = threading.Lock()
        self._connection: socket.socket | None = None

    def use(self, connection: socket.socket) -> None:
        """Watch this connection instead of the one before.

        It is a handle of its own, as TLS takes the first one over, and a response that is the
        connection's last closes it while its body is still read.
        """
        with self._lock:
            self._close()
            self._connection = connection.dup()
            if self.expired:
                self._shut_down()

    def expire(self) -> None:
        """End what is read from the connection."""
        with self._lock:
            self.expired = True
            self._shut_down()

    def close(self) -> None:
        """Let the connection go."""
        with self._lock:
            self._close()

    def _shut_down(self) -> None:
        if self._connection is not None:
            with suppress(OSError):  # the other side was faster
                self._connection.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Deadlines:
    """Gives every request the same time for its whole response; safe from several threads."""

    _current = threading.local()

    def __init__(self, seconds: float) -> None:
        """Watch requests.

        Args:
            seconds: The time for each, from the connection to the last byte.
        """
        self._seconds = seconds
        self._changed = threading.Condition()
        # In the order in which they expire, as all have the same time.
        self._watched: dict[_Watched, None] = {}
        self._running = False
        self._closed = False

    def close(self) -> None:
        """No more requests are coming: the thread ends when none is in flight."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Give what is sent inside the `with` block, on this thread, its time.

        Raises:
            DeadlineExceededError: The time was up, whatever else was raised for it.
        """
        watched = _Watched(time.monotonic() + self._seconds)
        with self._changed:
            self._watched[watched] = None
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
        self._current.watched = watched
        try:
            yield
        except Exception as error:
            if watched.expired:
                raise DeadlineExceededError from error
            raise
        finally:
            self._current.watched = None
            with self._changed:
                self._watched.pop(watched, None)
            watched.close()
        if watched.expired:
            raise DeadlineExceededError

    @classmethod
    def connected(cls, connection: socket.socket) -> None:
        """Tell which connection the request of this thread uses."""
        watched = getattr(cls._current, "watched", None)
        if watched is not None:
            watched.use(connection)

    def _run(self) -> None:
        """Expire what is due; end when nothing has been in flight for a while, or will be."""
        while True:
            with self._changed:
                first = next(iter(self._watched), None)
                now = time.monotonic()
                if first is None:
                    # Asleep like this, a new request need not wake it: it is not due before.
                    self._changed.wait(0 if self._closed else min(self._seconds, _IDLE))
                    if not self._watched:
                        self._running = False
                        return
                    continue
                if first.expires_at > now:
                    # No longer than that: most requests end soon, and nobody says so.
                    self._changed.wait(min(first.expires_at - now, _IDLE))
                    continue
                del self._watched[first]
            first.expire()
