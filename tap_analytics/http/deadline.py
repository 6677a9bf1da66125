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


class Handle:
    """A second handle of a connection, by which it can be shut down; closed when nobody has it.

    TLS takes the first one over, and a response that is the connection's last closes it while its
    body is still read.
    """

    _connection: socket.socket | None = None

    def __init__(self, connection: socket.socket) -> None:
        """Make a second handle of a connection."""
        self._connection = connection.dup()

    def __del__(self) -> None:
        """Close the handle."""
        if self._connection is not None:
            self._connection.close()

    def shut_down(self) -> None:
        """Wake up who reads from the connection: nothing more comes."""
        if self._connection is not None:
            with suppress(OSError):  # the other side was faster
                self._connection.shutdown(socket.SHUT_RDWR)


class _Watched:
    """One request in flight, and the connection that it uses."""

    def __init__(self, expires_at: float) -> None:
        self.expires_at = expires_at
        self.expired = False
        self._lock = threading.Lock()
        self._handle: Handle | None = None

    def use(self, handle: Handle) -> None:
        """Watch this connection instead of the one before."""
        with self._lock:
            self._handle = handle
            if self.expired:
                handle.shut_down()

    def expire(self) -> None:
        """End what is read from the connection."""
        with self._lock:
            self.expired = True
            if self._handle is not None:
                self._handle.shut_down()

    def close(self) -> None:
        """Let the connection go."""
        with self._lock:
            self._handle = None


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
    def connected(cls, handle: Handle) -> None:
        """Tell which connection the request of this thread uses."""
        watched = getattr(cls._current, "watched", None)
        if watched is not None:
            watched.use(handle)

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
