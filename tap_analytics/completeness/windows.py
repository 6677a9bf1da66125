"""Reading by overlapping windows: the rows that two of them share prove that none lies between.

Needs an order that unchanged rows keep among each other, and a page size or an offset that the
server heeds. Each window begins some rows before the end of the window before. A row that both
hold with the same contents is an anchor: it did not change between the two responses. Let `r` be a
row that is unchanged throughout. If `r` stands before the anchor, it did so in the response before,
and was covered there. If it stands behind the anchor, it is in this window, or behind the end of
it. So by and by every such row is covered, up to a window behind which there is nothing. Whatever
is inserted, changed or deleted in between shifts windows; it cannot put an unchanged row into a
gap. A row with the same key and other contents is no anchor: it may have moved.

In an order by key a changed row stays where it is, and the same holds for every row that exists
throughout. That the server orders by key is shown by the opposite order (as for keyset reading),
by the keys of every response, and by those of each window that the one before did not have: they
stand behind it (`window_order.py`). Only then may rows that were not read be deleted in the target.

The opposite order is asked for behind the first window, and its rows are sent: they are the end of
the table. So windows are over when one of them meets a row of it, unchanged (`opposite_end.py`).
Where none is left, the opposite order is asked for again behind the last window: a server that
counts before it selects ends that one where the count does, and a row may have come between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.completeness.changes import Changes
from tap_analytics.completeness.opposite_end import OppositeEnd
from tap_analytics.completeness.reading import Outcome
from tap_analytics.completeness.window_order import WindowOrder
from tap_analytics.completeness.window_places import WindowPlaces
from tap_analytics.completeness.window_problems import window_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from tap_analytics.completeness.reading import Question, Response, Row

OVERLAP = 3
"""Rows that windows share: one is enough, but some may be changed or deleted meanwhile."""

SPARE_WINDOWS = 8
"""How many windows may fail to bring anything, above the number of those that did."""

MOST_LOOKS = 4
"""How often one response that is to hold everything is asked for, until the same comes twice; and
the end of the table, until it shares an unchanged row with the last window."""

MOST_MISFITS = 1
"""How often the end may hold other rows than the last window, which may be a short one."""

NOTHING_FOLLOWS = "nothing follows the last window"
MET = "the windows met the end of the table, read in the opposite order"
ONE_RESPONSE = "one response held everything"
NOT_THE_END = "the opposite order does not begin at the end: each page is sorted by itself"
TOO_FEW_STAYED = "too few records stayed the same from one window to the next"


class Windows:
    """Reads a stream in one pass of overlapping windows: see `Reading`.

    It keeps the keys of one window, so its memory does not grow with the table.
    """

    def __init__(
        self,
        page_size: int,
        *,
        since: str | None = None,
        bookmark: str | None = None,
        margin: timedelta | None = None,
        by_key: bool = True,
        offsets: bool = False,
        overlap: int = OVERLAP,
    ) -> None:
        """Prepare a reading.

        Args:
            page_size: The most records to ask for at once.
            since: Read what changed from this date-time on; None reads all.
            bookmark: The old bookmark; the new one is never below it.
            margin: By how much a bookmark stays behind the beginning; None where there is none.
            by_key: Whether to ask for the order by key and have it shown. Else the user vouches
                that unchanged rows keep their order among each other.
            offsets: Whether the API takes an offset; else a page number and a page size.
            overlap: Rows that windows share.
        """
        self.outcome: Outcome | None = None
        self._size = page_size
        self._since = since
        self._changes = Changes(since, bookmark, margin)
        self._by_key = by_key
        self._places = WindowPlaces(since, "ascending" if by_key else None, offsets=offsets)
        self._overlap = self._back = overlap
        self._end = 0
        """The number of rows up to the end of the last window that counted."""
        self._covered: dict[int, tuple[int, int]] = {}
        """The rows of that window: place and contents by key."""
        self._opposite_end = OppositeEnd()
        self._order = WindowOrder(overlap)
        self._order_is_shown = self._is_first_opposite = False
        self._whole = self._edited = False
        self._looks = self._ends = 0
        """How often everything, and the end of the table, was asked for again."""
        self._windows = self._idle = 0
        self._start = 0
        self._question: Question | None = self._window(0, page_size, trial=by_key)

    @property
    def may_activate_version(self) -> bool:
        """Whether every row that existed throughout was sent, the changed ones too."""
        proven = self.outcome is not None and self.outcome.proven
        return proven and (self._whole or self._order_is_shown)

    @property
    def order_is_shown(self) -> bool:
        """Whether the opposite order has shown that the server orders by key."""
        return self._order_is_shown

    @property
    def overlap_is_shown(self) -> bool:
        """Whether a second window has joined the first: its place and its size are heeded."""
        return self._windows > 1

    @property
    def checkpoint(self) -> str | None:
        """The new bookmark, when everything is read: a reading by windows cannot be resumed."""
        proven = self.outcome is not None and self.outcome.proven
        return self._changes.newest if proven else None

    def questions(self) -> Sequence[Question]:
        """The next question, until it has been taken; windows are asked one after the other."""
        question, self._question = self._question, None
        return () if question is None else (question,)

    def receive(self, question: Question, response: Response) -> Sequence[bool]:
        """Take in a response; the records of a window that does not count come again."""
        nothing = [False] * len(response.rows)
        self._changes.responded(response)
        if response.refused:
            self._fall_back("the server refuses the order by key")
        elif question.order == "descending":
            return self._take_opposite(response)
        elif self._start == 0 and response.more is False:
            return self._take_whole(question, response)
        elif problem := self._problem(question, response):
            self._fall_back(problem)
        elif self._joins(response.rows):
            return self._take(question, response)
        else:
            self._step_back()
        return nothing

    def _take_whole(self, question: Question, response: Response) -> list[bool]:
        """One response says that it holds everything: the same must come once more.

        A server that counts before it selects may end it where the count does, and leave out the
        last row for one that came between the two. Then the next response has more rows. (Where
        all rows are older than the reading, none came.)
        """
        rows = response.rows
        self._changes.observe(rows)
        same = len(rows) == len(self._covered) and all(map(self._is_anchor, rows))
        unsent = self._unsent(rows)
        met = any(map(self._opposite_end.has, rows))
        self._opposite_end.send(rows)
        if same or self._changes.are_old(rows):
            self._whole = True
            self._end_proven(ONE_RESPONSE)
        elif met:
            self._end_proven(MET)
        elif self._looks == MOST_LOOKS:
            self._fall_back(TOO_FEW_STAYED, lasting=False)
        else:
            self._looks += 1
            self._covered = {row.key: (place, row.contents) for place, row in enumerate(rows)}
            self._question = question
            is_busy = self._changes.cap or self._looks > 1
            if is_busy and self._order.is_shown(response.keys):
                # On a busy table the same hardly comes twice: look from the other end.
                self._question = self._places.opposite(self._size, trial=True, repeats=True)
        return unsent

    def _take_opposite(self, response: Response) -> list[bool]:
        """The end of the table has come; it is over where the windows have met it already."""
        rows = response.rows
        if not self._order_is_shown and not self._opposite_shows_order(response.keys):
            return [False] * len(rows)
        self._order_is_shown = True
        self._opposite_end.take(response, self._size)
        self._changes.observe(rows)
        anchors = [self._is_anchor(row) for row in rows]
        if self._is_first_opposite:
            self._is_first_opposite = False
            if self._meets_opposite_end():
                self._end_proven(MET)
            else:
                self._ask_window()
        elif self._looks and not any(anchors):
            self._question = self._window(0, self._size, trial=True)
        else:
            self._close(met=any(anchors) or not rows)
        return [not anchor for anchor in anchors]

    def _close(self, *, met: bool) -> None:
        """The end has come behind the last window: does it go on as that one does?"""
        fits = bool(self._looks) or self._opposite_end.fits(self._covered)
        self._ends += 1
        if met and fits:
            self._end_proven(MET)
        elif self._ends > (MOST_LOOKS if fits else MOST_MISFITS):
            self._fall_back(TOO_FEW_STAYED if fits else NOT_THE_END, lasting=False)
        else:
            self._step_back()

    def _opposite_shows_order(self, keys: Sequence[object]) -> bool:
        """Believe the order by key only if the opposite order is its opposite.

        A few edits between the two responses can make very few rows look like it.
        """
        shown = self._order.is_shown(keys, descending=True)
        if not shown and self._looks:
            self._question = self._window(0, self._size, trial=True)
        elif not shown:
            message = "the opposite order does not show that the server orders by key"
            self._fall_back(message, lasting=len(keys) > self._overlap)
        return shown

    def _problem(self, question: Question, response: Response) -> str | None:
        anchors = filter(self._is_anchor, response.rows)
        return window_problem(
            question,
            response,
            [self._covered[row.key][0] for row in anchors],
            order_problem=self._order_problem(response) if self._by_key else None,
            at_start=not self._start,
            is_first=not self._windows,
        )

    def _order_problem(self, response: Response) -> str | None:
        if self._windows == 1 and not self._opposite_end.may_be(response.rows, self._size):
            return NOT_THE_END
        return self._order.problem(
            response,
            self._size,
            known=lambda row: row.key in self._covered or self._opposite_end.had(row),
            at_start=not self._start,
        )

    def _is_anchor(self, row: Row) -> bool:
        """Whether the window before holds this row, unchanged."""
        return row.key in self._covered and self._covered[row.key][1] == row.contents

    def _joins(self, rows: Sequence[Row]) -> bool:
        """Whether no row can lie between what is covered and this window."""
        return self._start == 0 or any(map(self._is_anchor, rows))

    def _unsent(self, rows: Sequence[Row]) -> list[bool]:
        return [not (self._is_anchor(row) or self._opposite_end.has(row)) for row in rows]

    def _take(self, question: Question, response: Response) -> list[bool]:
        """A window counts: its rows are covered, and the next one begins before its end."""
        rows = response.rows
        last = self._is_last(question, response)
        self._changes.observe(rows)
        unsent = self._unsent(rows)
        self._looks = 0
        self._observe_edits(rows)
        idle = all(row.key in self._covered for row in rows)
        self._windows += not idle
        self._idle += idle
        goes_on = not (self._by_key and self._start) or self._order.goes_on(response, self._covered)
        self._covered = {row.key: (place, row.contents) for place, row in enumerate(rows)}
        met = goes_on and self._meets_opposite_end()
        self._opposite_end.send(rows)
        self._end = self._start + len(rows)
        self._order.take(response)
        # After a step back the overlap stays wide for a while.
        self._back = max(self._overlap, min(self._back, self._size // 4) - 1)
        if met:
            self._end_proven(MET)
        elif last and self._order_is_shown:
            self._question = self._places.opposite(self._size)
        elif last:
            self._end_proven(NOTHING_FOLLOWS)
        else:
            if not self._start:
                self._size = len(rows)
            self._ask_next()
        return unsent

    def _observe_edits(self, rows: Sequence[Row]) -> None:
        """Note whether a row of the window before has changed or has another place by now."""
        shift = self._start - (self._end - len(self._covered))
        for place, row in enumerate(rows):
            as_it_was = place + shift, row.contents
            self._edited |= self._covered.get(row.key, as_it_was) != as_it_was

    def _meets_opposite_end(self) -> bool:
        """Whether the last window reaches what the opposite order showed.

        On a table that is edited rows may be deleted meanwhile, and fewer are there than declared.
        """
        spare = self._size // 2 if self._edited else 0
        return self._opposite_end.is_met(self._covered, self._start, spare)

    def _is_last(self, question: Question, response: Response) -> bool:
        """Whether nothing follows.

        Where the server does not say it, a short response alone is no end. It is one where its last
        row is the last row of the window before, though more were asked for. (A server that cuts
        responses to fewer than it was asked for does not heed the size.) Where it has rows of the
        end, it is worth a look whether it is: on a table that grows the last row is never known.
        """
        rows = response.rows
        if response.more is not None or not rows:
            return not response.more
        last = self._covered.get(rows[-1].key)
        known = last == (len(self._covered) - 1, rows[-1].contents)
        near = any(map(self._opposite_end.had, rows))
        return (known or near) and len(rows) < (question.size or 0)

    def _step_back(self) -> None:
        """Nothing joins this window to what is covered: begin earlier, by twice the overlap."""
        self._idle += 1
        self._edited = True
        self._back = 2 * (self._end - self._start)
        if self._idle > self._windows + SPARE_WINDOWS:
            self._fall_back(TOO_FEW_STAYED, lasting=False)
        else:
            self._question = self._window(*self._furthest())

    def _ask_next(self) -> None:
        """Ask for the opposite order once, behind the first window; then for the next window."""
        if self._by_key and not self._order_is_shown:
            self._is_first_opposite = True
            self._question = self._places.opposite(self._size, trial=True)
        else:
            self._ask_window()

    def _ask_window(self) -> None:
        start, size = self._furthest()
        if start + size <= self._end:
            self._back = self._overlap
            start, size = self._furthest()
        if self._idle > self._windows + SPARE_WINDOWS:
            self._fall_back(TOO_FEW_STAYED, lasting=False)
        elif start + size <= self._end:
            self._fall_back(f"pages of {self._size} records are too short to overlap")
        else:
            self._question = self._window(start, size)

    def _furthest(self) -> tuple[int, int]:
        return self._places.furthest(self._end - self._back, self._size)

    def _window(self, start: int, size: int, *, trial: bool = False) -> Question:
        self._start = start
        return self._places.question(start, size, trial=trial)

    def _end_proven(self, reason: str) -> None:
        self.outcome = Outcome(proven=True, reason=reason)

    def _fall_back(self, reason: str, *, lasting: bool = True) -> None:
        self.outcome = Outcome(proven=False, reason=reason, fall_back=True, lasting=lasting)
