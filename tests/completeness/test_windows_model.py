"""Within bounds, nothing that can happen to a table makes a reading by windows break a promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_analytics.completeness.key_order import KeyOrder
from tap_analytics.completeness.windows import OVERLAP, Windows
from tests.support.model.windows import ORDERS, World, check, worlds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Question, Response, Row

BY_TIME = World("time", by_key=False, rows=4, size=3, offsets=True)
BY_KEY = World("key", by_key=True, rows=5, size=3, offsets=True)
LONG = World("key", by_key=True, rows=7, size=3, offsets=True)
COUNTED = World("key", by_key=True, rows=5, size=2, offsets=True, edits=1, counts_first=True)
NEWEST_FIRST = World("newest", by_key=True, rows=5, size=2, offsets=True, edits=1)


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


class KeysAlone(Windows):
    """A row is an anchor though its contents changed."""

    def _joins(self, rows: Sequence[Row]) -> bool:
        return not self._start or any(row.key in self._covered for row in rows)


class NoStepBack(Windows):
    """A window counts though it shares no row with the one before."""

    def _joins(self, rows: Sequence[Row]) -> bool:
        return not self._start or len(rows) >= 0


class NoOverlap(NoStepBack):
    """A window begins where the one before ended."""

    def __init__(
        self, page_size: int, *, by_key: bool = True, offsets: bool = False, overlap: int = 1
    ) -> None:
        """Prepare it."""
        super().__init__(page_size, by_key=by_key, offsets=offsets, overlap=overlap * 0)


class ShortIsLast(Windows):
    """A short response is the end."""

    def _is_last(self, question: Question, response: Response) -> bool:
        if response.more is None:
            return len(response.rows) < (question.size or 0)
        return not response.more


class Unsent(Windows):
    """What came in the opposite order is taken as sent, and is not sent."""

    def _take_opposite(self, response: Response) -> list[bool]:
        return [False] * len(super()._take_opposite(response))


class MetAnywhere(Windows):
    """Windows are over behind the opposite order, though they share no row with it."""

    def _ask_window(self) -> None:
        self._end_proven("the end of the table is read")


class WholeAtOnce(Windows):
    """One response that says that it holds everything is taken at its word."""

    def _take_whole(self, question: Question, response: Response) -> list[bool]:
        self._covered = {row.key: (0, row.contents) for row in response.rows}
        super()._take_whole(question, response)
        return [True] * len(response.rows)


class NoOpposite(Windows):
    """Any response to the opposite order shows the order by key."""

    def _opposite_shows_order(self, keys: Sequence[object]) -> bool:
        return len(keys) >= 0


class OnlyDescending(KeyOrder):
    """The opposite page needs to descend, and no more."""

    def reverse(self, first: Sequence[object], last: Sequence[object]) -> bool:
        """Look at the opposite page alone."""
        return bool(first) and list(last) == sorted(last, key=str, reverse=True)


class HalfShown(Windows):
    """An opposite page that descends shows the order, wherever it begins."""

    def __init__(
        self, page_size: int, *, by_key: bool = True, offsets: bool = False, overlap: int = 1
    ) -> None:
        """Prepare it."""
        super().__init__(page_size, by_key=by_key, offsets=offsets, overlap=overlap)
        self._key_order = OnlyDescending()


class AlwaysActivates(Windows):
    """Rows that were not read may be deleted whatever the order."""

    @property
    def may_activate_version(self) -> bool:
        """Whenever it is proven."""
        return self.outcome is not None and self.outcome.proven


@pytest.mark.parametrize(
    ("kind", "world", "problem"),
    [
        (KeysAlone, BY_TIME, "was there unchanged and was never sent"),
        (NoStepBack, BY_TIME, "was there unchanged and was never sent"),
        (NoStepBack, LONG, "was there unchanged and was never sent"),
        (NoOverlap, BY_TIME._replace(edits=1), "was there unchanged and was never sent"),
        (ShortIsLast, BY_TIME._replace(rows=6, says_more=False, cuts=1, edits=0), "was there"),
        (Unsent, LONG._replace(edits=0), "was there unchanged and was never sent"),
        (MetAnywhere, LONG._replace(edits=0), "was there unchanged and was never sent"),
        (
            WholeAtOnce,
            COUNTED._replace(rows=2, size=3),
            "was there unchanged and was never sent",
        ),
        (NoOpposite, NEWEST_FIRST, "was never sent"),
        (HalfShown, NEWEST_FIRST, "was never sent"),
        (
            AlwaysActivates,
            BY_TIME._replace(order="newest", edits=1),
            "would be deleted and was never sent",
        ),
    ],
)
def test_a_reading_with_a_check_taken_out_is_found_out(
    kind: type[Windows], world: World, problem: str
) -> None:
    """The trace is printed: `pytest -s` shows it."""
    finding = check(world, kind)
    assert finding.problem is not None
    assert problem in finding.problem
    assert "proven=True" in finding.trace
    print(f"{finding.problem}\n{finding.trace}")  # noqa: T201  # what went wrong, step by step
    sound = check(world, most=1000)
    assert sound.problem is None, sound.trace
