"""Which way a stream is read, and how a user decides it: `read_by`, an order of one's own."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import Outcome, by_token, connected, sync
from tests.support.shapes import items_in_pages

DISBURSEMENTS = "analytics_marketplace_disbursements"
ROWS = {"buyers": 300, "listings": 60, DISBURSEMENTS: 300, "items": 60}


def read(api: Sandbox, *streams: str, **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    """Read streams of a sandbox once."""
    config = connected(api, **{"page_size": 100, "concurrency": 1} | settings)
    return sync(config, *streams)


def orders(api: Sandbox, stream: str = "buyers", param: str = "ordering") -> list[str | None]:
    """The order that each request for a page asked for."""
    return [entry.query.get(param) for entry in api.requests if entry.stream == stream]


KEYSET = ["last_modified_at", "-last_modified_at", *["last_modified_at"] * 3]
BY_PAGES = [None] * 3


@pytest.mark.parametrize(
    ("read_by", "buyers", "disbursements", "asked"),
    [
        ("auto", "keyset", "windows", KEYSET),
        ("pages", "pages", "pages", BY_PAGES),
        ("windows", "windows", "windows", ["id", "-id", *["id"] * 2]),
        # Whoever names it vouches for the order: the reverse is not asked for.
        ("keyset", "keyset", "pages", KEYSET[2:] + KEYSET[:1]),
    ],
)
def test_read_by_decides_for_the_run(
    read_by: str, buyers: str, disbursements: str, asked: list[str | None]
) -> None:
    with Sandbox(rows=ROWS, edge_cases=False) as api:
        outcome = read(api, "buyers", DISBURSEMENTS, read_by=read_by)
        assert orders(api) == asked
        for stream in ("buyers", DISBURSEMENTS):
            there = {row["id"] for row in api.rows(stream)}
            assert {row["id"] for row in outcome.records(stream)} == there
    assert outcome.stream("buyers")["read_by"] == buyers
    assert outcome.stream(DISBURSEMENTS)["read_by"] == disbursements
    assert {part["verdict"] for part in outcome.report["streams"]} == {"proven"}


def test_a_resource_decides_for_itself() -> None:
    with Sandbox(rows=ROWS, edge_cases=False) as api:
        resources = [{"name": "listings", "read_by": "pages"}]
        outcome = read(api, "buyers", "listings", resources=resources)
    assert outcome.stream("buyers")["read_by"] == "keyset"
    assert outcome.stream("listings")["read_by"] == "pages"


def test_a_users_own_order_parameter_wins() -> None:
    with Sandbox(rows=ROWS, edge_cases=False) as api:
        resources = [{"name": "buyers", "endpoint": {"params": {"ordering": "name"}}}]
        outcome = read(api, "buyers", resources=resources)
        assert set(orders(api)) == {"name"}
    assert outcome.stream("buyers")["read_by"] == "pages"
    assert outcome.stream("buyers")["verdict"] == "proven"


def items(paginator: dict[str, Any], **incremental: str) -> dict[str, Any]:
    """A resource over an API of somebody else's."""
    return items_in_pages({"total_path": "count", **paginator}, **incremental)


@pytest.mark.parametrize(
    ("incremental", "asked"),
    [
        ({"order_param": "ordering"}, ["updated_at", "-updated_at"]),
        (
            {
                "order_param": "ordering",
                "order_value": "updated_at",
                "order_value_desc": "updated_at desc",
            },
            ["updated_at", "updated_at desc"],
        ),
    ],
)
def test_a_declared_resource_says_how_its_order_is_asked_for(
    incremental: dict[str, str], asked: list[str]
) -> None:
    with Sandbox(rows=ROWS, edge_cases=False) as api:
        api.live_edits("items", 1)
        config = by_token(api, concurrency=1)
        outcome = sync(config | {"resources": [items({}, **incremental)]}, "items")
        sent = orders(api, "items")
        there = {row["id"] for row in api.rows("items")}
        api.clear()
        outcomes = [outcome, sync(config | {"resources": [items({})]}, "items")]
    assert sent[:2] == asked
    assert outcome.stream("items")["read_by"] == "keyset"
    assert outcome.stream("items")["verdict"] == "proven"
    received = {row["id"] for each in outcomes for row in each.records("items")}
    assert there <= received


@pytest.mark.parametrize(
    ("entry", "asked"),
    [
        ({"key_order_param": "ordering"}, ["id", "-id"]),
        (
            {
                "key_order_param": "ordering",
                "key_order_value": "id",
                "key_order_value_desc": "id desc",
            },
            ["id", "id desc"],
        ),
    ],
)
def test_a_declared_resource_that_sorts_by_its_key_alone_is_read_by_windows(
    entry: dict[str, str], asked: list[str]
) -> None:
    pages = {"limit": 100, "total_path": None, "records_total_path": "count"}
    with Sandbox(rows=ROWS | {"items": 400}, edge_cases=False) as api:
        api.live_edits("items", 1)
        config = by_token(api, concurrency=1) | {"resources": [items(pages) | entry]}
        first = sync(config, "items")
        sent = orders(api, "items")
        api.clear()
        second = sync(config, "items", state=first.state)
        there = {row["id"] for row in api.rows("items")}
    assert sent[:2] == asked
    for outcome in (first, second):
        part = outcome.stream("items")
        assert (part["read_by"], part["verdict"], part["passes"]) == ("windows", "proven", 1)
    assert first.stream("items")["bookmark"]
    received = {row["id"] for each in (first, second) for row in each.records("items")}
    assert there <= received


def test_without_an_order_to_ask_for_a_declared_resource_is_read_by_pages() -> None:
    with Sandbox(rows=ROWS, edge_cases=False) as api:
        config = by_token(api, concurrency=1)
        outcome = sync(config | {"resources": [items({})]}, "items")
        assert set(orders(api, "items")) == {None}
    assert outcome.stream("items")["read_by"] == "pages"
    assert outcome.stream("items")["verdict"] == "proven"
