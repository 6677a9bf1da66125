"""Status 304 of a request with `If-Modified-Since` says that nothing is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.declarations import MOMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

NEWEST = "2024-01-01T00:00:00"
NOTHING = Response(b"", 304, {"ETag": '"1"'})
PAGINATORS: dict[str, Any] = {
    "one page": "single_page",
    "pages by number": {"type": "page_number", "base_page": 1, "total_path": None},
    "offsets": {"type": "offset", "limit": 10, "total_path": None},
    "cursors": {"type": "cursor", "cursor_path": "next"},
}


def read(
    answer: Callable[[Request], Response], paginator: object, *, concurrency: int = 1
) -> list[Outcome]:
    """Read a list twice, the second time from the first one's state on.

    Args:
        answer: How the server responds where the header names the newest record's time.
        paginator: The paginator.
        concurrency: The most requests at once.
    """

    def respond(request: Request) -> Response:
        if request.headers.get("if-modified-since", "") >= NEWEST:
            return answer(request)
        behind = request.query.get("page", "1") != "1" or request.query.get("offset", "0") != "0"
        rows = [] if behind else [{"id": 1, "at": f"{NEWEST}Z"}]
        return Response({"data": rows, "next": None})

    endpoint = {
        "path": "items",
        "data_selector": "data",
        "paginator": paginator,
        "incremental": {"cursor_path": "at", "start_header": "If-Modified-Since"},
    }
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "at": MOMENT}}
    entry = {"name": "items", "primary_key": "id", "schema": schema, "endpoint": endpoint}
    with serving(respond) as server:
        first = run_tap(server, {"resources": [entry]}, concurrency=concurrency)
        state = first.state
        again = run_tap(server, {"resources": [entry]}, state=state, concurrency=concurrency)
    return [first, again]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("paginator", PAGINATORS.values(), ids=list(PAGINATORS))
def test_a_run_without_changes_is_proven(paginator: object, concurrency: int) -> None:
    for outcome, records in zip(
        read(lambda _: NOTHING, paginator, concurrency=concurrency), (1, 0), strict=True
    ):
        part = outcome.stream("items")
        assert (part["error"], part["records"], part["verdict"]) == (None, records, "proven")
        bookmark = outcome.state["bookmarks"]["items"]["replication_key_value"]
        assert bookmark == f"{NEWEST}.000000Z"


def test_where_only_the_first_page_is_the_same_it_proves_nothing() -> None:
    def answer(request: Request) -> Response:
        if request.query["page"] == "1":
            return NOTHING
        rows = [{"id": 2, "at": "2024-02-01T00:00:00Z"}] if request.query["page"] == "2" else []
        return Response({"data": rows})

    _, again = read(answer, PAGINATORS["pages by number"])
    part = again.stream("items")
    assert part["verdict"] == "not proven"
    assert "page 2 holds records, though status 304" in part["reasons"][-1]


def test_of_a_later_page_it_is_no_end() -> None:
    def answer(request: Request) -> Response:
        changed = Response({"data": [{"id": 2, "at": "2024-02-01T00:00:00Z"}]})
        return changed if request.query["page"] == "1" else NOTHING

    _, again = read(answer, PAGINATORS["pages by number"])
    assert "304 Not Modified" in again.stream("items")["error"]
