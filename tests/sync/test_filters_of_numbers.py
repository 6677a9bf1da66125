"""A filter by numbers that leaves out more than its bound is found out, as one by date-times is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.timed_items import timed_items

DAY = 24 * 3600
NOW = 1_793_545_200  # 15:00
Keeps = Callable[[int, int], bool]
"""Whether a filter keeps a value when it is asked since another."""

SCHEMA = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "at": {"type": "integer"}},
}

KINDS: dict[str, Keeps] = {
    "from the next day on": lambda value, since: value >= since // DAY * DAY + DAY,
    "in thousandths": lambda value, since: value * 1000 < since * 1000 < 0,
    "at or after": lambda value, since: value >= since,
    "after": lambda value, since: value > since,
}


class Table(JSONServer):
    """Records with the second of their change; each run goes on from the state of the last one."""

    def __init__(self, keeps: Keeps, *values: int, key: str = "id") -> None:
        """Hold a record of each value."""
        super().__init__(self._listed)
        self.rows = [{"id": row, "at": value} for row, value in enumerate(values)]
        self._keeps, self._key = keeps, key
        self._state: Any = None

    def read(self, **settings: Any) -> Any:  # noqa: ANN401  # a part of the report
        """Read it once; what is asked for is in `asked`."""
        self.asked.clear()
        entry = timed_items(paginator="single_page")
        entry |= {"primary_key": self._key, "schema": SCHEMA}
        config = {"base_url": self.url, "resources": [entry], **settings}
        outcome = sync(config, state=self._state)
        self._state = outcome.state
        return outcome.stream("items")

    @property
    def bookmark(self) -> object:
        """Where the next run begins."""
        return self._state["bookmarks"]["items"]["replication_key_value"]

    def _listed(self, query: dict[str, str]) -> dict[str, Any]:
        since = query.get("since")
        found = [r for r in self.rows if since is None or self._keeps(r["at"], int(since))]
        return {"data": found}


Tables = Callable[..., Table]


@pytest.fixture
def table_of() -> Iterator[Callable[..., Table]]:
    """Makes tables, and closes them."""
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(Table(*args, **options))


@pytest.mark.parametrize("kind", ["from the next day on", "in thousandths"])
@pytest.mark.parametrize("new", [True, False])
def test_records_that_a_filter_by_numbers_hides_keep_the_bookmark(
    table_of: Tables,
    kind: str,
    new: bool,  # noqa: FBT001  # of pytest
) -> None:
    table = table_of(KINDS[kind], NOW - 5 * DAY, NOW - DAY)
    assert table.read()["verdict"] == "proven"
    if new:
        table.rows += [{"id": 7, "at": NOW - DAY + 60}, {"id": 8, "at": NOW}]
    part = table.read()
    assert part["verdict"] == "not proven"
    assert "does not come when it is asked for since" in part["reasons"][0]
    assert table.bookmark == NOW - DAY


def test_a_lookback_of_one_step_goes_back_over_it(table_of: Tables) -> None:
    table = table_of(KINDS["from the next day on"], NOW - 5 * DAY, NOW - DAY)
    table.read()
    table.rows[1]["at"] = NOW  # No record is left at or before the bookmark.
    del table.rows[0]
    assert table.read(lookback=3600)["verdict"] == "not proven"
    assert table.bookmark == NOW - DAY
    assert table.read(lookback=DAY)["verdict"] == "proven"
    assert table.bookmark == NOW


@pytest.mark.parametrize("kind", [*KINDS])
def test_a_table_of_numbers_that_is_empty_by_now_has_nothing_to_leave_out(
    table_of: Tables, kind: str
) -> None:
    table = table_of(KINDS[kind], NOW - DAY)
    table.read()
    table.rows.clear()
    assert table.read()["verdict"] == "proven"


def test_a_filter_that_shows_it_is_asked_no_more(table_of: Tables) -> None:
    table = table_of(KINDS["at or after"], NOW - 5 * DAY, NOW - DAY)
    table.read()
    counts = []
    for later in (1, 2, 3):
        table.rows[-1]["at"] = NOW - DAY + later
        assert table.read()["verdict"] == "proven"
        counts.append(len(table.asked))
    assert counts == [2, 1, 1]


def test_a_key_by_which_is_asked_shows_it_once(table_of: Tables) -> None:
    table = table_of(KINDS["after"], 5, 6, key="at")
    table.read()
    counts = []
    for value in (7, 8, 9):
        table.rows.append({"id": value, "at": value})
        assert table.read()["verdict"] == "proven"
        counts.append([query["since"] for query in table.asked])
    assert counts == [["6", "6"], ["7"], ["8"]]
