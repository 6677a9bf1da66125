"""Dates, numbers and booleans as the schema says, compiled once per stream.

No value is lost: what its field cannot hold is kept, as it came, in `additional_properties`.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.datetimes import (
    FinerDatetimeError,
    exact_date,
    exact_instant,
    exact_time,
)
from tap_analytics.records.kinds import kind_of, only_variant, variants_of
from tap_analytics.records.names import count_names
from tap_analytics.records.non_conforming import (
    FINER,
    SIX_DIGITS,
    WANTED,
    Field,
    InvalidValueError,
    NonConforming,
)
from tap_analytics.records.scalars import (
    NonConformingValue,
    boolean,
    integer,
    number,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.records.non_conforming import OnInvalid

    Check = tuple[type | None, Callable[[JSON], JSON], Field]
    """The class that fits as it is, what makes another fit, and where that is."""


_KINDS: dict[type, tuple[str, ...]] = {
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    Decimal: ("number", "integer"),
    dict: ("object",),
    list: ("array",),
}
"""The types that a value of each class may be of."""

_FORMATS: dict[str, tuple[Callable[[object], str], str]] = {
    "date-time": (exact_instant, "a date-time"),
    "date": (exact_date, "a date"),
    "time": (exact_time, "a time of day"),
}
"""What of texts targets have types for: what makes a value fit, and its name in words."""

_FROM_OTHERS = ("integer", "number", "string", "boolean")
"""The types that a value of another one may become, in the order in which they are tried."""


class Conformer:
    """Makes the records of one stream fit its schema, in place."""

    def __init__(
        self,
        schema: Mapping[str, Any],
        *,
        added: Collection[str] = (),
        left_out: Collection[tuple[str, ...]] = (),
        watched: Collection[str] = (),
        on_invalid: OnInvalid = "keep",
    ) -> None:
        """Compile a stream's JSON schema; see `conform` for what it does.

        Args:
            schema: The stream's schema.
            added: Fields of the schema that the tap sets after `conform`. Where the API sends such
                a name, it is a field that the schema does not know.
            left_out: Fields that nobody wants, as the catalog names them, such as `("properties",
                "name")`. They stay as they came, and nothing of them is kept elsewhere.
            watched: Fields of which it is told when they are written otherwise than they came.
            on_invalid: What becomes of a value that its field cannot hold.
        """
        self.rewritten: list[tuple[str, JSON, JSON]] = []
        """The watched fields that were, as they came and as they leave, since it was emptied."""
        self.non_conforming: list[NonConforming] = []
        """The values that their fields could not hold since the list was last emptied."""
        self.unknown: Counter[str] = Counter()
        """How often each field came that the schema does not know."""
        self.converted: Counter[str] = Counter()
        """How often a value that is no text came in a field of text, and was written as text."""
        self._on_invalid = on_invalid
        self._left_out = frozenset(left_out)
        self._kept: list[NonConforming] = []
        """Those of the record at hand that have not been put aside yet."""
        self._indexes: list[int] = []
        """Which item of each list on the way to the value at hand, from the outside."""
        taken = {ADDITIONAL_PROPERTIES, *added}
        properties = schema.get("properties") or {}
        self._checks = self._checks_of(
            {name: properties[name] for name in properties if name not in taken}, ("",), ()
        )
        for name in watched:
            if name in self._checks:
                fits, convert, field = self._checks[name]
                self._checks[name] = fits, self._watching(name, convert), field

    def count_into(self, unknown: Counter[str], converted: Counter[str]) -> None:
        """From now on count in these."""
        self.unknown, self.converted = unknown, converted

    def conform(self, record: dict[str, JSON]) -> dict[str, JSON]:
        """Make a record fit.

        Args:
            record: A decoded record, with its decimals as `Decimal`; it is changed in place.

        Returns:
            The record: date-times in UTC with six digits; numbers and booleans that came as text
            as what they are; null for what a field cannot hold; and under `additional_properties`
            the fields that the schema does not know and, with `keep`, each value that became null
            or, a date-time, was rounded down, as it came, under its place: `lines[3].price`.

        Raises:
            InvalidValueError: A field cannot hold its value, and `on_invalid` is `fail`.
        """
        checks = self._checks
        unknown = None
        for name, value in record.items():
            check = checks.get(name)
            if check is None:
                if unknown is None:
                    unknown = [name]
                else:
                    unknown.append(name)
            elif value is not None and value.__class__ is not check[0]:
                try:
                    record[name] = check[1](value)
                except (ValueError, ArithmeticError) as error:
                    record[name] = self._instead(value, check[2], error)
        if unknown is not None or self._kept:
            self._put_aside(record, unknown or [])
        return record

    def _instead(self, value: JSON, field: Field, error: Exception) -> JSON:
        """Take in a value that its field cannot hold.

        Args:
            value: The value as it came.
            field: The field.
            error: Why not.

        Returns:
            What the field gets: null, or of a date-time what it can hold of it.
        """
        found = field.holds_not(value, self._indexes)
        if isinstance(error, FinerDatetimeError):
            found = found._replace(came=FINER, wanted=SIX_DIGITS, instead=error.instant)
        if self._on_invalid == "fail":
            raise InvalidValueError(found)
        self.non_conforming.append(found)
        if self._on_invalid == "keep":
            self._kept.append(found)
        return found.instead

    def _put_aside(self, record: dict[str, JSON], unknown: list[str]) -> None:
        """Gather under `additional_properties` what has no place in the record's own fields."""
        count_names(self.unknown, unknown)
        aside = {name: record.pop(name) for name in unknown}
        for found in self._kept:
            place = found.place
            while place in aside:
                place += " (invalid)"
            aside[place] = found.value
        self._kept.clear()
        record[ADDITIONAL_PROPERTIES] = aside

    def _checks_of(
        self, properties: Mapping[str, Any], pieces: tuple[str, ...], crumbs: tuple[str, ...]
    ) -> dict[str, Check]:
        """For each property the class that fits as it is, what to do with any other, and where.

        Args:
            properties: The properties of an object.
            pieces: What the paths of its fields begin with.
            crumbs: The object, as the catalog names it.
        """
        *outer, last = pieces
        return {
            name: self._check(
                property_schema, (*outer, f"{last}{name}"), (*crumbs, "properties", name)
            )
            for name, property_schema in properties.items()
        }

    def _check(
        self, schema: Mapping[str, Any], pieces: tuple[str, ...], crumbs: tuple[str, ...]
    ) -> Check:
        schema = only_variant(schema)
        kind = kind_of(schema)
        field = Field(pieces, WANTED.get(kind, "any value"))
        if crumbs in self._left_out:
            return None, as_it_is, field
        if not kind and (variants := variants_of(schema)):
            return self._several(variants, pieces, crumbs)
        if kind == "string" and schema.get("format") in _FORMATS:
            convert_text, wanted = _FORMATS[schema["format"]]
            return None, convert_text, field._replace(wanted=wanted)
        if kind == "object":
            return self._object(schema, field, crumbs)
        if kind == "array":
            return self._array(schema, field)
        path = field.path
        fits, convert = {
            "string": (str, lambda value: self._text(value, path)),
            "number": (Decimal, number),
            "integer": (None, integer),
            "boolean": (bool, boolean),
        }.get(kind, (None, as_it_is))
        return fits, convert, field

    def _several(
        self,
        variants: Mapping[str, Mapping[str, Any]],
        pieces: tuple[str, ...],
        crumbs: tuple[str, ...],
    ) -> Check:
        """What a field of several types takes: a value of one of them, else what becomes one."""
        checks = {kind: self._check(each, pieces, crumbs) for kind, each in variants.items()}
        field = Field(pieces, " or ".join(check[2].wanted for check in checks.values()))

        def convert(value: JSON) -> JSON:
            for kind in (*_KINDS.get(value.__class__, ()), *_FROM_OTHERS):
                if kind not in checks:
                    continue
                fits, convert_one, _ = checks[kind]
                if value.__class__ is fits:
                    return value
                try:
                    return convert_one(value)
                except FinerDatetimeError:
                    raise
                except (ValueError, ArithmeticError):
                    continue
            raise NonConformingValue

        return None, convert, field

    def _watching(self, name: str, convert: Callable[[JSON], JSON]) -> Callable[[JSON], JSON]:
        def watching(value: JSON) -> JSON:
            try:
                left = convert(value)
            except FinerDatetimeError as error:
                self._rewritten(name, value, error.instant)
                raise
            if left is not value and (left != value or left.__class__ is bool):
                self._rewritten(name, value, left)
            return left

        return watching

    def _rewritten(self, name: str, came: JSON, left: JSON) -> None:
        """A watched field is written otherwise than it came."""
        self.rewritten.append((name, came, left))

    def _text(self, value: object, path: str) -> str:
        text = to_text(value)
        self.converted[path] += 1
        return text

    def _object(self, schema: Mapping[str, Any], field: Field, crumbs: tuple[str, ...]) -> Check:
        *outer, last = field.pieces
        checks = self._checks_of(schema.get("properties") or {}, (*outer, f"{last}."), crumbs)
        if not checks:
            return dict, _refuse, field

        def convert(value: JSON) -> JSON:
            if value.__class__ is not dict:
                raise NonConformingValue
            for name, item in value.items():
                check = checks.get(name)
                if check is None or item is None or item.__class__ is check[0]:
                    continue
                try:
                    value[name] = check[1](item)
                except (ValueError, ArithmeticError) as error:
                    value[name] = self._instead(item, check[2], error)
            return value

        return None, convert, field

    def _array(self, schema: Mapping[str, Any], field: Field) -> Check:
        fits, convert_item, item_field = self._check(
            schema.get("items") or {}, (*field.pieces, ""), ("items",)
        )
        if convert_item is as_it_is:
            return list, _refuse, field
        indexes, depth = self._indexes, len(field.pieces) - 1
        indexes.extend([0] * (depth + 1 - len(indexes)))

        def convert(value: JSON) -> JSON:
            if value.__class__ is not list:
                raise NonConformingValue
            for index, item in enumerate(value):
                if item is None or item.__class__ is fits:
                    continue
                indexes[depth] = index
                try:
                    value[index] = convert_item(item)
                except (ValueError, ArithmeticError) as error:
                    value[index] = self._instead(item, item_field, error)
            return value

        return None, convert, field


def as_it_is(value: object) -> object:
    """What becomes of a value whose type the schema leaves open."""
    return value


def _refuse(_: object) -> object:
    raise NonConformingValue
