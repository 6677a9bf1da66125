"""Whether an offset counts records, as nearly everywhere: in some APIs it is a page's number.

Then steps of a page's size leap over pages, and over all of them where there are few.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.stream import SingerStream

STATE_KEY = "offset_counts_records"
"""The state's entry for the parameter of which that was shown."""


def counts_pages(end: ReadingEnd, stream: SingerStream, reader: PageReader) -> Iterator[str]:
    """That the second offset has none of the records that the first one has.

    It is asked for once, where no total that was declared has been read. Who reads by windows has
    seen it: these share records.

    Args:
        end: How the reading ended.
        stream: What was read; its state keeps what was shown.
        reader: Sends the request.

    Yields:
        The sentence that tells it.

    Raises:
        StreamError: The request failed as it would for every page.
        RunError: The same, for all streams.
    """
    paginator, first = reader.endpoint.paginator, end.first
    if not isinstance(paginator, OffsetPaginator) or end.order is not None:
        return
    param = paginator.offset_param
    alone = end.pages == 1 and end.last.key == first.key and first.info.has_next is False
    few = first.records.count < 2  # noqa: PLR2004  # the second offset has the second record
    if few or alone or stream.stream_state.get(STATE_KEY) == param or end.reaches_total(reader):
        return
    second = _page(paginator.first + 1, end, reader)
    if second.refused and second.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    # Meanwhile others may have come in front of those of the first page.
    if not second.refused and not any(
        _share(second, page, stream) for page in _firsts(end, reader)
    ):
        name = param.rpartition(":")[2]
        yield (
            f"an offset of {paginator.first + 1} has none of the records that one of "
            f"{paginator.first} has, so that `{name}` may count pages: a paginator of type "
            f"`page_number` with `page_param: {name}` and `base_page: {paginator.first}` would "
            "read all of them"
        )
        return
    stream.remember(STATE_KEY, param)


def _page(offset: int, end: ReadingEnd, reader: PageReader) -> Page:
    return reader.try_fetch(PageQuery(offset, end.since))


def _firsts(end: ReadingEnd, reader: PageReader) -> Iterator[Page]:
    """The first page as it was, and as it is now."""
    yield end.first
    yield _page(end.first.key, end, reader)


def _share(one: Page, other: Page, stream: SingerStream) -> bool:
    """Whether two pages have any record in common."""
    from tap_analytics.sync.reading.base_page import keys_of  # noqa: PLC0415  # few runs need it

    return not keys_of(one, stream.own_keys).isdisjoint(keys_of(other, stream.own_keys))
