"""Whatever happens to orders, no reading is called proven that lost a line in one of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tap_analytics.completeness.nested_proof import NestedProof
from tap_analytics.completeness.proof import CompletenessProof
from tests.support.model.nested import CUTS, Shop, check, play, worlds
from tests.support.model.tape import Tape as Choices
from tests.support.moving_table import Tape

if TYPE_CHECKING:
    from tap_analytics.completeness.verdict import Verdict

SHOPS = st.builds(
    Shop,
    lines=st.lists(st.integers(0, 3), min_size=1, max_size=6).map(tuple),
    page_size=st.integers(1, 3),
    cuts=st.sampled_from(CUTS),
    declares_total=st.booleans(),
    width=st.sampled_from([1, 2, 4]),
)
TAPES = st.lists(st.one_of(st.just(0), st.just(0), st.integers(0, 23)), max_size=100)


@settings(
    max_examples=int(os.environ.get("PROOF_EXAMPLES", "800")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(shop=SHOPS, tape=TAPES, edits=st.integers(0, 8))
def test_a_proven_reading_has_every_line_that_was_there_throughout(
    shop: Shop, tape: list[int], edits: int
) -> None:
    _, lost = play(shop, edits, Tape(tape))  # type: ignore[arg-type]  # it chooses, too
    assert not lost


def test_one_edit_in_every_world_loses_nothing() -> None:
    findings = [check(world, edits=1) for world in worlds(1)]
    assert [finding.lost for finding in findings if finding.lost] == []
    assert sum(finding.proven for finding in findings) > 3000


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("declares_total", [False, True])
def test_a_table_at_rest_is_proven_in_two_passes(cuts: str, declares_total: bool) -> None:  # noqa: FBT001  # a parameter
    for lines in [(1, 0, 2), (3, 1, 2, 2), (1, 1, 1, 1, 1)]:
        proven, lost = play(Shop(lines, 2, cuts, declares_total), 0, Tape([]))  # type: ignore[arg-type]
        assert (proven, lost) == (True, set())


class ByLines(NestedProof):
    """Lines are counted, though the server cuts orders."""

    def verdict(self, stop_reason: str, *, bounded: bool = False) -> Verdict:
        """What the lines show."""
        return CompletenessProof.verdict(self, stop_reason, bounded=bounded)


def test_as_many_lines_as_orders_are_declared_call_a_reading_proven_that_lost_one() -> None:
    shop = Shop((1, 0, 2), 1, "orders", declares_total=True)
    tape = [0, 0, 0, 3, 1, 0, 0, 0, 4, 1, 0]
    assert play(shop, 2, Choices([*tape]), ByLines)[1]
    assert not play(shop, 2, Choices([*tape]))[1]
