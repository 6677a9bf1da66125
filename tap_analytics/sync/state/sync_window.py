"""Which part of a stream is to be read, as the settings and the resource say."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.sync.state.epochs import number_at


class SyncWindow(Struct, frozen=True):
    """What the settings say of the part of a stream to read; instants as text, the rest seconds."""

    start_date: str | None = None
    end_date: str | None = None
    lookback: float = 0.0
    clock_margin: float = 5.0
    end_value: str | int | float | None = None
    """A resource's own end; its values may be no instants."""

    lag: float | None = None
    """A resource's own lookback; a difference where its values are no instants."""

    began: datetime | None = None
    """When the run began: numbers near it are times; None where none are to be taken for any."""

    def start_number(self, parts: int) -> int:
        """The start date, which there is, as a number of which so many make a second."""
        return number_at(datetime.fromisoformat(utc_instant(self.start_date)), parts)

    @property
    def back(self) -> float:
        """How many seconds before the start date-times and days are asked for."""
        return self.lookback if self.lag is None else self.lag
