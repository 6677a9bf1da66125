"""A JSON Schema from sample records, in the few forms that every target loads.

What is inferred is what was seen: a field that no sample held is unknown to the schema, and its
values go under `additional_properties` as they do in any stream.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_analytics.log_fields import fields
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.records.datetimes import is_datetime, is_finer
from tap_analytics.records.names import listed, problem_for_targets
from tap_analytics.records.plain_lines import plain_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from tap_analytics.records.json import JSON

Schema = dict[str, Any]

MOST_LEVELS = 50
"""Objects and lists in each other that a schema describes; what lies deeper stays in the innermost.

The SDK, genson and targets go through a schema by calling themselves, which Python ends at 1,000.
"""

log = plain_logger("tap_analytics.infer")


def _warn(sentence: str, extra: Mapping[str, Any]) -> None:
    log.warning(sentence, extra=extra)


def infer(
    records: Iterable[dict[str, Any]],
    key: Sequence[str],
    warn: Callable[[str, Mapping[str, Any]], None] = _warn,
    *,
    replication_key: str | None = None,
) -> Schema:
    """Infer a stream's schema.

    - Everything may be null but the key.
    - Text is a date-time where every sample of the field is one, with a time of day. For the
      replication key it suffices that any is: an `unknown` must not become a bookmark. In a key
      none has more digits than date-times leave with: two keys would become one.
    - Integers and other numbers together are numbers. Integers that do not fit into 64 bits are
      text: no target keeps their digits otherwise.
    - Values of several types, and fields that were always null, are text.
    - A name that many targets cannot take stays out, unless it is the key's: one that is blank, has
      a quote or an invisible character in it, is longer than 63 bytes, or differs only by case from
      one before it. A warning counts them.

    Args:
        records: Sample records, as decoded from JSON; decimals may be `Decimal`.
        key: The names of the primary key's fields, which the schema has even if no sample does.
        warn: Takes the warning, and its fields for the log.
        replication_key: The name of the field that says when a record changed.

    Returns:
        The schema, the same for the same records in the same order.
    """
    # genson costs a tenth of a second that only a run without a schema should pay.
    from tap_analytics.records.genson_types import Builder  # noqa: PLC0415 - see above

    builder = Builder(schema_uri=None)
    builder.add_schema({"type": "object", "properties": {name: {} for name in key}})
    has_times = False
    finer: set[str] = set()
    for record in records:
        builder.add_object(_cut(record, MOST_LEVELS))
        finer.update(name for name in key if is_finer(record.get(name)))
        value = record.get(replication_key) if replication_key and not has_times else None
        has_times = has_times or (isinstance(value, str) and is_datetime(value))
    seen = builder.to_schema().get("properties", {})
    left_out = _LeftOut([], Counter())
    properties = _properties(seen, "", left_out, key, (ADDITIONAL_PROPERTIES, ROW_HASH))
    for name in finer:
        properties[name].pop("format", None)
    if left_out.names:
        warn(left_out.sentence, fields("fields_left_out", fields=len(left_out.names)))
    if has_times and replication_key in properties:
        properties[replication_key] = {"type": ["string", "null"], "format": "date-time"}
    for name in key:
        properties[name] = _not_null(properties[name])
    properties[ADDITIONAL_PROPERTIES] = {"type": ["object", "null"], "properties": {}}
    required = {"required": list(key)} if key else {}
    return {"type": "object", "properties": properties, **required}


def _cut(value: JSON, levels: int) -> JSON:
    """A value without what lies deeper than so many levels, but for that something does."""
    if isinstance(value, dict):
        return {name: _cut(value[name], levels - 1) for name in value} if levels else {}
    if isinstance(value, list):
        return [_cut(item, levels - 1) for item in value] if levels else []
    return value


class _LeftOut(NamedTuple):
    """Where the fields stand that the schema is not to have, and why, in the order of discovery."""

    names: list[str]
    reasons: Counter[str]

    def add(self, name: str, reason: str) -> None:
        """Leave a field out."""
        self.names.append(name)
        self.reasons[reason] += 1

    @property
    def sentence(self) -> str:
        """All of them in one sentence, however many there are."""
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in self.reasons.items())
        return (
            f"Many targets cannot take the names of {len(self.names)} fields: "
            f"{listed(self.names)} ({reasons}). They are not in the schema: their values go under "
            f"`{ADDITIONAL_PROPERTIES}`, those of fields inside an object stay in it."
        )


def _properties(
    seen: Schema, path: str, left_out: _LeftOut, key: Collection[str] = (), own: Sequence[str] = ()
) -> Schema:
    """Return the schemas of an object's fields, without names that a target cannot take.

    Args:
        seen: What genson found in the samples.
        path: Where the object stands, with a dot behind it; "" for the record itself.
        left_out: Told of every field that the schema is not to have.
        key: Names that stay in any case.
        own: Names that the tap keeps for itself.
    """
    kept = {name.lower(): name for name in (*own, *key)}
    properties: Schema = {}
    for name, node in seen.items():
        first = kept.get(name.lower(), name)
        reason = None if name in key else problem_for_targets(name)
        if reason is None and first != name and name not in key:
            reason = "differs from another only by case"
        if reason is not None:
            left_out.add(f"{path}{name}", reason)
        elif name != ADDITIONAL_PROPERTIES or path:
            kept[name.lower()] = name
            properties[name] = _nullable(node, f"{path}{name}", left_out)
    return properties


def _nullable(node: Schema, path: str, left_out: _LeftOut) -> Schema:
    """Return the schema of a value that may be null."""
    variants = [variant for variant in _variants(node) if variant.get("type") != "null"]
    if len(variants) != 1:
        return {"type": ["string", "null"]}
    variant = variants[0]
    kind = variant["type"]
    schema: Schema = {"type": [kind, "null"]}
    if kind == "object":
        schema["properties"] = _properties(variant.get("properties", {}), f"{path}.", left_out)
    elif kind == "array":
        schema["items"] = _nullable(variant.get("items", {}), f"{path}[]", left_out)
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
