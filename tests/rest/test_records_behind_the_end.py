"""Pages that are on their way behind the one that seems to be the last are looked at."""

from __future__ import annotations

import time
from math import inf
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.rest import prefetch
from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
SIZE, HOLE = 20, 3
HOLES = {
    "an empty list": Response({"data": []}),
    "null": Response({"data": None}),
    "404": Response({"detail": "no such page"}, 404),
    "204": Response(b"", 204),
}


@pytest.fixture(params=["in flight", "one by one"])
def is_quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the server counts as one that needs no requests in flight."""
    quick: bool = request.param == "one by one"
    monkeypatch.setattr(prefetch, "MOST_LOST", inf if quick else -1)
    return quick


def read(
    hole: Response, *, pages: int, concurrency: int, times: int = 99, waits: bool = False
) -> tuple[Outcome, int]:
    """Read a list of which one page does not come, though the others do.

    Args:
        hole: What comes in its place.
        pages: How many pages the list has.
        concurrency: The most requests at once.
        times: How often the page does not come.
        waits: Whether it comes only when a page behind it has been asked for.

    Returns:
        The outcome, and the highest page that was asked for.
    """
    asked = [0]
    holes = [hole] * times
    behind = Event()

    def respond(request: Request) -> Response:
        page = int(request.query["page"])
        asked.append(page)
        if page > HOLE:
            behind.set()
            if waits:
                # The end is known by then.
                time.sleep(0.2)
        rows = range((page - 1) * SIZE, page * SIZE) if page <= pages else ()
        if page == HOLE and holes:
            behind.wait(10 if waits else 0)
            behind.clear()
            return holes.pop()
        if page > pages:
            # Nobody waits until a server behind the end is well again.
            return Response({"detail": "out of range"}, 500)
        return Response({"data": [{"id": row} for row in rows]})

    paginator = {"type": "page_number", "base_page": 1, "total_path": None}
    endpoint: dict[str, Any] = {"path": "items", "data_selector": "data", "paginator": paginator}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry]}, concurrency=concurrency)
    return outcome, max(asked)


@pytest.mark.parametrize("hole", HOLES.values(), ids=list(HOLES))
def test_records_behind_an_end_that_nobody_declared_speak_against_it(
    hole: Response, *, is_quick: bool
) -> None:
    outcome, _ = read(hole, pages=9, concurrency=4, waits=not is_quick)
    part = outcome.stream("items")
    assert (part["status"], part["verdict"], part["passes"]) == ("succeeded", "not proven", 3)
    ended = "404 past the last page" if hole.status == 404 else "an empty page"
    assert part["reasons"] == [
        f"page {HOLE + 1} holds records, though {ended} before it ended the pass"
    ]
    assert "replication_key_value" not in outcome.state.get("bookmarks", {}).get("items", {})


def test_a_page_that_does_not_come_once_costs_a_further_pass(*, is_quick: bool) -> None:
    hole = HOLES["an empty list"]
    outcome, _ = read(hole, pages=4, concurrency=4, times=1, waits=not is_quick)
    # Behind its last page this server is out of order.
    assert len({record["id"] for record in outcome.records("items")}) == 4 * SIZE


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("hole", HOLES.values(), ids=list(HOLES))
def test_an_end_behind_which_nothing_comes_is_proven(
    hole: Response, concurrency: int, *, is_quick: bool
) -> None:
    waits = concurrency > 1 and not is_quick
    outcome, highest = read(hole, pages=HOLE - 1, concurrency=concurrency, waits=waits)
    part = outcome.stream("items")
    assert (part["verdict"], part["records"], part["reasons"]) == ("proven", 2 * SIZE, [])
    assert concurrency > 1 or highest == HOLE, "page by page nothing is asked for behind the end"
    if is_quick and concurrency > 1:
        assert highest == HOLE + 3, "as many as would be in flight"
        # Nobody waits until a server is well again behind its end.
        assert part["requests"] == 2 * (HOLE + 3)
