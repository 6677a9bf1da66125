"""Whatever happens to a small table, windows of what changed since a bookmark lose nothing."""

from __future__ import annotations

import pytest

from tests.support.model.changes import MUTANTS, SERVERS, ChangesByWindows, small
from tests.support.model.execution import LossError, check, outcomes

SMALL = dict(small())
PROVEN = [name for name in SERVERS if "ignored" not in name]
MET = "the windows met the end of the table, read in the opposite order"


@pytest.mark.parametrize("name", SMALL)
def test_nothing_is_lost_whatever_happens(name: str) -> None:
    assert check(SMALL[name], ChangesByWindows) > 0


@pytest.mark.parametrize("name", SERVERS)
def test_a_table_at_rest_is_proven_where_the_order_is_heeded(name: str) -> None:
    first, *_ = outcomes(SERVERS[name], reading=ChangesByWindows)
    assert first is not None
    assert (first.proven, first.reason == MET) == (name in PROVEN, name in PROVEN)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_record_is_lost_where(name: str) -> None:
    mutant, world = MUTANTS[name]
    with pytest.raises(LossError, match=r"tick \d+: Question[\s\S]*\n.*(missing|older)"):
        check(world, mutant)
