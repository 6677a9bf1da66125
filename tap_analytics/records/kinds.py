"""What a schema says of the types of a value, in the ways in which tools write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def variants_of(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By type what a schema says of a value of it; of none where it leaves the type open."""
    variants: dict[str, Mapping[str, Any]] = {}
    alternatives = schema.get("anyOf") or schema.get("oneOf") or ()
    kinds = schema.get("type", ())
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        variants.setdefault(kind, {**schema, "type": kind})
    for alternative in () if variants else alternatives:
        inner = variants_of(alternative)
        if not inner and alternative.get("type") != "null":
            return {}
        for kind, each in inner.items():
            # Of two that differ a value may fit either.
            variants[kind] = {"type": kind} if variants.get(kind, each) != each else each
    variants.pop("null", None)
    return variants


def only_variant(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema, or the only one beside null of its variants, as other tools write it."""
    for keyword in ("anyOf", "oneOf", "allOf"):
        variants = [each for each in schema.get(keyword, ()) if each != {"type": "null"}]
        if "type" not in schema and len(variants) == 1:
            return only_variant(variants[0])
    return schema


def kind_of(schema: Mapping[str, Any]) -> str:
    """The one type beside null, or "" where the schema leaves it open."""
    kinds = schema.get("type", [])
    named = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return named[0] if len(named) == 1 else ""


def without_booleans(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in which `true`, any value, is written as `{}`, and none of its parts is `false`.

    JSON Schema lets a boolean stand for a schema; the SDK and many targets do not. A field that is
    `false` is to be absent, so that it is none: its values are kept aside, as of any unknown one.

    Args:
        schema: A schema that is an object itself.
    """
    plain = dict(schema)
    if isinstance(fields := plain.get("properties"), dict):
        plain["properties"] = {
            name: _as_object(field) for name, field in fields.items() if field is not False
        }
    if "items" in plain:
        plain["items"] = _as_object(plain["items"])
    for keyword in ("anyOf", "oneOf", "allOf"):
        if isinstance(variants := plain.pop(keyword, None), list):
            variants = [_as_object(variant) for variant in variants if variant is not False]
            plain |= {keyword: variants} if variants else {}
    return plain


def _as_object(schema: Any) -> Any:  # noqa: ANN401  # a schema, or what a validation will refuse
    if isinstance(schema, bool):
        return {}
    return without_booleans(schema) if isinstance(schema, dict) else schema
