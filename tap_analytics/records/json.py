"""The types of what a response, a record or a setting may hold."""

from __future__ import annotations

from typing import Any

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
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def json_type_name(value: object) -> str:
    """What kind of JSON a value is, in words."""
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}.get(
        type(value), "a number"
    )
