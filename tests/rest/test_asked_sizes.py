"""A page as large as it was asked to be is a full one, whatever in the request asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.server import Request, Response
from tests.support.sized_list import ROWS, SIZE, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.compatibility.server import ShapeServer


def first_rows(number: int) -> Callable[[Request], Response]:
    """A server that gives these rows, whatever it is asked for."""
    return lambda _: Response({"data": ROWS[:number]})


POST = {"path": "items", "method": "POST"}
QUERY = "{{ items(first: 99) {{ nodes {{ id }} }} }}"
ASKING: dict[str, dict[str, Any]] = {
    "in the query": {"params": {"per_page": SIZE}},
    "in the address": {"path": f"items?limit={SIZE}"},
    "in a header": {"headers": {"X-Page-Size": str(SIZE)}},
    "in a preference": {"headers": {"Prefer": f"odata.maxpagesize={SIZE}"}},
    "in a body": POST | {"json": {"limit": SIZE}},
    "deep in a body": POST | {"json": {"page": {"size": SIZE}}},
    "in the variables of GraphQL": POST | {"json": {"query": "", "variables": {"first": SIZE}}},
    "in the query of GraphQL": POST | {"json": {"query": QUERY}},
    "in a form": POST | {"data": {"limit": str(SIZE)}},
    "in a call": {"params": {"fields": f"posts.limit({SIZE}){{{{id}}}}"}},
    "in SQL": {"params": {"q": "SELECT id FROM t FETCH FIRST 99 ROWS ONLY"}},
    "in a text": POST | {"data": f"fields *; limit {SIZE};"},
}


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("paginator", [None, {"type": "cursor", "cursor_path": "next"}])
def test_a_page_of_the_size_that_is_asked_for_is_full(asking: str, paginator: object) -> None:
    endpoint = ASKING[asking] | ({"paginator": paginator} if paginator else {})
    report = read(first_rows(SIZE), endpoint)
    assert report["verdict"] == "not proven"
    assert "the one page has 99 records, as many as a full one may" in report["reasons"][0]
    assert read(first_rows(SIZE - 1), endpoint)["verdict"] == "proven"


def test_a_span_of_time_is_no_size() -> None:
    params = {"q": "the last 7 days, top 7", "since": "last_7_days"}
    assert read(first_rows(7), {"params": params})["verdict"] == "proven"


@pytest.mark.parametrize(
    "asking",
    [
        POST | {"json": {"page": {"size": 50}}},
        {"params": {"page[size]": "50"}},
    ],
)
def test_a_parameter_is_not_tried_that_the_resource_has_in_parts(asking: dict[str, Any]) -> None:
    servers: list[ShapeServer] = []
    read(first_rows(33), asking, servers)
    for request in servers[0].requests:
        assert "page" not in request.query or not asking.get("params")
        assert not request.body or request.json == asking["json"]


# Servers that say that more follows only where it does.
TELLING: dict[str, tuple[Any, Callable[[int], tuple[dict[str, Any], dict[str, str]]]]] = {
    "a link": ("header_link", lambda n: ({}, {"Link": f'</items?p={n}>; rel="next"'})),
    "a named header": (
        {"type": "header_link", "links_next_key": "X-Next-Page-Url"},
        lambda n: ({}, {"X-Next-Page-Url": f"/items?p={n}"}),
    ),
    "a cursor in a header": (
        {"type": "header_cursor", "cursor_key": "X-Next"},
        lambda n: ({}, {"X-Next": f"c{n}"}),
    ),
    "a cursor": (
        {"type": "cursor", "cursor_path": "next"},
        lambda n: ({"next": f"c{n}"}, {}),
    ),
    "an address": ({"type": "json_link"}, lambda n: ({"next": f"/items?p={n}"}, {})),
}


def respond_of(
    rows: list[Any], tell: Callable[[int], tuple[dict[str, Any], dict[str, str]]] | None
) -> Callable[[Request], Response]:
    """A server of pages whose size is asked for."""

    def respond(request: Request) -> Response:
        sent = request.json if request.method == "POST" else request.query
        size = int(sent.get("per_page", 30))
        page = {"data": rows[:size]}
        if tell is None or len(rows) <= size:
            return Response(page)
        beside, headers = tell(size)
        return Response(page | beside, headers=headers)

    return respond


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("name", TELLING)
def test_a_page_that_is_smaller_by_one_shows_whether_the_server_tells(
    name: str,
    post: bool,  # noqa: FBT001  # of pytest
) -> None:
    paginator, tell = TELLING[name]
    sized = POST | {"json": {"per_page": 100}} if post else {"params": {"per_page": 100}}
    endpoint = sized | {"paginator": paginator}
    servers: list[ShapeServer] = []
    for number, verdict in ((99, "proven"), (100, "proven")):
        assert read(respond_of(ROWS[:number], tell), endpoint, servers)["verdict"] == verdict
    asked = [request.json if post else request.query for request in servers[-1].requests]
    assert [int(each["per_page"]) for each in asked] == [100, 100, 99]
    # It never tells: the paginator's place is misspelt, or a gateway drops the header.
    report = read(respond_of(ROWS, None), endpoint)
    assert report["verdict"] == "not proven"
    assert "which leads to the next page, is not in its response" in report["reasons"][0]


def test_a_link_that_is_there_for_another_thing_tells_no_end() -> None:
    def respond(request: Request) -> Response:
        size = int(request.query["per_page"])
        headers = {"Link": '</docs>; rel="describedby"'}
        return Response({"data": ROWS[:size]}, headers=headers)

    endpoint = {"params": {"per_page": 100}, "paginator": "header_link"}
    assert read(respond, endpoint)["verdict"] == "not proven"


def test_links_of_pages_tell_the_end_without_a_trial() -> None:
    def respond(_: Request) -> Response:
        headers = {"Link": '</items?page=1>; rel="first", </items?page=1>; rel="last"'}
        return Response({"data": ROWS[:100]}, headers=headers)

    servers: list[ShapeServer] = []
    endpoint = {"params": {"per_page": 100}, "paginator": "header_link"}
    assert read(respond, endpoint, servers)["verdict"] == "proven"
    assert {request.query["per_page"] for request in servers[0].requests} == {"100"}
