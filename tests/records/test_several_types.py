"""A field of several types holds what is of one of them; any other value is kept, as elsewhere."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

ASIDE = "additional_properties"
TEXT_OR_NUMBER = {"anyOf": [{"type": "string"}, {"type": ["number", "null"]}]}
NUMBER_OR_BOOLEAN = {"type": ["integer", "boolean", "null"]}
TIME = {"type": "string", "format": "date-time"}
LINE = {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}}


def read(field: dict[str, Any], value: str, **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    schema = {"properties": {"id": {"type": "integer"}, "f": field}}
    body = f'{{"data":[{{"id":1,"f":{value}}}]}}'.encode()
    return read_list(lambda _: body, schema=schema, settings=settings)


@pytest.mark.parametrize(
    ("field", "came", "left"),
    [
        (TEXT_OR_NUMBER, '"a"', "a"),
        (TEXT_OR_NUMBER, "7", 7),
        (TEXT_OR_NUMBER, '"7"', "7"),
        (TEXT_OR_NUMBER, "true", "true"),
        (TEXT_OR_NUMBER, '{"a":[1]}', '{"a":[1]}'),
        (TEXT_OR_NUMBER, "1e400", "1e400"),
        (NUMBER_OR_BOOLEAN, "7", 7),
        (NUMBER_OR_BOOLEAN, "false", False),
        (NUMBER_OR_BOOLEAN, '"7"', 7),
        (NUMBER_OR_BOOLEAN, '"true"', True),
        (NUMBER_OR_BOOLEAN, "null", None),
        ({"type": ["integer", "string"]}, str(2**63), str(2**63)),
        ({"oneOf": [LINE, {"type": "array", "items": LINE}]}, '{"n":"7"}', {"n": 7}),
        ({"oneOf": [LINE, {"type": "array", "items": LINE}]}, '[{"n":"7"}]', [{"n": 7}]),
        (
            {"anyOf": [TIME, {"type": "integer"}]},
            '"2024-01-01 10:00"',
            "2024-01-01T10:00:00.000000Z",
        ),
        ({"anyOf": [TIME, {"type": "string"}]}, '"soon"', "soon"),
        ({"anyOf": [TIME, {}]}, "[1]", [1]),
    ],
    ids=itertools.count(),
)
def test_a_value_of_one_of_the_types_or_that_becomes_one_is_in_the_field(
    field: dict[str, Any], came: str, left: object
) -> None:
    outcome = read(field, came)
    assert outcome.records("items") == [{"id": 1, "f": left}]
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize(
    ("field", "came", "kept"),
    [
        (NUMBER_OR_BOOLEAN, '"n/a"', "n/a"),
        (NUMBER_OR_BOOLEAN, "[1]", [1]),
        (NUMBER_OR_BOOLEAN, '{"a":1}', {"a": 1}),
        (NUMBER_OR_BOOLEAN, "1e400", "1e400"),
        ({"type": ["number", "boolean"]}, "1e-400", "1e-400"),
        ({"anyOf": [TIME, {"type": "integer"}]}, '"soon"', "soon"),
        ({"oneOf": [LINE, {"type": "boolean"}]}, "[1]", [1]),
    ],
    ids=itertools.count(),
)
def test_any_other_value_is_kept_and_counted(
    field: dict[str, Any], came: str, kept: object
) -> None:
    outcome = read(field, came)
    assert outcome.records("items") == [{"id": 1, "f": None, ASIDE: {"f": kept}}]
    report = outcome.stream("items")
    assert (report["verdict"], report["kept"], report["nulls"]) == ("proven", 1, {"f": 1})


def test_what_is_wanted_is_told_by_all_its_types() -> None:
    error = read(NUMBER_OR_BOOLEAN, "[1]", on_invalid="fail").stream("items")["error"]
    assert "f is a list, not an integer of at most 64 bits or a boolean" in error
