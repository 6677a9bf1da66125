"""A count tells of more in whatever spelling: with separators, a noun, a place, or in a header."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.rest.response.counts import is_place, whole_number
from tests.support.compatibility.server import Response
from tests.support.sized_list import ROWS, read

RECORDS = 7
"""No usual size of a page."""

MORE = [
    *("1,040", "1 040", "1\u00a0040", "1'040", "1_040", "1,040 items", "1040.0", " 1040 "),
    *("40 records", "1-7 of 40", "1 - 7 of 1,040", "7 of 40", "7/40", "items 1-7/40"),
    *("1 to 7 of 40 results", "Showing 1-7 of 40", "7 out of 40", 40.0, 40),
]


def verdict(told: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> str:
    """The verdict on a list whose server gives the same page, whatever it is asked for."""
    body = {"data": ROWS[:RECORDS], **(told or {})}
    report = read(lambda _: Response(body, headers=headers or {}), {"paginator": "auto"})
    return str(report["verdict"])


@pytest.mark.parametrize("spelled", MORE, ids=str)
def test_a_total_in_any_spelling_tells_of_more(spelled: object) -> None:
    assert verdict({"meta": {"total": spelled}}) == "not proven"


@pytest.mark.parametrize("name", ["total", "totalCount", "range", "showing", "count"])
def test_a_place_among_all_tells_of_more_and_of_the_end(name: str) -> None:
    assert verdict({name: "1-7 of 40"}) == "not proven"
    assert verdict({name: "1-7 of 7"}) == "proven"


@pytest.mark.parametrize("name", ["page", "currentPage", "page_number", "pages", "total_pages"])
def test_a_page_among_all_tells_of_more_and_of_the_end(name: str) -> None:
    for spelled in ("1 of 6", "1/6", "Page 1 of 6"):
        assert verdict({"paging": {name: spelled}}) == "not proven", spelled
    assert verdict({"paging": {name: "1 of 1"}}) == "proven"


@pytest.mark.parametrize("told", [{"page": 1}, {"page": "1"}, {"range": "all"}, {"page": "a/b"}])
def test_a_page_alone_tells_nothing(told: dict[str, Any]) -> None:
    assert verdict(told) == "proven"


@pytest.mark.parametrize("prefix", ["", "X-", "Pagination-", "X-Pagination-", "x-"])
@pytest.mark.parametrize(
    ("name", "more", "end"),
    [
        ("Total", "40", "7"),
        ("Total", "1,040", "7"),
        ("Total-Results", "40", "7"),
        ("Total-Items", "40", "7"),
        ("Total-Pages", "6", "1"),
        ("Page-Count", "6", "1"),
        ("Last-Page", "6", "1"),
        ("Has-More", "true", "false"),
        ("Has-Next-Page", "1", "0"),
        ("Next-Cursor", "c7", ""),
        ("Next-Page-Token", "c7", ""),
        ("Next", "/items?page=2", ""),
    ],
)
def test_a_header_tells_as_a_member_of_its_name_does(
    prefix: str, name: str, more: str, end: str
) -> None:
    assert verdict(headers={prefix + name: more}) == "not proven"
    assert verdict(headers={prefix + name: end}) == "proven"


@pytest.mark.parametrize("name", ["X-RateLimit-Remaining", "X-Count", "Offset", "X-Remaining"])
def test_a_header_of_another_meaning_tells_nothing(name: str) -> None:
    assert verdict(headers={name: "40"}) == "proven"


@pytest.mark.parametrize(
    "text",
    ["", "many", "-5", "1.5", "12,5", "1,04", "2026-11-30", "30/11/2026", "a of b", "9" * 50],
)
def test_what_is_no_count_is_none(text: str) -> None:
    assert whole_number(text) is None
    assert not is_place(text)
