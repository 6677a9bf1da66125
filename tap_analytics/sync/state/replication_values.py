"""The replication values of one page, compared once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.sync.state.value_order import Value


class ReplicationValues(Struct, frozen=True):
    """The replication values of the records of one page."""

    values: Sequence[Value | None]
    """In the order of the records; None for one without a value."""

    present: Sequence[Value]
    """Those that are not None."""

    extremes: tuple[Value, Value] | None
    """The least and the greatest one; None where there is none, or they cannot be compared."""

    @classmethod
    def of(cls, values: Sequence[Value | None]) -> ReplicationValues:
        """Compare the values of a page: what holds for the extremes holds for all."""
        present = [value for value in values if value is not None]
        try:
            extremes = (min(present), max(present)) if present else None
        except TypeError:
            extremes = None
        comparable = extremes is not None and isinstance(extremes[0], str | int | Decimal)
        return cls(values, present, extremes if comparable else None)

    def before(self, bound: str | None) -> Sequence[bool]:
        """For each record whether its value, an instant, lies before a bound, if there is one."""
        if bound is None:
            return [False] * len(self.values)
        if len(self.present) == len(self.values) and self.extremes and self.extremes[1] < bound:  # type: ignore[operator]  # instants are text
            return [True] * len(self.values)
        return [value is not None and value < bound for value in self.values]  # type: ignore[operator]  # the same
