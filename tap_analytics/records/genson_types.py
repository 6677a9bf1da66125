"""What genson does not tell apart by itself: date-times, decimals and integers beyond 64 bits."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from genson import SchemaBuilder
from genson.schema.strategies import Number, String

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)
_EPOCH = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/", re.ASCII)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_BITS = 63


class DateTimeString(String):  # type: ignore[misc] # genson ships no types
    """Text, and whether all of it was date-times."""

    def __init__(self, node_class: type) -> None:
        """Begin with no sample seen."""
        super().__init__(node_class)
        self._seen = False
        self._moments = True

    def add_object(self, obj: str) -> None:
        """Take a sample in."""
        self._seen = True
        self._moments = self._moments and is_datetime(obj)

    def to_schema(self) -> dict[str, Any]:
        """Return what the samples have in common."""
        schema: dict[str, Any] = super().to_schema()
        if self._seen and self._moments:
            schema["format"] = "date-time"
        return schema


class LongIntegerNumber(Number):  # type: ignore[misc] # genson ships no types
    """Numbers, and whether all were integers, and all of these within 64 bits."""

    PYTHON_TYPES = (int, float, Decimal)

    def __init__(self, node_class: type) -> None:
        """Begin with no sample seen."""
        super().__init__(node_class)
        self._long = False

    def add_object(self, obj: float | Decimal) -> None:
        """Take a sample in."""
        if isinstance(obj, int):
            self._long = self._long or not -(2**_BITS) <= obj < 2**_BITS
        else:
            self._type = "number"

    def to_schema(self) -> dict[str, Any]:
        """Return what the samples have in common."""
        schema: dict[str, Any] = super().to_schema()
        if self._long and schema["type"] == "integer":
            schema["type"] = "string"
        return schema


class Builder(SchemaBuilder):  # type: ignore[misc] # genson ships no types
    """A schema builder that knows date-times, decimals and long integers."""

    EXTRA_STRATEGIES = (DateTimeString, LongIntegerNumber)


def is_datetime(text: str) -> bool:
    """Tell whether text is a date with a time of day that exists in UTC.

    Args:
        text: ISO 8601 with or without a zone, or `/Date(milliseconds)/`, whole.

    Returns:
        Whether it is; a date alone is not.
    """
    epoch = _EPOCH.fullmatch(text)
    try:
        if epoch:
            return bool(_START + timedelta(milliseconds=int(epoch[1])))
        if not _ISO.fullmatch(text):
            return False
        moment = datetime.fromisoformat(text)
        return bool(moment.astimezone(UTC) if moment.tzinfo else moment)
    except (ValueError, OverflowError):
        return False
