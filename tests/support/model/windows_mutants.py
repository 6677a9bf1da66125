"""Reading by windows with one of its checks taken out: what each check is for.

Each stands with a world in which the model finds what is lost without the check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.completeness.windows import NOT_THE_END, Windows
from tests.support.model.windows import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Question, Response, Row

BY_TIME = World("time", by_key=False, rows=4, size=3, offsets=True)
BY_KEY = World("key", by_key=True, rows=5, size=3, offsets=True)
LONG = World("key", by_key=True, rows=7, size=3, offsets=True)
COUNTED = World("key", by_key=True, rows=5, size=2, offsets=True, edits=1, counts_first=True)

EACH_PAGE = World(
    "last", by_key=True, rows=7, size=4, offsets=True, overlap=3, edits=0, sorts_pages=True
)


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


class AnyEnd(Windows):
    """The opposite order begins at the end, whatever the windows hold there."""

    def _order_problem(self, response: Response) -> str | None:
        problem = super()._order_problem(response)
        return None if problem == NOT_THE_END else problem

    def _take_opposite(self, response: Response) -> list[bool]:
        marks = super()._take_opposite(response)
        self._opposite_end.fits = lambda window: True  # type: ignore[method-assign]  # noqa: ARG005
        return marks


class FirstWindowMeets(Windows):
    """The first window may meet the end though nothing tells how many rows there are."""

    def _meets_opposite_end(self) -> bool:
        self._opposite_end._is_counted = True
        return super()._meets_opposite_end()


class MeetsAtOnce(Windows):
    """A window meets the end though it does not reach behind the one before."""

    def _take(self, question: Question, response: Response) -> list[bool]:
        self._order.goes_on = lambda *_: True  # type: ignore[method-assign]
        return super()._take(question, response)


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
    (NoOpposite, World("varying", by_key=True, rows=3, size=2, offsets=True, edits=0)),
    (AnyEnd, EACH_PAGE._replace(order="newest", rows=12, overlap=1)),
    (FirstWindowMeets, EACH_PAGE._replace(rows=5)),
    (MeetsAtOnce, EACH_PAGE),
    (AlwaysActivates, BY_TIME._replace(order="newest", edits=1)),
]
