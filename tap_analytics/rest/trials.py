"""Requests on trial: the server may refuse them, and they are not retried for it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.completeness.instants import MICROSECOND
from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.reading import Row
from tap_analytics.completeness.windows import Windows
from tap_analytics.exceptions import StreamError
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.encoding import encode
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator
from tap_analytics.rest.questions import page_query, response_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.completeness.reading import Reading
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator


def trial_page(
    reader: PageReader,
    key: object,
    since: object = None,
    renamed: Mapping[str, str | None] | None = None,
    resized: tuple[int, int] | None = None,
) -> Page | None:
    """Request a page that the server may refuse.

    Args:
        reader: Sends the request.
        key: The page.
        since: Ask for records that changed from this replication value on; None asks for all.
        renamed: Other names of parameters; None leaves one out.
        resized: The size that its parameters ask for, and the one to ask for in its place.

    Returns:
        The page; None where the server refused it, or returned no records.

    Raises:
        StreamError: The status is 401, 403 or 429, or no response came.
        RunError: The same, for all streams.
    """
    query = PageQuery(key, since, renamed=renamed or {}, resized=resized)
    page = reader.try_fetch(query)
    return None if page.refused else page


class OrderTrial(Struct, frozen=True):
    """Whether a server heeds an order, and what a reading needs beside it."""

    order: bool | None
    """None where it cannot be told: one response held everything."""

    beside: bool | None
    """By time: whether the filter is heeded; by key: whether the place and the size of windows are.
    None where it was not tried."""

    reason: str
    """What contradicts; empty where nothing does."""


def try_order(
    reader: PageReader,
    paginator: PageNumberPaginator | OffsetPaginator,
    by: Literal["time", "key"],
    field: str,
    *,
    size: int | None = None,
    order_is_known: bool = False,
) -> OrderTrial:
    """Try an order, and what a reading needs beside it.

    The judge is the reading itself: it asks the questions with which it begins in a run. By time it
    is keyset reading, which needs the filter; by key it is windows, which need to overlap.

    Args:
        reader: Sends the requests, on trial.
        paginator: Turns the number of a page, or an offset, into parameters.
        by: What the order goes by.
        field: The modification time, or the key.
        size: Records per page; None for the stream's own size.
        order_is_known: Whether the order by time was tried before: then only the filter is.

    Raises:
        StreamError: The status is 401, 403 or 429, or no response came.
        RunError: The same, for all streams.
    """
    if by == "time":
        return _try_keyset(reader, paginator, field, size, order_is_known=order_is_known)
    reading = Windows(size or paginator.limit, offsets=isinstance(paginator, OffsetPaginator))
    while reading.outcome is None and not reading.overlap_is_shown:
        _ask(reader, paginator, reading, "key", field)
    shown, outcome = reading.order_is_shown, reading.outcome
    if outcome is None:
        return OrderTrial(order=True, beside=True, reason="")
    if outcome.proven:
        return OrderTrial(order=shown or None, beside=None, reason=outcome.reason)
    return OrderTrial(order=shown, beside=False if shown else None, reason=outcome.reason)


def _try_keyset(
    reader: PageReader,
    paginator: PageNumberPaginator | OffsetPaginator,
    field: str,
    size: int | None,
    *,
    order_is_known: bool,
) -> OrderTrial:
    resolution = reader.endpoint.since_resolution
    reading = KeysetReading(resolution=resolution or MICROSECOND, trust_order=order_is_known)
    shown = order_is_known
    while (outcome := reading.outcome) is None:
        shown = reading.order_is_shown
        if shown and resolution is None:
            return OrderTrial(order=True, beside=None, reason="")
        asked = _ask(reader, paginator, reading, "time", field, size)
        filtering = shown and asked.since is not None
        if asked.refused and filtering:
            return OrderTrial(order=True, beside=False, reason="the server refuses the filter")
        contradicted = reading.outcome is not None and reading.outcome.fall_back
        # No record is what a server sends, too, that takes the filter for one by another field.
        if filtering and asked.any_came and not contradicted:
            return OrderTrial(order=True, beside=True, reason="")
    if outcome.proven:
        return OrderTrial(order=shown or None, beside=None, reason=outcome.reason)
    return OrderTrial(order=shown, beside=False if shown else None, reason=outcome.reason)


class _Asked(Struct, frozen=True):
    """What was asked in one go."""

    since: str | None
    refused: bool
    any_came: bool
    """Whether any record came."""


def _ask(
    reader: PageReader,
    paginator: PageNumberPaginator | OffsetPaginator,
    reading: Reading,
    by: Literal["time", "key"],
    field: str,
    size: int | None = None,
) -> _Asked:
    """Send the next questions of a reading, and let it take the responses in."""
    since, refused, any_came = None, False, False
    for question in reading.questions():
        since = question.since
        sized = question if question.size else replace(question, size=size)
        query = page_query(sized, paginator, by)
        page = reader.try_fetch(query)
        refused = page.refused
        rows, keys = _rows(page, field, by)
        any_came |= bool(rows)
        reading.receive(question, response_to(question, page, rows, keys))
    return _Asked(since, refused, any_came)


def _rows(page: Page, field: str, by: Literal["time", "key"]) -> tuple[list[Row], list[object]]:
    """The records of a page as far as their order is concerned, and their keys.

    By time each is its own key.
    """
    rows, keys = [], []
    for record in records_of(page):
        value = record.get(field)
        key = contents = hash(encode(record))
        time = None
        if by == "key":
            key = hash(encode(value))
            keys.append(value)
        else:
            with suppress(ValueError, OverflowError, TypeError):
                time = utc_instant(value)
        rows.append(Row(key, contents, time))
    return rows, keys


def records_of(page: Page) -> list[dict[str, Any]]:
    """The records of a page that was asked for on trial; none where they cannot be read."""
    try:
        return [*page.decoded()]
    except StreamError:
        return []
