"""Schemas inferred from sample records, in forms that every target loads."""

from __future__ import annotations

import copy
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_analytics.records.conform import Conformer
from tap_analytics.records.inference import infer

Json = dict[str, Any]

TEXT = {"type": ["string", "null"]}
MOMENT = {**TEXT, "format": "date-time"}
INTEGER = {"type": ["integer", "null"]}
NUMBER = {"type": ["number", "null"]}
BOOLEAN = {"type": ["boolean", "null"]}
ADDITIONAL_PROPERTIES = {"type": ["object", "null"], "properties": {}}


def of(*values: object) -> object:
    """Return what is inferred for a field with these values, one a record."""
    return infer([{"x": value} for value in values], [])["properties"]["x"]


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        (["a", None], TEXT),
        ([1, 2**63 - 1, -(2**63)], INTEGER),
        ([1, 1.5], NUMBER),
        ([Decimal("1.10"), 1], NUMBER),
        ([Decimal(1)], NUMBER),
        ([True, False], BOOLEAN),
        (["1", "2.5"], TEXT),
    ],
)
def test_a_field_of_one_type_may_be_that_or_null(values: list[object], schema: Json) -> None:
    assert of(*values) == schema


@pytest.mark.parametrize(
    "values",
    [[1, "a"], [True, 1], [{}, []], [{"a": 1}, "a"], ["2024-01-01T00:00:00Z", 5], [[1], 2.5]],
)
def test_a_field_of_several_types_is_text(values: list[object]) -> None:
    assert of(*values) == TEXT
    assert of(*reversed(values)) == TEXT


def test_a_field_that_was_always_null_is_text() -> None:
    assert of(None, None) == TEXT


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**30])
def test_an_integer_beyond_64_bits_is_text_so_that_no_digit_is_lost(value: int) -> None:
    assert of(1, value) == of(value, 1) == TEXT
    assert of(1.5, value) == NUMBER


@pytest.mark.parametrize(
    "values",
    [
        ["2026-01-31T23:59:59Z", None],
        ["2026-01-31T23:59:59.123456-06:00", "2026-01-31 23:59"],
        ["2026-01-31T23:59:59"],
        ["/Date(1573755038314)/", "/Date(-1573755038314+0000)/"],
        ["/Date(0)/", "2026-01-31T23:59:59Z"],
        ["20260131T235959Z", "2026-01-31t23:59:59z", "2026-01-31 23:59:59 UTC"],
        ["Sat, 31 Jan 2026 23:59:59 GMT", None],
    ],
)
def test_text_that_is_always_a_moment_is_a_date_time(values: list[object]) -> None:
    assert of(*values) == MOMENT


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31",
        "",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "Refund /Date(2024)/",
        "/Date(99999999999999999)/",
        "20260131235959",
        "2026-01-31T23:59:59Z.",
        "23:59",
        "12",
    ],
)
def test_one_value_that_is_no_moment_makes_the_field_text(value: str) -> None:
    assert of(value) == TEXT
    assert of("2026-01-31T23:59:59Z", value) == TEXT


def test_objects_and_lists_are_spelled_out_and_nullable_at_every_depth() -> None:
    values = [{"a": [{"b": 1, "at": "2026-01-31T23:59:59Z"}]}, {"a": [{"b": 1.5}, None]}, {"c": []}]
    assert of(*values) == {
        "type": ["object", "null"],
        "properties": {
            "a": {
                "type": ["array", "null"],
                "items": {
                    "type": ["object", "null"],
                    "properties": {"b": NUMBER, "at": MOMENT},
                },
            },
            "c": {"type": ["array", "null"], "items": TEXT},
        },
    }


def test_an_empty_object_and_an_empty_list_have_full_types() -> None:
    assert of({}) == ADDITIONAL_PROPERTIES
    assert of([]) == {"type": ["array", "null"], "items": TEXT}
    assert of([[]])["items"] == {"type": ["array", "null"], "items": TEXT}  # type: ignore[index] # an object, as the line above


def test_the_key_is_never_null_and_is_there_even_where_no_sample_has_it() -> None:
    schema = infer([{"id": 1, "name": "a"}], ["id", "part"])
    assert schema == {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "part": {"type": "string"},
            "name": TEXT,
            "additional_properties": ADDITIONAL_PROPERTIES,
        },
        "required": ["id", "part"],
    }


def test_no_records_and_no_key_leave_an_open_schema() -> None:
    assert infer([], []) == {
        "type": "object",
        "properties": {"additional_properties": ADDITIONAL_PROPERTIES},
    }


def test_of_names_that_differ_only_by_case_the_first_stays_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        properties = infer([{"Name": 1, "name": "a", "x": {"a": 1, "A": 1}}], [])["properties"]
    assert list(properties) == ["Name", "x", "additional_properties"]
    assert list(properties["x"]["properties"]) == ["a"]
    (warning,) = [record.getMessage() for record in caplog.records]
    assert warning.startswith(
        "Many targets cannot take the names of 2 fields: `name`, `x.A` (differs from another "
        "only by case: 2)."
    )


