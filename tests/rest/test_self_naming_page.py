"""A next page that is the page itself is the end, and told; an earlier one is an error."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.shapes import asked, ids, read_shape

SIZE = {"params": {"page_size": 10}}
LINK = {"type": "json_link", "next_url_path": "next"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_last_page_that_links_to_itself_is_the_end(*, whole: bool) -> None:
    with Sandbox(rows={"items": 25}) as api:
        address = "/shapes/django_rest?page_size=10&page=3"
        value = f"{api.base_url}{address}" if whole else address
        api.fault("declare", stream="items", page=3, key="next", value=value)
        outcome = read_shape(api, "django_rest", LINK, endpoint=SIZE, data_selector="results")
        report = outcome.stream("items")
        assert report["stop_reason"] == "a next page that is the page itself"
        assert (report["verdict"], len(ids(outcome))) == ("proven", 25)
        assert {query.get("page", "1") for query in asked(api)} == {"1", "2", "3"}


def test_a_last_page_that_repeats_its_own_cursor_is_the_end() -> None:
    with Sandbox(rows={"items": 25}) as api:
        cursor = {"type": "cursor", "cursor_path": "next_cursor"}
        outcome = read_shape(api, "cursor_always", cursor, endpoint={"params": {"limit": 10}})
        report = outcome.stream("items")
        assert report["stop_reason"] == "a next page that is the page itself"
        assert (report["verdict"], len(ids(outcome))) == ("proven", 25)


STANDING: list[tuple[dict[str, Any], list[str], str]] = [
    ({}, [], "not proven"),
    ({}, ["full_page"], "proven"),
    ({"total": 20}, [], "proven"),
    ({"token": 20}, [], "not proven"),
]


@pytest.mark.parametrize(("told", "ignored", "verdict"), STANDING)
def test_a_full_page_that_repeats_its_own_cursor_is_an_end_where_something_else_tells_it(
    told: dict[str, Any], ignored: list[str], verdict: str
) -> None:
    def respond(request: Request) -> Response:
        page = int(request.query.get("cursor", 0))
        rows = [{"id": page * 10 + row} for row in range(10)]
        return Response({"data": rows, "next": "1", **told})

    paginator = {"type": "cursor", "cursor_path": "next"}
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [{**entry, "ignore_signs": ignored}]})
    report = outcome.stream("items")
    assert report["stop_reason"] == "a next page that is the page itself"
    assert (report["verdict"], report["records"]) == (verdict, 20)


def test_a_page_that_leads_back_to_an_earlier_one_is_an_error() -> None:
    with Sandbox(rows={"items": 25}) as api:
        back: dict[str, Any] = {"key": "next", "value": "/shapes/django_rest?page_size=10&page=2"}
        api.fault("declare", stream="items", page=3, **back)
        outcome = read_shape(api, "django_rest", LINK, endpoint=SIZE, data_selector="results")
        assert "its end cannot be reached" in outcome.stream("items")["error"]
