"""A cursor or a count that may be its page's own tells no end: other pages are tried, or told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, serving
from tests.support.json_server import read_list

if TYPE_CHECKING:
    from tests.support.harness import Outcome

ROWS = [{"id": row} for row in range(25)]
NAMES = ["cursor", "page_token", "pageToken", "after", "continuation", "after_cursor"]
FIRST: dict[str, Any] = {"data": ROWS[:10], "cursor": "c10"}


def read(answer: Any, paginator: Any = "auto", **entry: Any) -> Outcome:  # noqa: ANN401  # of JSONServer
    """Read a list with this paginator."""
    return read_list(answer, endpoint={"paginator": paginator}, **entry)


@pytest.mark.parametrize("digits", [False, True], ids=["a text", "a number"])
@pytest.mark.parametrize("name", NAMES)
def test_where_nobody_names_a_paginator_such_a_cursor_leads_on(name: str, *, digits: bool) -> None:
    """A number leaps over no pages: nothing that counts pages or records is tried with it."""

    def answer(query: dict[str, str]) -> dict[str, Any]:
        begin = int(query.get(name, "0").removeprefix("c"))
        begin += 10 * (int(query.get("page", 1)) - 1) + int(query.get("offset", 0))
        body: dict[str, Any] = {"data": ROWS[begin : begin + 10]}
        if begin + 10 < len(ROWS):
            body[name] = begin + 10 if digits else f"c{begin + 10}"
        return body

    outcome = read(answer)
    part = outcome.stream("items")
    assert (part["verdict"], part["stop_reason"]) == ("proven", "no further cursor")
    assert {record["id"] for record in outcome.records("items")} == set(range(25))


@pytest.mark.parametrize("page", [10, 25])
def test_a_cursor_that_leads_to_an_empty_page_shows_the_end(page: int) -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query)
        return {"data": [] if "cursor" in query else ROWS[:page], "cursor": "behind all"}

    part = read(answer, schema={"properties": {"id": {"type": "integer"}}}).stream("items")
    assert (part["verdict"], part["records"]) == ("proven", page)
    trials = [{name: "behind all"} for name in ("cursor", "after", "page_token")]
    assert asked == [{}, *trials, {}], "a page that may be full comes twice"


@pytest.mark.parametrize(
    "paginator",
    ["auto", {"type": "cursor"}, {"type": "json_link", "next_url_path": "next"}, "header_link"],
    ids=str,
)
def test_a_full_page_with_a_cursor_that_nobody_follows_is_not_proven(paginator: object) -> None:
    settings = {"emit_activate_version_messages": True}
    outcome = read(lambda _: FIRST, paginator, write_disposition="replace", settings=settings)
    part = outcome.stream("items")
    assert (part["status"], part["verdict"]) == ("succeeded", "not proven")
    assert outcome.of("ACTIVATE_VERSION") == []
    assert "the one page has 10 records, as many as a full one may" in part["reasons"][0]
    if paginator in ("auto", "header_link"):
        assert "`cursor` in its response may lead on" in part["reasons"][0]
    short = {"data": ROWS[:9], "cursor": "c10"}
    assert read(lambda _: short, paginator).stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("end", [{"has_more": False}, {"total": 10}, {"next": None}], ids=str)
@pytest.mark.parametrize("paginator", ["auto", "header_link"])
def test_another_word_on_the_end_is_enough_beside_it(paginator: str, end: dict[str, Any]) -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query)
        return FIRST | end

    assert read(answer, paginator).stream("items")["verdict"] == "proven"
    assert not any(asked), "no parameter is tried"


def test_no_list_without_pages_costs_a_trial_of_each_parameter() -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query)
        return {"data": ROWS[:9], "sync": 1, "token": "of the session"}

    assert read(answer).stream("items")["verdict"] == "proven"
    tried = [name for query in asked for name in query]
    assert set(tried) == {"token", "cursor", "after", "page"}
    assert len(tried) == 4


@pytest.mark.parametrize("header", ["X-MS-ContinuationToken", "x-ms-continuationtoken"])
def test_a_count_of_the_page_hides_no_token_in_a_header(header: str) -> None:
    """Azure DevOps: its `count` is the page's own, and the header is there where more follows."""

    def respond(request: Request) -> Response:
        begin = int(request.query.get("continuationToken", 0))
        page = ROWS[begin : begin + 10]
        more = {header: str(begin + 10)} if begin + 10 < len(ROWS) else {}
        return Response({"count": len(page), "value": page}, headers=more)

    entry: dict[str, Any] = {"name": "items", "primary_key": "id", "endpoint": {"path": "items"}}
    with serving(respond) as server:
        outcome = run_tap(server, {"resources": [entry]}, concurrency=1)
        assert outcome.stream("items")["verdict"] == "proven"
        assert {record["id"] for record in outcome.records("items")} == set(range(25))
        entry["endpoint"] |= {"data_selector": "value", "paginator": "header_link"}
        part = run_tap(server, {"resources": [entry]}, concurrency=1).stream("items")
    assert part["verdict"] == "not proven"
    assert "`cursor_key: x-ms-continuationtoken`" in part["reasons"][0].lower()


OWN = [
    (
        "a flag, as in Zoho",
        {"count": 10, "more_records": True},
        {"count": 5, "more_records": False},
    ),
    ("a total", {"count": 10, "total": 25}, {"count": 5, "total": 25}),
    ("a number of pages called a total", {"results": 10, "paging": {"total": 3}}, {"results": 5}),
]


@pytest.mark.parametrize(("beside", "first", "last"), OWN, ids=[each[0] for each in OWN])
def test_a_count_of_the_page_is_no_end_beside(
    beside: str, first: dict[str, Any], last: dict[str, Any]
) -> None:
    def answer(query: dict[str, str]) -> dict[str, Any]:
        begin = 10 * (int(query.get("page", 1)) - 1)
        return {"data": ROWS[begin : begin + 10], **(first if begin < 20 else last)}

    outcome = read(answer)
    assert outcome.stream("items")["verdict"] == "proven", beside
    assert len(outcome.records("items")) == 25


@pytest.mark.parametrize("beside", [{"cursor": "c10"}, {"paging": {"total": 3}}], ids=str)
def test_a_count_that_may_be_the_page_s_own_does_not_prove_a_full_page(
    beside: dict[str, Any],
) -> None:
    part = read(lambda _: {"data": ROWS[:10], "results": 10, **beside}).stream("items")
    assert part["verdict"] == "not proven"
    assert "as many as a full one may" in part["reasons"][0]


@pytest.mark.parametrize("told", [{}, {"paging": {"current": 1, "total": 1}}], ids=str)
def test_a_count_is_an_end_where_nothing_else_is_open(told: dict[str, Any]) -> None:
    asked: list[dict[str, str]] = []

    def answer(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query)
        return {"data": ROWS[:10], "count": 10, **told}

    assert read(answer).stream("items")["verdict"] == "proven"
    assert not any(asked), "no parameter is tried"
