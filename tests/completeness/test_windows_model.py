"""Within bounds, nothing that can happen to a table makes a reading by windows break a promise."""

from __future__ import annotations

import pytest

from tap_analytics.completeness.windows import OVERLAP, Windows
from tests.support.model.windows import ORDERS, World, check, worlds
from tests.support.model.windows_mutants import COUNTED, LONG, MUTANTS, AlwaysActivates


def test_one_edit_in_every_world_breaks_no_promise() -> None:
    findings = [check(world) for world in worlds(edits=1, most_rows=3)]
    assert [finding.trace for finding in findings if finding.problem] == []
    assert sum(finding.executions for finding in findings) > 4000
    assert sum(finding.proven for finding in findings) > 2000


@pytest.mark.parametrize(
    "world",
    [
        *(World(order, by_key=False, rows=4, size=3, offsets=True) for order in ORDERS[:3]),
        World("arbitrary", by_key=False, rows=3, size=2, offsets=True, says_more=False),
        World("key", by_key=True, rows=6, size=4),
        LONG._replace(edits=1),
        COUNTED,
        COUNTED._replace(says_more=False),
        World("key", by_key=True, rows=4, size=3, offsets=True, says_more=False),
        World("time", by_key=False, rows=2, size=2, offsets=True, edits=3),
        World("newest", by_key=True, rows=5, size=4, offsets=True, overlap=OVERLAP),
    ],
    ids=str,
)
def test_several_edits_break_no_promise(world: World) -> None:
    finding = check(world)
    assert finding.problem is None, finding.trace


@pytest.mark.parametrize(("kind", "world"), MUTANTS)
def test_a_reading_with_a_check_taken_out_is_found_out(kind: type[Windows], world: World) -> None:
    finding = check(world, kind)
    assert finding.problem is not None
    activates = kind is AlwaysActivates
    what = "would be deleted" if activates else "was there unchanged"
    assert f"{what} and was never sent" in finding.problem
    assert "proven=True" in finding.trace
    sound = check(world, most=1000)
    assert sound.problem is None, sound.trace
