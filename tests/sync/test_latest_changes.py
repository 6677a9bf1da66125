"""Counting passes list the latest changes before they read again: more of them are proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.rest.pages import PageReader
from tap_analytics.sandbox import Sandbox
from tests.support.live_table import LiveTable, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = range(12)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows={"buyers": 100}, edge_cases=False, orders={"buyers": "key"}) as api:
        yield api


def first_runs() -> list[Run]:
    """First runs of tables on which somebody works, and deletes nothing."""
    runs = []
    for seed in SEEDS:
        with Sandbox(rows={"buyers": 100}, edge_cases=False, orders={"buyers": "key"}) as api:
            table = LiveTable(api, settings={"read_by": "pages"})
            table.edit(1, delete=0, seed=seed)
            runs.append(table.run())
            table.run_quietly()
            assert table.lost() == set()
    return runs


def proven(runs: list[Run]) -> int:
    return sum(run.report["verdict"] == "proven" for run in runs)


def test_more_first_runs_are_proven_with_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    with_list = proven(first_runs())
    monkeypatch.setattr(PageReader, "changed_since", lambda *_: None)
    without = proven(first_runs())
    assert with_list > 1.5 * without


def test_data_at_rest_costs_no_further_request(sandbox: Sandbox) -> None:
    table = LiveTable(sandbox, settings={"read_by": "pages"})
    run = table.run()
    assert (run.report["verdict"], run.report["passes"]) == ("proven", 1)
    assert len(run.requests) == 10


def test_the_list_is_asked_for_by_time_before_each_further_pass(sandbox: Sandbox) -> None:
    table = LiveTable(sandbox, settings={"read_by": "pages"})
    for number in (1, 2, 3):
        sandbox.edit("buyers", page=2, nth=number, delete=[0], insert=[None])
    run = table.run()
    asked = [query.get("last_modified_at_after") for query in run.requests]
    assert run.report["passes"] == 3
    assert [place for place, since in enumerate(asked) if since] == [10, 21]
    assert run.report["pages"] == len(run.requests)


def test_a_server_that_refuses_the_list_is_read_without_it(sandbox: Sandbox) -> None:
    table = LiveTable(sandbox, settings={"read_by": "pages"})
    sandbox.edit("buyers", page=2, delete=[0], insert=[None])
    sandbox.fault("status", stream="buyers", page=1, nth=2, code=400)
    run = table.run()
    assert (run.report["verdict"], run.report["passes"]) == ("proven", 2)
