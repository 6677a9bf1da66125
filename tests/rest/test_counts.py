"""Counts that are no totals: the page's own, what was asked for, and those that know no filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.server import Request, Response
from tests.support.sized_list import ROWS, SIZE, read

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(("paged", "verdict"), [(False, "proven"), (True, "not proven")])
def test_a_count_beside_a_page_of_the_size_that_is_asked_for_may_be_its_own(
    paged: bool,  # noqa: FBT001  # of pytest
    verdict: str,
) -> None:
    """As that of Azure DevOps; Django's is that of all records."""

    def respond(request: Request) -> Response:
        rows = ROWS[: int(request.query["$top"])]
        return Response({"data": rows, "count": len(rows) if paged else SIZE})

    report = read(respond, {"params": {"$top": SIZE}})
    assert report["verdict"] == verdict


@pytest.mark.parametrize("place", ["resultSet", None])
@pytest.mark.parametrize("number", [7, 20, 50])
def test_a_count_that_equals_the_size_of_pages_beside_it_may_be_its_own(
    place: str | None, number: int
) -> None:
    """As Jotform's, of whose first page it says that 20 are 20."""

    def respond(request: Request) -> Response:
        start = int(request.query.get("offset", 0))
        rows = ROWS[:number][start:][:20]
        told = {"offset": start, "limit": 20, "count": len(rows)}
        return Response({"data": rows, **({place: told} if place else told)})

    part = read(respond, {"paginator": "auto"})
    assert part["verdict"] == ("proven" if number < 20 else "not proven")
    part = read(respond, {"paginator": {"type": "offset", "limit": 20}})
    assert (part["verdict"], part["records"]) == ("proven", number), part["reasons"]


@pytest.mark.parametrize("number", [0, 1, 7, 10, 11, 25])
@pytest.mark.parametrize("total", [False, True])
def test_a_count_that_says_what_was_asked_for_is_no_total(
    number: int,
    total: bool,  # noqa: FBT001  # of pytest
) -> None:
    """As LinkedIn's `paging.count`."""

    def respond(request: Request) -> Response:
        start, count = int(request.query.get("start", 0)), int(request.query["count"])
        paging = {"start": start, "count": count, "links": []}
        if total:
            paging["total"] = number
        return Response({"paging": paging, "data": ROWS[:number][start:][:count]})

    paginator: dict[str, Any] = {"type": "offset", "offset_param": "start", "limit": 10}
    paginator |= {"limit_param": "count", "total_path": "paging.total" if total else None}
    report = read(respond, {"paginator": paginator})
    assert (report["verdict"], report["records"]) == ("proven", number), report["reasons"]


def test_such_a_count_proves_no_end_where_nobody_says_how_the_list_pages() -> None:
    def respond(request: Request) -> Response:
        count = int(request.query["count"])
        return Response({"paging": {"count": count}, "data": ROWS[:count]})

    assert read(respond, {"params": {"count": 10}})["verdict"] == "not proven"


def offsets(request: Request) -> list[Any]:
    return ROWS[int(request.query["offset"]) : 10]


def numbers(request: Request) -> list[Any]:
    return ROWS[:10] if request.query["page"] == "1" else []


@pytest.mark.parametrize(
    ("rows", "paginator", "setting"),
    [
        (offsets, {"type": "offset", "limit": 20}, "offset"),
        (numbers, {"type": "page_number", "base_page": 1}, "base_page"),
    ],
)
def test_another_count_is_a_total_and_the_advice_names_a_key_of_its_paginator(
    rows: Callable[[Request], list[Any]], paginator: dict[str, Any], setting: str
) -> None:
    report = read(
        lambda request: Response({"data": rows(request), "count": 12}), {"paginator": paginator}
    )
    assert report["verdict"] == "not proven"
    (reason,) = report["reasons"]
    assert "`count: 12`, and 10 records were read" in reason
    assert f"the first page may have another number (`{setting}`), or be skipped" in reason


@pytest.mark.parametrize("number", [0, 7, 10, 25])
@pytest.mark.parametrize("paginator", [None, {"type": "page_number", "base_page": 1}])
def test_a_count_of_all_beside_one_of_what_a_filter_leaves_is_no_sign(
    number: int, paginator: object
) -> None:
    """As those of Directus."""

    def respond(request: Request) -> Response:
        start = int(request.query.get("page", 1)) * 10 - 10
        meta = {"total_count": number + 5, "filter_count": number}
        return Response({"data": ROWS[:number][start:][:10], "meta": meta})

    report = read(respond, {"paginator": paginator} if paginator else {})
    assert (report["verdict"], report["records"]) == ("proven", number)


def test_a_count_of_what_a_filter_leaves_is_a_total() -> None:
    body = {"data": ROWS[:7], "meta": {"total_count": 30, "filter_count": 25}}
    report = read(lambda _: Response(body), {"paginator": "single_page"})
    (reason,) = report["reasons"]
    assert "`meta.filter_count: 25`" in reason


@pytest.mark.parametrize("name", ["last", "count", "pages", "meta.total", "X-Total", "X!Total"])
def test_what_a_cursor_is_called_makes_it_no_count(name: str) -> None:
    """As Kraken's `last`."""

    def respond(request: Request) -> Response:
        first = int(request.query.get("after", 0))
        rows = ROWS[:35][first:][:10]
        cursor = first + 10 if first < 25 else None
        if name[0] == "X":
            return Response({"data": rows}, headers={name: str(cursor or "")})
        outer, _, inner = name.rpartition(".")
        told = {inner: cursor}
        return Response({"data": rows, **({outer: told} if outer else told)})

    place = "cursor_key" if name[0] == "X" else "cursor_path"
    kind = "header_cursor" if name[0] == "X" else "cursor"
    paginator = {"type": kind, place: name, "cursor_param": "after"}
    report = read(respond, {"paginator": paginator})
    assert (report["verdict"], report["records"]) == ("proven", 35), report["reasons"]


@pytest.mark.parametrize("spelled", ["last", "$.last", "$['last']"])
def test_a_cursor_that_stands_on_the_last_page_is_no_count_either(spelled: str) -> None:
    def respond(request: Request) -> Response:
        first = int(request.query.get("after", 0))
        return Response({"data": ROWS[:35][first:][:10], "last": min(first + 10, 35)})

    paginator: dict[str, Any] = {"type": "cursor", "cursor_path": spelled, "cursor_param": "after"}
    report = read(respond, {"paginator": paginator | {"stop_after_empty_page": True}})
    assert not [reason for reason in report["reasons"] if "page_number" in reason]
    assert report["records"] == 35
