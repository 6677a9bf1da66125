"""Counting passes over a long table on which somebody works: most first runs are proven."""

from __future__ import annotations

from tests.support.model.counting import play

RUNS = 50


def test_most_first_runs_are_proven_with_four_requests_in_flight() -> None:
    """As many edits while a tenth of the pages is read as one a minute makes for 500 pages."""
    played = [
        play(50, 10, width=4, seconds_a_request=0.25, seed=seed, page_size=20)
        for seed in range(RUNS)
    ]
    assert sum(verdict.proven for verdict, _ in played) >= 0.98 * RUNS
    assert any(run.report.passes > 1 for _, run in played)
