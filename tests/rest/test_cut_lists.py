"""A list within a record that says it is not whole takes the word *proven* away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.json_server import read_list

SCHEMA = {"properties": {"id": {"type": "integer"}}}
LINES = [{"id": number} for number in range(10)]


def report(body: object, selector: str, **entry: Any) -> dict[str, Any]:  # noqa: ANN401  # any entry
    endpoint = {"data_selector": selector, "paginator": "single_page"}
    outcome = read_list(lambda _: body, endpoint=endpoint, schema=SCHEMA, **entry)
    assert len(outcome.records("items")) == 10
    found: dict[str, Any] = outcome.stream("items")
    return found


def graphql(**beside: object) -> object:
    lines = {"edges": [{"node": line} for line in LINES], **beside}
    return {"data": {"orders": {"edges": [{"node": {"lines": lines}}]}}}


def stripe(**beside: object) -> object:
    return {"data": [{"lines": {"object": "list", "data": LINES, **beside}}]}


def jira(**beside: object) -> object:
    return {"issues": [{"fields": {"worklog": {"worklogs": LINES, **beside}}}]}


def orders(**beside: object) -> object:
    return {"orders": [{"lines": LINES, **beside}]}


def nodes(**beside: object) -> object:
    return {"orders": {"edges": [{"node": {"lines": LINES, **beside}}]}}


SELECTORS = {
    graphql: "data.orders.edges[*].node.lines.edges[*].node",
    stripe: "data[*].lines.data[*]",
    jira: "issues[*].fields.worklog.worklogs[*]",
    orders: "orders[*].lines[*]",
    nodes: "orders.edges[*].node.lines[*]",
}


@pytest.mark.parametrize(
    ("shape", "beside", "name"),
    [
        (graphql, {"pageInfo": {"hasNextPage": True}}, "lines.pageInfo.hasNextPage"),
        (graphql, {"totalCount": 11}, "lines.totalCount"),
        (graphql, {"nextCursor": "abc"}, "lines.nextCursor"),
        (stripe, {"has_more": True}, "lines.has_more"),
        (stripe, {"total_count": 25}, "lines.total_count"),
        (jira, {"startAt": 0, "maxResults": 10, "total": 25}, "worklog.total"),
    ],
)
def test_a_list_that_goes_on_elsewhere(shape: Any, beside: dict[str, Any], name: str) -> None:  # noqa: ANN401  # a function
    part = report(shape(**beside), SELECTORS[shape])
    assert part["verdict"] == "not proven"
    (reason,) = part["reasons"]
    assert f"`{name}` in a record of first page says that the list beside it is not whole" in reason
    assert report(shape(**beside), SELECTORS[shape], ignore_signs=[name])["verdict"] == "proven"


@pytest.mark.parametrize(
    ("shape", "beside"),
    [
        (graphql, {"pageInfo": {"hasNextPage": False, "endCursor": "x"}, "totalCount": 10}),
        (graphql, {}),
        (stripe, {"has_more": False, "total_count": 10, "url": "/lines"}),
        (jira, {"startAt": 0, "maxResults": 20, "total": 10}),
        # Fields of a record are no signs.
        (jira, {"total": 250}),
        (orders, {"total": 250, "has_more": True, "limit": 5}),
        (nodes, {"total": 250, "has_more": True, "limit": 5}),
    ],
)
def test_a_list_that_is_whole(shape: Any, beside: dict[str, Any]) -> None:  # noqa: ANN401  # a function
    assert report(shape(**beside), SELECTORS[shape])["verdict"] == "proven"


def test_a_list_on_a_further_page_is_looked_at_too() -> None:
    def answer(query: dict[str, str]) -> object:
        number = int(query["page"])
        lines = {"data": [{"id": number}], "has_more": number == 2}
        return {"data": [{"lines": lines}] if number < 4 else [], "total": 3}

    paginator = {"type": "page_number", "base_page": 1}
    endpoint = {"data_selector": "data[*].lines.data[*]", "paginator": paginator}
    part = read_list(answer, endpoint=endpoint, schema=SCHEMA).stream("items")
    assert part["verdict"] == "not proven"
    assert "`lines.has_more` in a record of page 2" in part["reasons"][0]
