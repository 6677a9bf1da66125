"""The shape of a state and of a catalog, checked before anything works with them."""

from __future__ import annotations

from functools import cache
from numbers import Number
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tap_analytics.config.schema_errors import schema_violations
from tap_analytics.records.names import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PROBLEMS = 5
"""So many sentences are enough to see what kind of file it is."""

_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": ["array", "null"], "items": {"type": "string"}}
_SCHEMAS = {"type": "array", "items": {"$ref": "#/$defs/schema"}}
_PART: dict[str, Any] = {
    "type": "object",
    "properties": {
        "replication_key": _TEXT,
        "replication_key_value": {"type": ["string", "number", "null"]},
        "starting_replication_value": {"type": ["string", "number", "null"]},
        "replication_key_signpost": {"type": ["string", "number", "null"]},
        "progress_markers": {"type": "object"},
        "invalid_fields": _TEXTS,
        "start_format": _TEXT,
    },
}
_STATE = {
    "type": "object",
    "properties": {
        "bookmarks": {
            "type": "object",
            "additionalProperties": {
                **_PART,
                "properties": {
                    **_PART["properties"],
                    "partitions": {
                        "type": "array",
                        "items": {
                            **_PART,
                            "properties": {**_PART["properties"], "context": {"type": "object"}},
                            "required": ["context"],
                        },
                    },
                },
            },
        },
        "told": _TEXTS,
    },
}
_BESIDE_BOOKMARKS = frozenset({"currently_syncing", "told"})
"""What a state may hold alone: a run can end before it has a bookmark."""

_CATALOG: dict[str, Any] = {
    "type": "object",
    "properties": {
        "streams": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tap_stream_id"],
                "properties": {
                    "tap_stream_id": {"type": "string", "minLength": 1},
                    "stream": _TEXT,
                    "schema": {"$ref": "#/$defs/schema"},
                    "key_properties": _TEXTS,
                    "replication_key": _TEXT,
                    "replication_method": _TEXT,
                    "metadata": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["breadcrumb", "metadata"],
                            "properties": {
                                "breadcrumb": {"type": "array", "items": {"type": "string"}},
                                "metadata": {
                                    "type": "object",
                                    "properties": {
                                        "selected": {"type": ["boolean", "null"]},
                                        "selected-by-default": {"type": ["boolean", "null"]},
                                        "inclusion": _TEXT,
                                        "table-key-properties": _TEXTS,
                                        "replication-key": _TEXT,
                                        "replication-method": _TEXT,
                                        "forced-replication-method": _TEXT,
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
    "$defs": {
        "schema": {
            "type": "object",
            "properties": {
                "type": {"type": ["string", "array"], "items": {"type": "string"}},
                "properties": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/schema"},
                },
                "items": {"$ref": "#/$defs/schema"},
                "format": {"type": "string"},
                "required": {"type": "array", "items": {"type": "string"}},
                **dict.fromkeys(("anyOf", "oneOf", "allOf"), _SCHEMAS),
            },
        }
    },
}


SHAPES: dict[str, dict[str, Any]] = {"state": _STATE, "catalog": _CATALOG}
_KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": Number,
    "boolean": bool,
    "null": type(None),
}


def has_shape(value: object, schema: Mapping[str, Any]) -> bool:
    """Tell whether a value is as a schema has it, for the keywords that are used here.

    A file that is as it should be, as in nearly every run, is told a hundred times as fast as by
    jsonschema, which finds the words for one that is not.
    """
    schema = _CATALOG["$defs"]["schema"] if "$ref" in schema else schema
    kinds = schema["type"]
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool):
        return "boolean" in kinds
    if not any(isinstance(value, _KINDS[kind]) for kind in kinds):
        return False
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        return all(name in value for name in schema.get("required", ())) and all(
            has_shape(item, known.get(name, others))
            for name, item in value.items()
            if name in known or others is not None
        )
    if isinstance(value, list):
        return "items" not in schema or all(has_shape(item, schema["items"]) for item in value)
    return not isinstance(value, str) or len(value) >= schema.get("minLength", 0)


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(SHAPES[kind])


def shape_problems(kind: str, value: Mapping[str, Any]) -> list[str]:
    """Find what does not have the shape of a state or a catalog.

    Args:
        kind: `state` or `catalog`.
        value: What was read.

    Returns:
        A few sentences, such as "bookmarks must be an object, not null."
    """
    problems: list[str] = []
    if not has_shape(value, SHAPES[kind]):
        found = schema_violations(_validator(kind), value)
        problems = [sentence for sentences in found.values() for sentence in sentences]
    if kind == "state" and not problems:
        others = [name for name in value if name not in _BESIDE_BOOKMARKS]
        if others and "bookmarks" not in value:
            problems.append(f"`bookmarks` is missing, and there is {listed(others)}.")
    more = len(problems) - MOST_PROBLEMS
    return problems[:MOST_PROBLEMS] + ([f"There is more: {more:,} problems."] if more > 0 else [])
