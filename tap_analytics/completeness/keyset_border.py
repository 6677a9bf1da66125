"""Where a response ends: whether it left out records that lie before its last one.

A server may sort what it has cut, or by another field that mostly rises with the time. Within such
a response nothing shows it. But a record that another response has, and that was there when the
reading began, shows it, and so does page 2 of the same question. That costs a request, so it is
asked for only where something gives rise to it: where a response ends with a record that changed
meanwhile, where the reverse order lacks an old record that it should have had, or where more
records vanish from what the server counts than a page has brought. Deletes do that, too: so it is
looked at only where twice as many vanish as proved harmless before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.completeness.instants import before
from tap_analytics.completeness.keyset_errors import NotHeldError
from tap_analytics.completeness.reading import Response

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import timedelta
    from typing import Protocol

    from tap_analytics.completeness.reading import Question, Row

    Steps = Generator[Question, Response, None]

    class _Clock(Protocol):
        resolution: timedelta
        old: str
        horizon: str
        reverse: Response


LEFT_OUT = (
    "a response left out records that lie before its last one, so that they are not sorted by "
    "modification time"
)
NOT_IN_ORDER = (
    "a page has older records than the last one of the page before it, so that they are not sorted "
    "by modification time"
)


def leaves_out(
    response: Response, rows: Sequence[Row], clock: _Clock, *, descending: bool = False
) -> bool:
    """Whether a response lacks one of some records, though in the order by time it has all.

    Args:
        response: The response, which has no fewer records than any that is cut.
        rows: Records that the same question asks for.
        clock: Tells which of them were there when the reading began.
        descending: Whether the response is in the reverse order.
    """
    if not response.rows:
        return False
    last = response.rows[-1].time or ""

    def covers(time: str) -> bool:
        if time > clock.old:
            return False
        # Records of the last one's own step of the filter come with the next question, too.
        return time > last if descending else _is_earlier(time, last, clock)

    covered = [row.key for row in rows if row.time and covers(row.time)]
    return bool(covered) and not {row.key for row in response.rows}.issuperset(covered)


def _is_earlier(time: str, last: str, clock: _Clock) -> bool:
    """Whether a time lies in an earlier step of the filter than another."""
    return time < last and before(time, clock.resolution) < before(last, clock.resolution)


def look_behind(question: Question, response: Response, clock: _Clock, problem: str) -> Steps:
    """Ask for the page behind a response: it has no old record that lies before the last one.

    Args:
        question: What the response, or the last of several that it consists of, was asked for by.
        response: What came.
        clock: Of the reading.
        problem: What it means that there is one.

    Raises:
        NotHeldError: There is one.
    """
    behind = yield replace(question, page=question.page + 1, trial=True, aside=True, repeats=True)
    if leaves_out(response, behind.rows, clock):
        raise NotHeldError(problem)


class Borders:
    """The ends of the responses of one span, one after the other."""

    def __init__(self, clock: _Clock) -> None:
        """Before the first one."""
        self._clock = clock
        self._question: Question | None = None
        self._response = Response()
        self._least: int | None = None
        """How many records the server declared for the question, at least; None where nothing."""
        self._size = 1
        """The most records that a page held."""
        self._harmless = 0
        """So many records vanished before, and none was left out."""

    @property
    def is_open(self) -> bool:
        """Whether the response to the next question may show that the last one left out some."""
        return self._least is not None

    def cross(self, question: Question, response: Response) -> Steps:
        """Look at the end of the response before, and of this one.

        Raises:
            NotHeldError: A record was left out.
        """
        vanished = self._vanished(response)
        if self._question is not None and vanished > 2 * self._harmless:
            here = replace(self._question, page=self._question.page - 1)
            for question_before in (self._question, here):
                # Records only fall to earlier places: who looks back as well meets each of them.
                yield from self._look(question_before, self._response)
            self._harmless = vanished
        self.reach(question, response)
        changed = response.rows and (response.rows[-1].time or "") > self._clock.horizon
        if (changed and response.more is not False) or leaves_out(
            self._clock.reverse, response.rows, self._clock, descending=True
        ):
            yield from self._look(question, response)

    def _look(self, question: Question, response: Response) -> Steps:
        yield from look_behind(question, response, self._clock, NOT_IN_ORDER)

    def reach(self, question: Question, *responses: Response) -> None:
        """The next question goes on behind these pages; this was asked for the last of them."""
        rows = [row for response in responses for row in response.rows]
        self._question, self._response = question, replace(responses[0], rows=rows)
        self._size = max(self._size, *(len(response.rows) for response in responses))
        self._least = self._declared(responses[0], least=True)

    def _vanished(self, response: Response) -> int:
        """How many records vanished between two responses, at least."""
        most = self._declared(response, least=False)
        if self._least is None or most is None or not self._response.rows:
            return 0
        last = self._response.rows[-1].time or ""
        taken = len(self._response.rows)
        for row in reversed(self._response.rows):
            if _is_earlier(row.time or "", last, self._clock):
                break
            taken -= 1
        return self._least - taken - most

    def _declared(self, response: Response, *, least: bool) -> int | None:
        """The least or the most records that a server declares for a question; None where none."""
        if response.count is not None or response.pages is None:
            return response.count
        return (response.pages - 1) * self._size + 1 if least else response.pages * self._size