def test_of_names_that_differ_only_by_case_the_key_stays() -> None:
    assert next(iter(infer([{"ID": "a", "id": 1}], ["id"])["properties"])) == "id"


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "\t", 'a"b', "a'b", "a`b", "a\nb", "a\x7f", "a\u202eb", "a\u2028b", "\x1b[31m"),
        *("n" * 64, "é" * 32, "Id", "ADDITIONAL_PROPERTIES", "_ROW_HASH"),
    ],
)
def test_a_name_that_targets_cannot_take_stays_out_at_every_depth(name: str) -> None:
    fields = infer([{"id": 1, name: 1, "o": {"id": 1, "additional_properties": 1}}], ["id"])
    assert list(fields["properties"]) == ["id", "o", "additional_properties"]
    nested = infer([{"o": {"id": 1, "_row_hash": 1, "additional_properties": 1, name: 1}}], [])
    names = ["id", "_row_hash", "additional_properties"]
    assert list(nested["properties"]["o"]["properties"]) == names


@pytest.mark.parametrize(
    "name", ["n" * 63, "é" * 31, "naïve name", "a.b", "$ref", "日本", "_row_hash"]
)
def test_a_name_that_targets_take_is_in_the_schema(name: str) -> None:
    assert list(infer([{name: 1}], [])["properties"]) == [name, "additional_properties"]


def test_the_keys_name_is_in_the_schema_whatever_it_is() -> None:
    assert infer([{'the "key"': 1}], ['the "key"'])["properties"]['the "key"'] == {
        "type": "integer"
    }


def test_ten_thousand_such_names_are_one_short_escaped_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        infer([{f"\x1b\u202e\n{n:05}{'x' * 1_000}": 1 for n in range(10_000)}], [])
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "of 10000 fields" in warning
    assert "and 9,995 more" in warning
    assert warning.isprintable()
    assert len(warning) < 700


def test_the_place_of_unknown_fields_is_always_an_object() -> None:
    assert of(1) == INTEGER
    properties = infer([{"additional_properties": 7, " ": 1}], [])["properties"]
    assert properties == {"additional_properties": ADDITIONAL_PROPERTIES}


# Property-based: a schema fits the samples it came from.

NAMES = st.sampled_from(["a", "A", "b", "at", "$ref", "type", "additional_properties"])
MOMENTS = st.integers(0, 10**10).map(
    lambda seconds: f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"
)
EPOCHS = st.integers(-(10**15), 10**15).map(lambda ms: f"/Date({ms})/")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.integers(-(10**6), 10**6).map(lambda digits: Decimal(digits).scaleb(-3)),
    MOMENTS,
    EPOCHS,
    st.sampled_from(["", "12", "2026-01-31", "0001-01-01T00:00:00+05:00", "9999-12-31 23:59-01"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
RECORDS = st.lists(st.dictionaries(NAMES, VALUES, max_size=3), max_size=4)
# How long an example takes says more of the machine than of the code.
unhurried = settings(deadline=None)


def written_as_text(value: object, schema: Json) -> object:
    """Write a value as text where the schema has text for values of several types."""
    if value is None or not schema:
        return value
    if schema["type"][0] == "string" and not isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {k: written_as_text(v, schema["properties"].get(k, {})) for k, v in value.items()}
    if isinstance(value, list):
        return [written_as_text(item, schema["items"]) for item in value]
    return value


def sample(records: list[Json]) -> list[Json]:
    """Give every record a key, and no field of the name that the tap keeps for itself."""
    names = {"additional_properties"}
    return [
        {"id": n} | {name: value for name, value in record.items() if name not in names}
        for n, record in enumerate(records)
    ]


@unhurried
@given(RECORDS, st.sets(NAMES))
def test_a_schema_accepts_its_own_samples_with_and_without_nulls(
    records: list[Json], nulls: set[str]
) -> None:
    records = sample(records)
    schema = infer(records, ["id"])
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    fields = schema["properties"]
    for record in records:
        text = {k: written_as_text(v, fields.get(k, {})) for k, v in record.items() if k != "id"}
        validator.validate({"id": record["id"], **text})
        emptied = {k: None if k in nulls else v for k, v in text.items()}
        validator.validate({"id": record["id"], **emptied})


@unhurried
@given(RECORDS)
def test_conforming_a_sample_to_its_own_schema_loses_nothing(records: list[Json]) -> None:
    records = sample(records)
    schema = infer(copy.deepcopy(records), ["id"])
    conformer = Conformer(schema)
    validator = Draft202012Validator(schema)
    for record in records:
        validator.validate(conformer.conform(record))
    assert conformer.non_conforming == []


@unhurried
@given(RECORDS)
def test_the_same_samples_give_the_same_schema(records: list[Json]) -> None:
    assert infer(records, []) == infer(copy.deepcopy(records), [])


@unhurried
@given(RECORDS)
def test_every_inferred_property_has_one_type_beside_null(records: list[Json]) -> None:
    def check(schema: Json) -> None:
        assert set(schema) <= {"type", "format", "properties", "items"}
        assert len(schema["type"]) == 2
        assert schema["type"][1] == "null"
        assert ("properties" in schema) == (schema["type"][0] == "object")
        assert ("items" in schema) == (schema["type"][0] == "array")
        names = [name.lower() for name in schema.get("properties", {})]
        assert len(names) == len(set(names))
        for inner in (*schema.get("properties", {}).values(), schema.get("items")):
            if inner is not None:
                check(inner)

    check({**infer(records, []), "type": ["object", "null"]})
