"""A page that is refused behind the last one is the end where counts say that it is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

SIZE = 10
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
NUMBERS = {"type": "page_number", "base_page": 1}
OFFSETS = {"type": "offset", "limit": SIZE, "total_path": None}


def wordpress(held: int, counts: dict[str, str], status: int = 400) -> Callable[..., Response]:
    """Refuses a page behind the last one, and tells in headers which that is."""

    def respond(request: Request) -> Response:
        begins = (int(request.query.get("page", 1)) - 1) * SIZE
        if begins >= held:
            return Response({"code": "rest_post_invalid_page_number"}, status=status)
        return Response(
            [{"id": row} for row in range(held)][begins : begins + SIZE], headers=counts
        )

    return respond


def postgrest(held: int, *, counted: bool = True, lies: int = 0) -> Callable[..., Response]:
    """Sends a part of a list with status 206, and 416 behind its end."""

    def respond(request: Request) -> Response:
        begins = int(request.query.get("offset", 0))
        total = held + lies
        if begins >= held:
            return Response({}, status=416, headers={"Content-Range": f"*/{total}"})
        rows = [{"id": row} for row in range(held)][begins : begins + SIZE]
        of = total if counted else "*"
        span = f"{begins}-{begins + len(rows) - 1}/{of}"
        status = 206 if len(rows) < held else 200
        return Response(rows, status=status, headers={"Content-Range": span})

    return respond


def read(respond: Callable[..., Response], paginator: Any, width: int = 1) -> Outcome:  # noqa: ANN401  # any paginator
    """Read `items` in full."""
    endpoint = {"path": "items", "data_selector": "$", "paginator": paginator}
    resource = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        return run_tap(server, {"resources": [resource]}, concurrency=width)


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("held", [5, 10, 25, 30])
@pytest.mark.parametrize("paginator", [NUMBERS, "auto"], ids=["page_number", "auto"])
@pytest.mark.parametrize("status", [400, 422])
def test_where_the_last_page_tells_the_number_of_pages(
    held: int, paginator: object, status: int, width: int
) -> None:
    counts = {"X-WP-Total": str(held), "X-WP-TotalPages": str(-(-held // SIZE))}
    outcome = read(wordpress(held, counts, status), paginator, width)
    part = outcome.stream("items")
    assert (part["records"], part["verdict"], part["error"]) == (held, "proven", None)


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("held", [5, 10, 25, 30])
@pytest.mark.parametrize("counted", [True, False])
def test_where_the_refusal_or_the_last_page_tells_the_number_of_records(
    held: int,
    counted: bool,  # noqa: FBT001  # of pytest
    width: int,
) -> None:
    outcome = read(postgrest(held, counted=counted), OFFSETS, width)
    part = outcome.stream("items")
    assert (part["records"], part["verdict"], part["error"]) == (held, "proven", None)
    assert part["stop_reason"] == "a refused page behind the last one"


@pytest.mark.parametrize(
    ("respond", "paginator"),
    [
        (wordpress(25, {}), NUMBERS),
        (wordpress(25, {"X-WP-TotalPages": "4"}), NUMBERS),
        (wordpress(25, {"X-WP-TotalPages": "3"}, status=403), NUMBERS),
        (postgrest(25, lies=1), OFFSETS),
        (postgrest(10, lies=-1), OFFSETS),
    ],
    ids=["no count", "another page is promised", "not allowed", "one more", "one fewer"],
)
def test_else_it_is_an_error(respond: Callable[..., Response], paginator: object) -> None:
    part = read(respond, paginator).stream("items")
    assert (part["status"], part["verdict"]) == ("failed", "not proven")
    assert " returned 4" in part["error"]


@pytest.mark.parametrize(
    ("headers", "extra"),
    [
        ({"Content-Range": "bytes 0-99/100"}, {}),
        ({}, {}),
        ({"Content-Range": "0-9/25"}, {"headers": {"Range": "0-9"}}),
    ],
    ids=["bytes", "no word of which part", "asked for"],
)
def test_a_part_of_a_response_is_an_error(headers: dict[str, str], extra: dict[str, Any]) -> None:
    endpoint = {"path": "items", "data_selector": "$", "paginator": "single_page"}
    resource = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    partial = Response([{"id": 1}], status=206, headers=headers)
    with serving(lambda _: partial) as server:
        outcome = run_tap(server, {"resources": [resource]} | extra)
    assert "returned 206 Partial Content" in outcome.stream("items")["error"]
