"""Where a run without a bookmark begins: a start of 0 is a start, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.exceptions import StreamError
from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"id": number, "v": number * 10} for number in range(3)]
BY_PARAM: dict[str, Any] = {"incremental": {"cursor_path": "v", "start_param": "since"}}
BY_BODY: dict[str, Any] = {
    "incremental": {"cursor_path": "v"},
    "method": "POST",
    "json": {"query": {"field": "v", "value": "{incremental.start_value}"}},
}
BY_PATH: dict[str, Any] = {
    "incremental": {"cursor_path": "v"},
    "path": "/items/{incremental.start_value}",
}
WAYS = pytest.mark.parametrize("way", [BY_PARAM, BY_BODY, BY_PATH], ids=["param", "body", "path"])


@pytest.fixture
def api() -> Iterator[SmallAPI]:
    """What changed since a number, which has to be named."""

    def answer(path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        since = query.get("since")
        if server.bodies:
            since = json.loads(server.bodies[-1])["query"].get("value")
        if path.startswith("/items/"):
            since = path.removeprefix("/items/")
        if since is None:
            return 400, {"message": "a start is required"}
        return {"data": [row for row in ROWS if row["v"] >= float(since)]}

    with SmallAPI(answer) as server:
        yield server


def beginning(way: dict[str, Any], value: object) -> dict[str, Any]:
    """A resource that is read from a value on."""
    return resource(
        "items", **way | {"incremental": {**way["incremental"], "initial_value": value}}
    )


@WAYS
@pytest.mark.parametrize("value", [0, 0.0, "0", 1], ids=repr)
def test_a_start_of_zero_is_asked_for(api: SmallAPI, way: dict[str, Any], value: object) -> None:
    outcome = api.read(beginning(way, value))
    assert outcome.stream("items")["verdict"] == "proven"
    assert len(outcome.records("items")) == len(
        [row for row in ROWS if row["v"] >= float(str(value))]
    )


@WAYS
def test_a_start_date_does_not_take_its_place(api: SmallAPI, way: dict[str, Any]) -> None:
    outcome = api.read(beginning(way, 0), start_date="2026-01-01T00:00:00Z")
    assert outcome.stream("items")["verdict"] == "proven"
    assert not any("2026" in target for target in api.targets)


def test_a_bookmark_and_an_end_may_be_zero(api: SmallAPI) -> None:
    held = {"replication_key": "v", "replication_key_value": 0}
    outcome = api.read(beginning(BY_PARAM, 5), state={"bookmarks": {"items": held}})
    assert len(outcome.records("items")) == len(ROWS)
    until = {**BY_PARAM, "incremental": {**BY_PARAM["incremental"], "end_value": 0}}
    assert not api.read(beginning(until, -5)).records("items")


def test_an_empty_start_is_none(api: SmallAPI) -> None:
    with pytest.raises(StreamError, match="a start is required"):
        api.read(beginning(BY_PARAM, ""), start_date="2026-01-01T00:00:00Z")
