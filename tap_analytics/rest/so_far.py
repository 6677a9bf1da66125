"""What a reading of pages has come to, and how many empty ones it bears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.log_fields import fields
from tap_analytics.records.plain_lines import plain_logger

if TYPE_CHECKING:
    from tap_analytics.rest.page import Page

log = plain_logger("tap-analytics.rest")

MAX_EMPTY_PAGES = 1000
"""So many in a row, though the server says that there is more: no end is to be hoped for."""

MAX_EMPTY_DECLARED = 10
"""So many in a row end what an empty page ends, though more pages are declared: a few may be empty
where a server filters what it has cut, but the number may be any."""

MAX_EMPTY_OF_SAMPLE = 100
"""So many in a row without a record end a sample, though the server says that there is more."""

_TOLD_EACH = 50


class SoFar(Struct):
    """What a reading has come to."""

    records: int = 0
    listed: int = 0
    """What a server counts that has records in lists within its own."""
    pages: int = 0
    """Those with records."""
    last: Page | None = None
    """The last one of them."""
    largest: int = 1
    empty: int = 0
    """How many of the latest ones had none."""
    vain: int = 0
    """How many of the latest ones had none that the selector takes."""

    @property
    def is_vain_sample(self) -> bool:
        """Whether a sample has seen enough pages without a record."""
        return self.vain > MAX_EMPTY_OF_SAMPLE

    def add(self, page: Page) -> None:
        """The next page has come."""
        self.vain = 0 if page.records.count else self.vain + 1
        if self.vain and self.vain % _TOLD_EACH == 0:
            log.info(
                "%s: the last %d pages have no records, and the server says that more follow.",
                page.stream,
                self.vain,
                extra=fields("empty_pages", page.stream),
            )
        if not page.info.records:
            self.empty += 1
            return
        self.records += page.info.records
        self.listed += page.listed
        self.pages, self.last, self.empty = self.pages + 1, page, 0
        self.largest = max(self.largest, page.info.records)
