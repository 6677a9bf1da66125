"""Whether an API takes a parameter for a filter that was meant otherwise.

A server that takes each parameter that it does not know for a filter has no record for it: what it
returns looks like the end of a list, or like an empty one. In doubt are the usual names of a
paginator's parameters where nobody named them, and where no record came, the order and the start
value, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.completeness.instants import shifted
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.names import listed, shown
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.paginators.paginator import UNDECLARED_ENDS
from tap_analytics.rest.trials import records_of, trial_page
from tap_analytics.sync.state.epochs import parts_of_second
from tap_analytics.sync.state.start_values import FURTHER_AWAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.stream import SingerStream

STATE_KEY = "heeded"
"""The state's entry for parameters that nobody named, and with which records have come."""

MADE_UP = "tap_analytics_trial"
"""A parameter that no API knows."""

_NAMED_BY = {"time": "order_param", "key": "key_order_param"}
"""The settings that name the parameter of an order."""


def taken_for_filters(
    end: ReadingEnd, stream: SingerStream, reader: PageReader, stop_reason: str, *, full: bool
) -> Iterator[str]:
    """That the server may have found nothing because of parameters that were meant otherwise.

    It is asked about with a request: where nothing came, and where the first page was all that
    came though a cursor led on, or though it is as long as a full one. Once records have come by
    parameters that nobody named, that holds, for a child of all parents.

    Args:
        end: How the reading ended.
        stream: What was read; its state keeps what was shown.
        reader: Sends the requests.
        stop_reason: Why the reading ended.
        full: Whether the first page has as many records as a full one may.

    Yields:
        The sentence that tells it.

    Raises:
        StreamError: A request failed as it would for every page.
        RunError: The same, for all streams.
    """
    paginator = reader.endpoint.paginator
    if paginator.skips:
        return
    sent = _unnamed(end.first.key, end, reader)
    names = ", ".join(sorted(sent or paginator.unnamed))
    is_shown = not names or stream.stream_state.get(STATE_KEY) == names
    if not end.pages:
        doubted = {} if is_shown else {name: paginator.unnamed[name] for name in sent}
        yield from _empty_list(end, stream, reader, doubted | _of_order(end, reader))
    elif not is_shown:
        if any(sent.values()) or end.pages > 1 or not end.first.info.records:
            stream.remember(STATE_KEY, names)
        elif _may_be_filtered(end, reader, stop_reason, full=full):
            yield from _empty_behind_first(end, reader)


def _empty_list(
    end: ReadingEnd, stream: SingerStream, reader: PageReader, doubted: Mapping[str, str]
) -> Iterator[str]:
    """That records come without some parameters, though none came with them.

    Args:
        end: How the reading ended, which brought no record.
        stream: What was read.
        reader: Sends the requests.
        doubted: The parameters that may be filters, each with the setting that names it.
    """
    if doubted:
        page = trial_page(reader, end.first.key, end.since, dict.fromkeys(doubted))
        if page is not None and page.records.on_page:
            told = f"no record comes with {listed([*doubted])}, and some come without"
            yield f"{told}: {_advice([*doubted.values()])}"
            return
    if end.since is not None and reader.endpoint.api_unknown and not _has_bookmark(stream):
        # From a bookmark on, `since_filter.py` asks for its own record.
        yield from _left_out_since(end, stream, reader, doubted)


def _left_out_since(
    end: ReadingEnd, stream: SingerStream, reader: PageReader, doubted: Mapping[str, str]
) -> Iterator[str]:
    """That a record is there which changed since the start value, though none came."""
    query = PageQuery(end.first.key, whole=True, renamed=dict.fromkeys(doubted))
    page = reader.try_fetch(query)
    # All are looked at: they show in which form the API writes its times, too.
    left_out = [*_in_span(records_of(page), end.since, stream)]
    if not left_out:
        return
    again = trial_page(reader, end.first.key, end.since, dict.fromkeys(doubted))
    if again is not None and not again.records.on_page:
        request, key = reader.endpoint.request, end.first.key
        asked, whole = request(PageQuery(key, end.since)), request(PageQuery(key, whole=True))
        names = [
            name
            for part, without in ((asked.params, whole.params), (asked.headers, whole.headers))
            for name in part
            if name not in without
        ]
        by = f" by {listed(names)}" if names else ""
        since = shown(str(stream.start_values.written(end.since)))
        yield (
            f"no record comes when it is asked for since `{since}`{by}, and one of "
            f"`{shown(str(left_out[0]))}` is there: the API may filter by something else"
        )


