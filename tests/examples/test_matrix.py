"""The comparison behind docs/targets.md names what happened to a cell, and only that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from matrix.cells import Table, compare, difference, tables
from matrix.declared import DECLARED, Columns, match, section

TEXT = {"type": ["string", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}
DIGITS = Decimal("12345678901234.5678")


@pytest.mark.parametrize(
    ("wanted", "found", "schema", "what"),
    [
        ("a", "a", TEXT, None),
        (None, None, TEXT, None),
        (DIGITS, "12345678901234.5678", {}, None),
        (Decimal("12.00"), 12.0, {}, None),
        ("2024-01-31T00:00:00.000000Z", "2024-01-31T00:00:00", TIME, None),
        ({"a": [1, "1"]}, '{"a": [1.0, "1"]}', {}, None),
        (True, "true", {}, None),
        ("", None, TEXT, "empty text became null"),
        (None, "", TEXT, "null became empty text"),
        ("a", None, TEXT, "value became null"),
        ("a\nb", "a\\nb", TEXT, "line breaks became `\\n`"),
        ("a\r\nb", "a\nb", TEXT, "one line break became another"),
        ("abc", "ab", TEXT, "text cut off"),
        ("abc", "abd", TEXT, "another text"),
        (DIGITS, 12345678901234.568, {}, "digits of numbers lost"),
        (12, 13, {}, "another number"),
        ({"a": DIGITS}, {"a": 12345678901234.568}, {}, "digits of nested numbers lost"),
        ({"a": 1}, {"a": "1"}, {}, "another nested value"),
        ({"a": 1}, "{'a': 1}", {}, "nested JSON became other text"),
        (True, "1", {}, "another boolean"),
        ("2024-01-31T00:00:00Z", "2024-01-31T01:00:00", TIME, "another instant"),
    ],
)
def test_what_happened_to_a_cell_is_named(
    wanted: Any,  # noqa: ANN401 -- any JSON value
    found: Any,  # noqa: ANN401 -- any JSON value
    schema: dict[str, Any],
    what: str | None,
) -> None:
    assert difference(wanted, found, schema) == what


def test_records_that_are_missing_or_too_many_are_counted() -> None:
    schema = {"properties": {"id": TEXT, "n": {}}}
    table = Table(schema, ("id",), {("1",): {"id": "1", "n": 1}, ("2",): {"id": "2", "n": 2}})
    found = compare(table, [{"ID": "1", "N": 1}, {"ID": "1", "N": 1}, {"ID": "3", "N": 1}])
    assert found.missing == [("2",)]
    assert found.extra == 2
    assert not found.changed


def test_a_later_record_replaces_an_earlier_one_and_old_versions_go() -> None:
    lines = [
        b'{"type":"SCHEMA","stream":"s","schema":{"properties":{}},"key_properties":["id"]}',
        b'{"type":"RECORD","stream":"s","record":{"id":"1","n":1}}',
        b'{"type":"RECORD","stream":"s","record":{"id":"2","n":1}}',
    ]
    later = [
        lines[0],
        b'{"type":"RECORD","stream":"s","record":{"id":"1","n":2},"version":7}',
        b'{"type":"ACTIVATE_VERSION","stream":"s","version":7}',
    ]
    after = tables(later, tables(lines))
    assert after["s"].records == {("1",): {"id": "1", "n": 2}}


def test_a_target_that_is_only_asked_names_its_columns_types_and_what_has_none() -> None:
    number = {"type": ["number", "null"]}
    schema = {"properties": {"ID": TEXT, "at": TIME, "n": number, "gone": TEXT}}
    made = {"s": {"id": "VARCHAR", '"AT"': "TIMESTAMP_NTZ", "n": "FLOAT", "extra": "VARCHAR"}}
    kinds, without = match({"s": Table(schema, ("ID",))}, made)
    assert kinds == {
        ("string", "VARCHAR"): 1,
        ("date-time", "TIMESTAMP_NTZ"): 1,
        ("number", "FLOAT"): 1,
    }
    assert without == ["s.gone"]
    page = section([Columns(DECLARED[0], kinds=kinds, without=without)])
    assert "| number | FLOAT | 1 | digits from the 16th to 18th on |" in page
    assert "| string | VARCHAR | 1 | nothing |" in page
    assert "no column: s.gone" in page
