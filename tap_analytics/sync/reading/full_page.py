"""Whether the only page of a list looks full, so that others may follow where nothing tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.names import shown
from tap_analytics.rest.asked import asked_size, asked_sizes, resize
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.paginators.paginator import NO_LINK, NO_PAGES, NOTHING_TELLS, SAY_HOW
from tap_analytics.rest.paginators.reference_paginators import LinkPaginator
from tap_analytics.rest.response.contradictions import telling
from tap_analytics.rest.response.signs import Kind, named_next
from tap_analytics.rest.trials import trial_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.rest.endpoint import PageRequest
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.rest.response.signs import Sign
    from tap_analytics.sync.reading.reading_end import ReadingEnd

FULL_PAGE = "full_page"
"""What `ignore_signs` calls a page that looks full."""

FULL_PAGES = frozenset(
    {
        *(10, 12, 15, 20, 24, 25, 30, 40, 50, 60, 75, 80),
        *(100, 150, 200, 250, 300, 400, 500, 1000, 2000, 5000, 10_000),
    }
)
"""The usual page sizes of APIs: their defaults and their maxima.

12 is that of Europeana and of the Art Institute of Chicago, 15 that of Laravel, Ghost and Basecamp,
24 that of Wallhaven, 40 and 80 are Mastodon's, 75 is that of e621, 150 Freesound's, 300 GBIF's.
"""


def looks_full(end: ReadingEnd, reader: PageReader) -> bool:
    """Whether the first page has as many records as a full one may, or items that hold them."""
    first, endpoint = end.first, reader.endpoint
    request = endpoint.request(PageQuery(first.key, end.since))
    hints = () if first.body is None else endpoint.extractor.hints(first.body)
    sizes = {*asked_sizes(request), *(hint.size for hint in hints)}
    asked = asked_size(request.params) or 0
    return any(size in sizes or (size in FULL_PAGES and asked <= size) for size in _sizes(first))


def full_page(end: ReadingEnd, reader: PageReader, stop_reason: str) -> Iterator[str]:
    """That the only page looks full, or may lead on, where nothing tells whether others follow.

    Args:
        end: How the reading ended.
        reader: Tells a page's signs.
        stop_reason: Why it ended.

    Yields:
        The sentence that tells it.

    Raises:
        StreamError: A request on trial failed as it would for every page.
        RunError: The same, for all streams.
    """
    first = end.first
    if end.pages > 1 or first.body is None or first.records.single:
        return
    as_asked = not _sizes(first).isdisjoint(asked_sizes(_request(end, reader)))
    if _told(first, reader, as_asked=as_asked):
        return
    full = looks_full(end, reader) and not is_ignored(FULL_PAGE, reader)
    cursor = _lead(first, reader, full=full)
    reason = _open_end(first, reader, stop_reason, cursor, as_asked=as_asked and full)
    if reason is None or (full and as_asked and _is_told_by_smaller(end, reader)):
        return
    if cursor and reason == NOTHING_TELLS:
        reason = f"`{shown(cursor)}` in its response may lead on: {SAY_HOW}"
    if full:
        items = f" in {first.listed:,} items" if first.listed != first.info.records else ""
        yield (
            f"the one page has {first.info.records:,} records{items}, as many as a full one may, "
            f"and {reason} (`ignore_signs: [{FULL_PAGE}]` takes it for the end)"
        )
    elif cursor:
        yield (
            f"the one page may not be all, for its response has `{shown(cursor)}`, and {reason} "
            f"(`ignore_signs: [{shown(cursor)}]` takes it for the end)"
        )


def is_ignored(name: str, reader: PageReader) -> bool:
    """Whether `ignore_signs` names this, in whatever letters."""
    return name.lower() in map(str.lower, reader.endpoint.ignored_signs)


def _sizes(page: Page) -> set[int]:
    """What may be the size of a page: its records, or the items that have them in their lists."""
    return {page.info.records, page.listed}


def _request(end: ReadingEnd, reader: PageReader) -> PageRequest:
    return reader.endpoint.request(PageQuery(end.first.key, end.since))


def _told(page: Page, reader: PageReader, *, as_asked: bool) -> list[Sign]:
    """The signs of a page that tell whether others follow.

    Args:
        page: The page.
        reader: Tells its signs.
        as_asked: Whether it is as large as it was asked to be: then a count may be its own.
    """
    told = telling(reader.signs(page), page.listed)
    if not as_asked:
        return told
    own = _sizes(page)
    return [sign for sign in told if not (sign.may_count_page and sign.value in own)]


def _lead(page: Page, reader: PageReader, *, full: bool) -> str | None:
    """The name of a cursor that may lead on, or of what begins like a sign; None without any."""
    lead = [sign.name for sign in reader.signs(page) if sign.is_open]
    if not full:
        lead = [name for name in lead if page.ignored and not is_ignored(name, reader)]
    hints = () if page.body is None else reader.endpoint.extractor.hints(page.body)
    named = [hint.name for hint in hints if hint.size is None]
    return next(iter([*lead, *(name for name in named if not is_ignored(name, reader))]), None)


def _open_end(
    page: Page, reader: PageReader, stop_reason: str, cursor: str | None, *, as_asked: bool
) -> str | None:
    """Why the page may not be the end; None where its paginator takes it for that.

    That no header links on is usual, but not beside a cursor, nor where the page is full.
    """
    paginator = reader.endpoint.paginator
    reason = None if page.body is None else paginator.open_end(page.body, page.headers)
    if stop_reason == NO_PAGES:
        return NOTHING_TELLS
    if isinstance(paginator, LinkPaginator) and paginator.in_header:
        if cursor and (page.ignored or stop_reason.startswith(NO_LINK)):
            return NOTHING_TELLS
        return reason if as_asked or paginator.is_named else None
    return reason


def _is_told_by_smaller(end: ReadingEnd, reader: PageReader) -> bool:
    """Whether a page that is smaller by one leads on, or counts the records of the one page.

    Then the server says so where more follows, and does not say it of the one page.
    """
    sizes = [each for each in _sizes(end.first) if each > 1]
    asked = (each for each in sizes if resize(_request(end, reader), each, each - 1))
    if (size := next(asked, None)) is None:
        return False
    page = trial_page(reader, end.first.key, end.since, resized=(size, size - 1))
    if page is None or size - 1 not in _sizes(page):
        return False
    return page.info.next_page_token is not None or any(
        _leads_on(sign, size) for sign in reader.signs(page)
    )


def _leads_on(sign: Sign, size: int) -> bool:
    """Whether a sign of a page that is smaller says that more follows, or counts so many."""
    if sign.value is False or sign.is_estimate:
        return False
    if sign.kind is Kind.TOTAL:
        return bool(sign.value == size)
    return sign.kind in {Kind.NEXT, Kind.MORE} or (
        sign.kind is Kind.CURSOR and named_next(sign.path)
    )