def _in_span(
    records: Sequence[dict[str, Any]],
    since: Any,  # noqa: ANN401  # any replication value
    stream: SingerStream,
) -> Iterator[object]:
    """The replication values of records that the API was asked for, beyond any doubt."""
    end: Any = stream.run.settings.end_date if stream.end_value is None else stream.end_value
    for record in records:
        stream.derive(record)
        value: Any = record.get(str(stream.replication_key))
        try:
            if not stream.is_timestamp_replication_key:
                units = {parts_of_second(each, stream.run.started_at) for each in (value, since)}
                is_in = len(units) == 1 and value > since and (end is None or value < end)
            else:
                # Values that name no zone may be those of any.
                stream.start_values.observe(value)
                clear = not stream.start_values.name_no_zone and stream.start_values.names_zone
                away = stream.since_step if clear else max(FURTHER_AWAY, stream.since_step)
                instant = utc_instant(value)
                is_in = instant > shifted(str(since), away) and (
                    end is None or instant < shifted(utc_instant(end), -away)
                )
        except (TypeError, ValueError, OverflowError):
            continue
        if is_in:
            yield value


def _has_bookmark(stream: SingerStream) -> bool:
    """Whether any part of the stream has one: then records have come by its start value."""
    state = stream.stream_state
    return any("replication_key_value" in part for part in (state, *state.get("partitions", ())))


def _empty_behind_first(end: ReadingEnd, reader: PageReader) -> Iterator[str]:
    """That the page behind the first one is empty by a parameter that no API knows, too."""
    paginator = reader.endpoint.paginator
    key = next(iter(paginator.next_keys(end.first.key, end.first.info)))
    sent = _unnamed(key, end, reader)
    if not sent:
        return
    page = trial_page(reader, key, end.since, dict.fromkeys(sent, MADE_UP))
    if page is not None and not page.records.on_page:
        told = (
            f"{listed([*sent])} leads to an empty page, and so does a parameter that no API knows"
        )
        yield f"{told}: {_advice([paginator.unnamed[name] for name in sent])}"


def _may_be_filtered(end: ReadingEnd, reader: PageReader, stop_reason: str, *, full: bool) -> bool:
    """Whether a page behind the first one was empty, and nothing tells that it is the end."""
    paginator, last = reader.endpoint.paginator, end.last
    if paginator.supports_prefetch:
        # Some servers leave a parameter out that is 0: then its first page shows nothing.
        return full and stop_reason in UNDECLARED_ENDS
    is_behind = last.key != end.first.key and not last.info.records
    return is_behind and not end.reaches_total(reader)


def _unnamed(key: object, end: ReadingEnd, reader: PageReader) -> dict[str, object]:
    """The parameters of a request that nobody named."""
    params = reader.endpoint.request(PageQuery(key, end.since)).params
    unnamed = reader.endpoint.paginator.unnamed
    return {name: value for name, value in params.items() if name in unnamed}


def _of_order(end: ReadingEnd, reader: PageReader) -> dict[str, str]:
    """The parameters that asked for an order, each with the setting that names it."""
    if end.order is None or not reader.endpoint.api_unknown:
        return {}
    request, key = reader.endpoint.request, end.first.key
    ordered = request(PageQuery(key, end.since, end.order)).params
    setting = _NAMED_BY[end.order.by]
    plain = request(PageQuery(key, end.since)).params
    return {name: setting for name in ordered if name not in plain}


def _advice(settings: Sequence[str]) -> str:
    name = "name" if len(settings) > 1 else "names"
    return f"the API may take it for a filter ({listed(settings)} {name} what it has)"
