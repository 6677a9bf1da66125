"""What a list of one page shows of how pages are asked for holds for shorter lists only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def read(lengths: list[int], size: int | None) -> tuple[Outcome, list[int]]:
    """Read a child stream, nothing of whose pages is named.

    Args:
        lengths: Of the list of each parent.
        size: Records per page, the last of which comes for any page behind it; None for lists
            without pages.

    Returns:
        The outcome, and how many requests there were for each parent.
    """

    def respond(request: Request) -> Response:
        if request.path == "/parents":
            return Response([{"id": parent} for parent in range(len(lengths))])
        records = [{"id": row} for row in range(lengths[int(request.path.split("/")[2])])]
        if size is not None:
            last = max(0, (len(records) - 1) // size)
            begin = size * min(int(request.query.get("page", 1)) - 1, last)
            records = records[begin : begin + size]
        return Response(records)

    parents = {"path": "parents", "paginator": "single_page"}
    resolved = {"type": "resolve", "resource": "parents", "field": "id"}
    children = {"path": "parents/{parent}/children", "params": {"parent": resolved}}
    common = {"primary_key": "id", "schema": SCHEMA}
    resources = [
        {"name": "parents", "endpoint": parents, **common},
        {"name": "children", "endpoint": children, **common},
    ]
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": resources}, concurrency=1)
        paths = [request.path for request in server.requests]
    return outcome, [paths.count(f"/parents/{parent}/children") for parent in range(len(lengths))]


@pytest.mark.parametrize("first", [5, 10], ids=["a shorter list", "a list of one full page"])
def test_behind_a_list_of_one_page_the_pages_of_a_longer_one_are_read(first: int) -> None:
    outcome, _ = read([first, 25], size=10)
    assert len(outcome.records("children")) == first + 25


def test_behind_a_list_without_pages_a_shorter_one_costs_one_request() -> None:
    outcome, requests = read([9, 8, 3, 9, 2], size=None)
    assert outcome.stream("children")["verdict"] == "proven"
    tried, *others = requests
    assert others == [1, 1, others[2], 1]
    assert tried == others[2] > 1, "one as long may be a page, cut where the other one ended"
