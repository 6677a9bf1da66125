"""How a reading ended: the pages that `end_check.py` holds against the signs of more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from tap_analytics.rest.endpoint import Order
from tap_analytics.rest.response.signs import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Question, Row
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader


class ReadingEnd(Struct, frozen=True):
    """The two responses that tell how far a reading should have gone, and how far it went."""

    first: Page
    last: Page
    pages: int
    """The pages with records, from the first one to the last."""

    distinct: int
    """The distinct keys in them."""

    since: object = None
    """The replication value that both were asked for; None where both were asked for all."""

    again: Page | None = None
    """The last response where its page was read once more."""

    listed: int | None = None
    """What the lists of the server's pages held, where records are a part of it or within it."""

    counted: Page | None = None
    """The last page with records: its counts hold where an empty one behind it has none."""

    order: Order | None = None
    """The order that was asked for; None where none was."""

    def reaches_total(self, reader: PageReader) -> bool:
        """Whether as many records were read as the first response declares for sure."""
        totals = {
            sign.value
            for sign in reader.signs(self.first)
            if sign.kind is Kind.TOTAL and not (sign.is_estimate or sign.may_count_page)
        }
        return self.distinct in totals | {self.first.info.total}


class PassEnd:
    """Observes the pages of a pass; only the first and the last one are kept."""

    def __init__(self, reader: PageReader) -> None:
        """Observe what a reader reads."""
        self._reader = reader
        self._first: Page | None = None
        self._last: Page | None = None
        self._again: Page | None = None
        self._counted: Page | None = None
        self._pages = 0
        self._records = 0
        self._listed = 0

    def observe(self, page: Page) -> None:
        """A page's turn has come; with the first page a pass begins."""
        if page.key == self._reader.endpoint.paginator.first:
            self._first, self._pages, self._counted = page, 0, None
            self._records = self._listed = 0
        self._records += page.records.count
        self._listed += page.records.listed
        if page.info.records:
            self._pages += 1
            self._counted = page
        if page.body is not None or page.ignored:
            self._last = page
            if self._again is not None and self._again.key != page.key:
                self._again = None

    def observe_again(self, page: Page) -> None:
        """A page was read once more: the last one may say by now that there is more."""
        if page.body is not None:
            self._again = page

    @property
    def has_signs(self) -> bool:
        """Whether the last response says how many there are, or whether there is more."""
        return self._last is not None and bool(self._reader.signs(self._last))

    @property
    def total(self) -> int | None:
        """What the first response declares where it was named; None where nothing was."""
        return None if self._first is None else self._first.info.total

    def found_totals(self) -> list[tuple[int, int]]:
        """What the first and the last response say under names that totals usually have."""
        at_last = self._totals(self._last)
        at_first = self._totals(self._first)
        return [(at_first[name], at_last[name]) for name in at_first if name in at_last]

    def _totals(self, page: Page | None) -> dict[str, int]:
        signs = [] if page is None else self._reader.signs(page)
        exact = [sign for sign in signs if sign.kind is Kind.TOTAL and not sign.is_estimate]
        return {sign.name: sign.value for sign in exact}

    def reached(self, distinct: int, listed: int | None = None) -> ReadingEnd | None:
        """How the pass ended; None where there was no page.

        Args:
            distinct: How many keys it read.
            listed: How many items of the outer list, where records are in lists within it.
        """
        if self._first is None or self._last is None:
            return None
        selective = self._reader.endpoint.extractor.selective
        again = self._again
        if again is not None and again.key != self._last.key:
            again = None
        return ReadingEnd(
            self._first,
            self._last,
            self._pages,
            distinct,
            self._reader.since,
            again,
            listed if listed is not None or not selective else self._listed_once(distinct),
            self._counted,
        )

    def _listed_once(self, distinct: int) -> int:
        """What the lists held: a record that came twice was listed twice."""
        return self._listed - (self._records - distinct)


class SinglePassEnd:
    """Observes the responses of a reading in one pass.

    Whatever such a response declares speaks of the selection that was asked for. So only the last
    selection counts, and of it the response behind which nothing followed.
    """

    def __init__(self, order_by: Literal["time", "key"] = "time") -> None:
        """Await responses: `observe` takes in each, and `end` has the last one.

        Args:
            order_by: What the reading means by an order.
        """
        self._order_by = order_by
        self._part = 0
        self._since: str | None = None
        self._first: Page | None = None
        self._rows: dict[int, Sequence[Row]] = {}
        self.end: ReadingEnd | None = None
        """How the reading ended; None where more follows that this run does not owe."""

    def observe(
        self, question: Question, page: Page, rows: Sequence[Row], *, before: int | None, ends: bool
    ) -> None:
        """A response has come.

        Args:
            question: What was asked for.
            page: The response.
            rows: Its records.
            before: How many records stand before it in the selection; None where nobody knows.
            ends: Whether nothing follows it.
        """
        # Parts that are in flight with the last one end where the next begins.
        aside = question.aside or question.order == "descending"
        if aside or question.part < self._part:
            return
        if self._first is None or (question.part, question.since) != (self._part, self._since):
            self._part, self._since = question.part, question.since
            self._first, self._rows, self.end = page, {}, None
        if before is None or question.size is None:
            # Pages of the stream's own size: more than one only where records have one time.
            self._rows[question.page] = rows
        if not ends:
            return
        if before is None:
            distinct = len({row.key for rows in self._rows.values() for row in rows})
        else:
            distinct = before + len({row.key for row in rows})
        size = question.size or max(map(len, self._rows.values()), default=0)
        pages = question.page - (not rows)
        if question.offset is not None and size:
            pages = -(-distinct // size)
        order = None if question.order is None else Order(self._order_by)
        self.end = ReadingEnd(self._first, page, pages, distinct, self._since, order=order)
