"""The first page's number, where nobody says it: found by trial once, and kept in the state.

It is found by asking for page 0 and page 1.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tap_analytics.exceptions import StreamError
from tap_analytics.log_fields import fields
from tap_analytics.records.encoding import encode
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.page_fetcher import LASTING_REFUSALS, TRIAL_REFUSALS
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.rest.trials import records_of
from tap_analytics.sync.resource import BASE_PAGE, BASE_PAGE_OF
from tap_analytics.sync.state.bookmark_in_state import first_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.rest.endpoint import Endpoint
    from tap_analytics.rest.page import Page
    from tap_analytics.sync.stream import SingerStream


def set_base_page(stream: SingerStream, endpoint: Endpoint) -> bool:
    """Let a paginator begin with the page that the state names, or that a trial finds.

    Args:
        stream: The stream; its state keeps what was found, for a child of all parents.
        endpoint: What is requested. Its paginator is left as it is where neither page 0 nor page 1
            has records: that is asked again for the next parent, or in the next run.

    Returns:
        Whether it is known by now.

    Raises:
        StreamError: The server's response to the trial is an error for other pages, too.
        RunError: The same, for all streams.
    """
    paginator = endpoint.paginator
    if not isinstance(paginator, PageNumberPaginator):
        return True
    state = stream.stream_state
    known = stream.known_base_page
    if known is not None:
        paginator.first = known
        return True
    reader = partial(PageReader, endpoint, stream.run.http_client, stream.run.clock)
    found = find_base_page(reader(), stream.own_keys)
    start = first_start(stream)
    if found is None and start is not None:
        # Some servers refuse to be asked since no time.
        found = find_base_page(reader(start), stream.own_keys)
    paginator.first_is_open = found is None
    if found is None:
        return False
    paginator.first, lasting = found
    if lasting:
        state[BASE_PAGE], state[BASE_PAGE_OF] = paginator.first, stream.list_digest
    stream.logger.info(
        "%s: pages are numbered from %d, as requests for page 0 and page 1 show%s. `base_page` in "
        "its `paginator` saves these requests.",
        stream.name,
        paginator.first,
        "" if lasting else "; page 1 is empty, so the next run asks again",
        extra=fields("base_page", stream.name, base_page=paginator.first),
    )
    return True


def find_base_page(reader: PageReader, primary_keys: Sequence[str]) -> tuple[int, bool] | None:
    """Whether pages are numbered from 0 or from 1, by asking for both.

    A server that counts from 1 refuses page 0, or takes it for page 1. What else may look like it
    is asked about once more: a table that filled, or rows that moved, between the two requests, and
    a server that is out of order for a moment. To begin at 1 by mistake would cost the first page.

    Args:
        reader: Sends the requests, from its replication value on.
        primary_keys: The fields by which records are compared; without any, their contents.

    Returns:
        The first page's number, and whether that holds for further runs: a list that ends with page
        0 may be one of a server that counts otherwise. None where nobody can tell.

    Raises:
        StreamError: The server's response is an error for other pages, too.
        RunError: The same, for all streams.
    """
    trial = _trial(reader, 0, TRIAL_REFUSALS)
    second = _trial(reader, 1)
    passing = trial.refused and trial.status not in LASTING_REFUSALS
    zero, one = keys_of(trial, primary_keys), keys_of(second, primary_keys)
    if passing or (one and not zero and not trial.refused):
        trial = _insist(reader, 0) or trial
        zero = keys_of(trial, primary_keys)
    if not zero and not one:
        # There may be no page 1 of a list that is empty.
        return (0, False) if second.refused and not trial.refused else None
    if not one:
        return 0, False
    if zero.isdisjoint(one):
        return (0 if zero else 1), True
    return (1, True) if zero == one else _of_moving(reader, zero, one, primary_keys)


def _of_moving(
    reader: PageReader, zero: set[Any], one: set[Any], primary_keys: Sequence[str]
) -> tuple[int, bool] | None:
    """As `find_base_page`, where page 0 and page 1 have some records in common."""
    again = keys_of(_insist(reader, 0), primary_keys)
    if again in (zero, one):
        return 1, True
    return (0, False) if again and again.isdisjoint(one) else None


def _insist(reader: PageReader, number: int) -> Page | None:
    """A page, asked for as any other is; None where the server stays out of order."""
    try:
        return _trial(reader, number)
    except StreamError:
        return None


def _trial(reader: PageReader, number: int, refusals: frozenset[int] = LASTING_REFUSALS) -> Page:
    return reader.try_fetch(PageQuery(number, reader.since), refusals)


def keys_of(page: Page | None, primary_keys: Sequence[str]) -> set[Any]:
    """What the records of a page are known by; nothing where there is no page."""
    # A record without its key is another one than the next: its contents stand for it.
    keys = {
        tuple(str(record[name]) for name in primary_keys)
        if primary_keys and all(record.get(name) is not None for name in primary_keys)
        else encode(record)
        for record in ([] if page is None else records_of(page))
    }
    # Where a selector takes none of what a page holds, that stands for the page.
    return keys or ({page.records.digest()} if page is not None and page.info.records else keys)
