"""The types of what a response, a record or a setting may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

JSON = Any
"""Any JSON value: an object, a list, a string, a number, a Boolean or null.

A recursive alias would be exact. But each reader would have to narrow it at every step into a
value whose shape has already been checked by a JSON Schema, so the alias names what it is and
leaves the checking to that schema.
"""

JSONObject = dict[str, JSON]
"""A JSON object."""


def value_at(value: JSON, path: str) -> JSON:
    """Return what stands at the end of a path of keys, `a.b.c`; None where nothing does."""
    return value_under(value, path.split("."))


def value_under(value: JSON, keys: Iterable[str]) -> JSON:
    """Return what stands under keys, one below the other, dots in them and all; None as above."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def json_type_name(value: object) -> str:
    """What kind of JSON a value is, in words."""
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}.get(
        type(value), "a number"
    )
