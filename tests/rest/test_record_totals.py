"""A total of records for page numbers: named it counts, found it may prove and bounds the look."""

from __future__ import annotations

from typing import Any

import pytest

from tap_analytics.sandbox import Sandbox
from tests.support.shapes import asked, ids, read_shape

SINCE: dict[str, Any] = {"incremental": {"cursor_path": "updated_at"}}
TOTALS = ["sign_total", "sign_x_total_count"]


def read(sandbox: Sandbox, name: str, concurrency: int, **paginator: Any) -> Any:  # noqa: ANN401
    """Read a shape by page numbers from 1, ten records a page."""
    return read_shape(
        sandbox,
        name,
        {"type": "page_number", "base_page": 1, **paginator},
        endpoint={"params": {"page_size": 10}, **SINCE},
        settings={"concurrency": concurrency},
    )


@pytest.mark.parametrize("name", TOTALS)
def test_ten_rows_do_not_cost_ten_requests(name: str) -> None:
    with Sandbox(rows={"items": 10}) as sandbox:
        outcome = read(sandbox, name, 8)
        assert outcome.stream("items")["verdict"] == "proven"
        # The page, and one behind it: nobody promised that it is a total.
        assert [query["page"] for query in asked(sandbox)] == ["1", "2"]


def test_a_named_total_ends_the_reading_and_proves_it() -> None:
    for rows, requests in ((10, 1), (95, 10)):
        with Sandbox(rows={"items": rows}) as sandbox:
            outcome = read(sandbox, "sign_total", 8, records_total_path="total")
            report = outcome.stream("items")
            assert (report["verdict"], report["passes"]) == ("proven", 1)
            assert report["stop_reason"] == "the declared total"
            assert (len(ids(outcome)), len(asked(sandbox))) == (rows, requests)


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_found_total_proves_a_pass_where_the_rows_are_known_as_old(
    name: str, concurrency: int
) -> None:
    """Without it a second pass is needed."""
    with Sandbox(rows={"items": 95}) as sandbox:
        outcome = read(sandbox, name, concurrency)
        report = outcome.stream("items")
        assert (report["verdict"], report["passes"]) == ("proven", 1)
        assert len(ids(outcome)) == 95
        # One page behind the ten, and, with several in flight, the last page once more.
        assert len(asked(sandbox)) <= 12


def test_a_count_of_the_pages_own_records_ends_nothing_and_disproves_nothing() -> None:
    with Sandbox(rows={"items": 35}) as sandbox:
        sandbox.fault("declare", stream="items", key="count", value=10)
        outcome = read(sandbox, "from_1", 4)
        report = outcome.stream("items")
        assert (report["verdict"], report["passes"], len(ids(outcome))) == ("proven", 2, 35)


def test_a_found_total_above_what_came_is_a_sign_of_more() -> None:
    with Sandbox(rows={"items": 35}) as sandbox:
        sandbox.fault("declare", stream="items", key="total", value=36)
        outcome = read(sandbox, "from_1", 1)
        assert outcome.stream("items")["verdict"] == "not proven"
        assert "`total: 36`" in outcome.stream("items")["reasons"][-1]
