"""`init-resource` asks whether an order by key, a page size and an offset are heeded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_analytics.sandbox import Sandbox
from tests.support.compatibility.server import Request, Response, serving
from tests.support.harness import by_token, sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STREAM = "analytics_marketplace_disbursements"
PATH = "/analytics/datasets/marketplace_disbursements"
ORDER = {"key_order_param": "ordering", "key_order_value": "id", "key_order_value_desc": "-id"}
BOTH_ENDS = (
    "# certain: `ordering=id` and `ordering=-id` brought the two ends of the list, "
    "each in its order"
)
OVERLAP = "# certain: a page's number and a page size are heeded: a second window joined the first"


def entry_and_notes(printed: str) -> tuple[dict[str, Any], list[str]]:
    entry, *_ = yaml.safe_load(printed)["resources"]
    return entry, [line.strip() for line in printed.splitlines() if line.strip().startswith("#")]


def order_of(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name.startswith("key_order")}


def test_an_order_by_key_that_is_heeded_is_written_and_read_by_windows(tmp_path: Path) -> None:
    with Sandbox(rows={STREAM: 400}, edge_cases=False) as api:
        ended = ask(tmp_path, by_token(api), "--path", PATH, "--name", "paid")
        entry, notes = entry_and_notes(ended.stdout)
        report = sync(by_token(api, resources=[entry]), "paid").stream("paid")
    assert order_of(entry) == ORDER
    assert notes[notes.index(BOTH_ENDS) + 1] == OVERLAP
    assert (report["read_by"], report["verdict"], report["records"]) == ("windows", "proven", 400)


def test_both_orders_of_one_resource_are_found(tmp_path: Path) -> None:
    forms = {"contracts": "iso"}
    with Sandbox(rows={"contracts": 130}, edge_cases=False, time_formats=forms) as api:
        before = len(api.requests)
        ended = ask(tmp_path, by_token(api), "--path", "/contracts", "--name", "deals")
        asked = [request.query for request in api.requests[before:]]
    entry, _ = entry_and_notes(ended.stdout)
    assert order_of(entry) == ORDER
    assert entry["endpoint"]["incremental"]["order_param"] == "ordering"
    # What was heeded for times is tried first for keys: two pages, and one in the opposite order.
    by_key = [dict(query) for query in asked if "id" in str(query)]
    assert [query.get("ordering") for query in by_key] == ["id", "-id", "id"]


NOT_HEEDED: dict[str, tuple[str, dict[str, Any], str]] = {
    "the order is ignored": ("ignore_order", {"by": "insertion"}, "no order by `id` was found"),
    "its direction is ignored": ("ignore_direction", {}, "no order by `id` was found"),
    "the order is refused": ("refuse_order", {"code": 400}, "no order by `id` was found"),
    "the page size is ignored": ("ignore_page_size", {"size": 50}, "no page size is heeded"),
}


@pytest.mark.parametrize("obstacle", NOT_HEEDED)
def test_what_is_not_heeded_is_not_written_and_said(tmp_path: Path, obstacle: str) -> None:
    action, arguments, note = NOT_HEEDED[obstacle]
    with Sandbox(rows={STREAM: 400}, edge_cases=False) as api:
        api.fault(action, stream=STREAM, **arguments)
        ended = ask(tmp_path, by_token(api), "--path", PATH, "--name", "paid")
        entry, notes = entry_and_notes(ended.stdout)
        report = sync(by_token(api, resources=[entry]), "paid").stream("paid")
    assert order_of(entry) == {}
    assert note in "\n".join(notes)
    assert (report["read_by"], report["verdict"]) == ("pages", "proven")


def test_a_list_on_one_page_tells_nothing_of_its_order(tmp_path: Path) -> None:
    with Sandbox(rows={STREAM: 10}, edge_cases=False) as api:
        ended = ask(tmp_path, by_token(api), "--path", PATH, "--name", "paid")
    entry, notes = entry_and_notes(ended.stdout)
    assert order_of(entry) == {}
    assert "# no order was tried: one page held the whole list" in notes


def test_a_page_size_that_is_too_small_for_windows_is_said(tmp_path: Path) -> None:
    with Sandbox(rows={STREAM: 400}, edge_cases=False) as api:
        ended = ask(tmp_path, by_token(api), "--path", PATH, "--name", "paid", "--page-size", "50")
    entry, notes = entry_and_notes(ended.stdout)
    assert order_of(entry) == ORDER
    assert "# windows need a `limit` of at least 90 in its `paginator`" in notes


OVERLAPPING = 16
"""Windows of one place begin to overlap above this size, where the trial asks for 20."""

ROWS = [{"id": number, "name": f"Row {number}"} for number in range(1, 301)]


def rows_by_key(
    request: Request, place: Callable[[int, int], int], sized: Callable[[int], int]
) -> Response:
    """What a server responds that orders by key.

    Args:
        request: The request.
        place: Where a page begins, by what was asked for and the size.
        sized: The size, by what was asked for.
    """
    query = request.query
    size = sized(int(query.get("limit", 30)))
    rows = ROWS[::-1] if query.get("order_by") == "id desc" else ROWS
    start = place(int(query.get("offset", query.get("page", 0))), size)
    return Response({"data": rows[start : start + size], "total": len(ROWS)})


def by_offset(request: Request) -> Response:
    known = {k: v for k, v in request.query.items() if k != "page"}
    request.query.clear()
    request.query.update(known)
    return rows_by_key(request, lambda offset, _: offset, lambda size: size)


def in_round_sizes(request: Request) -> Response:
    request.query.pop("offset", None)
    number = max(0, int(request.query.get("page", 1)) - 1)
    request.query["page"] = str(number)
    return rows_by_key(
        request,
        lambda number, size: number * size,
        lambda size: -(-size // 10) * 10 if size > OVERLAPPING else size,
    )


def test_an_offset_that_is_heeded_is_written_with_its_order(tmp_path: Path) -> None:
    with serving(by_offset) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/rows")
        entry, notes = entry_and_notes(ended.stdout)
        report = sync({"base_url": server.base_url, "resources": [entry]}, "rows").stream("rows")
    assert entry["endpoint"]["paginator"]["type"] == "offset"
    assert order_of(entry) == {
        "key_order_param": "order_by",
        "key_order_value": "id asc",
        "key_order_value_desc": "id desc",
    }
    assert OVERLAP.replace("a page's number", "an offset") in notes
    assert (report["read_by"], report["verdict"], report["records"]) == ("windows", "proven", 300)


def test_an_order_is_not_written_where_windows_do_not_overlap(tmp_path: Path) -> None:
    """A server that knows small and round page sizes only."""
    with serving(in_round_sizes) as server:
        ended = ask(tmp_path, {"base_url": server.base_url}, "--path", "/rows")
    entry, notes = entry_and_notes(ended.stdout)
    assert order_of(entry) == {}
    assert (
        "# no order by `id` is written: `order_by` is heeded, but windows do not overlap: 17 "
        "records were asked for and 20 came: the size is not heeded"
    ) in notes
