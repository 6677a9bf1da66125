"""Keyset reading of servers that do not sort as they are asked to, and still look sorted."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.keyset_api import KeysetAPI, items_by_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = dict[str, Any]

SIZE = 10


def any_rows(seed: int) -> Any:  # noqa: ANN401  # a function of rows and an order
    """A server that takes any rows that pass the filter, and sorts them then."""
    random = Random(seed)  # noqa: S311  # the same in each run of a test

    def cut(rows: Sequence[Row], page: int, *, descending: bool) -> list[Row]:
        left = max(0, len(rows) - (page - 1) * SIZE)
        taken = random.sample(list(rows), min(SIZE, left))
        return sorted(taken, key=lambda row: row["updated_at"], reverse=descending)

    return cut


def by_key(rows: Sequence[Row], page: int, *, descending: bool) -> list[Row]:
    """A server that ignores the field, and heeds the minus."""
    ordered = sorted(rows, key=lambda row: row["id"], reverse=descending)
    return ordered[(page - 1) * SIZE : page * SIZE]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("rows", [11, 25, 60])
def test_a_server_that_sends_any_rows_is_not_read_by_keyset(seed: int, rows: int) -> None:
    with KeysetAPI(rows, cut=any_rows(seed)) as api:
        outcome = api.read(items_by_time(total=True))
    report = outcome.stream("items")
    assert report["read_by"] == "pages"
    received = {row["id"] for row in outcome.records("items")}
    assert report["verdict"] == "not proven" or len(received) == rows


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("touched", [10, 19, 28])
def test_a_server_that_heeds_the_minus_alone_is_not_read_by_keyset(
    touched: int, *, total: bool
) -> None:
    """The record stands last on its page, so that no time falls within a response."""
    with KeysetAPI(60, cut=by_key) as api:
        # Among the latest page of all: without a total that is what shows it.
        late = 53.5 if not total else touched + 4.5
        api.touch(touched, late)
        outcome = api.read(items_by_time(total=total))
        report = outcome.stream("items")
        there = {row["id"] for row in api.rows}
    assert report["read_by"] == "pages"
    assert "so that they are not sorted by modification time" in report["fell_back"]
    assert {row["id"] for row in outcome.records("items")} == there
    assert report["verdict"] == "proven"


def test_deletes_give_rise_to_a_look_and_to_few_of_them() -> None:
    """They make a total fall as records do that are left out."""
    with KeysetAPI(200) as quiet:
        assert quiet.read(items_by_time(total=True)).stream("items")["read_by"] == "keyset"
        requests = len(quiet.asked)
    with KeysetAPI(200) as api:
        api.before_each = api.rows.pop
        report = api.read(items_by_time(total=True)).stream("items")
    assert (report["read_by"], report["verdict"]) == ("keyset", "proven")
    assert len(api.asked) <= requests + 2
