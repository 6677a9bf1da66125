"""What is known of the answers of a pass, and what their order in time and their sizes say."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct


class PageFact(Struct, frozen=True):
    """One answer of a pass, as far as the proof is concerned.

    Times are seconds on any clock that never goes back: when the request left, when its answer
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
    missing: bool = False
    """Whether the answer was that there is no such page."""


def end_of_rows(pages: list[PageFact]) -> int | None:
    """The page behind whose rows there were none when it was read, by its place.

    That is the first page with fewer rows than the first one, or the last of pages equally full.

    Returns:
        None where pages are not equal slices, so that nobody knows how many rows stand before one.
    """
    if not pages:
        return None
    size = pages[0].records
    last = next((i for i, page in enumerate(pages) if page.records < size), len(pages) - 1)
    slices = all(page.records == size for page in pages[:last]) and pages[last].records <= size
    return last if slices and not any(page.records for page in pages[last + 1 :]) else None


def totals_fell(pages: list[PageFact]) -> tuple[bool, bool]:
    """Whether a declared total or page count fell within a pass.

    Facts are judged in the order of their requests, not of their pages. Of two answers whose
    requests overlapped nobody knows which is the older: any difference between them counts.

    Returns:
        Whether one fell, and whether it is only overlap that makes it look so.
    """
    falls = [
        _fell([(page.sent, page.answered, value) for page, value in valued])
        for valued in (
            [(page, page.total) for page in pages if page.total is not None],
            [(page, page.page_count) for page in pages if page.page_count is not None],
        )
    ]
    certain = any(fall[0] for fall in falls)
    overlapping = any(fall[1] for fall in falls)
    return certain or overlapping, overlapping and not certain


def _fell(facts: list[tuple[float, float, int]]) -> tuple[bool, bool]:
    """Whether a value fell in time, and whether values differ between overlapping requests."""
    if len({value for _, _, value in facts}) <= 1:
        return False, False
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
