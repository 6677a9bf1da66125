"""A filter that compares when records were made, and not when they were changed, is found out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.timed_items import timed_items

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT: list[dict[str, Any]] = [
    {"id": number, "at": f"2026-01-0{number}T10:00:00Z", "made": f"2026-01-0{number}T10:00:00Z"}
    for number in range(1, 5)
]
NEW = {"id": 7, "at": "2026-01-07T10:00:00Z", "made": "2026-01-07T10:00:00Z"}


class Table(JSONServer):
    """Records with the time of their making, and of their last change."""

    def __init__(self, by: str) -> None:
        """Filter by one of them."""
        super().__init__(self._listed)
        self.rows = [dict(row) for row in KEPT]
        self._by = by
        self._state: Any = None

    def _listed(self, query: dict[str, str]) -> dict[str, Any]:
        return {"data": [row for row in self.rows if row[self._by] >= query.get("since", "")]}

    def read(self) -> Any:  # noqa: ANN401  # a part of the report
        """Read it from its bookmark on."""
        self.asked.clear()
        outcome = sync({"base_url": self.url, "resources": [timed_items()]}, state=self._state)
        self._state = outcome.state
        return outcome.stream("items")


@contextmanager
def table_by(field: str) -> Iterator[Table]:
    with Table(field) as table:
        assert table.read()["verdict"] == "proven"
        yield table


@pytest.mark.parametrize("inside", [False, True], ids=["at the top", "in an object"])
def test_a_changed_record_that_the_filter_hides_is_found_beside_new_ones(inside: bool) -> None:  # noqa: FBT001  # of pytest
    with table_by("made") as table:
        table.rows[0]["at"] = "2026-01-06T10:00:00Z"
        table.rows.append({**NEW})
        if inside:
            plain = table.answer
            table.answer = lambda query: {
                "data": [
                    {"id": row["id"], "at": row["at"], "its": {"made": row["made"]}}
                    for row in plain(query)["data"]
                ]
            }
        part = table.read()
        assert part["verdict"] == "not proven"
        assert "`its.made`" in part["reasons"][0] if inside else "`made`" in part["reasons"][0]
        assert part["bookmark"] is None


def test_a_record_that_tells_the_fields_apart_shows_the_filter_without_a_request() -> None:
    with table_by("at") as table:
        table.rows[0]["at"] = "2026-01-06T10:00:00Z"
        table.rows.append({**NEW})
        for _ in range(2):
            assert table.read()["verdict"] == "proven"
            assert len(table.asked) == 1


def test_records_that_tell_nothing_are_asked_about_once_a_day() -> None:
    with table_by("at") as table:
        counts = []
        for day in (7, 8):
            time = f"2026-01-0{day}T10:00:00Z"
            table.rows.append({"id": day, "at": time, "made": time})
            assert table.read()["verdict"] == "proven"
            counts.append(len(table.asked))
        assert counts == [2, 1]


def test_a_changed_record_that_comes_by_its_own_time_shows_the_filter() -> None:
    with table_by("at") as table:
        table.rows[0]["at"] = "2026-01-03T12:00:00Z"
        table.rows.append({**NEW})
        assert table.read()["verdict"] == "proven"
        assert len(table.asked) == 3
        table.rows.append({**NEW, "id": 8})
        assert table.read()["verdict"] == "proven"
        assert len(table.asked) == 1
