"""How an API writes a modification time: each way, and how finely it can say it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from . import accounting, marketplace
from .values import EPOCH, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "%Y-%m-%d %H:%M:%S"


class TimeFormat(NamedTuple):
    """A way to write an instant: its finest step in microseconds, and the function that writes it.

    The function takes the record's index (some APIs mix their formats) and the microseconds
    since 1970. `parse` turns what a filter asks into microseconds; None: the API's own way.
    `compares_text`: the server compares the filter with the records' own text.
    """

    step: int
    write: Callable[[int, int], Any]
    parse: Callable[[str], int] | None = None
    compares_text: bool = False

    def floor(self, micros: int) -> int:
        """Return the instant as finely as it can be written."""
        return micros - micros % self.step


def _text(_: int, micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).strftime(TEXT)


def _iso(_: int, micros: int) -> str:
    return (EPOCH + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _number(step: int) -> TimeFormat:
    """Return the format of a number of steps since 1970."""
    return TimeFormat(step, lambda _, micros: micros // step, lambda text: int(text) * step)


TIME_FORMATS = {
    "accounting": TimeFormat(1_000, accounting.format_modified),
    "marketplace": TimeFormat(1, marketplace.format_modified),
    "iso": TimeFormat(1, _iso),
    "text": TimeFormat(SECOND, _text, compares_text=True),
    "seconds": _number(SECOND),
    "milliseconds": _number(1_000),
}
"""The first two mix formats as those APIs do; `iso` is always `2025-01-28T10:00:00.000000Z`.

`text` is `2025-01-28 10:00:00`; `seconds` and `milliseconds` since 1970 are numbers.
"""
