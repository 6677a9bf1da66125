"""What was seen of one pass: its pages in their order, and how certain their rows are.

A row is certain when it is known to have been there before the pass began. Where rows are not, they
may have come meanwhile: behind a page that had been read, or between the two statements with which
a server counts and selects.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import TYPE_CHECKING

from tap_analytics.completeness.page_facts import (
    PageObservations,
    declared_page_missing,
    end_of_records,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_analytics.completeness.ledger import SeenKeys
    from tap_analytics.completeness.page_facts import PageObservation


class RepeatedPageError(Exception):
    """A page holds the same records as one before it: rows moved, or it is the same page."""

    def __init__(self, place: int) -> None:
        """Name the place of the page before, counted from 0."""
        super().__init__()
        self.place = place


class ObservedPass:
    """The observations of one pass."""

    def __init__(
        self,
        ledger: SeenKeys,
        may_be_full: Callable[[int], bool],
        page_size: int | None = None,
    ) -> None:
        """Begin a pass.

        Args:
            ledger: Counts the rows that are not certain.
            may_be_full: Whether the only page of a pass may be full, by the number of its records.
            page_size: How many records a page was asked for; None where it is not known.
        """
        self.pages = PageObservations()
        self.found_totals: Sequence[tuple[int, int]] = ()
        """Of the first and the last response, what nobody promised to be a total."""
        self.has_signs = False
        """Whether the last response tells anything of more, whoever named it."""
        self.overlapped = False
        """Whether each page begins with what the page before it ended with, in a fixed order."""
        self.records_behind: str | None = None
        """The page that holds records, though it stands behind the one that was the last."""

        self._ledger = ledger
        self._may_be_full = may_be_full
        self._page_size = page_size
        self._digests: dict[int, int] = {}
        self._uncertain = array("q")
        """Rows not certain to be older than the pass that had been read before each page."""
        self._last_sent: float | None = None
        """When the last page was asked for once more, with the same records in the response."""

    def append(self, page: PageObservation, *, moved: bool = False) -> None:
        """Add the next page.

        Args:
            page: What is known of it.
            moved: Whether it was shown that the same records may come twice, because rows moved.

        Raises:
            RepeatedPageError: The same records came before in this pass.
        """
        before = self._digests.get(page.digest) if page.records and not moved else None
        if before is not None:
            raise RepeatedPageError(before)
        self._digests[page.digest] = page.number
        self.pages.append(page)
        self._uncertain.append(self._ledger.uncertain)

    @property
    def highest_total(self) -> int:
        """The highest total that was declared; 0 where none was."""
        return max((page.total for page in self.pages if page.total is not None), default=0)

    @property
    def settled(self) -> bool:
        """Whether all places before the end are known to be filled by rows of its moment."""
        if self.overlapped:
            return self.records_behind is None and not declared_page_missing(self.pages)
        last = end_of_records(self.pages)
        return (
            last is not None
            and self.records_behind is None
            and not self.uncertain_rows_before(last)
            # Something may have stood behind it when its records were selected.
            and not self.last_page_in_doubt(last)
            # A page that was promised and is not there may be one that could not be had.
            and not declared_page_missing(self.pages)
        )

    @property
    def first_page_may_be_cut(self) -> bool:
        """Whether the first page may end where a count did, before the end of its place.

        Then fewer records were read than stand before the second page. It is full where it holds as
        many as were asked for, and not cut where its response says that more follows. Where all its
        records are certain, they are all there were when it was counted.
        """
        page = self.pages[0]
        full = self._page_size is not None and page.records >= self._page_size
        more = page.has_next or (page.page_count or 0) > 1 or (page.total or 0) > page.records
        return not (full or more) and self._uncertain_rows_of(0) > 0

    def page_to_recheck(self) -> int | None:
        """The page to ask for once more before the pass ends, by its place; None where none.

        A last page that may be full, or ends where a count does, and holds recent rows: a server
        that counts before it selects may have left out a row that an insert between the two pushed
        off the page. Where the same rows come again, all of them were there when the second
        response was counted, and no other.

        Where no total is declared, or one below what came, no record stands behind the last page
        when it is read. With several requests in flight that moment may lie before those of other
        pages; asked for again when all others have come, it lies behind them.
        """
        pages = self.pages
        last = end_of_records(pages)
        if last is None:
            return None
        read = sum(page.records for page in pages)
        if len(pages) > 1 and pages[0].total is not None and read <= self.highest_total:
            return None
        doubtful = self.last_page_in_doubt(last) or self.uncertain_rows_before(last)
        return last if doubtful else None

    def rechecked(self, page: PageObservation, *, is_last: bool) -> None:
        """Take in the page that `page_to_recheck` named, read again.

        Args:
            page: The page as it is now.
            is_last: Whether the response says that nothing follows.
        """
        before = self.pages[page.number]
        same = page.records == before.records and (not page.records or page.digest == before.digest)
        if same and (is_last or page.records < self.pages[0].records):
            self._last_sent = page.sent

    def last_page_in_doubt(self, last: int) -> bool:
        """Whether the last page may be cut, and holds rows that may have come while it was made.

        Args:
            last: The place of the page behind whose records there are none.
        """
        if not self.pages or self._last_sent is not None:
            return False
        page = self.pages[last]
        if not page.records:
            return False
        if last == 0:
            if page.total is not None and page.records < page.total:
                return False
            full = self._may_be_full(page.records)
        else:
            full = page.records >= self.pages[0].records
        return (full or self.is_counted(page)) and self._uncertain_rows_of(last) > 0

    def is_counted(self, page: PageObservation) -> bool:
        """Whether the server may count its records: then a page may end where the count does."""
        said = (page.total, page.page_count, page.has_next)
        # Who says that there is no such page has counted, too.
        missing = self.pages[-1].not_found
        return any(each is not None for each in said) or missing or self.has_signs

    def uncertain_rows_before(self, last: int) -> int:
        """How many may have come after the last page was read, though they stand before it."""
        sent = self.pages[last].sent if self._last_sent is None else self._last_sent
        return sum(
            self._uncertain_rows_of(place)
            for place, page in enumerate(islice(self.pages, last))
            if page.answered > sent
        )

    def _uncertain_rows_of(self, place: int) -> int:
        """How many rows of a page are not certain to be older than the pass."""
        following = place + 1
        if following == len(self._uncertain):
            return self._ledger.uncertain - self._uncertain[place]
        return self._uncertain[following] - self._uncertain[place]
