"""Whatever two edits happen to a small table, counting passes call nothing proven that was lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tap_analytics.completeness.proof import CompletenessProof
from tap_analytics.completeness.stretches import Counted, Stretches
from tests.support.model.passes import ORDERS, check, worlds
from tests.support.moving_table import World

SMALL = World(2, 1, "place", declares_total=True, replication_key=True)


class _AnyBeginning(Stretches):
    def were_there(self, first: int, last: int, counted: Counted) -> bool:
        return super().were_there(first and 1, last, counted)


class AnyBeginning(CompletenessProof):
    """A row that was read behind a response counts there, though it may be newer."""

    stretches_class = _AnyBeginning


class _AnyEnd(Stretches):
    def were_there(self, first: int, last: int, counted: Counted) -> bool:
        return self.were_there_at(first, counted) and bool(last)

    def were_there_at(self, first: int, counted: Counted) -> bool:
        """Whether keys were there before a response was counted."""
        return self._ended.get(first, counted.sent + 1) <= counted.sent


class AnyEnd(CompletenessProof):
    """A row that was read before a response counts there, though it may be gone."""

    stretches_class = _AnyEnd


def test_one_edit_in_every_world_of_three_rows_loses_nothing() -> None:
    findings = [check(world, edits=1) for world in worlds(3)]
    assert [finding.lost for finding in findings if finding.lost] == []
    assert sum(finding.proven for finding in findings) > 4000


@pytest.mark.parametrize("order", ORDERS)
def test_two_edits_lose_nothing(order: str) -> None:
    finding = check(replace(SMALL, order=order), edits=2)
    assert finding.lost is None
    assert finding.proven > 1000


@pytest.mark.parametrize("rules", [AnyBeginning, AnyEnd])
def test_a_row_is_lost_where(rules: type[CompletenessProof]) -> None:
    """As `rules` says of itself; the choices that lead there are in what is found."""
    assert check(replace(SMALL, counts_first=True), 2, rules).lost
