"""A `data_selector` that takes a part of a page: only a list that is there and empty is an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer, read_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.harness import Outcome

ACTIVE = "data[?(@.active==true)]"
PAGES = {"type": "page_number", "base_page": 1}
OFFSETS = {"type": "offset", "limit": 20}
ERROR = {"message": "Result window is too large, page must be <= 3", "code": 7}


def rows(query: dict[str, str], active: Callable[[int], bool], size: int = 20) -> list[Any]:
    """Up to 200 rows of the page that is asked for, by number or by offset."""
    first = int(query["offset"]) if "offset" in query else (int(query["page"]) - 1) * size
    return [{"id": n, "active": active(n)} for n in range(first, min(first + size, 200))]


def read(
    answer: Callable[[dict[str, str]], Any], selector: str, paginator: dict[str, Any] | None = None
) -> Outcome:
    endpoint = {"data_selector": selector, "paginator": paginator or PAGES}
    return read_list(answer, endpoint=endpoint, schema={"properties": {"id": {"type": "integer"}}})


@pytest.mark.parametrize("paginator", [PAGES, OFFSETS])
def test_a_page_on_which_nothing_fits_is_no_end(paginator: dict[str, Any]) -> None:
    def answer(query: dict[str, str]) -> object:
        return {"data": rows(query, lambda n: not 40 <= n < 80)}

    outcome = read(answer, ACTIVE, paginator)
    assert len({record["id"] for record in outcome.records("items")}) == 160
    assert outcome.stream("items")["verdict"] == "proven"


def test_a_first_page_on_which_nothing_fits_is_no_end_where_the_pages_are_found() -> None:
    def answer(query: dict[str, str]) -> object:
        return {"data": rows({"page": "1"} | query, lambda n: n >= 20)}

    outcome = read(answer, ACTIVE, {"type": "auto"})
    assert len({record["id"] for record in outcome.records("items")}) == 180


@pytest.mark.parametrize("total", [{}, {"total": 200}])
def test_an_offset_is_the_number_of_records_that_the_server_sent(total: dict[str, int]) -> None:
    def answer(query: dict[str, str]) -> object:
        return {"data": rows(query, lambda n: n % 2 == 0)} | total

    outcome = read(answer, ACTIVE, OFFSETS | ({"total_path": "total"} if total else {}))
    assert len({record["id"] for record in outcome.records("items")}) == 100
    assert outcome.error is None
    assert not outcome.stream("items")["duplicates"]


SELECTORS = ["groups[*].rows[*]", "$..rows[*]", "groups[0:5].rows[*]", "groups[?(@.rows)].rows[*]"]


def grouped(query: dict[str, str]) -> object:
    found = rows(query, lambda _: True)
    return {"groups": [{"rows": found[:10]}, {"rows": found[10:]}]}


@pytest.mark.parametrize("selector", SELECTORS)
def test_lists_within_a_list_end_where_all_of_them_are_empty(selector: str) -> None:
    outcome = read(grouped, selector)
    assert len(outcome.records("items")) == 200
    assert outcome.stream("items")["verdict"] == "proven"


@pytest.mark.parametrize("selector", [*SELECTORS, "groups[?(@.id)]", "groups[*].*", "$..rows"])
def test_a_response_without_the_list_is_an_error_and_no_end(selector: str) -> None:
    outcome = read(lambda query: grouped(query) if int(query["page"]) < 4 else ERROR, selector)
    report = outcome.stream("items")
    assert (report["status"], report["verdict"]) == ("failed", "not proven")
    if selector in SELECTORS:
        assert "page 4, returned no records" in report["error"]
        assert "is not there" in report["error"]


@pytest.mark.parametrize("text", ["overloaded", 5])
def test_what_stands_in_the_place_of_the_list_is_named(text: object) -> None:
    report = read(lambda _: {"data": text}, "data[?(@.id)]").stream("items")
    assert "not a list" in report["error"]


def test_a_cursor_that_is_missing_beside_a_missing_list_is_no_end() -> None:
    def answer(query: dict[str, str]) -> object:
        number = int(query.get("cursor", 1))
        if number > 2:
            return {"detail": "overloaded"}
        return {"groups": [{"rows": [{"id": number}]}], "next": number + 1}

    cursor = {"type": "cursor", "cursor_path": "next"}
    assert read(answer, "groups[*].rows[*]", cursor).stream("items")["status"] == "failed"


def test_items_of_a_page_without_any_record_in_them_are_no_end() -> None:
    """As of invoices, of which none on a page has a line."""

    def answer(query: dict[str, str]) -> object:
        number = int(query["page"])
        invoices = range(number * 10, number * 10 + 10) if number <= 5 else ()
        return {
            "invoices": [
                {"number": n, "lines": [] if number in (2, 3) else [{"id": n}, {"id": -n}]}
                for n in invoices
            ]
        }

    outcome = read(answer, "invoices[*].lines[*]")
    assert len({record["id"] for record in outcome.records("items")}) == 60


@pytest.mark.parametrize("selector", ["groups[*].rows[*]", "$..rows[*]"])
def test_offsets_and_lists_within_a_list_are_refused_before_the_first_request(
    selector: str,
) -> None:
    entry = {"name": "items", "endpoint": {"path": "/t", "data_selector": selector}}
    entry["endpoint"]["paginator"] = OFFSETS  # type: ignore[index]
    with JSONServer(grouped) as server:
        with pytest.raises(Exception, match="not valid") as raised:
            sync({"base_url": server.url, "resources": [entry]})
        assert "which offset is next: name one list" in str(raised.value.__notes__)
        assert not server.asked
