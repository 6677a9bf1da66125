"""Signs of more, and null, are found around a list wherever a `data_selector` selects from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

SCHEMA = {"properties": {"id": {"type": "integer"}}}
ROWS = [{"id": number, "active": True} for number in range(100)]


def read(
    answer: Callable[[dict[str, str]], Any], selector: str, paginator: object = "single_page"
) -> Outcome:
    endpoint = {"data_selector": selector, "paginator": paginator}
    return read_list(answer, endpoint=endpoint, schema=SCHEMA)


def connection(rows: list[Any], **beside: object) -> object:
    """A connection of GraphQL."""
    return {"data": {"issues": {"edges": [{"node": row} for row in rows], **beside}}}


SELECTORS = {
    "data.issues.edges[*].node": "data.issues",
    "data.issues.edges[?(@.node.id >= 0)].node": "data.issues",
    "data.issues.edges[0:50].node": "data.issues",
    "$.data['issues'].edges[*].node": "data.issues",
    "data..node": "data",
}


@pytest.mark.parametrize("selector", SELECTORS)
@pytest.mark.parametrize(
    ("beside", "name"),
    [
        ({"pageInfo": {"hasNextPage": True}}, "pageInfo.hasNextPage: true"),
        ({"totalCount": 100}, "totalCount: 100"),
        ({"nextToken": "abc"}, "nextToken: a cursor"),
    ],
)
def test_a_sign_beside_the_list_that_is_selected_from_speaks_against_the_end(
    selector: str, beside: dict[str, object], name: str
) -> None:
    body = connection(ROWS[:37], **beside)
    if selector == "data..node":
        body = {"data": {"edges": [{"node": row} for row in ROWS[:37]], **beside}}
    report = read(lambda _: body, selector).stream("items")
    assert report["verdict"] == "not proven"
    assert f"`{SELECTORS[selector]}.{name}`" in report["reasons"][0]


@pytest.mark.parametrize("selector", list(SELECTORS)[:4])
def test_signs_that_there_is_no_more_leave_it_proven(selector: str) -> None:
    body = connection(ROWS[:37], pageInfo={"hasNextPage": False}, totalCount=37)
    report = read(lambda _: body, selector).stream("items")
    assert (report["verdict"], report["passes"]) == ("proven", 1)


def test_a_cursor_beside_such_a_list_is_found_and_followed() -> None:
    def answer(query: dict[str, str]) -> object:
        first = int(query.get("NextToken", 0))
        beside = {"NextToken": str(first + 37)} if first + 37 < len(ROWS) else {}
        return {"payload": {"Orders": [{"Order": row} for row in ROWS[first:][:37]], **beside}}

    outcome = read(answer, "payload.Orders[*].Order", "auto")
    assert len(outcome.records("items")) == 100
    assert outcome.stream("items")["verdict"] == "proven"


def world_bank(query: dict[str, str]) -> object:
    size, number = int(query.get("per_page", 37)), int(query.get("page", 1))
    rows = ROWS[number * size - size :][:size]
    return [{"page": number, "pages": -(-100 // size), "total": 100}, rows]


def test_what_stands_beside_the_list_in_a_list_is_its_envelope() -> None:
    report = read(world_bank, "$[1]").stream("items")
    assert report["verdict"] == "not proven"
    assert "`0.pages: 3`" in report["reasons"][0]
    assert "`0.total: 100`" in report["reasons"][1]
    paginator = {"type": "page_number", "base_page": 1, "total_path": "$[0]['pages']"}
    outcome = read(world_bank, "$[1]", paginator)
    assert (outcome.stream("items")["verdict"], len(outcome.records("items"))) == ("proven", 100)


def test_pages_are_found_by_what_stands_beside_the_list_in_a_list() -> None:
    outcome = read(world_bank, "$[1]", "auto")
    assert (outcome.stream("items")["verdict"], len(outcome.records("items"))) == ("proven", 100)


def test_only_the_item_that_leads_to_the_list_holds_signs_of_it() -> None:
    def answer(_: dict[str, str]) -> object:
        other = {"items": [], "total": 500, "has_more": True}
        return {"data": {"boards": [{"items": ROWS[:3], "total": 3}, other]}}

    assert read(answer, "data.boards[0].items").stream("items")["verdict"] == "proven"
    report = read(answer, "data.boards[1].items").stream("items")
    assert "`data.boards.1.has_more: true`" in report["reasons"][1]


def test_an_error_beside_the_list_in_a_list_is_one() -> None:
    report = read(lambda _: [{"error": "overloaded"}, None], "$[1]").stream("items")
    assert report["status"] == "failed"
    assert "tells of an error" in report["error"]


@pytest.mark.parametrize(
    ("selector", "around"),
    [
        ("$[1]", lambda it: [{"total": 0}, it]),
        ("data.boards[0].items", lambda it: {"data": {"boards": [{"items": it}]}}),
        ("data[0].rows", lambda it: {"data": [{"rows": it}]}),
        ("$.data['the rows']", lambda it: {"data": {"the rows": it}}),
    ],
)
def test_null_in_a_fixed_place_is_an_empty_list(
    selector: str, around: Callable[[object], object]
) -> None:
    for body in (around(None), around([])):
        report = read(lambda _, it=body: it, selector).stream("items")  # type: ignore[misc]
        assert (report["error"], report["verdict"]) == (None, "proven")
    report = read(lambda _: around("later"), selector).stream("items")
    assert "holds a string, not a list" in report["error"]
    report = read(lambda _: {"other": []}, selector).stream("items")
    assert "is not there" in report["error"]


def test_null_among_records_is_no_record_and_a_filter_leaves_it_out() -> None:
    """As Firebase has holes in its lists."""
    report = read(lambda _: [None, {"id": 1}], "$.*").stream("items")
    assert "record 1 of the page is null" in report["error"]
    assert "`[?(@.id)]`" in report["error"]
    outcome = read(lambda _: [None, {"id": 1}], "$[?(@.id)]")
    assert (outcome.stream("items")["verdict"], len(outcome.records("items"))) == ("proven", 1)


@pytest.mark.parametrize("selector", ["data[?(@.active==true)]", "data[*].lines[*]"])
def test_a_total_counts_what_the_list_of_the_server_holds(selector: str) -> None:
    """Of a list that is filtered, or of one whose items have lists."""

    def answer(query: dict[str, str]) -> object:
        first = int(query.get("page", 1)) * 20 - 20
        rows = [
            {"id": n, "active": n % 2 == 0, "lines": [{"id": n}] if n % 2 else []}
            for n in range(first, min(first + 20, 100))
        ]
        return {"data": rows, "total": 100}

    paginator = {"type": "page_number", "base_page": 1}
    outcome = read(answer, selector, paginator)
    assert len({record["id"] for record in outcome.records("items")}) == 50
    report = outcome.stream("items")
    assert not [reason for reason in report["reasons"] if "total" in reason and "says" in reason]
    report = read(answer, selector).stream("items")
    assert report["verdict"] == "not proven"
    assert "`total: 100`" in report["reasons"][0]


def test_a_total_that_is_named_counts_what_a_filter_leaves_out_too() -> None:
    def answer(query: dict[str, str]) -> object:
        first = int(query["offset"])
        rows = [{"id": n, "active": n % 2 == 0} for n in range(first, min(first + 20, 100))]
        return {"data": rows, "total": 100}

    paginator = {"type": "offset", "limit": 20, "total_path": "total"}
    outcome = read(answer, "data[?(@.active==true)]", paginator)
    report = outcome.stream("items")
    assert (report["verdict"], len({record["id"] for record in outcome.records("items")})) == (
        "proven",
        50,
    ), report["reasons"]


def test_more_records_within_the_items_than_the_total_do_not_hide_it() -> None:
    """Ten of 25 orders, with three lines each."""
    orders = [{"lines": [{"id": 3 * n + line} for line in range(3)]} for n in range(10)]
    report = read(lambda _: {"orders": orders, "total": 25}, "orders[*].lines[*]").stream("items")
    assert report["verdict"] == "not proven"
    assert "`total: 25`" in report["reasons"][0]
    for total in (10, 30):
        body = {"orders": orders, "total": total}
        report = read(lambda _, it=body: it, "orders[*].lines[*]").stream("items")  # type: ignore[misc]
        assert report["verdict"] == "proven"
