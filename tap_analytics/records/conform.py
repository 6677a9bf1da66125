"""Dates, numbers and booleans as the schema says, compiled once per stream.

What a conformer cannot make fit becomes null, and is counted under the field's path.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.datetimes import utc_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Convert = Callable[[Any], Any]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_LARGEST = 2**63 - 1
_exact = msgspec.json.Encoder(decimal_format="number")


class NonConformingValue(ValueError):  # noqa: N818  # a fact about a value
    """A value is not what the schema calls it."""


class Conformer:
    """Makes the records of one stream fit its schema, in place."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Compile a stream's JSON schema; see `conform` for what it does."""
        self.non_conforming: list[str] = []
        """Paths of the values that became null since the list was last emptied."""
        self.unknown: Counter[str] = Counter()
        """How often each field came that the schema does not know."""
        self.converted: Counter[str] = Counter()
        """How often a value that is no text came in a field of text, and was written as text."""
        properties = dict(schema.get("properties", {}))
        properties.pop(ADDITIONAL_PROPERTIES, None)
        self._checks = self._checks_of(properties, "")

    def count_into(self, unknown: Counter[str], converted: Counter[str]) -> None:
        """From now on count in these."""
        self.unknown, self.converted = unknown, converted

    def conform(self, record: dict[str, Any]) -> dict[str, Any]:
        """Make a record fit.

        Args:
            record: A decoded record, with its decimals as `Decimal`; it is changed in place.

        Returns:
            The record: date-times in UTC with six digits, numbers and booleans that came as
            strings as what they are, misfits as null, and fields that the schema does not know
            under `additional_properties`.
        """
        checks = self._checks
        unknown = None
        for name, value in record.items():
            check = checks.get(name)
            if check is None:
                unknown = [name] if unknown is None else [*unknown, name]
            elif value is not None and value.__class__ is not check[0]:
                try:
                    record[name] = check[1](value)
                except (ValueError, OverflowError):
                    record[name] = None
                    self.non_conforming.append(name)
        if unknown is not None:
            self.unknown.update(unknown)
            record[ADDITIONAL_PROPERTIES] = {name: record.pop(name) for name in unknown}
        return record

    def _checks_of(
        self, properties: Mapping[str, Any], path: str
    ) -> dict[str, tuple[type | None, Convert]]:
        """For each property the class that fits as it is, and what to do with any other."""
        return {
            name: self._check(property_schema, f"{path}{name}")
            for name, property_schema in properties.items()
        }

    def _check(self, schema: Mapping[str, Any], path: str) -> tuple[type | None, Convert]:
        kind = _kind(schema)
        if kind == "string" and schema.get("format") == "date-time":
            return None, utc_instant
        if kind == "object":
            return self._object(schema, path)
        if kind == "array":
            return self._array(schema, path)
        return {
            "string": (str, lambda value: self._text(value, path)),
            "number": (Decimal, number),
            "integer": (None, integer),
            "boolean": (bool, boolean),
        }.get(kind, (None, _as_it_is))

    def _text(self, value: object, path: str) -> str:
        self.converted[path] += 1
        return to_text(value)

    def _object(self, schema: Mapping[str, Any], path: str) -> tuple[type | None, Convert]:
        checks = self._checks_of(schema.get("properties") or {}, f"{path}.")
        if not checks:
            return dict, _refuse
        non_conforming = self.non_conforming

        def convert(value: Any) -> dict[str, Any]:  # noqa: ANN401  # decoded JSON
            if value.__class__ is not dict:
                raise NonConformingValue
            for name, item in value.items():
                check = checks.get(name)
                if check is None or item is None or item.__class__ is check[0]:
                    continue
                try:
                    value[name] = check[1](item)
                except (ValueError, OverflowError):
                    value[name] = None
                    non_conforming.append(f"{path}.{name}")
            return cast("dict[str, Any]", value)

        return None, convert

    def _array(self, schema: Mapping[str, Any], path: str) -> tuple[type | None, Convert]:
        fits, convert_item = self._check(schema.get("items") or {}, f"{path}[]")
        if convert_item is _as_it_is:
            return list, _refuse
        non_conforming = self.non_conforming

        def convert(value: Any) -> list[Any]:  # noqa: ANN401  # decoded JSON
            if value.__class__ is not list:
                raise NonConformingValue
            for index, item in enumerate(value):
                if item is None or item.__class__ is fits:
                    continue
                try:
                    value[index] = convert_item(item)
                except (ValueError, OverflowError):
                    value[index] = None
                    non_conforming.append(f"{path}[]")
            return value

        return None, convert


def number(value: object) -> object:
    """A number, digit for digit; one that came as a string becomes one."""
    if value.__class__ is int or value.__class__ is Decimal:
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise NonConformingValue


def integer(value: object) -> int:
    """An integer of at most 64 bits, from an integer, an integral decimal or a string of one."""
    exact = number(value)
    # The range first: the integer of 1e999999999 would fill the memory.
    if not isinstance(exact, int | Decimal) or not -_LARGEST - 1 <= exact <= _LARGEST:
        raise NonConformingValue
    if exact != int(exact):
        raise NonConformingValue
    return int(exact)


def boolean(value: object) -> bool:
    """A boolean, from `true`, `false`, 1, 0 or a string of one of these."""
    truth = {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())
    if truth is None:
        raise NonConformingValue
    return truth


def to_text(value: object) -> str:
    """A scalar's digits as they came, or the JSON of anything else."""
    return value if isinstance(value, str) else _exact.encode(value).decode()


def _as_it_is(value: object) -> object:
    return value


def _refuse(_: object) -> object:
    raise NonConformingValue


def _kind(schema: Mapping[str, Any]) -> str:
    """The one type beside null, or "" where the schema leaves it open."""
    kinds = schema.get("type", [])
    named = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return named[0] if len(named) == 1 else ""
