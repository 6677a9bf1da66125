"""Whatever happens to a small table while it is read, keyset reading loses nothing.

`python -m tests.support.model --large` plays larger worlds.
"""

from __future__ import annotations

import pytest

from tests.support.model.execution import LossError, check
from tests.support.model.mutants import MUTANTS
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
