"""Where nothing else tells whether more follows, names that no list has are heeded, and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.json_server import read_list

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 13
"""No usual size of a page."""

ROWS = [{"id": row} for row in range(40)]
NEXT = [
    *("nextKey", "next_id", "next_batch", "nextSkip", "next_index", "nextPageNumber", "@next"),
    *("nextPageId", "next_results", "paginationToken", "nextCursorId", "_scroll_id"),
]
MORE = ["moreResult", "hasMoreData", "more_results", "isMoreAvailable", "additional"]
LAST = ["isComplete", "endOfRecords", "final", "finished", "all_done", "last_batch"]
SIZES = ["limit", "per_page", "pageSize", "pagelen", "itemsPerPage"]


def verdict(
    beside: dict[str, Any],
    paginator: object = "auto",
    records: int = SIZE,
    ignored: Sequence[str] = (),
) -> str:
    """The verdict on a list whose server gives the same page, whatever it is asked for."""
    body = {"data": ROWS[:records], **beside}
    entry: dict[str, Any] = {"ignore_signs": [*ignored]} if ignored else {}
    schema = {"properties": {"id": {"type": "integer"}}}
    endpoint: dict[str, Any] = {"paginator": paginator}
    outcome = read_list(lambda _: body, endpoint=endpoint, schema=schema, **entry)
    return str(outcome.stream("items")["verdict"])


@pytest.mark.parametrize("paginator", ["auto", "header_link", {"type": "cursor"}], ids=str)
@pytest.mark.parametrize(
    ("name", "more", "end"),
    [
        *((name, "t13", None) for name in NEXT),
        *((name, True, False) for name in MORE),
        *((name, False, True) for name in LAST),
    ],
)
def test_a_name_that_begins_like_a_sign_is_one(
    name: str, more: object, end: object, paginator: object
) -> None:
    assert verdict({name: more}, paginator) == "not proven"
    assert verdict({name: end}, paginator) == "proven"


def test_it_may_stand_deeper_in_the_envelope_but_not_in_a_record() -> None:
    assert verdict({"meta": {"nextKey": "t13"}}) == "not proven"
    assert verdict({"filters": {"nextKey": "t13"}}) == "proven"


@pytest.mark.parametrize("beside", [{"total": SIZE}, {"has_more": False}, {"next": None}], ids=str)
def test_a_sign_of_the_end_beats_it(beside: dict[str, Any]) -> None:
    assert verdict({"nextKey": "t13", "isComplete": False, "limit": SIZE, **beside}) == "proven"


@pytest.mark.parametrize(
    "name", ["nextSyncToken", "next_run_at", "nextUpdate", "next_refresh_date"]
)
def test_what_tells_when_to_ask_again_is_none(name: str) -> None:
    assert verdict({name: "2026-11-30T00:00:00Z"}) == "proven"


def test_it_is_switched_off_by_its_name_and_by_single_page() -> None:
    assert verdict({"nextKey": "t13"}, ignored=["nextkey"]) == "proven"
    assert verdict({"nextKey": "t13"}, "single_page") == "proven"


@pytest.mark.parametrize("name", SIZES)
def test_a_page_as_large_as_its_response_says_is_full(name: str) -> None:
    for place in ({name: SIZE}, {"meta": {name: str(SIZE)}}):
        assert verdict(place) == "not proven", place
        assert verdict(place, records=SIZE - 2) == "proven", place
        assert verdict(place, ignored=["full_page"]) == "proven", place


def test_a_total_in_the_results_of_the_meta_data_is_one() -> None:
    """Such as openFDA: it gives one record where nobody asks for more."""
    results = {"skip": 0, "limit": 1, "total": 40}
    assert verdict({"meta": {"results": results}}, records=1) == "not proven"
    assert verdict({"meta": {"results": {**results, "total": 1}}}, records=1) == "proven"
    assert verdict({"meta": {"results": {"skip": 0, "limit": 1}}}, records=1) == "not proven"


@pytest.mark.parametrize("name", ["offset", "cursor", "after"])
def test_the_first_page_s_own_place_tells_no_end(name: str) -> None:
    for own in (0, "0"):
        assert verdict({name: own}, records=10) == "not proven"
    assert verdict({name: 0, "total": 10}, records=10) == "proven"


@pytest.mark.parametrize("records", [SIZE, 35, 38])
def test_a_size_that_counts_the_page_s_own_records_is_none(records: int) -> None:
    """As `maxResults` of QuickBooks; that of Jira is the size of pages."""
    own = {"startPosition": 1, "maxResults": records}
    assert verdict(own, "single_page", records=records) == "proven"
    assert verdict(own, records=records) == "proven"
    assert verdict({"startAt": 0, "maxResults": records}, records=records) == "not proven"
