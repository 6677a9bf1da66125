"""Keyset reading and windows end with the source only where no response says that there is more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_analytics.completeness.reading import Question, Row
from tap_analytics.sandbox import Sandbox
from tap_analytics.sync.reading.reading_end import SinglePassEnd
from tests.support.harness import Outcome, connected, sync
from tests.support.shapes import asked

if TYPE_CHECKING:
    from tap_analytics.rest.page import Page

DISBURSEMENTS = "analytics_marketplace_disbursements"
KEYSET: dict[str, Any] = {
    "name": "items",
    "primary_key": "id",
    "schema": {
        "properties": {
            "id": {"type": "string"},
            "updated_at": {"type": ["string", "null"], "format": "date-time"},
        }
    },
    "endpoint": {
        "path": "/shapes/from_1",
        "data_selector": "items",
        "params": {"size": 10},
        "paginator": {"type": "page_number", "base_page": 1},
        "incremental": {
            "cursor_path": "updated_at",
            "start_param": "updated_after",
            "order_param": "sort",
        },
    },
}


def read(api: Sandbox, stream: str = "items", state: Any = None, **settings: Any) -> Outcome:  # noqa: ANN401
    """Read one stream of the sandbox."""
    defaults = {"concurrency": 1, "page_size": 100}
    resources = {"resources": [KEYSET]} if stream == "items" else {}
    config = connected(api, **defaults | resources | settings)
    return sync(config | ({"api": None} if stream == "items" else {}), stream, state=state)


@pytest.mark.parametrize(("key", "value"), [("has_more", True), ("total", 26), ("next", 3)])
def test_a_sign_in_the_last_response_of_keyset_reading_takes_proven_away(
    key: str, value: object
) -> None:
    with Sandbox(rows={"items": 25}, edge_cases=False) as api:
        quiet = read(api)
        requests = len(asked(api))
        held = quiet.state["bookmarks"]["items"]["replication_key_value"]
        assert (quiet.stream("items")["read_by"], quiet.stream("items")["verdict"]) == (
            "keyset",
            "proven",
        )
        # Page 2 is asked for only behind the last page.
        api.fault("declare", stream="items", page=2, key=key, value=value)
        outcome = read(api)
        report = outcome.stream("items")
        assert (report["read_by"], report["verdict"], report["passes"]) == (
            "keyset",
            "not proven",
            1,
        )
        assert f"`{key}: " in report["reasons"][-1]
        # Whether a total knows the filter is asked once.
        assert len(asked(api)) == 2 * requests + (key == "total")
        assert "replication_key_value" not in outcome.state["bookmarks"].get("items", {})
        again = read(api, state=quiet.state)
        assert again.state["bookmarks"]["items"]["replication_key_value"] == held


def test_a_total_that_does_not_know_the_filter_is_no_sign_in_keyset_reading() -> None:
    with Sandbox(rows={"items": 25}, edge_cases=False) as api:
        api.fault("declare", stream="items", key="total", value=25)
        outcome = read(api)
        assert outcome.stream("items")["read_by"] == "keyset"
        assert outcome.stream("items")["verdict"] == "proven"


def test_a_total_that_is_too_high_sends_windows_to_the_last_one_and_takes_proven_away() -> None:
    with Sandbox(rows={DISBURSEMENTS: 300}, edge_cases=False) as api:
        assert read(api, DISBURSEMENTS).stream(DISBURSEMENTS)["verdict"] == "proven"
        quiet = len(api.requests)
        api.fault("declare", stream=DISBURSEMENTS, key="total", value=301)
        report = read(api, DISBURSEMENTS).stream(DISBURSEMENTS)
        assert (report["read_by"], report["verdict"]) == ("windows", "not proven")
        assert "`total: " in report["reasons"][-1]
        assert len(api.requests) - quiet > quiet


def test_that_more_follows_a_window_is_no_sign_where_the_end_of_the_table_was_met() -> None:
    with Sandbox(rows={DISBURSEMENTS: 300}, edge_cases=False) as api:
        api.fault("declare", stream=DISBURSEMENTS, key="has_more", value=True)
        outcome = read(api, DISBURSEMENTS)
        report = outcome.stream(DISBURSEMENTS)
        assert (report["read_by"], report["verdict"]) == ("windows", "proven")
        there = {row["id"] for row in api.rows(DISBURSEMENTS)}
        assert {record["id"] for record in outcome.records(DISBURSEMENTS)} == there


def test_what_a_sign_says_is_hidden_where_it_is_a_secret() -> None:
    with Sandbox(rows={"items": 25}) as api:
        api.fault("declare", stream="items", page=2, key="next", value="48151623")
        outcome = read(api, headers={"X-Api-Key": "48151623"})
        assert outcome.stream("items")["verdict"] == "not proven"
        assert "`next: ***`" in outcome.stream("items")["reasons"][-1]
        assert "48151623" not in " ".join(outcome.log)


def test_a_question_that_only_shows_the_filter_does_not_tell_how_a_reading_ended() -> None:
    end, rows = SinglePassEnd(), [Row(1, 1, None)]
    last, other = cast("Page", object()), cast("Page", object())
    end.observe(Question("2024-01-02"), last, rows, before=None, ends=True)
    end.observe(Question("2024-01-01", aside=True), other, rows, before=None, ends=False)
    assert end.end is not None
    assert end.end.last is last
