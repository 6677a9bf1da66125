"""A JSON Schema from sample records, in the few forms that every target loads.

What is inferred is what was seen: a field that no sample held is unknown to the schema, and its
values go under `additional_properties` as they do in any stream.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Schema = dict[str, Any]

log = logging.getLogger("tap_analytics.infer")


def infer(records: Iterable[dict[str, Any]], key: Sequence[str]) -> Schema:
    """Infer a stream's schema.

    - Everything may be null but the key.
    - Text is a date-time where every sample of the field is one, with a time of day.
    - Integers and other numbers together are numbers. Integers that do not fit into 64 bits are
      text: no target keeps their digits otherwise.
    - Values of several types, and fields that were always null, are text.
    - Of two names that differ only by case the key's stays, else the first; a warning names both.

    Args:
        records: Sample records, as decoded from JSON; decimals may be `Decimal`.
        key: The names of the primary key's fields, which the schema has even if no sample does.

    Returns:
        The schema, the same for the same records in the same order.
    """
    # genson costs a tenth of a second that only a run without a schema should pay.
    from tap_analytics.records.genson_types import Builder  # noqa: PLC0415 - see above

    builder = Builder(schema_uri=None)
    builder.add_schema({"type": "object", "properties": {name: {} for name in key}})
    for record in records:
        builder.add_object(record)
    seen = builder.to_schema().get("properties", {})
    properties = _properties(seen, "")
    for name in key:
        properties[name] = _not_null(properties[name])
    properties[ADDITIONAL_PROPERTIES] = {"type": ["object", "null"], "properties": {}}
    required = {"required": list(key)} if key else {}
    return {"type": "object", "properties": properties, **required}


def _properties(seen: Schema, path: str) -> Schema:
    """Return the schemas of an object's fields, without names that a target cannot hold."""
    kept: dict[str, str] = {}
    properties: Schema = {}
    for name, node in seen.items():
        first = kept.setdefault(name.lower(), name)
        if first != name:
            log.warning(
                "The fields %s%s and %s%s differ only by case, which many targets do not tell "
                "apart: the schema has the first, and the second %s.",
                *(path, first, path, name),
                "stays in its object" if path else f"goes under {ADDITIONAL_PROPERTIES}",
            )
        elif name.strip() and (path or name != ADDITIONAL_PROPERTIES):
            properties[name] = _nullable(node, f"{path}{name}")
    return properties


def _nullable(node: Schema, path: str) -> Schema:
    """Return the schema of a value that may be null."""
    variants = [variant for variant in _variants(node) if variant.get("type") != "null"]
    if len(variants) != 1:
        return {"type": ["string", "null"]}
    variant = variants[0]
    kind = variant["type"]
    schema: Schema = {"type": [kind, "null"]}
    if kind == "object":
        schema["properties"] = _properties(variant.get("properties", {}), f"{path}.")
    elif kind == "array":
        schema["items"] = _nullable(variant.get("items", {}), f"{path}[]")
    elif "format" in variant:
        schema["format"] = variant["format"]
    return schema


def _variants(node: Schema) -> Iterator[Schema]:
    """Take a node of several types apart."""
    if "anyOf" in node:
        for variant in node["anyOf"]:
            yield from _variants(variant)
    elif isinstance(node.get("type"), list):
        for kind in node["type"]:
            yield {"type": kind}
    elif "type" in node:
        yield node


def _not_null(schema: Schema) -> Schema:
    """Return the schema of a key's field."""
    kind = next(kind for kind in schema["type"] if kind != "null")
    return {**schema, "type": kind}
