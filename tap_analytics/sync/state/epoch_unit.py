"""In which unit the numbers of a replication key count time, where anybody knows.

A start that is a moment is only asked for as a number where that is beyond doubt: a number that is
no time, such as an ID, would leave records out.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tap_analytics.sync.state.epochs import PARTS, parts_of_second
from tap_analytics.sync.state.value_order import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_analytics.sync.state.value_order import Value

DECLARED = {"%s": PARTS[0], "%ms": PARTS[1]}
"""The start formats that say it."""

_TIME = re.compile(r"time|date|stamp|epoch|creat|modif|chang|publi|seen")
_SHORT = frozenset({"at", "on", "ts", "utc", "day", "when", "since"})
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class EpochUnit:
    """How many of the numbers of one replication key make a second."""

    def __init__(self, name: str, *, declared: str | None, is_key: bool) -> None:
        """Take up what is known.

        Args:
            name: The replication key.
            declared: The form in which the configuration says that start values are written.
            is_key: Whether records are known by it, as by an ID.
        """
        self._declared = DECLARED.get(declared or "")
        self.parts = self._declared
        """None where nobody knows."""
        self.may_be_learned = self.parts is None and not is_key and names_time(name)
        """Whether records can show it."""
        self.is_told = False
        """Whether the log has that nobody knows it."""

    def written(self, number: object, now: datetime) -> object:
        """A start value in the unit that the configuration names, rounded down, if it is a time."""
        if self._declared is None or not isinstance(number, int | Decimal):
            return number
        own = parts_of_second(number, now)
        return number if own in {None, self._declared} else int(number * self._declared // own)


def unit_of(values: Sequence[object], now: datetime) -> tuple[int, Value] | None:
    """The unit of values, and the highest one, where they are all times of one unit.

    Those that are null, or 0, say nothing.

    Returns:
        How many of them make a second, and the highest; None where they may be no times.
    """
    try:
        numbers = [each for value in values if value is not None and (each := number_of(value))]
    except ValueError:
        return None
    found = {parts_of_second(number, now) for number in numbers}
    parts = found.pop() if len(found) == 1 else None
    return None if parts is None else (parts, max(numbers))


def names_time(name: str) -> bool:
    """Whether a field is called like a time, as `updated_at`, `ts` or `createdOn`."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return _TIME.search(name.lower()) is not None or not _SHORT.isdisjoint(words)
