"""The quick look at a schema agrees with jsonschema wherever it says that one is valid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_analytics.config.resources.plain_schema import is_plain_schema
from tap_analytics.streams.registry import packaged_schema
from tests.support.streams import STREAMS

TYPES = st.sampled_from(["string", "null", "object", "text", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TYPES | st.lists(TYPES, max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(
            [
                *("type", "format", "title", "description", "properties", "items", "required"),
                *("additionalProperties", "enum", "minLength", "$ref"),
            ]
        ),
        inner | st.dictionaries(TYPES, inner, max_size=2),
        max_size=3,
    ),
    max_leaves=6,
)


@given(schema=VALUES)
def test_a_plain_schema_is_valid(schema: Any) -> None:  # noqa: ANN401 -- any JSON
    if is_plain_schema(schema):
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("stream", STREAMS)
def test_the_schemas_of_the_built_in_streams_are_plain(stream: str) -> None:
    assert is_plain_schema(packaged_schema(stream))


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        True,
        {"type": "text"},
        {"type": []},
        {"type": ["null", "null"]},
        {"type": ["null", ["string"]]},
        {"type": {}},
        {"format": 1},
        {"title": None},
        {"description": []},
        {"properties": []},
        {"properties": {"a": {"type": "text"}}},
        {"items": [{}]},
        {"additionalProperties": None},
        {"required": "id"},
        {"required": ["id", "id"]},
        {"required": [1]},
        {"enum": 1},
        {"minLength": -1},
    ],
    ids=str,
)
def test_what_is_wrong_is_not_plain(schema: Any) -> None:  # noqa: ANN401 -- any JSON
    assert not is_plain_schema(schema)
