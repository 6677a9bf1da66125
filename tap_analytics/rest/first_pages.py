"""First pages that were asked for before the turn of their streams, so that none waits for its own.

A page is handed out for the very request that was sent, with everything that came of it: the
records or the error. Where the stream then asks for something else, it is dropped.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.clock import Clock
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.sampled_responses import Signature

FRESH_SECONDS = 5.0
"""An older page is asked for again: behind it, rows have moved on to pages that are yet to come."""


class _Asked(Struct, eq=False):
    signature: Signature
    page: Page | None = None
    error: BaseException | None = None
    done: Event = field(default_factory=Event)
    """Set when the page or the error has come."""


class FirstPages:
    """The pages that were asked for ahead; at most one for each stream."""

    def __init__(self) -> None:
        """Await what is to be asked for ahead; a stream takes its own page in its turn."""
        self._asked: dict[str, _Asked] = {}
        self._cancelled = Event()
        self.may_be_asked = False
        """Whether a page has come: before, nobody knows whether any stream can be read."""
        self.too_old = False
        """Whether a page had to be asked for again, because its stream's turn came late."""

    def __contains__(self, stream: str) -> bool:
        """Whether a page of this stream was asked for, and has not been taken or dropped."""
        return stream in self._asked

    def besides(self, stream: str) -> int:
        """How many pages of other streams are on their way, or wait for their turn."""
        return len(self._asked) - (stream in self._asked)

    def ask(self, stream: str, signature: Signature, fetch: Callable[[Event], Page]) -> None:
        """Ask for a stream's first page, on a thread of its own.

        Args:
            stream: The stream's name.
            signature: What tells the request from others.
            fetch: Called with an event that is set when no page is wanted any more.
        """
        asked = self._asked[stream] = _Asked(signature)

        def work() -> None:
            try:
                asked.page = fetch(self._cancelled)
            except BaseException as error:  # noqa: BLE001  # raised again where the page is taken
                asked.error = error
            asked.done.set()

        # A daemon: a response that nobody waits for must not hold up the end.
        Thread(target=work, name="first-page", daemon=True).start()

    def take(self, stream: str, signature: Signature, clock: Clock) -> Page | None:
        """The page that was asked for by the same request; None where it must be asked for now.

        Raises:
            StreamError: Whatever the request has led to.
        """
        asked = self._asked.pop(stream, None)
        if asked is None or asked.signature != signature:
            return None
        asked.done.wait()
        if asked.error is not None:
            raise asked.error
        if asked.page is None or clock.monotonic() - asked.page.answered > FRESH_SECONDS:
            self.too_old = True
            return None
        return asked.page

    def close(self) -> None:
        """No further page is wanted."""
        self._cancelled.set()
        self._asked.clear()
