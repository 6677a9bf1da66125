"""Keyset reading of a long table: requests, verdicts and bookmarks at rates of edits."""

from __future__ import annotations

import pytest

from tests.support.model.simulation import Simulation

PAGES = 500
RATES = {
    "quiet": 0.0,
    "1 a minute": 1 / 60,
    "6 a minute": 0.1,
    "1 a second": 1.0,
    "5 a second": 5.0,
}
HOURLY = {"quiet": 1, "1 a minute": 1, "6 a minute": 6, "1 a second": 35, "5 a second": 40}


@pytest.mark.parametrize("rate", RATES)
def test_a_live_table_is_proven_in_one_pass(rate: str) -> None:
    table = Simulation(PAGES, RATES[rate])
    first = table.run()
    assert first is not None
    assert first.outcome.proven
    assert first.requests <= 1.03 * PAGES
    assert table.missing() == []
    table.pass_time(3600)
    hourly = table.run()
    assert hourly is not None
    assert hourly.outcome.proven
    assert table.missing() == []
    assert first.bookmark is not None
    assert hourly.bookmark is not None
    if RATES[rate]:
        assert hourly.bookmark > first.bookmark, "the bookmark moves in every run"
    # At 5 a second some 15,000 records change in an hour: no way of reading needs fewer pages.
    assert hourly.requests <= max(HOURLY[rate], 1.03 * hourly.sent / table.page_size + 1)


@pytest.mark.parametrize("pages", [200, 300])
def test_parts_in_flight_cost_a_tenth_more_requests_at_most(pages: int) -> None:
    table = Simulation(pages, 1.0)
    run = table.run(width=8)
    assert run is not None
    assert run.outcome.proven
    assert table.missing() == []
    assert run.requests <= 1.1 * pages


def test_a_kill_with_parts_in_flight_costs_few_requests() -> None:
    table = Simulation(600, 0.0)
    assert table.run(width=8, most_requests=522) is None
    assert table.missing() == []
    rest = table.run(width=8)
    assert rest is not None
    assert rest.outcome.proven
    assert table.target == {key: row.contents for key, row in table.rows.items()}
    assert rest.requests <= 250


def test_a_killed_run_goes_on_where_it_broke() -> None:
    table = Simulation(100, 1.0)
    assert table.run(most_requests=90) is None
    rest = table.run()
    assert rest is not None
    assert rest.requests <= 15
