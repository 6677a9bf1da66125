"""Reading by windows with one of its checks taken out: what each check is for.

Each stands with a world in which the model finds what is lost without the check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.completeness.key_order import KeyOrder
from tap_analytics.completeness.windows import Windows
from tests.support.model.windows import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Question, Response, Row

BY_TIME = World("time", by_key=False, rows=4, size=3, offsets=True)
BY_KEY = World("key", by_key=True, rows=5, size=3, offsets=True)
LONG = World("key", by_key=True, rows=7, size=3, offsets=True)
COUNTED = World("key", by_key=True, rows=5, size=2, offsets=True, edits=1, counts_first=True)
NEWEST_FIRST = World("newest", by_key=True, rows=5, size=2, offsets=True, edits=1)


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


MUTANTS: list[tuple[type[Windows], World]] = [
    (KeysAlone, BY_TIME),
    (NoStepBack, BY_TIME),
    (NoStepBack, LONG),
    (NoOverlap, BY_TIME._replace(edits=1)),
    (ShortIsLast, BY_TIME._replace(rows=6, says_more=False, cuts=1, edits=0)),
    (Unsent, LONG._replace(edits=0)),
    (MetAnywhere, LONG._replace(edits=0)),
    (WholeAtOnce, COUNTED._replace(rows=2, size=3)),
    (NoOpposite, NEWEST_FIRST),
    (HalfShown, NEWEST_FIRST),
    (AlwaysActivates, BY_TIME._replace(order="newest", edits=1)),
]
