"""A cursor goes back as it came: an object, a list, a number, in the body or in the query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE, PAGES = 10, 3
CURSORS: dict[str, Callable[[int], Any]] = {
    "an object, as DynamoDB has it": lambda page: {"id": {"N": str(page)}, "at": 1.50},
    "a list, as Elasticsearch has it": lambda page: [page, "b", None],
    "a number": lambda page: page,
    "a text": lambda page: f"c{page}",
}

# A list in a query is a parameter that comes several times.
PLACED = [(kind, True) for kind in CURSORS]
PLACED += [(kind, False) for kind in CURSORS if not kind.startswith("a list")]


@pytest.mark.parametrize("schema", [True, False], ids=["a schema", "none"])
@pytest.mark.parametrize(("kind", "in_body"), PLACED)
def test_a_cursor_of_any_kind_leads_on(kind: str, *, schema: bool, in_body: bool) -> None:
    made = CURSORS[kind]

    def respond(request: Request) -> Response:
        cursor: Any = request.json.get("after") if in_body else request.query.get("after")
        if not in_body and kind.startswith("an object") and cursor is not None:
            cursor = json.loads(cursor)
        pages = [page for page in range(1, PAGES) if str(made(page)) == str(cursor)]
        page = pages[0] if pages else 0
        assert pages or cursor is None, cursor
        more = {"after": made(page + 1)} if page + 1 < PAGES else {"after": None}
        return Response({"data": [{"id": page * SIZE + row} for row in range(SIZE)], **more})

    paginator = {"type": "cursor", "cursor_path": "after"}
    place = {"cursor_body_path": "after"} if in_body else {"cursor_param": "after"}
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator | place}
    if in_body:
        endpoint |= {"method": "POST", "json": {"q": "x"}}
    entry: dict[str, Any] = {"name": "items", "primary_key": "id", "endpoint": endpoint}
    if schema:
        entry["schema"] = {"type": "object", "properties": {"id": {"type": "integer"}}}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry]}, concurrency=1)
    part = outcome.stream("items")
    assert (part["error"], part["verdict"], part["records"]) == (None, "proven", SIZE * PAGES)


@pytest.mark.parametrize("path", ["hits.hits[-1].sort", "$.hits.hits[-1:].sort"])
@pytest.mark.parametrize("sort", [["id"], ["at", "id"]], ids=["one field", "with a tie-breaker"])
def test_a_list_in_the_last_record_goes_back_whole(path: str, sort: list[str]) -> None:
    """As `search_after` of Elasticsearch takes it: of records of one time none is left out."""
    rows: list[dict[str, Any]] = [
        {"id": row, "at": row // 4 if len(sort) > 1 else row} for row in range(25)
    ]

    def respond(request: Request) -> Response:
        after = request.json.get("search_after")
        if after is not None and not (isinstance(after, list) and len(after) == len(sort)):
            return Response({"error": {"type": "parsing_exception"}}, status=400)
        ordered = [row | {"sort": [row[name] for name in sort]} for row in rows]
        found = [row for row in ordered if after is None or row["sort"] > after][:SIZE]
        return Response({"hits": {"hits": found}})

    paginator = {"type": "cursor", "cursor_path": path, "cursor_body_path": "search_after"}
    endpoint = {"path": "_search", "method": "POST", "json": {"size": SIZE}}
    endpoint |= {"data_selector": "hits.hits", "paginator": paginator}
    entry: dict[str, Any] = {"name": "items", "primary_key": "id", "endpoint": endpoint}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry]}, concurrency=1)
    part = outcome.stream("items")
    assert (part["error"], part["verdict"], part["records"]) == (None, "proven", 25)


@pytest.mark.parametrize("counted", [False, True])
def test_pages_of_different_sizes_are_told_apart_from_a_table_that_moves(counted: bool) -> None:  # noqa: FBT001  # of pytest
    """As Slack and DynamoDB have them, and Basecamp: nothing but a total proves them."""
    borders = [0, 8, 18, 27, 30]

    def respond(request: Request) -> Response:
        page = int(request.query.get("at", 0))
        rows = [{"id": row} for row in range(*borders[page : page + 2])]
        leads = page + 1 if page + 2 < len(borders) else None
        return Response({"data": rows, "leads": leads} | ({"total_count": 30} if counted else {}))

    paginator = {"type": "cursor", "cursor_path": "leads", "cursor_param": "at"}
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    entry: dict[str, Any] = {"name": "items", "primary_key": "id", "endpoint": endpoint}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry]}, concurrency=1)
    part = outcome.stream("items")
    assert (part["records"], part["verdict"]) == (30, "proven" if counted else "not proven")
    told = [line for line in outcome.log if "not proven after" in line]
    assert len(told) == (not counted)
    assert all("differ in size" in line and "quieter hour" not in line for line in told)
