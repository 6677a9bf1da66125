"""Well-behaved APIs at rest are proven, and no dearer than before: a sign of more is no reflex."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.harness import connected, sync
from tests.support.paths import DOCS
from tests.support.shapes import asked, ids, read_shape

ROWS = 25
SINCE = {"cursor_path": "updated_at", "initial_value": "2000-01-01T00:00:00Z"}

TABLE = re.compile(r"^\| (`\w+`.*?) \| .*? \| (\d) \| (\d+) \|$", re.MULTILINE)
COSTS = {
    name.replace("`", ""): (int(passes), int(requests))
    for name, passes, requests in TABLE.findall((DOCS / "completeness.md").read_text("utf-8"))
}
"""By API: how often its pages are read, and with how many requests, as the page says."""

# By shape: where the records are, the paginator, and the parameter for ten a page.
SHAPES: dict[str, tuple[str, Any, str]] = {
    "django_rest": ("results", {"type": "json_link"}, "page_size"),
    "json_server": ("$", {"type": "header_link"}, "_limit"),
    "json_server_1": (
        "data",
        {
            "type": "page_number",
            "page_param": "_page",
            "base_page": 1,
            "has_more_path": "next",
            "records_total_path": "items",
        },
        "_per_page",
    ),
    "kinto": (
        "data",
        {"type": "header_link", "links_next_key": "Next-Page"},
        "_limit",
    ),
    "datasette": (
        "rows",
        {"type": "cursor", "cursor_path": "next", "cursor_param": "_next"},
        "_size",
    ),
    "offset_total": (
        "items",
        {"type": "offset", "limit": 10, "total_path": "total"},
        "limit",
    ),
    "stripe": ("data", "single_page", "limit"),
    "gitlab": (
        "$",
        {"type": "page_number", "base_page": 1},
        "per_page",
    ),
    "graph": ("value", {"type": "json_link", "next_url_path": "$['@odata.nextLink']"}, "$top"),
    "cursor_always": (
        "items",
        {"type": "cursor", "cursor_path": "next_cursor", "has_more_path": "has_more"},
        "limit",
    ),
}


def test_the_table_names_each_of_them() -> None:
    built_in = {"accounting", "marketplace"}
    by_pages = {f"{api}, by pages" for api in built_in}
    assert COSTS.keys() == {*SHAPES, *built_in, *by_pages, "unfiltered_total"}


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("name", SHAPES)
def test_a_well_behaved_shape_is_proven(name: str, concurrency: int) -> None:
    selector, paginator, size = SHAPES[name]
    whole = 100 if paginator == "single_page" else 10
    with Sandbox(rows={"items": ROWS}) as sandbox:
        outcome = read_shape(
            sandbox,
            name,
            paginator,
            data_selector=selector,
            settings={"concurrency": concurrency},
            endpoint={"params": {size: whole}, "incremental": SINCE},
        )
        report = outcome.stream("items")
        assert (report["error"], report["verdict"]) == (None, "proven"), report["reasons"]
        assert len(ids(outcome)) == ROWS
        assert (report["passes"], len(asked(sandbox))) == COSTS[name]


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("name", ["accounting", "marketplace"])
@pytest.mark.parametrize("way", ["", ", by pages"])
def test_the_built_in_apis_are_no_dearer_than_the_page_says(
    name: str, way: str, concurrency: int
) -> None:
    stream = {"accounting": "contacts", "marketplace": "buyers"}[name]
    with Sandbox(rows={stream: ROWS}, edge_cases=False) as sandbox:
        read_by = {"read_by": "pages"} if way else {}
        config = connected(sandbox, name, page_size=10, concurrency=concurrency, **read_by)
        report = sync(config, stream).stream(stream)
        requests = len([each for each in sandbox.requests if each.stream == stream])
        assert report["verdict"] == "proven"
        assert (report["passes"], requests) == COSTS[name + way]


def test_an_unfiltered_total_under_a_since_is_proven() -> None:
    """One request more: whether the total knows the filter."""
    with Sandbox(rows={"items": ROWS}) as sandbox:
        paginator = {"type": "page_number", "base_page": 1}
        since = {
            "cursor_path": "updated_at",
            "start_param": "updated_after",
            "initial_value": sorted(row["updated_at"] for row in sandbox.rows("items"))[20],
        }
        outcome = read_shape(
            sandbox, "unfiltered_total", paginator, endpoint={"incremental": since}
        )
        report = outcome.stream("items")
        assert (report["verdict"], len(ids(outcome))) == ("proven", 5)
        # A page and an empty one, twice as no total is named, the list of latest changes before
        # the second time, and the one of tomorrow.
        assert (report["passes"], len(asked(sandbox))) == COSTS["unfiltered_total"]


@pytest.mark.parametrize(("api", "stream"), [("accounting", "contacts"), ("marketplace", "buyers")])
@pytest.mark.parametrize("rows", [0, 10, ROWS])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_built_in_apis_are_proven(api: str, stream: str, rows: int, concurrency: int) -> None:
    with Sandbox(rows={stream: rows}, edge_cases=False) as sandbox:
        config = connected(sandbox, api, page_size=10, concurrency=concurrency, read_by="pages")
        outcome = sync(config, stream)
        report = outcome.stream(stream)
        assert (report["verdict"], len(outcome.records(stream))) == ("proven", rows)
        pages = max(1, -(-rows // 10))
        passes = 1 if api == "marketplace" or pages == 1 else 2
        assert report["passes"] == passes
        # Before a second pass the latest changes are listed.
        requests = pages * passes + (passes - 1)
        assert len([r for r in sandbox.requests if r.stream == stream]) == requests
