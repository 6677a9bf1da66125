"""Which page is next, and why the last page is the last."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EMPTY = "an empty page"
PAST_THE_END = "404 past the last page"
NEXT_IS_NULL = "`next` is null"
PAGE_COUNT = "the page count"
TOTAL = "the declared total"
MAXIMUM_PAGE = "`maximum_page`"
ONE_PAGE = "a single page"


@dataclass(frozen=True, slots=True)
class Said:
    """What one answer says about the whole, besides its records.

    A field is None where the answer does not say it; `has_next` is False for `next: null`.
    """

    records: int
    total: int | None = None
    page_count: int | None = None
    has_next: bool | None = None
    missing: bool = False
    cursor: object = None


class PageNumbers:
    """Pages by number, with their size beside it.

    A short page is no end: servers cap sizes silently. `next` says whether there is more, never
    where: it may carry an internal host.
    """

    predictable = True

    def __init__(
        self,
        *,
        limit: int,
        page_param: str = "page",
        limit_param: str | None = "page_size",
        base_page: int = 1,
        maximum_page: int | None = None,
    ) -> None:
        """Number pages.

        Args:
            limit: Records to ask for a page.
            page_param: The parameter that holds the number.
            limit_param: The parameter that holds the size; None to send none.
            base_page: The first page's number.
            maximum_page: The last page to read, whatever follows; None for all.
        """
        self.limit = limit
        self.first = base_page
        self._page_param = page_param
        self._limit_param = limit_param
        self._maximum = maximum_page

    def params(self, page: int) -> dict[str, object]:
        """The query parameters that ask for a page."""
        params: dict[str, object] = {self._page_param: page}
        if self._limit_param:
            params[self._limit_param] = self.limit
        return params

    def end(self, page: int, said: Said, read: int) -> str | None:
        """Why this page is the last one, or None where it is not.

        Args:
            page: The page's number.
            said: What its answer says.
            read: The records read so far, this page's included.
        """
        pages = page - self.first + 1
        if said.missing:
            return PAST_THE_END
        reason: str | None
        if said.has_next is not None:
            reason = None if said.has_next else NEXT_IS_NULL
        elif said.page_count is not None:
            reason = PAGE_COUNT if pages >= said.page_count else None
        elif said.total is not None and read >= said.total:
            reason = TOTAL
        else:
            reason = None if said.records else EMPTY
        if reason is None and self._maximum is not None and page >= self._maximum:
            return MAXIMUM_PAGE
        return reason

    def following(self, page: int, said: Said) -> Iterable[int]:
        """The pages to ask for after this one.

        Exactly those that the answer declares, where it does; an endless look ahead where not.
        """
        last = self._declared_last(page, said)
        if self._maximum is not None:
            last = self._maximum if last is None else min(last, self._maximum)
        return count(page + 1) if last is None else range(page + 1, last + 1)

    def _declared_last(self, page: int, said: Said) -> int | None:
        """The last page's number where the answer tells it and pages are left, else None."""
        if said.page_count is not None:
            last = self.first + said.page_count - 1
        elif said.total is not None and said.records:
            # By the size that came, not the size asked for: it may have been capped.
            last = self.first + -(-said.total // said.records) - 1
        else:
            return None
        return last if last > page else None
