"""Objects and lists in each other, as deep as a body may have them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.small_api import SmallAPI, resource

DEPTH = 350


def nested(kind: str) -> Any:  # noqa: ANN401  # any JSON
    value: Any = 1
    for level in range(DEPTH):
        value = [value] if kind == "lists" and level % 2 else {"a": value}
    return value


def whole(value: Any) -> Any:  # noqa: ANN401  # any JSON
    """A value with the items of a list that the schema does not describe: they are text."""
    if isinstance(value, str):
        return json.loads(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    return {name: whole(value[name]) for name in value} if isinstance(value, dict) else value


@pytest.mark.parametrize("kind", ["objects", "lists"])
def test_a_schema_is_inferred_from_records_that_are_nested_deeply(kind: str) -> None:
    """It ended in a traceback; what lies deeper than the schema stays where it is."""
    value = nested(kind)
    with SmallAPI(lambda *_: {"data": [{"id": 1, "d": value}]}) as api:
        outcome = api.read(resource("things"))
    (record,) = outcome.records("things")
    assert outcome.stream("things")["verdict"] == "proven"
    assert whole(record["d"]) == value


def test_a_record_that_is_too_deep_for_a_stream_map_fails_in_a_sentence() -> None:
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    maps = {"things": {"x": "1"}}
    value = nested("objects")
    for _ in range(550):
        value = {"a": value}
    with SmallAPI(lambda *_: {"data": [{"id": 1, "d": value}]}) as api:
        outcome = api.read(resource("things", schema=schema), stream_maps=maps)
    assert "nested too deeply for stream maps" in outcome.stream("things")["error"]
