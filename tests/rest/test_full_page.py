"""An only page that looks full, where nothing tells whether others follow, is not proven."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.paths import DOCS
from tests.support.raw_server import RawServer, http

if TYPE_CHECKING:
    from tests.support.harness import Outcome

SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def read(
    body: object,
    paginator: object = None,
    *headers: str,
    selector: str = "$",
    params: dict[str, int] | None = None,
    **entry: object,
) -> Outcome:
    """Read a list whose server gives this, whatever it is asked for."""
    endpoint: dict[str, Any] = {"data_selector": selector, "params": params or {}}
    if paginator is not None:
        endpoint["paginator"] = paginator
    resource = {"name": "t", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint, **entry}
    with RawServer({"/t": lambda: http(json.dumps(body), *headers)}) as server:
        return sync({"base_url": server.url, "resources": [resource]})


def rows(number: int) -> list[dict[str, int]]:
    return [{"id": each} for each in range(number)]


@pytest.mark.parametrize("paginator", [None, "auto", {"limit": 10}])
@pytest.mark.parametrize("number", [10, 25, 100, 1000])
def test_where_nobody_says_how_a_list_pages(paginator: object, number: int) -> None:
    part = read(rows(number), paginator).stream("t")
    assert (part["status"], part["verdict"]) == ("succeeded", "not proven")
    (reason,) = part["reasons"]
    assert f"the one page has {number:,} records, as many as a full one may" in reason
    assert "`single_page`" in reason
    assert part["passes"] == 1, "it causes no further pass"
    part = read(rows(number - 2), paginator).stream("t")
    assert part["verdict"] == "proven"


def test_every_size_that_the_page_on_completeness_names_is_a_full_page() -> None:
    page = (DOCS / "completeness.md").read_text("utf-8")
    named = page.split("as full pages usually have (")[1].split(")")[0]
    sizes = [int(size.replace(",", "")) for size in re.findall(r"\d+(?:,\d{3})*", named)]
    assert {12, 15, 24, 40, 60, 75, 80, 150, 300, 400} < set(sizes)
    for size in sizes:
        other = next(number for number in count(size + 1) if number not in sizes)
        for records, verdict in ((size, "not proven"), (other, "proven")):
            assert read(rows(records)).stream("t")["verdict"] == verdict, records


@pytest.mark.parametrize(
    ("paginator", "place", "beside"),
    [
        (
            {"type": "cursor", "cursor_path": "paging.next"},
            "paging.next",
            {"paging": {"next": None}},
        ),
        (
            {"type": "json_link", "next_url_path": "paging.next"},
            "paging.next",
            {"paging": {"next": ""}},
        ),
    ],
)
def test_where_what_leads_on_is_nowhere(
    paginator: dict[str, str], place: str, beside: dict[str, Any]
) -> None:
    part = read({"data": rows(100)}, paginator, selector="data").stream("t")
    assert part["verdict"] == "not proven"
    assert f"`{place}`, which leads to the next page, is not in its response" in part["reasons"][0]
    for body in ({"data": rows(100), **beside}, {"data": rows(99)}):
        assert read(body, paginator, selector="data").stream("t")["verdict"] == "proven"


def test_where_the_header_that_leads_on_is_not_there() -> None:
    """A header `Link` is usually absent where one page holds all, and its name is no guess."""
    paginator = {"type": "header_cursor", "cursor_key": "X-Next"}
    assert read(rows(100), paginator).stream("t")["verdict"] == "not proven"
    assert read(rows(100), paginator, "X-Next: ").stream("t")["verdict"] == "proven"
    assert read(rows(100), "header_link").stream("t")["verdict"] == "proven"


@pytest.mark.parametrize("name", ["per_page", "pageSize", "$top", "page[size]", "limit", "_limit"])
@pytest.mark.parametrize(("size", "verdict"), [(200, "proven"), (100, "not proven")])
def test_a_page_that_was_asked_for_more_records_is_not_full(
    name: str, size: int, verdict: str
) -> None:
    paginator = {"type": "cursor", "cursor_path": "next"}
    outcome = read({"data": rows(100)}, paginator, selector="data", params={name: size})
    assert outcome.stream("t")["verdict"] == verdict


def test_a_list_that_is_declared_to_have_no_pages_has_none() -> None:
    assert read(rows(100), "single_page").stream("t")["verdict"] == "proven"


def test_a_sign_of_the_end_is_enough() -> None:
    body = {"data": rows(100), "total": 100}
    assert read(body, selector="data").stream("t")["verdict"] == "proven"


def test_the_sign_is_switched_off_by_its_name() -> None:
    assert read(rows(100), ignore_signs=["full_page"]).stream("t")["verdict"] == "proven"


@pytest.mark.parametrize("has_led", [True, False])
def test_what_has_led_on_before_is_an_end_where_it_is_missing(
    has_led: bool,  # noqa: FBT001  # of pytest
) -> None:
    paginator = {"type": "cursor", "cursor_path": "paging.after"}
    endpoint = {"data_selector": "data", "paginator": paginator}
    entry = {"name": "t", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    first_page: dict[str, Any] = {"data": rows(40 if has_led else 41)}
    first_page |= {"paging": {"after": "more"}} if has_led else {}
    with JSONServer() as server:
        server.answer = lambda query: {"data": [{"id": 99}]} if "cursor" in query else first_page
        config = {"base_url": server.url, "resources": [entry]}
        first = sync(config)
        assert (first.stream("t")["verdict"], len(first.records("t"))) == ("proven", 41)
        server.answer = lambda _: {"data": rows(25)}
        second = sync(config, state=first.state)
        assert second.stream("t")["verdict"] == ("proven" if has_led else "not proven")
