"""Whether there is more is read in every spelling that servers have for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

SIZE, PAGES = 10, 6
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
FLAGS: list[tuple[Any, Any]] = [
    (True, False),
    (1, 0),
    ("true", "false"),
    ("TRUE", "False"),
    ("yes", "no"),
    ("Y", "N"),
    ("1", "0"),
    ("on", "off"),
    ({"page": 2}, {}),
    ("/items?page=2", None),
]


SAID: dict[str, tuple[Any, Any]] = {
    "exceededTransferLimit": (True, False),
    "eof": (False, True),
    "continuationToken": ("b", None),
    "resumptionToken": ("b", {"cursor": 50, "completeListSize": 60}),
    "LastEvaluatedKey": ({"id": {"N": "9"}}, None),
    "recordsFiltered": (60, 10),
    "iTotalRecords": (60, 10),
    "iTotalDisplayRecords": ("60", "10"),
    "TotalRecordCount": (60, 10),
    "total": (60.0, 10.0),
    "count": ("60 ", "10 "),
    "Total-Count": ("60", "10"),
    "X-Page-Count": ("6", "1"),
    "X-Pagination": ('{"TotalCount": 60, "PageSize": 10}', '{"TotalCount": 10, "PageSize": 10}'),
    "x-pagination": ('{"HasNext": true, "nextPageLink": "/x"}', '{"HasNext": false}'),
    "X-PAGINATION": ('{"total_pages": 6, "last_page": 6}', '{"total_pages": 1, "last_page": 1}'),
}
"""What an only page has beside its records where there is more, and where there is not."""


def read(more: object, end: object, paginator: object) -> dict[str, Any]:
    """Read pages whose member `has_more` tells whether there is more."""

    def respond(request: Request) -> Response:
        page = int(request.query.get("page", 1))
        rows = [{"id": row} for row in range((page - 1) * SIZE, page * SIZE) if page <= PAGES]
        return Response({"data": rows, "has_more": more if page < PAGES else end})

    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        return run_tap(server, {"resources": [entry]}, concurrency=1).stream("items")


@pytest.mark.parametrize(("more", "end"), FLAGS, ids=repr)
def test_the_last_page_is_the_one_that_says_there_is_no_more(more: object, end: object) -> None:
    paginator = {"type": "page_number", "base_page": 1, "has_more_path": "has_more"}
    part = read(more, end, paginator)
    assert (part["error"], part["records"], part["verdict"]) == (None, SIZE * PAGES, "proven")
    assert part["stop_reason"] == "`has_more` says that there is no more"


@pytest.mark.parametrize("more", [True, 1, "true", "yes", "Y", "on", "1"], ids=repr)
def test_a_flag_that_nobody_named_speaks_against_the_end(more: object) -> None:
    part = read(more, None, "single_page")
    assert (part["records"], part["verdict"]) == (SIZE, "not proven")


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("name", SAID)
def test_what_services_say_of_more_speaks_against_an_only_page(name: str, *, proven: bool) -> None:
    said = SAID[name][proven]

    def respond(_: Request) -> Response:
        body: dict[str, Any] = {"data": [{"id": row} for row in range(SIZE)]}
        if "-" in name:
            return Response(body, headers={name: said})
        return Response({**body, name: said})

    endpoint = {"path": "items", "data_selector": "data", "paginator": "single_page"}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        part = run_tap(server, {"resources": [entry]}, concurrency=1).stream("items")
    assert (part["records"], part["verdict"]) == (SIZE, "proven" if proven else "not proven")


def test_a_flag_that_says_no_beats_an_address_beside_it() -> None:
    """Zendesk's last page names another: whoever follows it finds nothing."""

    def respond(request: Request) -> Response:
        page = int(request.query.get("page[after]", 1))
        rows = [{"id": row} for row in range((page - 1) * SIZE, page * SIZE)]
        meta = {"has_more": page < PAGES, "after_cursor": str(page + 1)}
        links = {"next": f"/items?page%5Bafter%5D={page + 1}"}
        return Response({"data": rows, "meta": meta, "links": links})

    cursor = {"cursor_path": "meta.after_cursor", "cursor_param": "page[after]"}
    paginator = {"type": "cursor", **cursor, "has_more_path": "meta.has_more"}
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        part = run_tap(server, {"resources": [entry]}, concurrency=1).stream("items")
    assert (part["records"], part["verdict"], part["reasons"]) == (SIZE * PAGES, "proven", [])


@pytest.mark.parametrize("total", [60, "60", " 60", 60.0], ids=repr)
def test_a_total_is_read_in_every_spelling(total: object) -> None:
    """With it one pass is enough, and its end needs no empty page."""

    def respond(request: Request) -> Response:
        page = int(request.query.get("page", 1))
        rows = [{"id": row} for row in range((page - 1) * SIZE, page * SIZE) if page <= PAGES]
        return Response({"data": rows, "n": total})

    paginator = {"type": "page_number", "base_page": 1, "records_total_path": "n"}
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        part = run_tap(server, {"resources": [entry]}, concurrency=1).stream("items")
    assert (part["stop_reason"], part["verdict"]) == ("the declared total", "proven")
