"""Where a sync starts, which records it sends on, and where the next one may start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.exceptions import StreamError
from tap_analytics.records.conform import NonConformingValue, number
from tap_analytics.records.datetimes import utc_instant

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | int | Decimal

CLOCKS_APART = timedelta(hours=1)
"""How far the clocks of two machines that run the tap may be apart: one may be set badly."""


class SyncWindow(Struct, frozen=True):
    """What the settings say of the part of a stream to read; instants as text, seconds back."""

    start_date: str | None = None
    end_date: str | None = None
    lookback: float = 0.0


class Bookmark:
    """The replication value of one stream, or of one parent's part of it.

    Instants are compared as instants: as text of one format, see `conform.utc_instant`.
    """

    def __init__(
        self,
        state: Mapping[str, Any],
        replication_key: str,
        span: SyncWindow,
        *,
        instants: bool,
        initial_value: object = None,
    ) -> None:
        """Read a bookmark.

        Args:
            state: The stream's part of the Singer state.
            replication_key: The field that says when a record changed.
            span: What the settings say.
            instants: Whether the field holds date-times; else its values are compared as they are.
            initial_value: Where to start without a bookmark, instead of the span's start date.

        Raises:
            StreamError: The state holds something that cannot be compared.
        """
        self._instants = instants
        held = state.get("replication_key_value")
        same_key = state.get("replication_key") == replication_key
        self.old = self._read(held) if held is not None and same_key else None
        self.end = self._read(span.end_date) if span.end_date and instants else None
        given = initial_value or (span.start_date if instants else None)
        start = self._read(given) if given else None
        if self.end is None and self.old is not None:
            start = self.old
        self.floor = self._back(start, span.lookback)
        """Records before this value are not sent on; None where all are."""
        self._ceiling: str | None = None
        self._newest = self.old

    @property
    def since(self) -> Value | None:
        """What to ask the server for: everything from this value on; None for all."""
        return self.floor

    def refuse_future(self, moment: datetime) -> None:
        """Refuse a bookmark that lies ahead: nothing would be read until its time comes.

        Raises:
            StreamError: It lies after this moment, by more than clocks are apart.
        """
        latest = utc_instant((moment.astimezone(UTC) + CLOCKS_APART).isoformat())
        if self._instants and self.old is not None and str(self.old) > latest:
            message = (
                f"the bookmark {self.old} lies in the future, so that changes before it would "
                "never be read: correct it in the state, or remove it to read everything"
            )
            raise StreamError(message)

    def cap_at(self, moment: datetime) -> None:
        """Never move past this moment: what changes from then on may not have been read."""
        ceiling = utc_instant(moment.astimezone(UTC).isoformat())
        if self._ceiling is None or ceiling < self._ceiling:
            self._ceiling = ceiling

    def includes(self, value: Value | None) -> bool:
        """Whether a record with this value is sent on; one without a value is."""
        if value is None:
            return True
        if self.floor is not None and not self._before_or_at(self.floor, value):
            return False
        return self.end is None or not self._before_or_at(self.end, value)

    def observe(self, value: Value) -> None:
        """A record with this value was read."""
        if self._instants and self._ceiling is not None and str(value) > self._ceiling:
            return
        if self._newest is None or not self._before_or_at(value, self._newest):
            self._newest = value

    def settle(self, value: Value | None) -> None:
        """Everything up to this value has been read: what was observed before no longer counts."""
        self._newest = value

    @property
    def next_value(self) -> Value | None:
        """Where the next sync may start, after a proven pass."""
        return self.old if self.end is not None else self._newest

    @staticmethod
    def _before_or_at(one: Value, other: Value) -> bool:
        if isinstance(one, str) or isinstance(other, str):
            return str(one) <= str(other)
        return one <= other

    def _read(self, value: object) -> Value:
        try:
            return utc_instant(value) if self._instants else _plain(value)
        except (ValueError, OverflowError) as error:
            message = (
                f"the bookmark or start date {value!r} is no date-time: correct it in the state "
                "or the settings, or remove it to read everything"
            )
            raise StreamError(message) from error

    def _back(self, start: Value | None, seconds: float) -> Value | None:
        if start is None or not seconds or not self._instants:
            return start
        moment = datetime.fromisoformat(str(start)) - timedelta(seconds=seconds)
        return utc_instant(moment.isoformat())


def _plain(value: object) -> Value:
    if isinstance(value, str):
        return value
    exact = number(value) if value.__class__ in {int, Decimal} else None
    if isinstance(value, float):
        exact = Decimal(repr(value))
    if isinstance(exact, int | Decimal):
        return exact
    raise NonConformingValue
