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
    assert part["stop_reason"] == "`next` is null"


@pytest.mark.parametrize("more", [True, 1, "true", "yes", "Y", "on", "1"], ids=repr)
def test_a_flag_that_nobody_named_speaks_against_the_end(more: object) -> None:
    part = read(more, None, "single_page")
    assert (part["records"], part["verdict"]) == (SIZE, "not proven")
