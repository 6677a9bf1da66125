"""The schemas: what targets can take, and what the APIs send."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

import tap_analytics
from tap_analytics.sandbox import Sandbox
from tap_analytics.streams.registry import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DIRECTORY = Path(tap_analytics.__file__).parent / "schemas"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DIRECTORY.iterdir())}
SCHEMAS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in TEXTS.items()}
STREAMS = {stream.name: stream for family in BUILT_IN.values() for stream in family}
# Both APIs send booleans as text now and then; the tap turns them into booleans.
ApiValidator = extend(  # type: ignore[no-untyped-call]  # its stubs say nothing
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "boolean", lambda _, value: isinstance(value, bool) or value in {"true", "false"}
    ),
)
KINDS = {"string", "number", "integer", "boolean", "object", "array"}

every_schema = pytest.mark.parametrize("name", SCHEMAS)


def nodes(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every schema below a schema, with where it stands."""
    for name, child in schema.get("properties", {}).items():
        yield f"{path}.{name}", child
        yield from nodes(child, f"{path}.{name}")
    if "items" in schema:
        yield f"{path}[]", schema["items"]
        yield from nodes(schema["items"], f"{path}[]")


def fields(value: object, path: str = "") -> Iterator[str]:
    """Yield where each field of a record stands."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield f"{path}.{name}"
            yield from fields(child, f"{path}.{name}")
    elif isinstance(value, list):
        for child in value:
            yield f"{path}[]"
            yield from fields(child, f"{path}[]")


@pytest.fixture(scope="module")
def records() -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What an API without oddities sends."""
    rows = dict.fromkeys(SCHEMAS, 60)
    with Sandbox(rows=rows, edge_cases=False) as sandbox:
        yield {name: sandbox.rows(name) for name in SCHEMAS}


def test_every_stream_has_its_schema_and_no_schema_is_left_over() -> None:
    assert set(SCHEMAS) == set(STREAMS)


@every_schema
def test_the_key_alone_is_required_and_never_null(name: str) -> None:
    schema, keys = SCHEMAS[name], STREAMS[name].primary_keys
    assert schema["required"] == list(keys)
    assert [schema["properties"][key] for key in keys] == [{"type": "string"}]


@every_schema
def test_the_replication_key_is_a_date_time(name: str) -> None:
    replication_key = STREAMS[name].replication_key
    if replication_key is None:
        assert name == "analytics_marketplace_disbursements"
    else:
        declared = SCHEMAS[name]["properties"][replication_key]
        assert declared == {"type": ["string", "null"], "format": "date-time"}


@every_schema
def test_everything_but_the_key_has_one_type_beside_null(name: str) -> None:
    (key,) = STREAMS[name].primary_keys
    for path, node in nodes(SCHEMAS[name]):
        if path != f".{key}":
            kind, null = node["type"]
            assert (kind in KINDS, null) == (True, "null"), path
        assert ("properties" in node) == ("object" in node["type"]), path
        assert ("items" in node) == ("array" in node["type"]), path


@every_schema
def test_only_words_that_every_target_knows_are_used(name: str) -> None:
    words = {word for _, node in nodes(SCHEMAS[name]) for word in node}
    assert words <= {"type", "format", "properties", "items"}


@every_schema
def test_no_two_fields_differ_only_by_case(name: str) -> None:
    for path, node in [("", SCHEMAS[name]), *nodes(SCHEMAS[name])]:
        names = [child.lower() for child in node.get("properties", {})]
        assert len(names) == len(set(names)), path


@every_schema
def test_unknown_fields_have_a_place_to_go(name: str) -> None:
    *_, last = SCHEMAS[name]["properties"].items()
    assert last == ("additional_properties", {"type": ["object", "null"], "properties": {}})


@every_schema
def test_each_property_stands_on_a_line_of_its_own(name: str) -> None:
    lines = re.findall(r'^    "(\w+)": \{', TEXTS[name], re.MULTILINE)
    assert lines == list(SCHEMAS[name]["properties"])
    assert max(map(len, TEXTS[name].splitlines())) <= 100


@every_schema
def test_a_regular_record_is_what_the_schema_says(
    name: str, records: dict[str, list[dict[str, Any]]]
) -> None:
    validator = ApiValidator(SCHEMAS[name])
    problems = [
        error.message for record in records[name] for error in validator.iter_errors(record)
    ]
    assert problems == []


@every_schema
def test_every_declared_field_is_sent_by_the_api(
    name: str, records: dict[str, list[dict[str, Any]]]
) -> None:
    sent = {path for record in records[name] for path in fields(record)}
    declared = {path for path, _ in nodes(SCHEMAS[name])} - {".additional_properties"}
    assert declared <= sent
