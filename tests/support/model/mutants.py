"""Keyset reading with one of its checks taken out: what each check is for.

Each stands with a world in which the model finds the record that is lost without the check.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.completeness.instants import MICROSECOND, shifted
from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.keyset_border import Borders
from tap_analytics.completeness.keyset_errors import NotHeldError
from tap_analytics.completeness.keyset_span import Span
from tests.support.model.table import MARGIN, World

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from tap_analytics.completeness.keyset_span import Steps
    from tap_analytics.completeness.reading import Question, Response, Row

MINUS_ALONE = World(times=(0, 2, 1, 3, 4), order="key, as asked", declares_total=True, edits=0)

MUTANTS: dict[str, tuple[type[KeysetReading], World]] = {}


def in_world(world: World) -> Callable[[type[KeysetReading]], type[KeysetReading]]:
    """Name the world in which the model finds a mutant."""

    def decorate(mutant: type[KeysetReading]) -> type[KeysetReading]:
        assert mutant.__doc__ is not None
        MUTANTS[mutant.__doc__] = (mutant, world)
        return mutant

    return decorate


def span_in_world(world: World) -> Callable[[type[Span]], type[Span]]:
    """The same for what is wrong in a span."""

    def decorate(mutant: type[Span]) -> type[Span]:
        class Reading(KeysetReading):
            __doc__ = mutant.__doc__
            span_class = mutant

        in_world(world)(Reading)
        return mutant

    return decorate


@in_world(World(order="key", times=(0, 2, 1, 3)))
class NoReverse(KeysetReading):
    """The reverse order is not asked for."""

    def _show_order(self, first: Response) -> Steps:
        del first
        self._believed = True
        yield from ()


@in_world(World(order="key", times=(0, 2, 1, 3)))
class NotReversed(KeysetReading):
    """Any response to the reverse order is taken as reversed."""

    def _show_order(self, first: Response) -> Steps:
        del first
        yield self._spans[0].question(trial=True)
        self._believed = True


@in_world(World(order="key", times=(0, 2, 1, 3)))
class FewWitnesses(KeysetReading):
    """One record that made way is enough to believe the order."""

    witnesses = 1


@in_world(World(order="key", times=(0, 2, 1, 3)))
class EarlyCheckpoint(KeysetReading):
    """A bookmark goes out before the order is shown."""

    def _open(self, opening: list[Response]) -> Steps:
        yield from super()._open(opening)
        span = self._spans[0]
        if not span.done:
            self._believed = True
            cursor = span.cursor
            span.settle(span.last(opening[0]), ended=False)
            span.cursor = cursor


@in_world(World(times=(0, 1, 2, 3, 4, 5, 6), width=2, part_pages=2, edits=1))
class TailInTheLastPart(KeysetReading):
    """What changes meanwhile is read together with the parts."""

    def _cut_into_parts(self, first: Response) -> None:
        super()._cut_into_parts(first)
        self._spans[-1].stop = self._end


@in_world(World(times=(0, 1, 2, 3, 4), width=2, edits=1))
class GreatestCursor(KeysetReading):
    """The bookmark comes from any part, and not from the oldest that is open."""

    @property
    def checkpoint(self) -> str | None:
        """The greatest of all."""
        settled = [span.settled for span in self._spans if span.settled]
        return max(settled, default=None) if self._believed else None


@in_world(World(times=(0, 1, 2, 3, 4), width=2, edits=1))
class BorderIncluded(KeysetReading):
    """A part begins behind its border, and not at it."""

    def _cut_into_parts(self, first: Response) -> None:
        super()._cut_into_parts(first)
        for span in self._spans[1:]:
            assert span.start is not None
            span.cursor = span.start = span.start.replace("0Z", "1Z")


@span_in_world(World(times=(0, 0, 0, 1), includes=False))
class SinceItself(Span):
    """The cursor itself is asked for, and not the instant before it."""

    def question(self, page: int = 1, *, trial: bool = False) -> Question:
        """As if every filter included its bound."""
        return replace(super().question(page, trial=trial), since=self.cursor)


@span_in_world(World(times=(0, 1, 2, 3, 4), says_more=False, caps=True, page_size=3, edits=0))
class ShortPageEnds(Span):
    """A response with fewer records than the one before is the end."""

    def ends(self, response: Response) -> bool:
        """Whether it is short."""
        return len(response.rows) < self._fullest or super().ends(response)


@span_in_world(World(order="second", times=(1, 0, 3, 2, 4, 5), page_size=3, edits=1))
class TimesMayFall(Span):
    """Times may fall within a response."""

    def check(self, question: Question, response: Response) -> None:
        """Hold only the bound."""
        least = question.since or ""
        if any(row.time is None or row.time < least for row in response.rows):
            raise NotHeldError


@span_in_world(World(times=(0, 1, 2, 3), filters="older", edits=0))
class MayBeOlder(Span):
    """Records may be older than what was asked for."""

    def check(self, question: Question, response: Response) -> None:
        """Hold only the order."""
        del question
        times = [row.time or "" for row in response.rows]
        if times != sorted(times):
            raise NotHeldError


@span_in_world(World(times=(0, 0, 0, 0, 1), ties_show_order=1))
class NotBackwards(Span):
    """Pages of ties are read forwards only."""

    def read_backwards(self, page: int) -> Generator[Question, Response, list[Response]]:
        """Nothing."""
        del page
        yield from ()
        return []


@span_in_world(World(times=(0, 0, 0, 0, 1), ties_show_order=1, order_varies=True, edits=0))
class TiesTwice(Span):
    """A record that comes twice among ties is no sign that their order changes."""

    def check_fixed_order(self, seen: set[tuple[int, int]], row: Row) -> None:
        """Do not look."""


@span_in_world(World(times=(0, 0, 0, 1), page_size=1, order_varies=True, whims=1, edits=1))
class PlacesUnfilled(Span):
    """Ties are taken as read although there are fewer of them than places."""

    def fills_places(self, pages: Sequence[Response], again: Sequence[Response]) -> bool:
        """Do not count."""
        del pages, again
        return True


@span_in_world(World(latest=2))
class NoCap(Span):
    """The bookmark may be later than the beginning of the reading less the margin."""

    def limit(self, last: str | None, *, ended: bool) -> str:
        """As far as any record."""
        del ended
        return last or "9999"


@span_in_world(World(times=(0, 1, 4), begins=4, page_size=3, latest=2, says_more=False))
class NoMargin(Span):
    """The bookmark may come as near to the beginning of the reading as the clocks say."""

    def limit(self, last: str | None, *, ended: bool) -> str:
        """Up to the beginning of the reading."""
        began = shifted(self.clock.cap, timedelta(seconds=MARGIN / 2))
        return began if ended or last is None else min(last, began)


@span_in_world(World())
class KeyAlone(Span):
    """A record that was just sent is skipped although it changed."""

    def was_sent(self, recent: Row | None, row: Row) -> bool:
        """Whether its key was sent."""
        return recent is not None and recent.key == row.key


@span_in_world(World(times=(0, 1, 2, 3, 4), width=2, edits=1))
class BeyondItsSpan(Span):
    """A part sends what lies behind its span too."""

    def _is_new(self, row: Row) -> bool:
        return not self.was_sent(self._recent.get(row.key), row)


@span_in_world(World(times=(0, 0, 0, 1)))
class TiesSkipped(Span):
    """Behind a page of ties it goes on with the next instant."""

    def read_ties(self, first: Response) -> Generator[Question, Response, tuple[bool, str | None]]:
        """Do not read them."""
        yield from ()
        return False, shifted(self.last(first) or "", 2 * MICROSECOND)


@span_in_world(MINUS_ALONE)
class NothingBehind(Span):
    """Nobody looks behind a page, whatever gives rise to it."""

    class borders_class(Borders):  # noqa: N801  # overridden by its name
        """Nothing gives rise to it."""

        def cross(self, question: Question, response: Response) -> Steps:
            """Do not look."""
            del question, response
            yield from ()


@in_world(World(order="sample", times=tuple(range(20)), begins=40, page_size=8, seed=2, edits=0))
class AnyRows(KeysetReading):
    """A response may lack what it must have had by another one."""

    span_class = NothingBehind

    @staticmethod
    def leaves_out(
        response: Response, rows: Sequence[Row], clock: object, *, descending: bool = False
    ) -> bool:
        """Do not look."""
        del response, rows, clock, descending
        return False


@span_in_world(replace(MINUS_ALONE, kills=True))
class SettledAtOnce(Span):
    """A bookmark goes out before the next response has shown that nothing vanished."""

    class borders_class(Borders):  # noqa: N801  # overridden by its name
        """Nothing is awaited."""

        is_open = False


@span_in_world(World(times=(0, 1, 2, 3, 4, 5), shift=2, edits=0))
class GoesOnAnywhere(Span):
    """A response may begin behind the end of the one before."""

    def goes_on(self, rows: Sequence[Row]) -> bool:
        """Do not look."""
        del rows
        return True


@in_world(World(times=(0, 1, 2), begins=8, shift=30, edits=1, runs=2))
class AnyRest(KeysetReading):
    """The whole rest since the bookmark may lack the record of the bookmark."""

    @staticmethod
    def show_beginning(span: object, rows: Sequence[Row], bookmark: str) -> Steps:
        """Do not look."""
        del span, rows, bookmark
        yield from ()


@in_world(World(times=(0, 1, 2, 3, 4), says_more=False, caps=True, page_size=3, edits=0))
class NoPageBehind(KeysetReading):
    """A page with fewer records than asked for is all there are."""

    @staticmethod
    def look_for_end(
        span: Span, question: Question, response: Response, least_full: int = 1
    ) -> Generator[Question, Response, Response]:
        """Do not look."""
        del span, question, least_full
        yield from ()
        return replace(response, more=False)


@in_world(World(order="page", times=(0, 1, 2), says_more=False, edits=1))
class OnePageBehind(KeysetReading):
    """An empty page 2 shows that a full page 1 was all, though it may be another by then."""

    @staticmethod
    def look_for_end(
        span: Span, question: Question, response: Response, least_full: int = 1
    ) -> Generator[Question, Response, Response]:
        """Do not ask for page 1 again."""
        del span, least_full
        behind = yield replace(question, page=2, trial=False, repeats=True)
        return response if behind.rows else replace(response, more=False)


@span_in_world(World(times=(0, 1, 2, 3, 4, 5), shift=60, edits=0))
class EmptyEnds(Span):
    """An empty response is the end, whatever the latest records of all are."""

    def goes_on(self, rows: Sequence[Row]) -> bool:
        """Do not look where nothing came."""
        return not rows or super().goes_on(rows)
