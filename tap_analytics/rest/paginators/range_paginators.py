"""Which page is next, and why the last page is the last: pages whose keys are known beforehand.

`reference_paginators.py` has the paginators whose next page is named only by the page before.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from tap_analytics.rest.paginators.paginator import (
    EMPTY,
    MAXIMUM_OFFSET,
    MAXIMUM_PAGE,
    NEXT_IS_NULL,
    PAGE_COUNT,
    PAST_THE_END,
    TOTAL,
    Paginator,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_analytics.rest.response.document import JSONBody
    from tap_analytics.rest.response.extractor import PageInfo


def _all_read(info: PageInfo, read: int) -> bool:
    """Whether as many records came as were declared.

    Where more came than that and more still come, the total is none, but an estimate or a page's
    own number.
    """
    if info.total is None:
        return False
    return read == info.total or (read > info.total and not info.records)


class RangePaginator(Paginator):
    """What paginators whose keys are known beforehand have in common."""

    supports_prefetch = True
    limit: int
    first: int

    def next_key(self, body: JSONBody, headers: Mapping[str, str]) -> None:
        """None: the next page needs no telling."""


class PageNumberPaginator(RangePaginator):
    """Pages by number, with their size beside it.

    A short page is no end: servers cap sizes silently. `next` says whether there is more, never
    where: it may carry an internal host.
    """

    def __init__(
        self,
        *,
        limit: int,
        page_param: str = "page",
        limit_param: str | None = "page_size",
        base_page: int = 1,
        page: int | None = None,
        maximum_page: int | None = None,
        stop_after_empty: bool = True,
    ) -> None:
        """Number pages.

        Args:
            limit: Records to ask for a page.
            page_param: The parameter that holds the number.
            limit_param: The parameter that holds the size; None to send none.
            base_page: The first page's number.
            page: The first page to read, where that is another.
            maximum_page: The last page to read, whatever follows; None for all.
            stop_after_empty: Whether an empty page is the end where nothing else tells one.
        """
        self.limit = limit
        self.first = base_page if page is None else page
        self._skipped = self.first - base_page
        self.skips = self._skipped > 0
        self.bounded = maximum_page is not None
        self.sized = limit_param is not None
        self._page_param = page_param
        self._limit_param = limit_param
        self._maximum = maximum_page
        self.stops_after_empty = stop_after_empty

    def label(self, key: int) -> str:
        """`page 3`."""
        return f"page {key}"

    def params(self, key: int, size: int | None = None) -> dict[str, object]:
        """The query parameters that ask for a page."""
        params: dict[str, object] = {self._page_param: key}
        if self._limit_param:
            params[self._limit_param] = size or self.limit
        return params

    def stop_reason(self, key: int, info: PageInfo, read: int) -> str | None:
        """The server's word first: `next`, the page count, the total; else an empty page."""
        pages = key - self.first + 1 + self._skipped
        if info.not_found:
            return PAST_THE_END
        reason: str | None
        if info.has_next is not None:
            reason = None if info.has_next else NEXT_IS_NULL
        elif info.page_count is not None:
            # A number below that of a page that has records says nothing.
            past = pages > info.page_count and not info.records
            reason = PAGE_COUNT if past or pages == info.page_count else None
        elif _all_read(info, read):
            reason = TOTAL
        else:
            reason = EMPTY if not info.records and self.stops_after_empty else None
        if reason is None and self._maximum is not None and key >= self._maximum:
            return MAXIMUM_PAGE
        return reason

    def next_keys(self, key: int, info: PageInfo) -> Iterable[int]:
        """The pages that the response declares, where it does; else an endless look ahead."""
        last = self._declared_last(key, info)
        if self._maximum is not None:
            last = self._maximum if last is None else min(last, self._maximum)
        return count(key + 1) if last is None else range(key + 1, last + 1)

    def _declared_last(self, page: int, info: PageInfo) -> int | None:
        """The last page's number where the response tells it and pages are left, else None."""
        if info.page_count is not None:
            last = self.first - self._skipped + info.page_count - 1
        elif info.total is not None and info.records:
            # By the size that came, not the size asked for: it may have been capped.
            last = self.first + -(-info.total // info.records) - 1
        else:
            return None
        return last if last > page else None


class OffsetPaginator(RangePaginator):
    """Pages by the number of records before them."""

    def __init__(
        self,
        *,
        limit: int,
        offset: int = 0,
        offset_param: str = "offset",
        limit_param: str | None = "limit",
        maximum_offset: int | None = None,
        stop_after_empty: bool = True,
    ) -> None:
        """Count records.

        Args:
            limit: Records to ask for a page.
            offset: Where the first page begins.
            offset_param: The parameter that holds the offset.
            limit_param: The parameter that holds the size; None to send none.
            maximum_offset: Read no page that begins here or later; None for all.
            stop_after_empty: Whether an empty page is the end where nothing else tells one.
        """
        self.limit = limit
        self.first = offset
        self.skips = offset > 0
        self._uncounted = int(self.skips)
        """A server whose first record is at 1 has one fewer before an offset than it says.

        Where the first one is 0 it has not; where it is another nobody knows, and reads on.
        """
        self.bounded = maximum_offset is not None
        self.sized = limit_param is not None
        self._offset_param = offset_param
        self._limit_param = limit_param
        self._maximum = maximum_offset
        self.stops_after_empty = stop_after_empty

    @property
    def offset_param(self) -> str:
        """The parameter that holds the offset."""
        return self._offset_param

    def label(self, key: int) -> str:
        """`offset 300`."""
        return f"offset {key}"

    def params(self, key: int, size: int | None = None) -> dict[str, object]:
        """The query parameters that ask for a page."""
        params: dict[str, object] = {self._offset_param: key}
        if self._limit_param:
            params[self._limit_param] = size or self.limit
        return params

    def stop_reason(self, key: int, info: PageInfo, read: int) -> str | None:  # noqa: ARG002  # the place tells
        """The server's word first: whether there is more, the total; else an empty page."""
        if info.not_found:
            return PAST_THE_END
        reason: str | None
        if info.has_next is not None:
            reason = None if info.has_next else NEXT_IS_NULL
        elif _all_read(info, key - self._uncounted + info.records):
            reason = TOTAL
        else:
            reason = EMPTY if not info.records and self.stops_after_empty else None
        beyond = self._maximum is not None and key + info.records >= self._maximum
        return MAXIMUM_OFFSET if reason is None and beyond else reason

    def next_keys(self, key: int, info: PageInfo) -> Iterable[int]:
        """The rest by the total in steps of the size that came; the next one where none is info.

        The size asked for may have been capped: steps of it would leap over records.
        """
        step = info.records or self.limit
        behind = None if info.total is None else info.total + self._uncounted
        if behind is None or behind <= key + step:
            return (key + step,)
        last = behind if self._maximum is None else min(behind, self._maximum)
        return range(key + step, last, step)
