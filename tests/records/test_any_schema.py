"""Whatever JSON Schema a field has, no run breaks at it, and what came in the field goes out."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.harness import only
from tests.support.json_server import read_list
from tests.support.small_api import resource

TYPES = ["string", "integer", "number", "boolean", "object", "array", "null"]
FLAT = {"flattening_enabled": True, "flattening_max_depth": 2}
KEYWORDS: list[dict[str, Any]] = [
    *({}, {"$ref": "#/x"}, {"const": 1}, {"enum": [1, "a", None]}, {"not": {}}, {"not": True}),
    *({"if": True, "then": False}, {"type": "object", "additionalProperties": False}),
    *({"type": "array", "prefixItems": [True]}, {"type": "array", "contains": False}),
]
LEAVES = (
    st.booleans()
    | st.sampled_from(KEYWORDS)
    | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True).map(
        lambda kinds: {"type": kinds}
    )
)


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas that hold these."""
    fields = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    variants = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        fields.map(lambda fields: {"type": "object", "properties": fields}),
        fields.map(lambda fields: {"properties": fields}),
        inner.map(lambda items: {"type": ["array", "null"], "items": items}),
        st.tuples(st.sampled_from(["anyOf", "oneOf", "allOf"]), variants).map(
            lambda pair: {pair[0]: pair[1]}
        ),
    )


SCHEMAS = st.recursive(LEAVES, around, max_leaves=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "5"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=5,
)


@pytest.mark.dear
@settings(max_examples=60, deadline=None)
@given(field=SCHEMAS, value=VALUES, flat=st.booleans())
def test_no_schema_of_a_field_ends_a_run_or_loses_what_came_in_it(
    field: Any,  # noqa: ANN401  # a schema
    value: Any,  # noqa: ANN401  # any JSON
    flat: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    schema = {"properties": {"id": {"type": "integer"}, "f": field}}
    outcome = read_list(
        lambda _: {"data": [{"id": 1, "f": value}]}, schema=schema, settings=FLAT if flat else {}
    )
    assert outcome.error is None
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize(
    ("field", "record"),
    [
        (True, {"f": [1]}),
        (False, {"additional_properties": {"f": [1]}}),
        ({"type": "array", "items": True}, {"f": [1]}),
        ({"type": "array", "items": False}, {"f": [1]}),
        ({"anyOf": [False, {"type": "string"}]}, {"f": "[1]"}),
        ({"anyOf": [True, {"type": "string"}]}, {"f": [1]}),
        ({"anyOf": [False]}, {"f": [1]}),
    ],
    ids=itertools.count(),
)
def test_true_is_any_value_and_false_no_field_at_all(field: object, record: object) -> None:
    schema = {"properties": {"id": {"type": "integer"}, "f": field}}
    outcome = read_list(lambda _: {"data": [{"id": 1, "f": [1]}]}, schema=schema)
    [sent] = outcome.records("items")
    assert sent == {"id": 1} | record  # type: ignore[operator]  # a dict
    assert outcome.stream("items")["verdict"] == "proven"


def test_a_catalog_has_no_boolean_for_a_schema() -> None:
    """The SDK reads catalogs, and it and many targets break at one."""
    nested = {"type": "object", "properties": {"a": True, "b": False}}
    things = resource("things", schema={"properties": {"id": True, "f": nested}})
    catalog = only("things", config={"base_url": "http://localhost", "resources": [things]})
    fields = catalog["streams"][0]["schema"]["properties"]
    assert (fields["id"], fields["f"]["properties"]) == ({}, {"a": {}})


def test_flattening_keeps_a_field_whose_type_only_a_variant_names() -> None:
    number = {"anyOf": [{"type": "number"}, {"type": "null"}]}
    outcome = read_list(
        lambda _: {"data": [{"id": 1, "f": 5, "g": 6}]},
        schema={"properties": {"id": {"type": "integer"}, "f": number, "g": {"anyOf": [True]}}},
        settings=FLAT,
    )
    [record] = outcome.records("items")
    assert (record["f"], record["g"]) == (5, 6)
    assert outcome.of("SCHEMA")[0]["schema"]["properties"]["f"] == {"type": ["number", "null"]}
    assert outcome.stream("items")["verdict"] == "proven"
