"""What a record is known by: its key as text, and in what form that came."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tap_analytics.records.datetimes import is_finer
from tap_analytics.records.kinds import kind_of, only_variant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_analytics.records.json import JSON

Form = Literal["as it is", "of another type", "odd"]
"""How a key came: of two keys in one of the first two forms, none becomes the other."""


def key_writer(schema: Mapping[str, Any], keys: Collection[str]) -> Callable[[object], str]:
    """What writes each field of a key as text, so that equal keys are equal texts.

    Numbers as such do not do: -1 and -2 share a hash.

    Args:
        schema: The stream's.
        keys: The fields of its key.
    """
    properties = schema.get("properties") or {}
    numbers = any(kind_of(only_variant(properties.get(name) or {})) == "number" for name in keys)
    return number_text if numbers else str


def number_text(value: object) -> str:
    """A number as text, the same for 1, 1.0 and 1e0; anything else as `str` writes it."""
    if value.__class__ is not Decimal:
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def key_form(came: JSON, left: JSON) -> Form:
    """How a field of a key came, by what it left as."""
    if came is left or left is None:
        return "as it is"
    if isinstance(left, str):
        if isinstance(came, str):
            # Of a date-time each spelling is the same instant.
            return "odd" if is_finer(came) else "as it is"
        return "of another type"
    if isinstance(left, bool) or isinstance(came, bool):
        return "odd"
    if isinstance(came, str):
        return "of another type" if came == str(left) else "odd"
    return "as it is"
