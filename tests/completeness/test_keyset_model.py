"""Whatever happens to a small table while it is read, keyset reading loses nothing.

`python -m tests.support.model --large` plays larger worlds.
"""

from __future__ import annotations

from itertools import product

import pytest

from tap_analytics.completeness.keyset import NOT_REVERSED, KeysetReading
from tap_analytics.completeness.keyset_border import LEFT_OUT, NOT_IN_ORDER
from tests.support.model.execution import (
    Execution,
    Known,
    LossError,
    check,
    for_small_tables,
    outcomes,
)
from tests.support.model.mutants import MUTANTS
from tests.support.model.table import World
from tests.support.model.tape import tapes
from tests.support.model.worlds import small

SMALL = dict(small())


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_lost_whatever_happens(name: str) -> None:
    assert check(SMALL[name]) > 0


@pytest.mark.parametrize("name", MUTANTS)
def test_a_record_is_lost_where(name: str) -> None:
    mutant, world = MUTANTS[name]
    with pytest.raises(LossError, match=r"tick \d+: Question[\s\S]*\n.*(missing|older)"):
        check(world, mutant)


@pytest.mark.parametrize("name", MUTANTS)
def test_with_all_checks_the_first_thousand_courses_of_that_world_lose_nothing(name: str) -> None:
    _, world = MUTANTS[name]
    assert check(world, most=1000) > 0


IN_ORDER = {
    name: world
    for name, world in SMALL.items()
    if (world.order, world.latest, world.filters, world.shift) == ("time", 0, "since", 0)
}


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_server_that_orders_by_time_is_never_given_up_for_long(name: str) -> None:
    """Not even where all its rows are deleted meanwhile."""
    reading, known = for_small_tables(IN_ORDER[name], KeysetReading), Known()
    for tape in tapes():
        execution = Execution(IN_ORDER[name], tape, reading, known)
        execution.play()
        for outcome in execution.outcomes:
            assert outcome is None or not outcome.lasting, outcome
            assert outcome is None or outcome.reason not in {LEFT_OUT, NOT_IN_ORDER}


def test_a_server_that_sends_any_rows_is_found_out() -> None:
    """Half of them were proven when only the greatest of two pages had to be in order."""
    for rows, seed in product((9, 16, 20, 60), range(50)):
        world = World(
            times=tuple(range(rows)), begins=100, order="sample", page_size=8, seed=seed, edits=0
        )
        (first, quiet) = outcomes(world)
        assert first is not None
        assert first.reason in {LEFT_OUT, NOT_REVERSED}
        assert quiet is not None
