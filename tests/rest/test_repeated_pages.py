"""A page that comes twice: rows moved, or there are no pages, or the server ignores its number."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tap_analytics.tap import TapAnalytics
from tests.support.harness import connected, sync
from tests.support.json_server import JSONServer, read_list
from tests.support.shapes import asked, ids, read_shape

SIZE = 20


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_batch_of_new_rows_that_moves_whole_pages_is_no_error(concurrency: int) -> None:
    with Sandbox(rows={"buyers": 100}, edge_cases=False) as sandbox:
        sandbox.order("buyers", "-modified")
        before = {row["id"] for row in sandbox.rows("buyers")}
        sandbox.edit("buyers", page=2, insert=[0] * 2 * SIZE)
        config = connected(sandbox, page_size=SIZE, concurrency=concurrency, read_by="pages")
        outcome = sync(config, "buyers")
        assert outcome.error is None
        assert outcome.stream("buyers")["error"] is None
        assert before <= {record["id"] for record in outcome.records("buyers")}


def test_a_server_that_ignores_its_page_parameter_is_an_error_after_a_second_look() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        paginator = {"type": "page_number", "base_page": 1}
        outcome = read_shape(
            sandbox, "ignores_page", paginator, endpoint={"params": {"page_size": 10}}
        )
        assert outcome.stream("items")["error"].startswith(
            "items: page 2 holds the same records as a page before it: "
        )
        assert [query["page"] for query in asked(sandbox)] == ["1", "2", "1", "2"]


@pytest.mark.parametrize("rows", [23, 25])
def test_where_nobody_named_a_paginator_it_means_that_the_list_has_no_pages(rows: int) -> None:
    """Unless it has as many records as a full page may: then nobody knows."""
    with Sandbox(rows={"items": rows}) as sandbox:
        outcome = read_shape(sandbox, "ignores_page")
        report = outcome.stream("items")
        verdict = "proven" if rows == 23 else "not proven"
        assert (report["error"], report["verdict"], report["stop_reason"]) == (
            None,
            verdict,
            "its only page",
        )
        assert len(ids(outcome)) == rows
        assert any("a page's number is not heeded" in line for line in outcome.log)
        # The page, the next one on trial, and the second look.
        assert [query.get("page") for query in asked(sandbox)] == [None, "2", None]


@pytest.mark.parametrize(("rows", "size"), [(23, 5), (30, 12)])
@pytest.mark.parametrize(("shape", "page"), [("from_1", 2), ("from_0", 2), ("from_0", 3)])
def test_a_row_that_comes_while_pages_are_tried_does_not_make_the_first_page_the_only_one(
    shape: str, page: int, rows: int, size: int
) -> None:
    """It moves a record of the first page to the second."""
    with Sandbox(rows={"items": rows}) as sandbox:
        sandbox.fault("edit", stream="items", page=page, nth=1, insert=[0])
        before = {row["id"] for row in sandbox.rows("items")}
        outcome = read_shape(sandbox, shape, endpoint={"params": {"size": size, "page_size": size}})
        assert before <= ids(outcome)


def test_a_list_from_0_may_end_with_page_1_where_page_2_is_refused() -> None:
    with Sandbox(rows={"items": 8}) as sandbox:
        sandbox.fault("status", stream="items", page=3, code=404, times=99)
        outcome = read_shape(sandbox, "from_0", endpoint={"params": {"size": 5, "page_size": 5}})
        assert len(ids(outcome)) == 8
        assert outcome.stream("items")["verdict"] == "proven"


def test_a_list_without_pages_has_none_though_a_row_comes_while_they_are_tried() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        sandbox.fault("edit", stream="items", nth=2, insert=[0])
        outcome = read_shape(sandbox, "ignores_page")
        assert outcome.stream("items")["stop_reason"] == "its only page"
        assert [query.get("page") for query in asked(sandbox)][:3] == [None, "2", None]


def test_a_list_without_pages_that_says_there_is_more_is_not_proven() -> None:
    with Sandbox(rows={"items": 25}) as sandbox:
        outcome = read_shape(sandbox, "ignores_page_next", endpoint={"params": {"page_size": 10}})
        report = outcome.stream("items")
        assert (report["error"], report["verdict"]) == (None, "not proven")
        assert "`next: 2`" in report["reasons"][-1]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("held", [20, 25, 30])
@pytest.mark.parametrize(
    ("declares", "status"),
    [("total_count", "succeeded"), ("num_pages", "succeeded"), ("version", "failed")],
)
def test_the_last_page_again_is_the_end_where_a_count_says_that_it_was_the_last(
    declares: str, status: str, held: int, concurrency: int
) -> None:
    """As Magento and Django's `get_page` send it; without a schema a sample is read, too."""
    pages = -(-held // 10)
    declared = {"total_count": held, "num_pages": pages, "version": held}[declares]

    def respond(query: dict[str, str]) -> dict[str, object]:
        begins = (min(int(query.get("page", 1)), pages) - 1) * 10
        rows = [{"id": row} for row in range(held)]
        return {"data": rows[begins : begins + 10], declares: declared}

    endpoint = {"path": "/items", "data_selector": "data"}
    paginator = {"type": "page_number", "base_page": 1}
    entry = {"name": "items", "primary_key": "id", "endpoint": endpoint | {"paginator": paginator}}
    with JSONServer(respond) as server:
        config = {"base_url": server.url, "resources": [entry], "concurrency": concurrency}
        outcome = sync(config)
        requests = len(server.asked)
    part = outcome.stream("items")
    assert part["status"] == status
    if status == "succeeded":
        assert (part["records"], part["verdict"]) == (held, "proven")
        assert requests <= 3 * (pages + 4), "a page behind the end is asked for no further"


PAGINATORS: list[dict[str, Any]] = [
    {"type": "page_number", "base_page": 1, "total_path": None},
    {"type": "page_number", "base_page": 1, "total_path": None, "maximum_page": 20},
    {"type": "offset", "limit": 100, "total_path": None},
]


@pytest.mark.parametrize("paginator", PAGINATORS)
@pytest.mark.parametrize("selector", ["$", None])
def test_one_object_below_a_paginator_of_the_client_is_read_once(
    selector: str | None, paginator: dict[str, Any]
) -> None:
    """It need not name a paginator of its own. In dlt it comes once for each page."""
    with JSONServer(lambda _: {"name": "GitLab", "description": "x"}) as server:
        endpoint = {"path": "/appearance", "data_selector": selector}
        client = {"base_url": server.url, "paginator": paginator}
        entry = {"name": "appearance", "endpoint": endpoint}
        outcome = sync({"client": client, "resources": [entry], "concurrency": 1})
        requests = len(server.asked)
    part = outcome.stream("appearance")
    assert (part["error"], part["verdict"], part["records"]) == (None, "proven", 1)
    assert requests <= 4, "nor does a sample go on"
    assert any("the object is taken for one without pages" in line for line in outcome.log)


def test_other_objects_behind_the_first_are_read_too() -> None:
    def respond(query: dict[str, str]) -> object:
        number = int(query.get("page", 1))
        return {"id": number, "name": "x"} if number <= 5 else (404, {"detail": "no such page"})

    paginator = {"type": "page_number", "base_page": 1, "total_path": None}
    outcome = read_list(respond, endpoint={"data_selector": "$", "paginator": paginator})
    assert len(outcome.records("items")) == 5


def test_a_sample_of_empty_pages_that_never_end_ends() -> None:
    def respond(query: dict[str, str]) -> object:
        cursor = int(query.get("cursor", -1)) + 1
        return {"data": [], "next": str(cursor) if cursor < 400 else None}

    paginator = {"type": "cursor", "cursor_path": "next", "cursor_param": "cursor"}
    with JSONServer(respond) as server:
        endpoint = {"path": "/items", "data_selector": "data", "paginator": paginator}
        entry = {"name": "items", "endpoint": endpoint}
        config = {"base_url": server.url, "resources": [entry], "concurrency": 1}
        catalog = TapAnalytics(config=config).catalog_dict
        assert [stream["stream"] for stream in catalog["streams"]] == ["items"]
        assert len(server.asked) <= 60
