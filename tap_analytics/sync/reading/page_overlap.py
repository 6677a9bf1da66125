"""Does each page begin with what the page before it ended with, in the order of a field?

Some lists (Zendesk's export by time) ask for each page from the last record's time on. A record
that both pages hold unchanged shows that none lies between them, as in windows: whatever stands
before it came before, whatever stands behind it is on the page or behind it. Pages of such a list
differ in size, and records come twice, so that there is nothing to count.
"""

from __future__ import annotations

from itertools import pairwise, starmap
from operator import ge, le
from typing import TYPE_CHECKING

from tap_analytics.records.json import value_under

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

    from tap_analytics.records.json import JSON

    Path = tuple[str, ...]
    Order = Callable[[Any, Any], bool]


class PageOverlap:
    """Follows the pages of one pass."""

    def __init__(self) -> None:
        """Begin a pass."""
        self._orders: dict[Path, list[Order]] | None = None
        """The fields that have led from each page to the next, with the orders they may be in."""
        self._leads: Collection[Path] = ()
        """The fields that lead to the next page."""
        self._end: JSON = None
        """The last record so far."""
        self._pages = self._largest = self._last = 0
        """How many pages there were, and the records of the largest and of the last one."""

    @property
    def is_followed(self) -> bool:
        """Whether a field leads from page to page, and they have overlapped as far as they came."""
        return bool(self._orders)

    @property
    def possible(self) -> bool:
        """Whether nothing speaks against it yet, be it before the first page."""
        return self._orders != {}

    @property
    def shows_all(self) -> bool:
        """Whether all pages have overlapped, and the last one is not cut within equal values."""
        return self.possible and self._pages > 1 and self._last < self._largest

    def page(self, records: Sequence[JSON], leads: Collection[Path]) -> None:
        """Take in a page.

        Args:
            records: All of its records.
            leads: The fields of its last record that the next page is asked for with.
        """
        if self._orders is None:
            orders: dict[Path, list[Order]] = {path: [le, ge] for path in leads}
            chain = list(records)
        else:
            orders = {path: self._orders[path] for path in self._leads if path in self._orders}
            chain = [self._end, *records]
        if not records or (self._pages and self._end not in records):
            orders = {}
        self._orders = {
            path: held
            for path, either in orders.items()
            if (held := _held(either, [value_under(record, path) for record in chain]))
        }
        self._pages += 1
        self._last, self._largest = len(records), max(self._largest, len(records))
        self._leads = leads
        self._end = records[-1] if records else None


def _held(orders: list[Order], values: list[JSON]) -> list[Order]:
    """Those of the orders that values are in; texts of one length are compared as such."""
    numbers = all(isinstance(each, int | float) for each in values)
    texts = all(isinstance(each, str) for each in values)
    if not numbers and not (texts and len({len(str(each)) for each in values}) == 1):
        return []
    return [order for order in orders if all(starmap(order, pairwise(values)))]
