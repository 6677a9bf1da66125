"""What is known of the responses of a pass, and what their order and their sizes say."""

from __future__ import annotations

from itertools import islice
from math import inf
from struct import Struct as Layout
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LAYOUT = Layout("<ddqqqqbb")
SMALLEST_PAGE = 10
"""The fewest records that a server is taken to put on a page, where it was asked for more."""

_NOT_SAID = -1
"""What is packed where a response says nothing of a number: no total is below zero."""


class PageObservation(Struct, frozen=True):
    """One response of a pass, as far as the proof is concerned.

    Times are seconds on any clock that never goes back: when the request left, when its response
    had come. `digest` stands for the contents of the page's records.
    """

    number: int
    sent: float
    answered: float
    records: int
    digest: int
    total: int | None = None
    page_count: int | None = None
    has_next: bool | None = None
    not_found: bool = False
    """Whether the response was that there is no such page."""
    items: Sequence[int] = ()
    """A hash of each item of the outer list, where the records are in lists within it."""


class PageObservations:
    """The observations of a pass by page, at 50 bytes per page: there may be many."""

    def __init__(self) -> None:
        """Start with none."""
        self._packed = bytearray()

    def append(self, page: PageObservation) -> None:
        """Add the next page."""
        said = (page.total, page.page_count, page.has_next)
        total, page_count, has_next = (_NOT_SAID if each is None else each for each in said)
        self._packed += _LAYOUT.pack(
            page.sent,
            page.answered,
            page.records,
            page.digest,
            total,
            page_count,
            has_next,
            page.not_found,
        )

    def __len__(self) -> int:
        """The number of pages."""
        return len(self._packed) // _LAYOUT.size

    def __iter__(self) -> Iterator[PageObservation]:
        """Each page."""
        return map(_unpacked, range(len(self)), _LAYOUT.iter_unpack(self._packed))

    def __getitem__(self, place: int) -> PageObservation:
        """One page, counted from 0, or back from -1."""
        number = range(len(self))[place]
        return _unpacked(number, _LAYOUT.unpack_from(self._packed, number * _LAYOUT.size))


def _unpacked(number: int, packed: tuple[Any, ...]) -> PageObservation:
    sent, answered, records, digest, total, page_count, has_next, not_found = packed
    return PageObservation(
        number,
        sent,
        answered,
        records,
        digest,
        None if total == _NOT_SAID else total,
        None if page_count == _NOT_SAID else page_count,
        None if has_next == _NOT_SAID else bool(has_next),
        bool(not_found),
    )


def end_of_records(pages: PageObservations) -> int | None:
    """The page behind whose records there were none when it was read, by its place.

    That is the first page with fewer records than the first one, or the last of pages equally full.

    Returns:
        None where pages are not equal slices: then nobody knows what stands before one.
    """
    if not pages:
        return None
    size = pages[0].records
    last = next((i for i, page in enumerate(pages) if page.records < size), len(pages) - 1)
    slices = pages[last].records <= size and all(
        page.records == size for page in islice(pages, last)
    )
    more = any(page.records for page in islice(pages, last + 1, None))
    return last if slices and not more else None


def may_be_full(
    records: int, page_size: int | None, largest: int = 0, *, only_page: bool = False
) -> bool:
    """Whether the only page of a reading may hold as many records as the server puts on one.

    A server may give less than it is asked for, without saying so, and the number need not be a
    round one. It is out of the question only where a larger page has come.

    Args:
        records: The records of the page.
        page_size: How many it was asked for; None where that is not known.
        largest: The most records that a page of this stream has held in this run.
        only_page: Whether the list is declared to have no pages. Then only a round number, a
            multiple of 10 or 25 or a power of two, speaks for a page after all.
    """
    if page_size is not None and records >= page_size:
        return records > 0
    if records < max(SMALLEST_PAGE, largest):
        return False
    power_of_two = not records & (records - 1)
    return not only_page or power_of_two or records % 10 == 0 or records % 25 == 0


def totals_changed(pages: PageObservations) -> bool:
    """Whether the responses of a pass declared different totals or numbers of pages."""
    totals = {page.total for page in pages if page.total is not None}
    counts = {page.page_count for page in pages if page.page_count is not None}
    return len(totals) > 1 or len(counts) > 1


def requests_overlapped(pages: PageObservations) -> bool:
    """Whether a request left before the response to one in front of it had come."""
    answered = -inf
    for page in pages:
        if page.sent < answered:
            return True
        answered = max(answered, page.answered)
    return False


def declared_page_missing(pages: PageObservations) -> bool:
    """Whether the pass ended at a 404 for a page that the responses before it had declared."""
    if not pages or not pages[-1].not_found:
        return False
    declared = next((page.page_count for page in reversed(pages) if page.page_count), 0)
    return declared >= len(pages) or (len(pages) > 1 and bool(pages[-2].has_next))
