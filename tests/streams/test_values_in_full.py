"""Where a stream is read in full, a text with a start value has the initial one, as in dlt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.tap import TapAnalytics
from tests.support.small_api import SmallAPI, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"id": day, "at": f"2026-03-0{day}T00:00:00Z"} for day in range(1, 8)]
SINCE = {"cursor_path": "at", "initial_value": "2026-01-01T00:00:00Z"}
START, END = "{incremental.start_value}", "{incremental.end_value}"
POST: dict[str, Any] = {"method": "POST"}

WAYS: dict[str, dict[str, Any]] = {
    "parameter": {"params": {"q": f"where at >= {START}"}},
    "last_value": {"params": {"q": "where at >= {incremental.last_value}"}},
    "header": {"headers": {"X-Since": f"at >= {START}"}},
    "path": {"path": f"/items/{START}"},
    "json": {**POST, "json": {"selector": {"at": {"$gte": START}}}},
    "list in json": {**POST, "json": {"domain": [["at", ">=", START]]}},
    "form": {**POST, "data": {"q": START}},
    "text": {**POST, "data": f"q={START}"},
}


@pytest.fixture
def api() -> Iterator[SmallAPI]:
    """Compares text, and so finds nothing since a brace; without a condition it knows nothing."""

    def answer(path: str, query: dict[str, str]) -> Any:  # noqa: ANN401  # any JSON
        sent = " ".join([path, *query.values(), *(body.decode() for body in server.bodies)])
        return {"data": [] if "incremental" in sent or "{}" in sent else ROWS}

    with SmallAPI(answer) as server:
        yield server


def asked(api: SmallAPI) -> str:
    return f"{api.targets} {api.bodies}".replace("%3A", ":")


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_text_in_a_stream_that_is_replaced_has_the_initial_value(
    api: SmallAPI, way: dict[str, Any]
) -> None:
    item = resource("items", **{**way, "incremental": SINCE, "write_disposition": "replace"})
    outcome = api.read(item, emit_activate_version_messages=True)
    assert outcome.stream("items")["verdict"] == "proven"
    assert len(outcome.records("items")) == len(ROWS)
    assert outcome.of("ACTIVATE_VERSION")
    assert "incremental" not in asked(api)
    # One second earlier, as in a first run: another fraction may sort before it.
    assert ("2025-12-31T23:59:59Z" in asked(api)) == ("headers" not in way)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_catalog_that_asks_for_the_full_table_changes_nothing_in_it(
    api: SmallAPI, way: dict[str, Any]
) -> None:
    item = resource("items", **{**way, "incremental": SINCE})
    tap = TapAnalytics(config={"base_url": api.url, "resources": [item]})
    catalog = dict(tap.catalog_dict)
    catalog["streams"][0]["replication_method"] = "FULL_TABLE"
    api.targets.clear()
    api.bodies.clear()
    outcome = api.read(item, catalog=catalog)
    assert len(outcome.records("items")) == len(ROWS)
    assert ("2025-12-31T23:59:59Z" in asked(api)) == ("headers" not in way)


@pytest.mark.parametrize("field", ["start_param", "start_header"])
def test_a_parameter_that_is_nothing_but_the_start_value_is_left_out(
    api: SmallAPI, field: str
) -> None:
    item = resource("items", incremental={**SINCE, field: "since"}, write_disposition="replace")
    assert len(api.read(item).records("items")) == len(ROWS)
    assert "since" not in asked(api)


def test_an_end_of_the_resource_stands_beside_it_and_one_of_the_run_does_not(
    api: SmallAPI,
) -> None:
    """A backfill of all streams up to a date replaces no table by what came before."""
    body = {**POST, "json": {"q": {"at": {"from": START, "to": END}}}}
    for given, ends in (({"end_value": "2026-03-05T00:00:00Z"}, True), ({}, False)):
        api.bodies.clear()
        item = resource(
            "items", **{**body, "incremental": {**SINCE, **given}, "write_disposition": "replace"}
        )
        api.read(item, start_date="2026-02-01T00:00:00Z", end_date="2026-03-07T00:00:00Z")
        condition = json.loads(api.bodies[-1])["q"]["at"]
        assert condition.keys() == ({"from", "to"} if ends else {"from"})


def test_a_start_format_holds_for_it(api: SmallAPI) -> None:
    since = {**SINCE, "start_format": "%s"}
    item = resource("items", **WAYS["json"], incremental=since, write_disposition="replace")
    assert len(api.read(item).records("items")) == len(ROWS)
    assert json.loads(api.bodies[-1])["selector"]["at"]["$gte"] == "1767225600"


def test_numbers_stay_numbers(api: SmallAPI) -> None:
    since = {"cursor_path": "id", "initial_value": 0}
    item = resource("items", **WAYS["json"], incremental=since, write_disposition="replace")
    assert len(api.read(item).records("items")) == len(ROWS)
    assert json.loads(api.bodies[-1])["selector"]["at"]["$gte"] == 0


@pytest.mark.parametrize("way", ["json", "list in json"])
def test_a_condition_without_a_value_is_refused(api: SmallAPI, way: str) -> None:
    """Half of it may hold for no record, and the table would be emptied."""
    since = {"cursor_path": "at"}
    item = resource("items", **WAYS[way], incremental=since, write_disposition="replace")
    with pytest.raises(ConfigValidationError, match="set `initial_value`"):
        api.read(item)
    assert not api.targets


def test_a_field_of_a_body_without_a_value_is_left_out(api: SmallAPI) -> None:
    body = {**POST, "json": {"since": START, "all": True}}
    item = resource("items", **body, incremental={"cursor_path": "at"}, write_disposition="replace")
    assert len(api.read(item).records("items")) == len(ROWS)
    assert json.loads(api.bodies[-1]) == {"all": True}
