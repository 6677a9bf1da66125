"""Whenever the verdict is proven, no row is missing and none is wrong, whatever happened."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from tap_analytics.completeness.observed_pass import ObservedPass
from tap_analytics.completeness.proof import CompletenessProof
from tests.support.moving_table import Reader, Table, Tape, World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_analytics.completeness.ledger import PassCounts
    from tap_analytics.completeness.page_facts import PageObservation
    from tap_analytics.completeness.verdict import Verdict

WORLDS = st.builds(
    World,
    rows=st.integers(0, 7),
    page_size=st.integers(1, 3),
    order=st.sampled_from(["place", "modified", "newest first", "any"]),
    declares_total=st.booleans(),
    declares_pages=st.booleans(),
    declares_next=st.booleans(),
    replication_key=st.booleans(),
    width=st.sampled_from([1, 2, 4]),
    young_list=st.booleans(),
    counts_first=st.booleans(),
    ends_with_count=st.booleans(),
).map(lambda world: replace(world, young_list=world.young_list and world.replication_key))
# Mostly nothing happens: in a storm of edits no pass is ever proven.
TAPES = st.lists(st.one_of(st.just(0), st.just(0), st.integers(0, 23)), max_size=100)


def read(
    world: World, tape: list[int], rules: type[CompletenessProof] = CompletenessProof
) -> tuple[Verdict | None, Reader, Table, set[int]]:
    """Read a table; what it says of it, and the keys that were there before."""
    table = Table(world, Tape(tape))
    before = set(table.ever)
    reader = Reader(
        table,
        rules(changes_come_again=world.replication_key, page_size=world.page_size),
    )
    verdict = reader.read()
    table.live()
    return verdict, reader, table, before


@settings(
    max_examples=int(os.environ.get("PROOF_EXAMPLES", "800")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(world=WORLDS, tape=TAPES)
def test_a_proven_pass_holds_every_row_that_was_there_throughout(
    world: World, tape: list[int]
) -> None:
    verdict, reader, table, before = read(world, tape)
    for key, version in reader.target.items():
        assert version in table.ever[key], "what is in the table existed"
    if verdict is None or not verdict.proven:
        return
    throughout = before & {row.key for row in table.rows}
    assert throughout <= reader.target.keys(), "no row is missing"
    unchanged = throughout - table.touched
    assert {reader.target[key] for key in unchanged} <= {0}, "none is wrong"
    if not world.replication_key:
        assert reader.target == reader.newest, "no older copy lies over a newer one"


@settings(max_examples=200, deadline=None)
@given(world=WORLDS)
def test_unchanged_data_is_proven_in_as_few_passes_as_can_be(world: World) -> None:
    verdict, reader, table, _ = read(world, [])
    one_answer = world.rows == 0 or (
        world.rows <= world.page_size
        and (world.declares_total or world.declares_pages or world.declares_next)
    )
    at_once = one_answer or (world.declares_total and world.replication_key)
    assert verdict is not None
    assert verdict.proven
    assert reader.passes == (1 if at_once else 2)
    assert reader.emitted == len(table.rows), "a second reading sends nothing again"


class FiveRules(CompletenessProof):
    """The rules that look at one pass only, and count what it read."""

    def _uncounted(self, seen: PassCounts) -> Iterable[str]:  # the rule has no use for it
        declared = self._pass.pages[0].total
        if declared is not None and seen.distinct < declared:
            yield "too few"


class _InAnyOrder(ObservedPass):
    def uncertain_rows_before(self, last: int) -> int:
        return last * 0


class AnyOrderOfAnswers(CompletenessProof):
    """A second reading confirms the first, whichever of its answers came first."""

    pass_class = _InAnyOrder


class Agreement(CompletenessProof):
    """A second reading that finds nothing new confirms the first, though something vanished."""

    def _uncounted(self, seen: PassCounts) -> Iterable[str]:
        return super()._uncounted(structs.replace(seen, vanished=0))


class _LastPageNeverFull(ObservedPass):
    def last_page_in_doubt(self, last: int) -> bool:
        return last == 0 and super().last_page_in_doubt(last)


class LastPageNeverFull(CompletenessProof):
    """What the last page of several says is taken for one moment, though it may be full."""

    pass_class = _LastPageNeverFull


class _SinglePageNeverFull(ObservedPass):
    def last_page_in_doubt(self, last: int) -> bool:
        return last > 0 and super().last_page_in_doubt(last)


class SinglePageNeverFull(CompletenessProof):
    """The same for the only page of a reading."""

    pass_class = _SinglePageNeverFull


class _FirstPageNeverCut(ObservedPass):
    first_page_may_be_cut = False


class FirstPageNeverCut(CompletenessProof):
    """A first page is taken for full, though it may end where a count did."""

    pass_class = _FirstPageNeverCut


class _SilenceNeverCounts(ObservedPass):
    def is_counted(self, page: PageObservation) -> bool:
        return any(said is not None for said in (page.total, page.page_count, page.has_next))


class SilenceNeverCounts(CompletenessProof):
    """A server that says no number is taken for one that does not count, though pages end."""

    pass_class = _SilenceNeverCounts


def holes(world: World, tape: list[int], rules: type[CompletenessProof]) -> set[int]:
    """The keys of rows that were there throughout, and are missing after a proven pass."""
    verdict, reader, table, before = read(world, tape, rules)
    proven = verdict is not None and verdict.proven
    return before & {row.key for row in table.rows} - reader.target.keys() if proven else set()


@pytest.mark.parametrize(
    ("rules", "world", "tape"),
    [
        pytest.param(
            FiveRules,
            World(4, 2, "place", declares_total=True, replication_key=True),
            [0, 0, 3, 0, 0, 0, 3, 0, 5, 0, 4, 0, 5],
            id="one pass is counted, and a new row stands in for a lost one",
        ),
        pytest.param(
            Agreement,
            World(4, 1, "modified", declares_pages=True),
            [0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 21],
            id="a row of the first pass vanished before the second",
        ),
        pytest.param(
            AnyOrderOfAnswers,
            World(5, 2, "place", width=3),
            [0, 0, 0, 1, 0, 1, 4, 0, 4, 0, 3, 2, 0, 0, 0, 0, 0, 2, 0, 0, 5],
            id="the last page was answered before others",
        ),
        pytest.param(
            LastPageNeverFull,
            World(5, 3, "place", declares_next=True, width=2, counts_first=True),
            [0, 0, 3, 0, 0, 0, 0, 11, 3, *[0] * 9, 13],
            id="a row was pushed off the last of several pages after the count",
        ),
        pytest.param(
            SinglePageNeverFull,
            World(1, 1, "newest first", declares_next=True, counts_first=True),
            [0, 0, 20],
            id="a row was pushed off the only page after the count",
        ),
        pytest.param(
            FirstPageNeverCut,
            World(2, 3, "newest first", counts_first=True, ends_with_count=True),
            [0, 0, 3, *[0] * 6, 3, 0, 0, 5, 1],
            id="the first page was cut where its count was, and nothing followed its place",
        ),
        pytest.param(
            SilenceNeverCounts,
            World(3, 2, "place", counts_first=True, ends_with_count=True),
            [*[0] * 5, 3, 2, *[0] * 8, 3, 2, 0, 5],
            id="the last page was cut where a count was that nobody told",
        ),
    ],
)
def test_weaker_rules_call_a_reading_proven_that_lost_a_row(
    rules: type[CompletenessProof], world: World, tape: list[int]
) -> None:
    """Readings found by the same search with a part of the rules taken out."""
    assert holes(world, tape, rules)
    assert not holes(world, tape, CompletenessProof)
