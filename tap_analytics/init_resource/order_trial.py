"""Which orders by modification time and by key, and which filter, an API heeds: found by asking.

Each candidate is tried by `rest/trials.py`, whose judge is the reading that a run uses: an order is
one only if its reverse is its reverse, a filter only if nothing older comes, and windows only if
they overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from tap_analytics.exceptions import StreamError
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator, PageNumberPaginator
from tap_analytics.rest.trials import OrderTrial, try_order
from tap_analytics.sync.reading.ways_of_reading import SMALLEST_WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_analytics.client import AnalyticsStream

    StreamWith = Callable[[Mapping[str, Any]], AnalyticsStream]
    """Makes the stream that a value of `incremental`, or keys of the entry, describe."""

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
    """What is to be written of an order and what it needs, and how sure that is."""

    settings: dict[str, str]
    notes: tuple[str, ...]


def propose_time_order(stream_with: StreamWith, incremental: Mapping[str, Any]) -> OrderProposal:
    """Find the parameters that ask for the order and the filter by modification time.

    Args:
        stream_with: Makes the stream to try a value of `incremental` with.
        incremental: What is known: `cursor_path`, and perhaps the filter.
    """
    told = [name for name in ("start_param", "start_header") if incremental.get(name)]
    unnamed = () if told else (UNNAMED,)
    stream = stream_with(incremental)
    if not isinstance(stream.paginator, PageNumberPaginator | OffsetPaginator):
        note = "no order was tried: its paginator leads from page to page"
        return OrderProposal({}, (note, *unnamed))
    field = str(incremental["cursor_path"])
    own = stream.order_param, stream.time_order

    def tried(candidate: Mapping[str, Any], *, order_is_known: bool = False) -> OrderTrial | None:
        candidate = {**incremental, **candidate}
        return _try(stream_with(candidate), "time", field, order_is_known=order_is_known)

    search = _search(_orders(stream, field, *own), tried)
    if search.told:
        return OrderProposal({}, (search.told, *unnamed))
    order, found = search.order, search.found
    if not order or found is None:
        return OrderProposal({}, (search.not_found(field), *unnamed))
    notes = [_brought_both_ends(order)]
    if told:
        notes.append(_about_filter(str(incremental[told[0]]), found))
        return OrderProposal(order, tuple(notes))
    for candidate in _filters(field):
        found = tried({**order, **candidate}, order_is_known=True)
        if found is not None and found.beside:
            notes.append(_about_filter(next(iter(candidate.values())), found))
            return OrderProposal({**candidate, **order}, tuple(notes))
    return OrderProposal(order, (*notes, "no filter by it was found", UNNAMED))


def propose_key_order(
    stream_with: StreamWith, field: str, like: Mapping[str, Any]
) -> OrderProposal:
    """Find the parameter that asks for the order by key, and whether windows can go by it.

    Args:
        stream_with: Makes the stream to try keys of the entry with.
        field: The key.
        like: The order by time as far as it was found: the one by key is likely asked for alike.
    """
    stream = stream_with({})
    paginator = stream.paginator
    if not isinstance(paginator, PageNumberPaginator | OffsetPaginator):
        return OrderProposal({}, ())
    if not paginator.sized:
        return OrderProposal({}, ("no order by the key was tried: no page size is heeded",))
    own = stream.key_order_param or stream.order_param, stream.key_order

    def tried(candidate: Mapping[str, Any]) -> OrderTrial | None:
        return _try(stream_with(_of_key(candidate)), "key", field)

    alike = [each for each in ORDERS if each[0] == like.get("order_param")]
    search = _search(_orders(stream, field, *own, first=alike), tried)
    if search.told:
        return OrderProposal({}, (search.told,))
    order, found = search.order, search.found
    if not order or found is None:
        return OrderProposal({}, (search.not_found(field),))
    if not found.beside:
        why = f"`{order['order_param']}` is heeded, but windows do not overlap: {found.reason}"
        if found.beside is None:
            why = "the list is too short to try windows"
        return OrderProposal({}, (f"no order by `{field}` is written: {why}",))
    offsets = isinstance(paginator, OffsetPaginator)
    how = "an offset" if offsets else "a page's number"
    notes = [
        _brought_both_ends(order),
        f"certain: {how} and a page size are heeded: a second window joined the first",
    ]
    if paginator.limit < (least := SMALLEST_WINDOW[offsets]):
        notes.append(f"windows need a `limit` of at least {least} in its `paginator`")
    return OrderProposal(_of_key(order), tuple(notes))


class _Search(Struct, frozen=True):
    """What came of trying one order after the other."""

    tried: list[str]
    order: dict[str, str] | None = None
    found: OrderTrial | None = None
    told: str = ""
    """Why nothing can be found out."""

    def not_found(self, field: str) -> str:
        """What is said where none is heeded."""
        names = ", ".join(dict.fromkeys(f"`{name}`" for name in self.tried))
        return f"no order by `{field}` was found: tried {names}"


def _search(
    candidates: Iterable[dict[str, str]], tried: Callable[[Mapping[str, Any]], OrderTrial | None]
) -> _Search:
    """Try orders until one is heeded, or shows that nothing can be found out."""
    names: list[str] = []
    for candidate in candidates:
        names.append(candidate["order_param"])
        found = tried(candidate)
        if found is not None and found.order is None:
            return _Search(names, told="no order was tried: one page held the whole list")
        if found is not None and found.order:
            return _Search(names, candidate, found)
    return _Search(names)


def _brought_both_ends(order: Mapping[str, str]) -> str:
    both = " and ".join(f"`{order['order_param']}={order[name]}`" for name in _VALUES)
    return f"certain: {both} brought the two ends of the list, each in its order"


def _of_key(order: Mapping[str, Any]) -> dict[str, Any]:
    """The names of an order by key in an entry."""
    return {f"key_{name}": value for name, value in order.items()}


_VALUES = ("order_value", "order_value_desc")


def _orders(
    stream: AnalyticsStream,
    field: str,
    param: str | None,
    values: tuple[str, str] | None,
    first: Sequence[tuple[str, str, str]] = (),
) -> Iterator[dict[str, str]]:
    """The API's own way alone, where it has one; else `first` and then the usual ones."""
    if param and values:
        yield {"order_param": param, **dict(zip(_VALUES, values, strict=True))}
        return
    for usual, *forms in dict.fromkeys((*first, *ORDERS)):
        if stream.params.get(usual) is None:
            written = (form.format(field) for form in forms)
            yield {"order_param": usual, **dict(zip(_VALUES, written, strict=True))}


def _filters(field: str) -> Iterator[dict[str, str]]:
    for name in FILTERS:
        yield {"start_param": name.format(field)}
    yield {"start_header": FILTER_HEADER}


def _try(
    stream: AnalyticsStream,
    by: Literal["time", "key"],
    field: str,
    *,
    order_is_known: bool = False,
) -> OrderTrial | None:
    """The outcome of a trial; None where the API has an error for it."""
    paginator = stream.paginator
    if not isinstance(paginator, PageNumberPaginator | OffsetPaginator):
        return None
    reader = PageReader(stream.find_endpoint(None), stream.run.http_client, stream.run.clock)
    size = _TRIAL_SIZE if paginator.sized else None
    try:
        return try_order(reader, paginator, by, field, size=size, order_is_known=order_is_known)
    except StreamError:
        return None


def _about_filter(name: str, found: OrderTrial) -> str:
    if found.beside:
        return f"certain: `{name}` is heeded: nothing older came than was asked for"
    return f"guess: `{name}` may not be heeded: {found.reason or 'it could not be tried'}"
