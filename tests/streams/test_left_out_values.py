"""A value that is not there is left out of a request with all that is empty without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_analytics.http.placeholders import filled
from tests.support.small_api import SmallAPI, resource

ROWS = [{"id": number, "at": f"2026-03-0{number}T00:00:00Z"} for number in range(1, 8)]
START = "{incremental.start_value}"


def find(query: dict[str, Any]) -> list[dict[str, Any]]:
    """As MongoDB does: an empty condition is equality with the empty object."""
    conditions = [query.get("at"), *(each["at"] for each in query.get("$and", []))]
    given = [condition for condition in conditions if condition is not None]
    return [row for row in ROWS if all(each and row["at"] >= each["$gte"] for each in given)]


@pytest.mark.parametrize(
    "query",
    [
        {"at": {"$gte": START}},
        {"$and": [{"at": {"$gte": START}}]},
        {"$and": [{"at": {"$gte": START}}], "n": 1},
    ],
    ids=["a condition", "conditions", "conditions beside another"],
)
def test_a_first_run_asks_for_everything_and_the_next_since_its_bookmark(
    query: dict[str, Any],
) -> None:
    with SmallAPI(lambda *_: {"data": find(json.loads(api.bodies[-1]).get("filter", {}))}) as api:
        entry = resource(
            "items", method="POST", json={"filter": query}, incremental={"cursor_path": "at"}
        )
        first = api.read(entry)
        asked = json.loads(api.bodies[-1])
        second = api.read(entry, state=first.state)
    assert asked == ({"filter": {"n": 1}} if "n" in query else {})
    assert len(first.records("items")) == len(ROWS)
    assert first.stream("items")["verdict"] == second.stream("items")["verdict"] == "proven"
    assert [record["id"] for record in second.records("items")] == [7]
    assert b'"$gte":"2026-03-07' in api.bodies[-1]


@pytest.mark.parametrize(
    "data", [{"since": START, "a": "b"}, [["since", START], ["a", "b"]]], ids=["names", "pairs"]
)
def test_a_form_leaves_out_the_name_too(data: Any) -> None:  # noqa: ANN401  # any form
    with SmallAPI(lambda *_: {"data": ROWS}) as api:
        api.read(resource("items", method="POST", data=data, incremental={"cursor_path": "at"}))
    assert {*api.bodies} == {b"a=b"}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"a": {"b": "{x}"}}, {}),
        ({"a": {"b": "{x}"}, "c": {}, "d": None, "e": []}, {"c": {}, "d": None, "e": []}),
        ({"a": [{"b": "{x}"}, {"c": 1}]}, {"a": [{"c": 1}]}),
        ({"a": ["{x}", "{x}"]}, {}),
        ({"a": ["{x}", 1]}, {"a": [None, 1]}),
        ({"a": [None]}, {"a": [None]}),
        ({"a": [["{x}"]], "b": "{y}"}, {"b": 7}),
        (["{x}"], []),
        ("{x}", None),
    ],
)
def test_only_what_became_empty_goes(value: Any, left: Any) -> None:  # noqa: ANN401  # any JSON
    assert filled(value, {"{x}": None, "{y}": 7}, typed=True) == left
