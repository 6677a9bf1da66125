"""What servers send as JSON and RFC 8259 does not know is read, wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.rest.response.document import (
    MISSING,
    JSONBody,
    NoRecordsError,
    NotJSONError,
    RawRecords,
)
from tests.support.json_server import read_list

ASIDE = "additional_properties"
NUMBERS = {
    "properties": {"id": {"type": "integer"}, "v": {"type": ["number", "null"]}},
}
TOKENS = ["NaN", "Infinity", "-Infinity"]
SHAPES = {
    "a list": ("%s", {}),
    "a list that is named": ("%s", {"data_selector": "$"}),
    "an envelope": ('{"data": %s}', {"data_selector": "data"}),
    "an envelope that is not named": ('{"data": %s}', {}),
    "two envelopes": ('{"a": {"b": %s}}', {"data_selector": "a.b"}),
    "a path": ('{"a": {"b": %s}}', {"data_selector": "$.a.b[?(@.id)]"}),
}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("schema", [NUMBERS, None], ids=["numbers", "inferred"])
def test_a_number_that_is_none_is_kept_as_it_came(shape: str, token: str, schema: Any) -> None:  # noqa: ANN401  # any JSON
    body, endpoint = SHAPES[shape]
    rows = f'[{{"id": 1, "v": {token}}}, {{"id": 2, "v": 2.50}}]'
    entry = {"schema": schema} if schema else {}
    outcome = read_list(
        lambda _: (body % rows).encode(),
        endpoint={"paginator": "single_page", "data_selector": None, **endpoint},
        **entry,
    )
    assert outcome.stream("items")["verdict"] == "proven"
    first, second = outcome.records("items")
    if schema:
        assert (first["v"], first[ASIDE], str(second["v"])) == (None, {"v": token}, "2.50")
    else:
        assert (first["v"], second["v"]) == (token, "2.50")


@pytest.mark.parametrize("name", [b"\xff", b"\xed\xa0\x80"])
def test_a_name_may_be_no_text_at_any_depth(name: bytes) -> None:
    rows = b'[{"id": 1, "v": 1.5}]'
    outcome = read_list(
        lambda _: b'{"a": {"%b": 1, "b": %b}}' % (name, rows),
        endpoint={"paginator": "single_page", "data_selector": "a.b"},
    )
    assert outcome.stream("items")["verdict"] == "proven"
    assert len(outcome.records("items")) == 1


ODD = [
    *(b"NaN", b"Infinity", b"-Infinity", b"-NaN", b"1e400", b"-1e-400", b"1e99999999999999999999"),
    *(b"9" * 400, b"9" * 5000, b"01", b"1.", b".5", b"+1", b"-", b"True", b"undefined"),
    *(b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'"\\u0000"', b'"a\x01b"', b'"\t"', b'"\\x"'),
]
PLACES = [
    *(b"%b", b"[%b]", b"[[%b]]", b'[{"v": %b}]', b'[{"v": 1}, {"v": {"a": [%b]}}]', b'{"v": %b}'),
    *(b'{"a": [%b]}', b'{"a": [{"v": %b}]}', b'{"a": {"b": [{"v": %b}], "n": 1}, "n": %b}'),
    *(b'{"a": {"b": {"v": %b}, "n": {"v": 1}}}', b'{"a": [{"v": 1}], "n": {"v": %b}}'),
]
NAMES = [b"[{%b: 1}]", b'{%b: [{"v": 1}]}', b'{"a": {%b: [{"v": 1}]}}', b'{"a": [{"v": {%b: 1}}]}']
PATHS = [(), ("a",), ("a", "b"), ("a", "b", "v"), ("v",), ("n",), ("n", "v"), ("a", "b")]


def look_everywhere(body: bytes) -> None:
    """Ask a body for all that it may be asked for."""
    document = JSONBody(body)
    for path in PATHS:
        found = document.raw(path)
        document.get(path)
        document.members(found)
        document.scalar(found)
        records = None if found is MISSING else RawRecords.from_json(found)
        if records is not None:
            assert records.count == records.on_page >= 0
            assert records.size >= 0
            records.digest()
            assert records.count == 0 or isinstance(records.all_equal, bool)
            records.read_by(lambda _: None)
            records.decode()


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{odd[:20]!r} {len(odd)}")
def test_whatever_comes_is_read_or_refused_in_a_sentence(odd: bytes) -> None:
    places = PLACES + (NAMES if odd.startswith(b'"') else [])
    for place in places:
        body = place.replace(b"%b", odd)
        try:
            look_everywhere(body)
        except (NoRecordsError, NotJSONError) as error:
            assert str(error), body  # noqa: PT017  # any other error fails the test


def test_what_is_no_object_on_the_way_stays_as_it_is() -> None:
    document = JSONBody(b'{"a": [1, 2], "b": {"c": 3}}')
    assert document.raw(("a", "b")) is document.raw(("b", "c", "d")) is MISSING
    assert document.get(("a",)) == [1, 2]
    assert document.get(("b", "c")) == 3
