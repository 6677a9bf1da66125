"""Where the user's own settings end a reading, or begin it later, it is no proof of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
ROWS = [{"id": row} for row in range(55)]
SIZE, HOLE = 10, 20
CURSOR = {"type": "cursor", "cursor_path": "leads", "cursor_param": "at"}


def read(
    respond: Callable[[Request], Response],
    paginator: dict[str, Any],
    **entry: Any,  # noqa: ANN401  # any key of an entry
) -> Outcome:
    """Read `items` as some server has them."""
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    resource = {"name": "items", "primary_key": "id", "schema": SCHEMA, **entry}
    with serving(respond) as server:
        config = {"resources": [{**resource, "endpoint": endpoint}]}
        return run_tap(server, config, concurrency=1)


def by_cursor(
    *, hole: bool = False, endless: bool = False, more: bool = False
) -> Callable[[Request], Response]:
    """A server with cursors.

    Args:
        hole: Whether a page in the middle is empty, as where a filter comes after the paging.
        endless: Whether the last pages have a cursor, too.
        more: Whether a flag tells the end.
    """

    def respond(request: Request) -> Response:
        at = int(request.query.get("at", 0))
        rows = [] if hole and at == HOLE else ROWS[at : at + SIZE]
        follows = at + SIZE < len(ROWS)
        leads = at + SIZE if follows or endless else None
        return Response({"data": rows, "leads": leads} | ({"has_more": follows} if more else {}))

    return respond


def test_an_empty_page_with_a_cursor_proves_nothing_where_the_user_stops_at_it() -> None:
    part = read(by_cursor(hole=True), CURSOR | {"stop_after_empty_page": True}).stream("items")
    assert (part["records"], part["verdict"], part["passes"]) == (HOLE, "not proven", 2)
    assert "`stop_after_empty_page` ended it at an empty page" in part["reasons"][-1]
    assert "`ignore_signs: [leads]`" in part["reasons"][-1]


@pytest.mark.parametrize(
    ("server", "entry"),
    [
        (by_cursor(), {}),
        (by_cursor(endless=True, more=True), {}),
        (by_cursor(endless=True), {"ignore_signs": ["leads"]}),
    ],
    ids=["no cursor at the end", "a flag tells the end", "such pages are the end"],
)
def test_an_empty_page_is_the_end_where_something_says_so(
    server: Callable[[Request], Response], entry: dict[str, Any]
) -> None:
    part = read(server, CURSOR | {"stop_after_empty_page": True}, **entry).stream("items")
    assert (part["records"], part["verdict"], part["reasons"]) == (55, "proven", [])
