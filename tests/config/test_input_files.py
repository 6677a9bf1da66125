"""The quick look at a state or a catalog agrees with jsonschema, whose words follow it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_analytics.config.input_files import SHAPES, has_shape, shape_problems

KEYWORDS = {
    *("$defs", "$ref", "additionalProperties", "items", "minLength", "properties", "required"),
    "type",
}


def schemas(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and all schemas within it."""
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [schema[name] for name in ("items", "additionalProperties") if name in schema]
    return [schema, *(found for each in inner for found in schemas(each))]


NAMES = sorted(
    {
        name
        for shape in SHAPES.values()
        for each in schemas(shape)
        for name in each.get("properties", ())
    }
)
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "a"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*NAMES, "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def fitting(
    schema: dict[str, Any], shape: dict[str, Any], depth: int = 0
) -> st.SearchStrategy[Any]:
    """Values that fit a schema, but for one part in five."""
    schema = shape["$defs"]["schema"] if "$ref" in schema else schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    parts: dict[str, Any] = {
        "string": st.sampled_from(["a", "b"]),
        "number": st.integers() | st.floats(allow_nan=False),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    if depth < 6:
        inner = {name: fitting(each, shape, depth + 1) for name, each in known.items()}
        required = {name: inner.get(name, ANY) for name in schema.get("required", ())}
        whole = st.fixed_dictionaries(
            required, optional={n: v for n, v in inner.items() if n not in required}
        )
        if others is not None:
            whole = st.dictionaries(
                st.sampled_from(["s", "t"]), fitting(others, shape, depth + 1), max_size=2
            )
        items = fitting(schema["items"], shape, depth + 1) if "items" in schema else ANY
        parts |= {"object": whole, "array": st.lists(items, max_size=2)}
    found = [parts[kind] for kind in kinds if kind in parts] or [st.just({})]
    return st.integers(0, 99).flatmap(lambda number: ANY if number < 3 else st.one_of(found))


@pytest.mark.parametrize("kind", SHAPES)
def test_the_quick_look_finds_what_jsonschema_finds(kind: str) -> None:
    shape, seen = SHAPES[kind], {True: 0, False: 0}
    validator = Draft202012Validator(shape)

    @settings(max_examples=300)
    @given(value=fitting(shape, shape) | ANY)
    @example(value={"streams": [{"tap_stream_id": ""}], "bookmarks": {"s": {"partitions": [{}]}}})
    def agree(value: Any) -> None:  # noqa: ANN401 -- any JSON
        fits = has_shape(value, shape)
        seen[fits] += 1
        assert fits == validator.is_valid(value)
        if isinstance(value, dict):
            assert fits or shape_problems(kind, value)

    agree()
    assert min(seen.values()) > 50


@pytest.mark.parametrize("kind", SHAPES)
def test_the_quick_look_knows_every_keyword_of_the_shapes(kind: str) -> None:
    assert {keyword for each in schemas(SHAPES[kind]) for keyword in each} <= KEYWORDS
