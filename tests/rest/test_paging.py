"""Every page once, in order, up to an end that has a reason."""

from __future__ import annotations

import re
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.rest.paginators import paginator as paging
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.rest.response.extractor import PageInfo
from tap_analytics.sandbox import Sandbox
from tests.support.harness import Outcome, PairTap, StillClock, sync
from tests.support.harness import connected_by_pages as connected

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 10
ROWS = [0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE]
STREAM = {"accounting": "contacts", "marketplace": "buyers"}
KEY = {"accounting": "ContactID", "marketplace": "id"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Five pages a stream, the last of them short."""
    with Sandbox(rows={"contacts": 45, "buyers": 45}) as api:
        yield api


def run(sandbox: Sandbox, api: str, **settings: Any) -> Outcome:  # noqa: ANN401
    """Read the one stream that there is of an API, once unless told to prove it."""
    given = {"page_size": SIZE, "concurrency": 1, "verify": "off"} | settings
    return sync(connected(sandbox, api, **given), clock=StillClock(), tap_class=PairTap)


def pages(sandbox: Sandbox) -> list[int | None]:
    return [entry.page for entry in sandbox.requests if entry.stream]


def keys(outcome: Outcome, api: str) -> list[str]:
    return [record[KEY[api]] for record in outcome.records(STREAM[api])]


def held(sandbox: Sandbox, api: str) -> list[str]:
    return [row[KEY[api]] for row in sandbox.rows(STREAM[api])]


# Each way a server may tell the end, at page borders --------------------------------------------

# What the answers leave out; whether the last page can be known without asking for another.
TELLING = [
    ("accounting", [], paging.PAGE_COUNT),
    ("marketplace", [], paging.NEXT_IS_NULL),
    ("marketplace", ["count"], paging.NEXT_IS_NULL),
    ("marketplace", ["next"], paging.TOTAL),
]
SILENT = [("accounting", ["pagination"]), ("marketplace", ["count", "next"])]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize(("api", "omitted", "reason"), TELLING)
def test_where_the_server_tells_the_end_no_page_is_asked_for_past_it(
    api: str, omitted: list[str], reason: str, rows: int
) -> None:
    with Sandbox(rows={STREAM[api]: rows}) as sandbox:
        sandbox.fault("omit", stream=STREAM[api], keys=omitted)
        outcome = run(sandbox, api)
        assert outcome.error is None
        assert keys(outcome, api) == held(sandbox, api)
        assert len(keys(outcome, api)) == rows
        assert outcome.stream(STREAM[api])["stop_reason"] == reason
        assert pages(sandbox) == list(range(1, max(1, -(-rows // SIZE)) + 1))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("past_end", ["404", "empty"])
@pytest.mark.parametrize(("api", "omitted"), SILENT)
def test_where_it_does_not_an_empty_page_or_a_404_is_the_end(
    api: str, omitted: list[str], past_end: str, rows: int
) -> None:
    """A short page is none: servers cap sizes silently."""
    with Sandbox(rows={STREAM[api]: rows}) as sandbox:
        sandbox.fault("omit", stream=STREAM[api], keys=omitted)
        # Only behind the first: an API without any rows answers its first page with none.
        for page in range(2, 5):
            sandbox.fault("past_end", stream=STREAM[api], page=page, how=past_end)
        outcome = run(sandbox, api)
        assert outcome.error is None
        assert keys(outcome, api) == held(sandbox, api)
        reason = paging.PAST_THE_END if rows and past_end == "404" else paging.EMPTY
        assert outcome.stream(STREAM[api])["stop_reason"] == reason
        assert pages(sandbox) == list(range(1, -(-rows // SIZE) + 2))


@pytest.mark.parametrize("concurrency", [2, 8])
@pytest.mark.parametrize("rows", [0, SIZE, 4 * SIZE + 1])
@pytest.mark.parametrize(
    ("api", "omitted"), [("accounting", []), ("marketplace", []), ("marketplace", ["next"])]
)
def test_with_pages_in_flight_exactly_the_declared_ones_are_asked_for(
    api: str, omitted: list[str], rows: int, concurrency: int
) -> None:
    with Sandbox(rows={STREAM[api]: rows}) as sandbox:
        sandbox.fault("omit", stream=STREAM[api], keys=omitted)
        outcome = run(sandbox, api, concurrency=concurrency)
        assert keys(outcome, api) == held(sandbox, api)
        asked = pages(sandbox)
        assert asked[0] == 1
        assert sorted(map(int, filter(None, asked))) == list(range(1, max(1, -(-rows // SIZE)) + 1))


@pytest.mark.parametrize("past_end", ["404", "empty"])
@pytest.mark.parametrize("rows", [SIZE, 3 * SIZE + 1])
@pytest.mark.parametrize(("api", "omitted"), [*SILENT, ("marketplace", ["count"])])
def test_looking_ahead_past_the_end_is_no_error(
    api: str, omitted: list[str], rows: int, past_end: str
) -> None:
    with Sandbox(rows={STREAM[api]: rows}) as sandbox:
        sandbox.fault("omit", stream=STREAM[api], keys=omitted)
        for page in range(2, 20):
            sandbox.fault("past_end", stream=STREAM[api], page=page, how=past_end)
        outcome = run(sandbox, api, concurrency=8)
        assert outcome.error is None
        assert keys(outcome, api) == held(sandbox, api)
        last = -(-rows // SIZE) + (omitted != ["count"])
        assert outcome.stream(STREAM[api])["pages"] == last
        assert max(map(int, filter(None, pages(sandbox)))) <= last + 8


def test_an_error_past_the_end_is_thrown_away_with_the_page() -> None:
    with Sandbox(rows={"buyers": 15}) as sandbox:
        sandbox.fault("omit", stream="buyers", keys=["count"])
        for page in range(3, 12):
            sandbox.fault("status", stream="buyers", page=page, code=400, times=9)
        outcome = run(sandbox, "marketplace", concurrency=8)
        assert outcome.error is None
        assert len(outcome.records("buyers")) == 15


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("cap", [4, 9])
@pytest.mark.parametrize(
    ("api", "omitted"),
    [(api, omitted) for api, omitted, _ in TELLING] + SILENT,
)
def test_silently_capped_pages_lose_nothing(
    sandbox: Sandbox, api: str, omitted: list[str], cap: int, concurrency: int
) -> None:
    sandbox.fault("omit", stream=STREAM[api], keys=omitted)
    sandbox.fault("cap", stream=STREAM[api], size=cap)
    outcome = run(sandbox, api, concurrency=concurrency)
    assert outcome.error is None
    assert keys(outcome, api) == held(sandbox, api)


def test_next_is_never_followed(sandbox: Sandbox) -> None:
    """The sandbox gives `next` an internal host that no name server knows, over plain http."""
    outcome = run(sandbox, "marketplace")
    assert outcome.error is None
    assert outcome.waits == []
    assert [entry.query for entry in sandbox.requests if entry.stream] == [
        {"page": str(page), "page_size": str(SIZE)} for page in range(1, 6)
    ]


# Records, order and state do not depend on the number in flight -----------------------------------


@pytest.mark.parametrize(
    ("omitted", "verify"),
    [([], "warn"), (["count"], "off"), (["count", "next", "pagination"], "warn")],
)
def test_what_goes_out_is_byte_for_byte_the_same_for_every_concurrency(
    sandbox: Sandbox, omitted: list[str], verify: str
) -> None:
    sandbox.fault("omit", keys=omitted)
    outputs = set()
    for concurrency in (1, 2, 4, 8, 32):
        config = connected(sandbox, page_size=SIZE, concurrency=concurrency, verify=verify)
        outcome = sync(config | {"api": None}, tap_class=PairTap)
        assert outcome.error is None
        assert len(outcome.of("RECORD")) == 90
        assert outcome.state["bookmarks"].keys() == {"contacts", "buyers"}
        outputs.add(re.sub(rb'"time_extracted":"[^"]*"', b"", outcome.raw))
    assert len(outputs) == 1


# What is no end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("api", STREAM)
def test_a_404_on_the_first_page_is_an_error(sandbox: Sandbox, api: str) -> None:
    sandbox.fault("status", stream=STREAM[api], page=1, code=404, times=9)
    outcome = run(sandbox, api)
    assert outcome.error is not None
    error = outcome.stream(STREAM[api])["error"]
    assert "page 1, returned 404: " in error
    assert error.endswith("Look at `base_url` and at the path.")
    assert pages(sandbox) == [1]


@pytest.mark.parametrize(
    ("api", "omitted"),
    [
        ("accounting", []),
        ("marketplace", []),
        ("marketplace", ["next"]),
        ("marketplace", ["count"]),
    ],
)
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_404_before_the_declared_last_page_is_not_taken_for_the_end(
    sandbox: Sandbox, api: str, omitted: list[str], concurrency: int
) -> None:
    sandbox.fault("omit", stream=STREAM[api], keys=omitted)
    sandbox.fault("status", stream=STREAM[api], page=3, code=404, times=99)
    outcome = run(sandbox, api, verify="fail", concurrency=concurrency)
    assert outcome.error is not None
    assert outcome.stream(STREAM[api])["status"] == "failed"
    assert not outcome.state.get("bookmarks", {}).get(STREAM[api], {}).get("replication_key_value")


def test_a_next_that_leads_over_empty_pages_for_ever_ends_with_a_sentence(
    sandbox: Sandbox,
) -> None:
    sandbox.fault("omit", stream="buyers", keys=["count"])
    body = '{"next": "https://api.example.com/buyers", "results": []}'
    sandbox.fault("status", stream="buyers", code=200, body=body, times=10_000)
    outcome = run(sandbox, "marketplace", concurrency=4)
    assert "empty pages in a row, so that the end cannot be reached" in str(
        outcome.stream("buyers")["error"]
    )


@pytest.mark.parametrize("page", [1, 3])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"action": "records", "how": "missing"}, "`{}` is not there"),
        ({"action": "records", "how": "null"}, "`{}` holds null, not a list"),
        ({"action": "records", "how": "object"}, "`{}` holds an object, not a list"),
        ({"action": "error_200"}, ""),
        ({"action": "status", "code": 200, "body": "[]"}, "`{}` is not there"),
        ({"action": "status", "code": 200, "body": "7"}, "`{}` is not there"),
        ({"action": "status", "code": 200, "body": "null"}, "`{}` is not there"),
    ],
    ids=str,
)
@pytest.mark.parametrize("api", STREAM)
def test_an_answer_without_a_list_of_records_is_an_error_and_no_end(
    sandbox: Sandbox, api: str, fault: dict[str, Any], said: str, page: int
) -> None:
    sandbox.fault(stream=STREAM[api], page=page, times=9, **fault)
    outcome = run(sandbox, api)
    assert outcome.error is not None
    error = outcome.stream(STREAM[api])["error"]
    assert f"{STREAM[api]}: GET " in error
    assert f", page {page}, returned no records: " in error
    assert said.format("Contacts" if api == "accounting" else "results") in error
    assert keys(outcome, api) == held(sandbox, api)[: SIZE * (page - 1)]
    assert not outcome.state.get("bookmarks", {}).get(STREAM[api], {}).get("replication_key_value")


@pytest.mark.parametrize("value", ["ERROR", "PARTIAL", None, 7])
def test_an_envelope_whose_status_is_not_ok_is_an_error(
    sandbox: Sandbox, value: str | int | None
) -> None:
    sandbox.fault("envelope_status", stream="contacts", page=2, value=value, times=9)
    outcome = run(sandbox, "accounting")
    assert outcome.error is not None
    assert (
        f"contacts: GET /v1/contacts, page 2, returned no records: its `Status` is {value!r}."
        in outcome.stream("contacts")["error"]
    )
    assert len(outcome.records("contacts")) == SIZE


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    ("api", "omitted"), [(api, omitted) for api, omitted, _ in TELLING] + SILENT
)
def test_a_server_that_ignores_the_page_is_found_out(
    sandbox: Sandbox, api: str, omitted: list[str], concurrency: int
) -> None:
    sandbox.fault("omit", stream=STREAM[api], keys=omitted)
    sandbox.fault("ignore_page", stream=STREAM[api])
    outcome = run(sandbox, api, concurrency=concurrency, verify="warn")
    assert outcome.error is not None
    error = outcome.stream(STREAM[api])["error"]
    assert error.startswith(f"{STREAM[api]}: page 2 holds the same records as a page before it: ")
    assert len(pages(sandbox)) <= 2 + 2 * concurrency


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_total_below_what_comes_is_no_end(sandbox: Sandbox, concurrency: int) -> None:
    sandbox.fault("omit", stream="buyers", keys=["next"])
    sandbox.fault("declare", stream="buyers", key="count", value=15)
    outcome = run(sandbox, "marketplace", concurrency=concurrency, verify="warn")
    assert sorted(set(keys(outcome, "marketplace"))) == sorted(
        row["id"] for row in sandbox.rows("buyers")
    )
    report = outcome.stream("buyers")
    assert (report["verdict"], report["passes"]) == ("proven", 2)
    assert "were ever declared" in report["reasons"][0]


# The paginator alone ------------------------------------------------------------------------------


def following(last: int, said: PageInfo, **settings: Any) -> list[int]:  # noqa: ANN401
    return list(islice(PageNumberPaginator(limit=SIZE, **settings).next_keys(last, said), 50))


def test_the_declared_pages_follow_and_no_other() -> None:
    assert following(1, PageInfo(SIZE, page_count=4)) == [2, 3, 4]
    assert following(1, PageInfo(SIZE, total=31)) == [2, 3, 4]
    assert following(1, PageInfo(SIZE, total=30)) == [2, 3]
    assert following(1, PageInfo(4, total=10)) == [2, 3]
    assert following(2, PageInfo(SIZE, page_count=4)) == [3, 4]


def test_where_nothing_is_declared_the_look_ahead_is_endless() -> None:
    assert following(1, PageInfo(SIZE)) == list(islice(count(2), 50))
    assert following(1, PageInfo(SIZE, has_next=True)) == list(islice(count(2), 50))
    # Fewer declared than there are: the server's other word, a `next`, may still be true.
    assert following(4, PageInfo(SIZE, total=31, has_next=True)) == list(islice(count(5), 50))


def test_a_maximum_page_bounds_what_is_asked_for() -> None:
    assert following(1, PageInfo(SIZE), maximum_page=3) == [2, 3]
    assert following(1, PageInfo(SIZE, page_count=9), maximum_page=3) == [2, 3]
    assert following(1, PageInfo(SIZE, page_count=2), maximum_page=3) == [2]


@pytest.mark.parametrize(
    ("page", "said", "read", "reason"),
    [
        (1, PageInfo(SIZE), 10, None),
        (1, PageInfo(3), 3, None),
        (1, PageInfo(0), 0, paging.EMPTY),
        (2, PageInfo(0, not_found=True), 10, paging.PAST_THE_END),
        (1, PageInfo(3, has_next=False, total=99, page_count=9), 3, paging.NEXT_IS_NULL),
        (1, PageInfo(3, has_next=True, total=3, page_count=1), 3, None),
        (1, PageInfo(3, page_count=1, total=99), 3, paging.PAGE_COUNT),
        (2, PageInfo(0, page_count=3), 10, None),
        (1, PageInfo(0, page_count=0), 0, paging.PAGE_COUNT),
        (3, PageInfo(1, total=21), 21, paging.TOTAL),
        (3, PageInfo(1, total=21), 20, None),
        # More than declared: while more comes, the total is none.
        (3, PageInfo(1, total=20), 21, None),
        (4, PageInfo(0, total=20), 21, paging.TOTAL),
        (3, PageInfo(0, total=21), 20, paging.EMPTY),
    ],
)
def test_the_servers_plainest_word_says_whether_a_page_is_the_last(
    page: int, said: PageInfo, read: int, reason: str | None
) -> None:
    assert PageNumberPaginator(limit=SIZE).stop_reason(page, said, read) == reason
