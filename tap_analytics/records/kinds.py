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
