"""All rows that were there when one response was counted: rule 8, over all passes.

Let a response declare N rows. A row was there then if it was there before that request was sent,
and was read again after that response had come; for no key comes back. If N such rows are known,
they are all there were, and all of them were read. It does not matter in which passes they were,
nor whether another pass missed them, nor what was deleted before or after. So a row that is deleted
spoils only the responses between the last time it was read and its end, and a new one those between
its beginning and the first time it was read.

To remember of each key in which response it came would take too much. So passes are divided into a
few stretches of pages, and only of these it is known: a row that came in the stretch of the counted
response was seen neither before it nor after it by that alone.
"""

from __future__ import annotations

from math import inf
from sys import maxsize
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tap_analytics.completeness.ledger import SeenKeys
    from tap_analytics.completeness.page_facts import PageObservation

MOST_STRETCHES = 4
"""In one pass; a ledger has numbers for three passes. With 16 hardly more runs are proven."""

MOST_COUNTED = 8
"""The most responses of a stretch that are held against what is known."""


class Counted(NamedTuple):
    """A response that declares a total: when it was asked for, and when it had come."""

    sent: float
    answered: float
    total: int


class Stretches:
    """When each stretch was read, and what was declared meanwhile."""

    def __init__(self, ledger: SeenKeys) -> None:
        """Nothing is read; the ledger keeps the stretches of each key."""
        self._ledger = ledger
        self._began: dict[int, float] = {}
        """When the first request of a stretch left."""
        self._ended: dict[int, float] = {}
        """When the last response of a stretch had come."""
        self._counted: list[Counted] = []
        self._contradicted = False
        """Whether a response declared fewer rows than stand in front of it and in it."""
        self._pages = self._records = 0
        self._length = maxsize
        """How many pages a stretch has."""

    def begin(self) -> None:
        """A pass starts."""
        self._pages = self._records = 0

    def page(self, page: PageObservation) -> None:
        """Take in a page, in the order of pages, before its records."""
        if not self._pages:
            # What is certain in this pass was there before its first request.
            if self._ledger.stretch:
                self._ended[self._ledger.stretch] = page.sent
            pages = -(-(page.total or 0) // (page.records or 1))
            self._length = -(-pages // MOST_STRETCHES) or maxsize
        index, place = divmod(self._pages, self._length)
        self._pages += 1
        self._records += page.records
        if page.records and page.total is not None and page.total < self._records:
            self._contradicted = True
        if not place and index < MOST_STRETCHES:
            self._ledger.next_stretch()
        if not (stretch := self._ledger.stretch):
            return
        self._began[stretch] = min(page.sent, self._began.get(stretch, inf))
        self._ended[stretch] = max(page.answered, self._ended.get(stretch, -inf))
        if page.total and page.records and not place % -(-self._length // MOST_COUNTED):
            self._counted.append(Counted(page.sent, page.answered, page.total))

    def show_all(self) -> bool:
        """Whether all rows that a response counted are known to have been there then.

        Where a response declares fewer rows than were read up to it, or than are known to have been
        there, what is declared is no total: it may be what is left, or what is on the page.
        """
        if self._contradicted:
            return False
        spans = self._ledger.spans() if self._counted else {}
        there = [
            sum(keys for span, keys in spans.items() if self.were_there(*span, counted))
            for counted in self._counted
        ]
        missing = [counted.total - keys for counted, keys in zip(self._counted, there, strict=True)]
        return min(missing, default=1) == 0

    def were_there(self, first: int, last: int, counted: Counted) -> bool:
        """Whether keys were there, certainly, when a response was counted.

        Args:
            first: The stretch from which on they were there.
            last: The stretch in which they were read last.
            counted: The response.
        """
        before = self._ended.get(first, inf) <= counted.sent
        return before and counted.answered <= self._began.get(last, -inf)
