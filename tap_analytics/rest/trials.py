"""Requests on trial: the server may refuse them, and they are not retried for it."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

from tap_analytics.records.encoding import encode
from tap_analytics.rest.document import NoRecordsError, NotJSONError
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.pages import TRIAL_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.rest.pages import Page, PageReader


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
    try:
        records = page.records.decode() if page else []
    except (NoRecordsError, NotJSONError):
        return set()
    # A record without its key is another one than the next: its contents stand for it.
    return {
        tuple(str(record[name]) for name in primary_keys)
        if primary_keys and all(record.get(name) is not None for name in primary_keys)
        else encode(record)
        for record in records
    }
