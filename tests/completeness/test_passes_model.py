"""Whatever two edits happen to a small table, counting passes call nothing proven that was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.model.passes import ORDERS, check, worlds
from tests.support.model.passes_mutants import MUTANTS, WORLD

if TYPE_CHECKING:
    from tap_analytics.completeness.proof import CompletenessProof


def test_one_edit_in_every_world_of_three_rows_loses_nothing() -> None:
    findings = [check(world, edits=1) for world in worlds(3)]
    assert [finding.lost for finding in findings if finding.lost] == []
    assert sum(finding.proven for finding in findings) > 4000


@pytest.mark.parametrize("order", ORDERS)
def test_two_edits_lose_nothing(order: str) -> None:
    finding = check(replace(WORLD, order=order, counts_first=False), edits=2)
    assert finding.lost is None
    assert finding.proven > 1000


@pytest.mark.parametrize("rules", MUTANTS)
def test_a_row_is_lost_where(rules: type[CompletenessProof]) -> None:
    """As `rules` says of itself; the choices that lead there are in what is found."""
    assert check(WORLD, 2, rules).lost
