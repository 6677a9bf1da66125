"""What genson does not tell apart by itself: date-times, decimals and integers beyond 64 bits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from genson import SchemaBuilder
from genson.schema.strategies import Number, String

from tap_analytics.records.datetimes import is_datetime

_BITS = 63


class DateTimeString(String):  # type: ignore[misc] # genson ships no types
    """Text, and whether all of it was date-times."""

    def __init__(self, node_class: type) -> None:
        """Begin with no sample seen."""
        super().__init__(node_class)
        self._seen = False
        self._datetimes = True

    def add_object(self, obj: str) -> None:
        """Take a sample in."""
        self._seen = True
        self._datetimes = self._datetimes and is_datetime(obj)

    def to_schema(self) -> dict[str, Any]:
        """Return what the samples have in common."""
        schema: dict[str, Any] = super().to_schema()
        if self._seen and self._datetimes:
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
