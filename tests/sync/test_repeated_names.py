"""An object in a record that has a name twice loses a value, whatever reads it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.json_server import read_list

SCHEMA = {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}


def report(*records: str, **entry: Any) -> dict[str, Any]:  # noqa: ANN401  # any entry
    body = f'{{"data": [{", ".join(records)}]}}'.encode()
    outcome = read_list(lambda _: body, schema=SCHEMA, **entry)
    found: dict[str, Any] = outcome.stream("items")
    return found


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ('{"id": 1, "id": 2}', "id"),
        ('{"id": 2, "name": "order", "name": "customer"}', "name"),
        ('{"id": 2, "more": [{"a": 1, "b": 2, "a": null}]}', "a"),
    ],
)
def test_a_name_with_two_values_takes_the_word_proven_away(record: str, name: str) -> None:
    part = report('{"id": 7}', record)
    assert (part["verdict"], part["records"]) == ("not proven", 2)
    (reason,) = part["reasons"]
    assert f"`{name}` more than once, and of its values the last one alone is read" in reason
    assert report('{"id": 7}', record, ignore_signs=[name.upper()])["verdict"] == "proven"


@pytest.mark.parametrize(
    "record",
    ['{"id": 1, "id": 1}', '{"id": 1, "a": {"id": 2}, "b": {"id": 3}}', '{"id": 1, "a": NaN}'],
)
def test_nothing_is_lost_where_no_name_has_two_values_in_one_object(record: str) -> None:
    assert report(record)["verdict"] == "proven"
