"""Which order by modification time, and which filter by it, an API heeds: found out by asking.

Each candidate is tried by `rest/trials.py`, whose judge is the reading that a run uses: an order is
one only if its reverse is its reverse, and a filter only if nothing older comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.exceptions import StreamError
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.range_paginators import OffsetPaginator, PageNumberPaginator
from tap_analytics.rest.trials import OrderTrial, try_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_analytics.client import AnalyticsStream

    StreamWith = Callable[[Mapping[str, Any]], AnalyticsStream]
    """Makes the stream that a value of `incremental` describes."""

ORDERS = (
    ("ordering", "{}", "-{}"),
    ("order", "{}", "{} DESC"),
    ("order", "{}", "-{}"),
    ("order_by", "{}", "-{}"),
    ("order_by", "{} asc", "{} desc"),
    ("orderBy", "{}", "{} desc"),
    ("sort", "{}", "-{}"),
    ("sort", "{}:asc", "{}:desc"),
    ("sort_by", "{}", "-{}"),
    ("_sort", "{}", "-{}"),
    ("$orderby", "{} asc", "{} desc"),
)
"""Parameters for an order, with the value for the ascending and the descending one."""

FILTERS = (
    "{}_after",
    "{}_since",
    "{}__gte",
    "{}_gte",
    "updated_since",
    "updated_after",
    "modified_since",
    "since",
)
"""Parameters that ask for what changed since a date-time."""

FILTER_HEADER = "If-Modified-Since"

UNNAMED = "name the parameter that asks for changes as `start_param`, if the API has one"

_TRIAL_SIZE = 20
"""Records of a page on trial: some, so that a list is more than a page, and shows an order."""


class OrderProposal(Struct, frozen=True):
    """What `incremental` says of the order and the filter, and how sure that is."""

    settings: dict[str, str]
    notes: tuple[str, ...]


def propose_order(stream_with: StreamWith, incremental: Mapping[str, Any]) -> OrderProposal:
    """Find the parameters that ask for the order and the filter by modification time.

    Args:
        stream_with: Makes the stream to try a value of `incremental` with.
        incremental: What is known: `cursor_path`, and perhaps the filter.
    """
    told = [name for name in ("start_param", "start_header") if incremental.get(name)]
    unnamed = () if told else (UNNAMED,)
    paginator = stream_with(incremental).paginator
    if not isinstance(paginator, PageNumberPaginator | OffsetPaginator):
        note = "no order was tried: its paginator leads from page to page"
        return OrderProposal({}, (note, *unnamed))
    field = str(incremental["cursor_path"])
    order: dict[str, str] = {}
    found, tried = None, []
    for candidate in _orders(stream_with(incremental), field):
        tried.append(candidate["order_param"])
        found = _try(stream_with, {**incremental, **candidate})
        if found is not None and found.order is None:
            note = "no order was tried: one page held the whole list"
            return OrderProposal({}, (note, *unnamed))
        if found is not None and found.order:
            order = candidate
            break
    if not order or found is None:
        names = ", ".join(dict.fromkeys(f"`{name}`" for name in tried))
        note = f"no order by `{field}` was found: tried {names}"
        return OrderProposal({}, (note, *unnamed))
    both = " and ".join(f"`{order['order_param']}={order[name]}`" for name in _VALUES)
    notes = [f"certain: {both} brought the two ends of the list, each in its order"]
    if told:
        notes.append(_about_filter(str(incremental[told[0]]), found))
        return OrderProposal(order, tuple(notes))
    for candidate in _filters(field):
        found = _try(stream_with, {**incremental, **order, **candidate}, order_is_known=True)
        if found is not None and found.since:
            notes.append(_about_filter(next(iter(candidate.values())), found))
            return OrderProposal({**candidate, **order}, tuple(notes))
    return OrderProposal(order, (*notes, "no filter by it was found", UNNAMED))


_VALUES = ("order_value", "order_value_desc")


def _orders(stream: AnalyticsStream, field: str) -> Iterator[dict[str, str]]:
    """The API's own way alone, where it has one; else the usual ones."""
    if stream.order_param and stream.time_order:
        own = dict(zip(_VALUES, stream.time_order, strict=True))
        yield {"order_param": stream.order_param, **own}
        return
    for param, *values in ORDERS:
        if stream.params.get(param) is None:
            written = (value.format(field) for value in values)
            yield {"order_param": param, **dict(zip(_VALUES, written, strict=True))}


def _filters(field: str) -> Iterator[dict[str, str]]:
    for name in FILTERS:
        yield {"start_param": name.format(field)}
    yield {"start_header": FILTER_HEADER}


def _try(
    stream_with: StreamWith, incremental: Mapping[str, Any], *, order_is_known: bool = False
) -> OrderTrial | None:
    """The outcome of a trial; None where the API has an error for it."""
    stream = stream_with(incremental)
    paginator = stream.paginator
    if not isinstance(paginator, PageNumberPaginator | OffsetPaginator):
        return None
    reader = PageReader(stream.endpoint(None), stream.run.http_client, stream.run.clock)
    size = _TRIAL_SIZE if paginator.sized else None
    field = str(incremental["cursor_path"])
    try:
        return try_order(reader, paginator, field, size=size, order_is_known=order_is_known)
    except StreamError:
        return None


def _about_filter(name: str, found: OrderTrial) -> str:
    if found.since:
        return f"certain: `{name}` is heeded: nothing older came than was asked for"
    return f"guess: `{name}` may not be heeded: {found.reason or 'it could not be tried'}"
