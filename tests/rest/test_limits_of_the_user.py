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
    width: int = 1,
    **entry: Any,  # noqa: ANN401  # any key of an entry
) -> Outcome:
    """Read `items` as some server has them."""
    endpoint = {"path": "items", "data_selector": "data", "paginator": paginator}
    resource = {"name": "items", "primary_key": "id", "schema": SCHEMA, **entry}
    with serving(respond) as server:
        config = {"resources": [{**resource, "endpoint": endpoint}]}
        return run_tap(server, config, concurrency=width)


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
    assert "an empty page ended it whose cursor leads on" in part["reasons"][-1]
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


@pytest.mark.parametrize(
    ("extra", "entry", "verdict"),
    [
        ({"stop_after_empty_page": True}, {}, "not proven"),
        ({"stop_after_empty_page": True}, {"ignore_signs": ["paging.next"]}, "proven"),
        ({"has_more_path": "paging.more"}, {"ignore_signs": ["paging.next"]}, "proven"),
    ],
    ids=["an empty page", "an empty page is the end", "a flag"],
)
def test_links_that_lead_on_for_ever_end_where_the_user_says(
    extra: dict[str, Any], entry: dict[str, Any], verdict: str
) -> None:
    """As Mailgun has them: the end is a page without records, whose address leads on."""

    def mailgun(request: Request) -> Response:
        at = int(request.query.get("at", 0))
        paging: dict[str, Any] = {"next": f"/items?at={at + SIZE}"}
        if "has_more_path" in extra:
            paging["more"] = at + SIZE < len(ROWS)
        return Response({"data": ROWS[at : at + SIZE], "paging": paging})

    paginator = {"type": "json_link", "next_url_path": "paging.next", **extra}
    part = read(mailgun, paginator, **entry).stream("items")
    assert (part["error"], part["records"], part["verdict"]) == (None, 55, verdict)


def numbered(request: Request) -> Response:
    """Pages from 1 on, or offsets from 0 on."""
    at = int(request.query.get("offset", 0))
    at += (int(request.query.get("page", 1)) - 1) * SIZE
    return Response({"data": ROWS[at : at + SIZE]})


@pytest.mark.parametrize(
    ("paginator", "read_from"),
    [
        ({"type": "page_number", "base_page": 1, "page": 2, "total_path": None}, 10),
        ({"type": "offset", "limit": SIZE, "offset": 10, "total_path": None}, 10),
        ({"type": "offset", "limit": SIZE, "offset": 1, "total_path": None}, 1),
    ],
    ids=["page", "offset", "offset 1"],
)
def test_a_start_behind_the_first_record_proves_nothing(
    paginator: dict[str, Any], read_from: int
) -> None:
    name = "page" if "page" in paginator else "offset"
    outcome = read(numbered, paginator, write_disposition="replace")
    part = outcome.stream("items")
    assert (part["records"], part["verdict"]) == (55 - read_from, "not proven")
    assert f"`{name}: {paginator[name]}` of its `paginator` leaves out" in part["reasons"][-1]
    assert not outcome.of("ACTIVATE_VERSION"), "a target would delete what was not read"


def from_one(request: Request) -> Response:
    """As SCIM counts: the first record is at 1, and so is whatever is before it."""
    at = max(int(request.query["offset"]), 1) - 1
    return Response({"data": ROWS[at : at + SIZE]})


@pytest.mark.parametrize(
    ("server", "paginator"),
    [
        (from_one, {"type": "offset", "limit": SIZE, "offset": 1, "total_path": None}),
        (numbered, {"type": "page_number", "base_page": 1, "page": 1, "total_path": None}),
        (numbered, {"type": "offset", "limit": SIZE, "offset": 0, "total_path": None}),
    ],
    ids=["offsets from 1 on", "page 1 of base 1", "offset 0"],
)
def test_a_start_at_the_first_record_is_the_whole(
    server: Callable[[Request], Response], paginator: dict[str, Any]
) -> None:
    outcome = read(server, paginator, write_disposition="replace")
    part = outcome.stream("items")
    assert (part["records"], part["verdict"], part["reasons"]) == (55, "proven", [])
    assert outcome.of("ACTIVATE_VERSION")


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("held", [10, 11, 21, 25, 30])
def test_a_total_that_is_counted_from_one_is_read_to_its_last_record(held: int, width: int) -> None:
    asked: list[int] = []

    def scim(request: Request) -> Response:
        asked.append(int(request.query["startIndex"]))
        at = max(int(request.query["startIndex"]), 1) - 1
        return Response({"data": ROWS[:held][at : at + SIZE], "totalResults": held})

    names = {"offset_param": "startIndex", "limit_param": "count", "total_path": "totalResults"}
    paginator = {"type": "offset", "limit": SIZE, "offset": 1, **names}
    outcome = read(scim, paginator, width=width)
    part = outcome.stream("items")
    assert (part["records"], part["verdict"], part["reasons"]) == (held, "proven", [])
    assert max(asked) <= held, "nothing is asked for behind the total"
