"""Whether an API takes a parameter for a filter that leads to pages, as far as the tap guesses.

Where nobody names the parameter of a paginator, it has its usual name. A server that takes each
parameter that it does not know for a filter has no record for it: what it returns looks like the
end of a list, or like an empty one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.names import listed
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.paginators.paginator import UNDECLARED_ENDS
from tap_analytics.rest.response.signs import Kind
from tap_analytics.rest.trials import trial_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.stream import SingerStream

STATE_KEY = "heeded"
"""The state's entry for parameters that nobody named, and with which records have come."""

MADE_UP = "tap_analytics_trial"
"""A parameter that no API knows."""


def taken_for_filters(
    end: ReadingEnd, stream: SingerStream, reader: PageReader, stop_reason: str, *, full: bool
) -> Iterator[str]:
    """That the server may have found nothing because of parameters that nobody named.

    It is asked about with one request: where nothing came, and where the first page was all that
    came though a cursor led on, or though it is as long as a full one. Once records have come by
    such parameters that holds, for a child of all parents.

    Args:
        end: How the reading ended.
        stream: What was read; its state keeps what was shown.
        reader: Sends the request.
        stop_reason: Why the reading ended.
        full: Whether the first page has as many records as a full one may.

    Yields:
        The sentence that tells it.

    Raises:
        StreamError: The request failed as it would for every page.
        RunError: The same, for all streams.
    """
    paginator, state = reader.endpoint.paginator, stream.stream_state
    if not paginator.unnamed or paginator.skips:
        return
    sent = _sent(end.first.key, end, reader)
    known = ", ".join(sorted(sent or paginator.unnamed))
    if state.get(STATE_KEY) == known:
        return
    came_by_them = any(sent.values()) or end.pages > 1 or not end.first.info.records
    if end.pages and came_by_them:
        state[STATE_KEY] = known
        stream.state_manager.is_flushed = False
    elif end.pages and _may_be_filtered(end, reader, stop_reason, full=full):
        yield from _empty_behind_first(end, reader)
    elif sent and not end.pages:
        page = trial_page(reader, end.first.key, end.since, dict.fromkeys(sent))
        if page is not None and page.records.on_page:
            told = f"no record comes with {listed([*sent])}, and some come without"
            yield f"{told}: {_advice(sent, reader)}"


def _empty_behind_first(end: ReadingEnd, reader: PageReader) -> Iterator[str]:
    """That the page behind the first one is empty by a parameter that no API knows, too."""
    key = next(iter(reader.endpoint.paginator.next_keys(end.first.key, end.first.info)))
    sent = _sent(key, end, reader)
    page = trial_page(reader, key, end.since, dict.fromkeys(sent, MADE_UP))
    if page is not None and not page.records.on_page:
        told = (
            f"{listed([*sent])} leads to an empty page, and so does a parameter that no API knows"
        )
        yield f"{told}: {_advice(sent, reader)}"


def _may_be_filtered(end: ReadingEnd, reader: PageReader, stop_reason: str, *, full: bool) -> bool:
    """Whether a page behind the first one was empty, and nothing tells that it is the end."""
    paginator, last = reader.endpoint.paginator, end.last
    if paginator.supports_prefetch:
        # Some servers leave a parameter out that is 0: then its first page shows nothing.
        return full and stop_reason in UNDECLARED_ENDS
    counts = {end.first.info.total} | {
        sign.value
        for sign in reader.signs(end.first)
        if sign.kind is Kind.TOTAL and not (sign.is_estimate or sign.may_count_page)
    }
    return last.key != end.first.key and not last.info.records and end.distinct not in counts


def _sent(key: object, end: ReadingEnd, reader: PageReader) -> dict[str, object]:
    """The parameters of a request that nobody named."""
    params = reader.endpoint.request(PageQuery(key, end.since)).params
    unnamed = reader.endpoint.paginator.unnamed
    return {name: value for name, value in params.items() if name in unnamed}


def _advice(sent: Mapping[str, object], reader: PageReader) -> str:
    unnamed = reader.endpoint.paginator.unnamed
    settings = [unnamed[name] for name in sent]
    name = "name" if len(settings) > 1 else "names"
    return (
        "the API may take what nobody named for a filter "
        f"({listed(settings)} in its `paginator` {name} what it has)"
    )
