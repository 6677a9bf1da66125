"""Whether a since filter takes a start value as the tap means it.

A server may read it in another time zone, or compare with another field. Then a response begins too
late, and nothing in it shows what it leaves out. But a record that is asked for since its own time
does not come, unless somebody has just changed or deleted it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from tap_analytics.completeness.instants import MICROSECOND, shifted
from tap_analytics.completeness.keyset_errors import NotHeldError
from tap_analytics.completeness.reading import Question

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from tap_analytics.completeness.reading import Response, Row

    Steps = Generator[Question, Response, None]

    class _Clock(Protocol):
        cap: str

        def before(self, instant: str | None) -> str | None: ...

    class _Span(Protocol):
        @property
        def clock(self) -> _Clock: ...
        @property
        def part(self) -> int: ...
        def check(self, question: Question, response: Response) -> None: ...
        def take(self, rows: Sequence[Row]) -> None: ...


WITNESSES = 3
"""So many records, one after the other, must be missing where they were asked for."""


def reaches(rows: Sequence[Row], instant: str) -> bool:
    """Whether a response goes back as far as an instant at which there was a record."""
    return any(row.time is not None and row.time <= instant for row in rows)


def show_beginning(span: _Span, rows: Sequence[Row], bookmark: str) -> Steps:
    """Show that a first response leaves out nothing behind the bookmark.

    Args:
        span: What is read.
        rows: The records of the response.
        bookmark: There was a record at this time; all up to it was read before.

    Raises:
        NotHeldError: It cannot be shown.
    """
    if reaches(rows, bookmark):
        return
    cap = span.clock.cap
    owed = sorted((row for row in rows if "" < (row.time or "") <= cap), key=_time)
    if not owed:
        # Nothing came, or only what may change all the time: then the latest records of all tell.
        latest = yield from _ask_for_latest(span)
        owed = [row for row in latest.rows if bookmark < _time(row) <= cap]
        if not owed and _goes_back(latest, bookmark):
            return
    yield from show_filter(span, owed, shifted(bookmark, MICROSECOND), ordered=False)


def show_filter(
    span: _Span, rows: Sequence[Row], floor: str, *, ordered: bool = True
) -> Generator[Question, Response, Response]:
    """Ask for records since their own times, until one is there.

    Where nothing comes, all may have been deleted: then the latest records of all tell.

    Args:
        span: What is read; it takes in the responses.
        rows: Records that have come, the best witness first.
        floor: All before this instant was read.
        ordered: Whether the server is known to order by time.

    Returns:
        The response that has one, or an empty one where none is left.

    Raises:
        NotHeldError: None comes, and some are left.
    """
    asked, witness, looked = 0, "", False
    while rows and asked < WITNESSES:
        witness, asked = _time(rows[0]), asked + 1
        since = span.clock.before(witness)
        question = Question(since, "ascending", part=span.part, trial=True, aside=True)
        response = yield question
        if ordered:
            span.check(question, response)
        span.take(response.rows)
        if reaches(response.rows, witness):
            return response
        rows = response.rows or rows[1:]
        if not response.rows and not response.refused and not looked:
            looked, latest = True, (yield from _ask_for_latest(span))
            left = [row for row in latest.rows if floor <= _time(row) <= span.clock.cap]
            if not left and _goes_back(latest, floor):
                return response
            rows = [row for row in left if _time(row) != witness]
    message = "a record does not come when it is asked for since its own time"
    # A record that changes all the time is no witness.
    raise NotHeldError(message, lasting=asked == WITNESSES and witness <= span.clock.cap)


def _ask_for_latest(span: _Span) -> Generator[Question, Response, Response]:
    """Ask for the latest records of all, whatever the filter leaves.

    Raises:
        NotHeldError: They are not what was asked for.
    """
    latest = yield Question(order="descending", part=span.part, trial=True, aside=True)
    if latest.refused or any(a < b for a, b in pairwise(map(_time, latest.rows))):
        message = "the reverse of the order by modification time is not heeded"
        raise NotHeldError(message)
    return latest


def _goes_back(latest: Response, instant: str) -> bool:
    """Whether the latest records are all that there are behind an instant."""
    return not latest.rows or latest.more is False or reaches(latest.rows, instant)


def _time(row: Row) -> str:
    return row.time or ""
