"""How far a run is: a line in the log now and then, or a display on a terminal.

The display is made elsewhere (`views/live.py`), because what draws it is loaded only where standard
error is a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from tap_analytics.log_fields import fields
from tap_analytics.records.names import several

if TYPE_CHECKING:
    import logging

    from tap_analytics.clock import Clock

SHORTEST_WAIT = 1.0
"""Seconds. Shorter waits are not worth telling."""


class StreamProgress(Struct):
    """How far one pass over a stream is."""

    name: str
    began: float
    """Seconds on the run's clock."""

    number: int = 1
    """Of the pass."""

    pages: int = 0
    records: int = 0
    """Read in this pass, whether or not they were sent before."""

    total: int | None = None
    """The number of records that the server declared for the whole pass."""

    page_count: int | None = None

    def part(self) -> float | None:
        """How much of the pass is done, from 0 to 1; None where nothing was declared."""
        if self.total:
            return min(self.records / self.total, 1.0)
        if self.page_count:
            return min(self.pages / self.page_count, 1.0)
        return None

    def all_pages(self) -> int | None:
        """How many pages the pass will have, about; None where that is not known."""
        part = self.part()
        return max(round(self.pages / part), self.pages) if part else None

    def per_second(self, now: float) -> float:
        """Records read a second; 0 where no time passed."""
        return self.records / (now - self.began) if now > self.began else 0.0

    def seconds_left(self, now: float) -> float | None:
        """Seconds until the pass is done, about; None where that is not known."""
        part = self.part()
        return (now - self.began) * (1 - part) / part if part else None

    def line(self, now: float) -> str:
        """How far it is, in a line."""
        start = f"{self.name}: " + (f"pass {self.number}, " if self.number > 1 else "")
        page, part, pages = f"page {self.pages:,}", self.part(), self.all_pages()
        if part is not None and pages is not None:
            page += f" of about {pages:,} ({part:.0%})".replace("%", " %")
        parts = [page, several(self.records, "record"), f"{self.per_second(now):,.0f}/s"]
        left = self.seconds_left(now)
        if left is not None:
            parts.append(f"about {duration(left)} left")
        return start + ", ".join(parts)


class Display(Protocol):
    """Shows the progress of a run on a terminal."""

    def show(self, progress: StreamProgress, now: float) -> None:
        """Show how far a stream is."""

    def waits(self, reason: str, seconds: float) -> None:
        """Show what the run waits for."""

    def stop(self) -> None:
        """Leave the terminal as it was."""


class Progress:
    """Tells how far the streams of a run are; called in the main thread but for `waits`."""

    def __init__(self, clock: Clock, seconds: float, logger: logging.Logger) -> None:
        """Tell the progress of a run.

        Args:
            clock: Tells when the next line is due.
            seconds: The least time between two lines; 0 for none.
            logger: Where the lines go.
        """
        self._clock = clock
        self._seconds = seconds
        self._logger = logger
        self._logged_at: float | None = None
        """When the last line went out, or the first pass began."""
        self._waits_until = 0.0
        self._streams: dict[str, StreamProgress] = {}
        self.display: Display | None = None
        """What shows the progress instead of lines."""

    def begin(self, stream: str, number: int = 1) -> None:
        """A pass over a stream begins, or over one parent's part of it."""
        now = self._clock.monotonic()
        self._logged_at = now if self._logged_at is None else self._logged_at
        self._streams[stream] = StreamProgress(stream, now, number)

    def page(
        self, stream: str, records: int, *, total: int | None = None, page_count: int | None = None
    ) -> None:
        """A page was taken in.

        Args:
            stream: The stream.
            records: How many records the page has.
            total: The records of the whole pass, where the response declares them.
            page_count: Its pages, where the response declares them.
        """
        progress = self._streams.get(stream)
        if progress is None:
            return
        if progress.pages == 0:
            progress.total, progress.page_count = total, page_count
        progress.pages += 1
        progress.records += records
        now = self._clock.monotonic()
        if self.display is not None:
            self.display.show(progress, now)
        elif self._seconds and now - (self._logged_at or 0.0) >= self._seconds:
            self._logged_at = now
            self._logger.info(
                "%s",
                progress.line(now),
                extra=fields(
                    "progress",
                    stream,
                    page=progress.pages,
                    page_count=progress.all_pages(),
                    records=progress.records,
                    records_per_second=round(progress.per_second(now), 1),
                    **{"pass": progress.number},
                ),
            )

    def waits(self, reason: str, seconds: float) -> None:
        """The run waits: for the rate limit, or before a retry; called from any thread.

        Args:
            reason: What it waits for, such as `the rate limit`.
            seconds: How long.
        """
        if seconds < SHORTEST_WAIT:
            return
        if self.display is not None:
            self.display.waits(reason, seconds)
        # A wait that several threads tell of is told once.
        until = self._clock.monotonic() + seconds
        if until - self._waits_until < SHORTEST_WAIT:
            return
        self._waits_until = until
        if self.display is None and self._seconds and seconds >= self._seconds:
            self._logger.info(
                "Waiting %s for %s.",
                duration(seconds),
                reason,
                extra=fields("waiting", reason=reason, seconds=round(seconds, 1)),
            )

    def stop(self) -> None:
        """The run is over."""
        if self.display is not None:
            self.display.stop()


def duration(seconds: float) -> str:
    """A time that is left: `80 s`, `12 min`, `3.5 h`."""
    if seconds < 100:  # noqa: PLR2004  # where two digits of seconds end
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"  # noqa: PLR2004
