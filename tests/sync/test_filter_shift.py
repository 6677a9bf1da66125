"""A filter that begins some hours late for every record is gone back over by a `lookback`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.harness import sync
from tests.support.json_server import JSONServer
from tests.support.timed_items import timed_items

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600

MINUTES, SECONDS = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"


class Table(JSONServer):
    """Its records were made some hours before they were changed; clocks there are behind UTC."""

    def __init__(self, ages: list[float], *, behind: float = 0, by: str = "at") -> None:
        """Filter by the time of change, or by another one.

        Args:
            ages: For each record, hours from when it was made until it was changed.
            behind: How many hours the clocks are behind.
            by: The field that the filter compares.
        """
        super().__init__(self._listed)
        self.form = MINUTES
        self._behind, self._by = timedelta(hours=behind), by
        self.rows: list[dict[str, Any]] = []
        for age in ages:
            self.add(START + timedelta(minutes=47 * (len(self.rows) + 1)), age)

    def add(self, at: datetime, age: float = 0) -> None:
        """A record is made, and changed later."""
        row = {"id": len(self.rows), "at": at, "made": at - timedelta(hours=age)}
        self.rows.append(row)

    def _listed(self, query: dict[str, str]) -> dict[str, Any]:
        since = datetime.min.replace(tzinfo=UTC)
        if "since" in query:
            local = datetime.strptime(query["since"], self.form).replace(tzinfo=UTC)
            since = local + self._behind
        found = [row for row in self.rows if row[self._by] >= since]
        return {"data": [{"id": row["id"], "at": f"{row['at']:%FT%TZ}"} for row in found]}


def read(table: Table, state: dict[str, Any] | None = None, **settings: Any) -> Any:  # noqa: ANN401  # an outcome
    entry = timed_items({"start_format": table.form, "initial_value": f"{START:%FT%TZ}"})
    config = {"base_url": table.url, "resources": [entry], **settings}
    return sync(config, state=state)


@pytest.mark.parametrize("form", [MINUTES, SECONDS])
@pytest.mark.parametrize(
    ("behind", "lookback", "verdict"),
    [
        (4, 6 * HOUR, "proven"),
        (4, 5 * HOUR, "proven"),
        (3.5, 24 * HOUR, "proven"),
        (11, 24 * HOUR, "proven"),
        # In winter they may be five hours behind.
        (4, 4 * HOUR, "not proven"),
        (4, HOUR, "not proven"),
        (4, 0, "not proven"),
    ],
)
def test_a_zone_that_a_lookback_goes_back_over_hides_nothing(
    form: str, behind: float, lookback: float, verdict: str
) -> None:
    ages = [3.1, 0.0, 2.7, 0.2] * 3
    with Table(ages, behind=behind) as table:
        table.form = form
        outcome = read(table, lookback=lookback)
        part = outcome.stream("items")
        assert part["verdict"] == verdict
        if verdict == "proven":
            assert {row["id"] for row in outcome.records("items")} == {*range(len(ages))}
        else:
            assert not (outcome.state or {})["bookmarks"]["items"]
            assert "`%s` or `%ms`" in part["reasons"][0]
            is_short = "the `lookback` is not seen to go back over that"
            assert (is_short in part["reasons"][0]) == (lookback > HOUR)


def test_each_run_looks_whether_the_lookback_is_enough() -> None:
    """The record of the bookmark was changed: by itself none shows how far the response goes."""
    with Table([0.0] * 9, behind=4) as table:
        state = read(table, lookback=6 * HOUR).state
        del table.rows[:]
        for minutes in (55, 117, 200):
            table.add(START + timedelta(days=1, minutes=minutes))
        assert read(table, state, lookback=6 * HOUR).stream("items")["verdict"] == "proven"
        assert read(table, state).stream("items")["verdict"] == "not proven"


@pytest.mark.parametrize(
    "ages",
    [
        pytest.param([0.0, 1.3, 0.4, 2.2], id="no zone is so far away"),
        pytest.param([0.0, 1.3, 0.4, 2.0], id="the record before it differs by less"),
        pytest.param([4.0, 4.3, 3.4, 2.0], id="the record before it differs by more"),
        pytest.param([0.0, 1.3, 2.0, 3.0], id="by another zone"),
        pytest.param([0.0, 9.0, 0.4, 0.0, 2.0], id="the record before it does not differ"),
        pytest.param([3.0], id="there is none before it"),
    ],
)
@pytest.mark.parametrize("form", [MINUTES, SECONDS])
def test_a_filter_by_another_field_is_gone_back_over_by_no_lookback(
    form: str, ages: list[float]
) -> None:
    """Nobody knows how long after it was made a record may change."""
    with Table(ages, by="made") as table:
        table.form = form
        # It was changed in the span, and made long before.
        table.add(START + timedelta(minutes=10), age=48)
        outcome = read(table, lookback=6 * HOUR)
    assert outcome.stream("items")["verdict"] == "not proven"


@pytest.mark.parametrize(("behind", "by"), [(4, "at"), (0, "made")])
def test_hours_do_not_show_whether_a_lookback_is_enough(behind: float, by: str) -> None:
    """What two fields differ in looks like a zone, where it is seen to the hour."""
    with Table([4.0, 2.4, 2.4, 2.2], behind=behind, by=by) as table:
        table.form = "%Y-%m-%d %H"
        part = read(table, lookback=6 * HOUR).stream("items")
    assert part["verdict"] == "not proven"
    assert "lookback" not in part["reasons"][0]
