"""A reading's question as the query of a page, and the page as the response to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_analytics.completeness.reading import Response
from tap_analytics.records.datetimes import instant_of
from tap_analytics.rest.endpoint import Order, PageQuery
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from tap_analytics.completeness.reading import Question, Row
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator


def page_query(
    question: Question,
    paginator: PageNumberPaginator | OffsetPaginator,
    order_by: Literal["time", "key"],
) -> PageQuery:
    """The query of the page that a question asks for.

    Args:
        question: What a reading wants to know.
        paginator: Turns the number of a page, or an offset, into parameters.
        order_by: What the reading means by an order.
    """
    order = None
    if question.order is not None:
        order = Order(order_by, descending=question.order == "descending")
    key = paginator.first
    if isinstance(paginator, OffsetPaginator):
        key += question.offset or 0
    else:
        key += question.page - 1
    return PageQuery(key, question.since, order, question.size)


def response_to(
    question: Question,
    page: Page,
    rows: Sequence[Row],
    keys: Sequence[object] = (),
    *,
    resolution: timedelta = timedelta(),  # a constant
    doubt: timedelta = timedelta(),  # a constant
) -> Response:
    """What a reading gets to see of a page.

    Args:
        question: What was asked.
        page: What came.
        rows: Its records, as far as a reading is concerned.
        keys: Their keys as they came, where the question orders by key.
        resolution: How fine the start values are that go out.
        doubt: How much later than its time says a record may have changed.
    """
    if page.refused:
        return Response(refused=True)
    info = page.info
    duration = timedelta(seconds=page.answered - page.sent)
    responded_at = page.server_time or page.answered_at
    pages = info.page_count
    if pages is None and info.total is not None and info.records:
        pages = -(-info.total // info.records)
    return Response(
        rows=rows,
        more=more_follows(question, page),
        keys=keys,
        missing=info.not_found,
        sent_at=instant_of(responded_at - duration),
        dated=instant_of(responded_at),
        resolution=resolution,
        doubt=doubt,
        pages=pages,
    )


def more_follows(question: Question, page: Page) -> bool | None:
    """Whether a response says that more follows; None where it does not say.

    A declared total counts only where it is known how many records stand before the page.
    """
    info = page.info
    if info.not_found or info.has_next is not None:
        return bool(info.has_next)
    if info.page_count is not None:
        return question.page < info.page_count
    before = records_before(question)
    if info.total is None or before is None:
        return None
    return before + info.records < info.total


def records_before(question: Question) -> int | None:
    """How many records stand before a page; None where its size is not known."""
    known = question.page == 1 or question.size is not None
    before = (question.page - 1) * (question.size or 0) if known else None
    return before if question.offset is None else question.offset
