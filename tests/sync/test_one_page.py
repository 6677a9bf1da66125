"""Keyset reading where all records fit on one page, and nothing in a response says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.keyset_api import SIZE, KeysetAPI, items_by_time

if TYPE_CHECKING:
    from tests.support.harness import Outcome


def read_well(api: KeysetAPI, *, sized: bool, state: Any = None) -> Outcome:  # noqa: ANN401  # a state
    """Read the list, which must be proven by keyset reading, without a warning."""
    outcome = api.read(items_by_time(size=SIZE if sized else None), state=state)
    report = outcome.stream("items")
    assert (report["read_by"], report["verdict"]) == ("keyset", "proven")
    assert not [line for line in outcome.log if "cannot be read" in line]
    return outcome


@pytest.mark.parametrize(
    ("rows", "sized", "requests"),
    [
        # Page 1, page 2.
        (5, True, 2),
        # A full page: the reverse comes first, and page 1 comes again in the end.
        (10, True, 5),
        # Nobody says how many records a page has.
        (5, False, 4),
        # An empty list is asked for without the parameters, too.
        (0, True, 2),
    ],
)
def test_a_page_that_is_all_costs_few_requests(rows: int, requests: int, *, sized: bool) -> None:
    with KeysetAPI(rows) as api:
        outcome = read_well(api, sized=sized)
        assert len(outcome.records("items")) == rows
        assert len(api.asked) <= requests


def test_a_run_that_finds_nothing_new_takes_two_requests() -> None:
    with KeysetAPI(35) as api:
        state = read_well(api, sized=True).state
        began = len(api.asked)
        read_well(api, sized=True, state=state)
        assert len(api.asked) - began == 2
        api.touch(7, 100)
        outcome = read_well(api, sized=True, state=state)
        assert [row["id"] for row in outcome.records("items")] == [35, 7]
        assert len(api.asked) - began == 4


def test_a_record_that_came_to_the_first_page_meanwhile_is_not_lost() -> None:
    """The server sends ten at most; one of them is deleted before page 2 is asked for."""

    def unsorted(rows: list[Any], page: int, *, descending: bool) -> list[Any]:
        del descending
        return rows[(page - 1) * SIZE : page * SIZE]

    def delete() -> None:
        if len(api.asked) == 2:
            del api.rows[0]

    with KeysetAPI(SIZE + 1, cut=unsorted) as api:
        api.before_each = delete
        outcome = api.read(items_by_time(size=2 * SIZE))
        assert [request["page"] for request in api.asked[:3]] == ["1", "2", "1"]
    assert SIZE + 1 in {row["id"] for row in outcome.records("items")}
