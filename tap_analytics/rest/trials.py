"""Requests on trial: the server may refuse them, and they are not retried for it."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.completeness.instants import MICROSECOND
from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.reading import Row
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.encoding import encode
from tap_analytics.rest.document import NoRecordsError, NotJSONError
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.page_fetcher import TRIAL_REFUSALS
from tap_analytics.rest.questions import page_query, response_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.rest.range_paginators import OffsetPaginator, PageNumberPaginator


def trial_page(reader: PageReader, key: object, since: object = None) -> Page | None:
    """Request a page that the server may refuse.

    Args:
        reader: Sends the request.
        key: The page.
        since: Ask for records that changed from this replication value on; None asks for all.

    Returns:
        The page; None where the server refused it, or returned no records.

    Raises:
        StreamError: The status is 401, 403 or 429, or no response came.
        RunError: The same, for all streams.
    """
    page = reader.fetch(PageQuery(key, since), Event(), trial=True, refusals=TRIAL_REFUSALS)
    return None if page.refused else page


class OrderTrial(Struct, frozen=True):
    """Whether a server heeds the order by modification time, and the filter by it."""

    order: bool | None
    """None where it cannot be told: one response held everything."""

    since: bool | None
    """None where it was not tried."""

    reason: str
    """What contradicts; empty where nothing does."""


def try_order(
    reader: PageReader,
    paginator: PageNumberPaginator | OffsetPaginator,
    field: str,
    *,
    size: int | None = None,
    order_is_known: bool = False,
) -> OrderTrial:
    """Try an order by modification time, and the filter where there is one.

    The judge is keyset reading itself: it asks the questions with which it begins in a run.

    Args:
        reader: Sends the requests, on trial.
        paginator: Turns the number of a page into parameters.
        field: The modification time.
        size: Records per page; None for the stream's own size.
        order_is_known: Whether the order was tried before: then only the filter is.

    Raises:
        StreamError: The status is 401, 403 or 429, or no response came.
        RunError: The same, for all streams.
    """
    endpoint = reader.endpoint
    resolution = endpoint.since_resolution
    reading = KeysetReading(resolution=resolution or MICROSECOND, trust_order=order_is_known)
    shown = order_is_known
    while (outcome := reading.outcome) is None:
        shown = reading.order_is_shown
        questions = reading.questions()
        if shown and resolution is None:
            return OrderTrial(order=True, since=None, reason="")
        filtering = shown and questions[0].since is not None
        for question in questions:
            query = page_query(replace(question, size=size), paginator, "time")
            page = reader.fetch(query, Event(), trial=True, refusals=TRIAL_REFUSALS)
            if page.refused and filtering:
                return OrderTrial(order=True, since=False, reason="the server refuses the filter")
            reading.receive(question, response_to(question, page, _rows(page, field)))
        contradicted = reading.outcome is not None and reading.outcome.fall_back
        if filtering and not contradicted:
            return OrderTrial(order=True, since=True, reason="")
    if outcome.proven:
        return OrderTrial(order=shown or None, since=None, reason=outcome.reason)
    return OrderTrial(order=shown, since=False if shown else None, reason=outcome.reason)


def _rows(page: Page, field: str) -> list[Row]:
    """The records of a page as far as their order is concerned: each is its own key."""
    rows = []
    for record in _records(page):
        contents = hash(encode(record))
        try:
            time = utc_instant(record.get(field))
        except (ValueError, OverflowError, TypeError):
            time = None
        rows.append(Row(contents, contents, time))
    return rows


def _records(page: Page | None) -> list[dict[str, Any]]:
    try:
        return page.records.decode() if page else []
    except (NoRecordsError, NotJSONError):
        return []


def find_base_page(reader: PageReader, primary_keys: Sequence[str]) -> tuple[int, bool] | None:
    """Whether pages are numbered from 0 or from 1, by asking for both without a since.

    A server that counts from 1 refuses page 0, or takes it for page 1.

    Args:
        reader: Sends the two requests.
        primary_keys: The fields by which records are compared; without any, their contents.

    Returns:
        The first page's number, and whether that holds for further runs: a list that ends with page
        0 may be one of a server that counts otherwise. None where neither page has records.

    Raises:
        StreamError: The server's response is an error for other pages, too.
        RunError: The same, for all streams.
    """
    zero, one = (_keys(trial_page(reader, number), primary_keys) for number in (0, 1))
    if not zero and not one:
        return None
    if zero and not one:
        return 0, False
    return (0 if zero and zero.isdisjoint(one) else 1), True


def _keys(page: Page | None, primary_keys: Sequence[str]) -> set[Any]:
    """What the records of a page are known by; nothing where there is no page."""
    # A record without its key is another one than the next: its contents stand for it.
    return {
        tuple(str(record[name]) for name in primary_keys)
        if primary_keys and all(record.get(name) is not None for name in primary_keys)
        else encode(record)
        for record in _records(page)
    }
