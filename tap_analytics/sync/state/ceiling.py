"""The latest date-time that a bookmark may hold, whatever comes: no later than the run began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tap_analytics.records.datetimes import instant_of
from tap_analytics.sync.state.time_step import TimeStep

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BEHIND_UTC = timedelta(hours=12)
"""So far behind UTC is the last zone on Earth."""


class Ceiling:
    """Where one bookmark stops: what changes later may not have been read."""

    def __init__(self, margin: timedelta) -> None:
        """Begin with none.

        Args:
            margin: Stands for clocks that differ and for changes that show later than they say.
        """
        self._margin = margin
        self.at: str | None = None
        """No record that changed later is observed; None where there is no such limit."""

        self._began: datetime | None = None
        self._behind: timedelta | None = None
        """How far the server's clock may be behind UTC; None where values name their zone."""

        self.step = TimeStep()
        """How coarse the values are."""

    def cap_at(self, moment: datetime) -> None:
        """Stop at this moment less the margin, or where it is lower already."""
        ceiling = instant_of(moment - self._margin)
        if self.at is None or ceiling < self.at:
            self.at = ceiling

    def responded(
        self, moment: datetime, took: timedelta, instants: Iterable[object], *, name_no_zone: bool
    ) -> None:
        """A response has come.

        Values that name no zone are taken for UTC. Where the server's clock is behind UTC, what it
        writes now seems to be old. It cannot be further behind than its latest value seems old.

        Args:
            moment: The server's time, or this machine's.
            took: How long the request had been under way by then.
            instants: The replication values of its records.
            name_no_zone: Whether any value so far named no zone.
        """
        if self._began is None:
            self._began = moment - took
        instants = [*instants]
        self.step.observe(instants)
        if not name_no_zone:
            return
        if self._behind is None:
            self._behind = MOST_BEHIND_UTC
            self.cap_at(self._began)
        now = instant_of(moment)
        latest = max((text for text in map(str, instants) if text <= now), default=None)
        if latest is not None:
            self._behind = min(self._behind, moment - datetime.fromisoformat(latest))

    @property
    def in_values(self) -> str | None:
        """What the server's values may call it, at the earliest."""
        if self.at is None or not self._behind:
            return self.at
        return instant_before(self.at, self._behind.total_seconds())

    @property
    def doubt(self) -> timedelta:
        """How much later than its value says, as UTC, a record may have changed at most."""
        return self.step.longest + (self._behind or timedelta())

    def certain_before(self, instant: str | None) -> str | None:
        """A record with a value below this one changed before an instant."""
        return instant and instant_before(instant, self.doubt.total_seconds())


def instant_before(instant: str, seconds: float) -> str:
    """The instant so many seconds before another one; the first of all where there is none."""
    try:
        moment = datetime.fromisoformat(instant) - timedelta(seconds=seconds)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    return instant_of(moment)
