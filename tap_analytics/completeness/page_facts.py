"""What is known of the responses of a pass, and what their order in time and their sizes say."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from struct import Struct as Layout
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYOUT = Layout("<ddqqqqbb")
_NOT_SAID = -1
"""What is packed where a response says nothing of a number: no total is below zero."""


class PageObservation(Struct, frozen=True):
    """One answer of a pass, as far as the proof is concerned.

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


class PageObservations:
    """The facts of a pass in the order of its pages, at 50 bytes a page: there may be many."""

    def __init__(self) -> None:
        """Start with none."""
        self._packed = bytearray()

    def append(self, fact: PageObservation) -> None:
        """Add those of the next page."""
        said = (fact.total, fact.page_count, fact.has_next)
        total, page_count, has_next = (_NOT_SAID if each is None else each for each in said)
        self._packed += _LAYOUT.pack(
            fact.sent,
            fact.answered,
            fact.records,
            fact.digest,
            total,
            page_count,
            has_next,
            fact.not_found,
        )

    def __len__(self) -> int:
        """The number of pages."""
        return len(self._packed) // _LAYOUT.size

    def __iter__(self) -> Iterator[PageObservation]:
        """The facts of each page."""
        return map(_unpacked, range(len(self)), _LAYOUT.iter_unpack(self._packed))

    def __getitem__(self, place: int) -> PageObservation:
        """Those of one page, counted from 0, or back from -1."""
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


def end_of_rows(pages: PageObservations) -> int | None:
    """The page behind whose rows there were none when it was read, by its place.

    That is the first page with fewer rows than the first one, or the last of pages equally full.

    Returns:
        None where pages are not equal slices, so that nobody knows how many rows stand before one.
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


def totals_decreased(pages: PageObservations) -> tuple[bool, bool]:
    """Whether a declared total or page count fell within a pass.

    Facts are judged in the order of their requests, not of their pages. Of two answers whose
    requests overlapped nobody knows which is the older: any difference between them counts.

    Returns:
        Whether one fell, and whether it is only overlap that makes it look so.
    """
    falls = [_fell(pages, "total"), _fell(pages, "page_count")]
    certain = any(fall[0] for fall in falls)
    overlapping = any(fall[1] for fall in falls)
    return certain or overlapping, overlapping and not certain


def _fell(pages: PageObservations, name: Literal["total", "page_count"]) -> tuple[bool, bool]:
    """Whether a value fell in time, and whether values differ between overlapping requests."""
    if len({getattr(page, name) for page in pages} - {None}) <= 1:
        return False, False
    valued = [(page.sent, page.answered, getattr(page, name)) for page in pages]
    facts = [fact for fact in valued if fact[2] is not None]
    by_answer = sorted(facts, key=lambda fact: fact[1])
    answered = [fact[1] for fact in by_answer]
    highest: list[int] = []
    for _, _, value in by_answer:
        highest.append(max(value, highest[-1]) if highest else value)
    fell = overlapped = False
    running: list[tuple[float, int]] = []
    for sent, done, value in sorted(facts):
        before = bisect_right(answered, sent)
        fell = fell or (before > 0 and highest[before - 1] > value)
        running = [(end, other) for end, other in running if end > sent]
        overlapped = overlapped or any(other != value for _, other in running)
        running.append((done, value))
    return fell, overlapped
