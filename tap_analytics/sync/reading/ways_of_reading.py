"""Which ways of reading a stream has, the best first: keyset, windows, or by pages."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal, cast

from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.completeness.instants import MICROSECOND, before
from tap_analytics.completeness.keyset import KeysetReading
from tap_analytics.completeness.windows import Windows
from tap_analytics.rest.endpoint import Order, PageQuery
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator, PageNumberPaginator

if TYPE_CHECKING:
    from tap_analytics.rest.endpoint import Endpoint
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.state.failed_ways import FailedWays
    from tap_analytics.sync.stream import SingerStream

ReadBy = Literal["auto", "keyset", "windows", "pages"]

NUMBERED = (PageNumberPaginator, OffsetPaginator)

MIXED_TIMES = "its times come in several forms, which a filter that compares text takes for others"

SMALLEST_WINDOW = {True: 8, False: 90}
"""The smallest page size for windows: with offsets they overlap by three exactly, while page number
and size together make few starts, so that small pages cost more than reading them twice."""


class ByPages(Struct, frozen=True):
    """Why a stream is read by pages."""

    reason: str
    remembered: bool = False
    """Whether it has been found out before."""
    name: Literal["pages"] = "pages"
    may_activate_version: Literal[True] = True


class SinglePassReading(Struct, frozen=True):
    """A way of reading in one pass, before it begins."""

    name: Literal["keyset", "windows"]
    reading: KeysetReading | Windows
    paginator: PageNumberPaginator | OffsetPaginator
    order_by: Literal["time", "key"]
    question: str
    """The order that it asks for, and of how many records, for the state."""
    reason: str = ""
    """Why a better way is not taken, as has been found out before."""

    @property
    def remembered(self) -> bool:
        """Whether a better way was given up before."""
        return bool(self.reason)

    @property
    def may_activate_version(self) -> bool:
        """Whether the target may delete what was not read."""
        return isinstance(self.reading, Windows) and self.reading.may_activate_version


def single_pass_reading(
    stream: SingerStream, endpoint: Endpoint, bookmark: Bookmark | None, failed: FailedWays
) -> SinglePassReading | ByPages:
    """The way to read a stream in one pass.

    Args:
        stream: What is read.
        endpoint: What it can be asked for.
        bookmark: Where it starts; None for a stream that is read in full.
        failed: What earlier runs found out; a way that is chosen by hand is tried all the same.

    Returns:
        The reading, or why the stream is read by pages.
    """
    paginator = endpoint.paginator
    obstacles = (
        (stream.run.verify == "none", "`verify` is `none`"),
        (stream.read_by == "pages", "`read_by` is `pages`"),
        (bool(stream.children), "it has children"),
        (stream.parent_stream_type is not None, "it has a parent"),
        (stream.ABORT_AT_RECORD_COUNT is not None, "it is a dry run"),
        (not isinstance(paginator, NUMBERED), "its paginator leads from page to page"),
        (paginator.bounded, "its paginator has a maximum"),
        (paginator.skips, "its paginator begins behind the first page"),
        (endpoint.extractor.selective, "its `data_selector` takes a part of each page"),
    )
    if found := next((reason for obstacle, reason in obstacles if obstacle), None):
        return ByPages(found)
    numbered = cast("PageNumberPaginator | OffsetPaginator", paginator)
    ways = {
        "keyset": partial(_keyset, stream, endpoint, bookmark, numbered),
        "windows": partial(_windows, stream, endpoint, bookmark, numbered),
    }
    reasons: list[str] = []
    given_up = ""
    for name, prepare in ways.items():
        if stream.read_by in {"auto", name}:
            way = prepare()
            if isinstance(way, str):
                reasons.append(way)
                continue
            reason = failed.reason(name, way.question) if stream.read_by == "auto" else None
            if reason is None:
                return replace(way, reason=given_up)
            given_up = reason
    return ByPages(given_up or "; ".join(reasons), remembered=bool(given_up))


def _keyset(
    stream: SingerStream,
    endpoint: Endpoint,
    bookmark: Bookmark | None,
    paginator: PageNumberPaginator | OffsetPaginator,
) -> SinglePassReading | str:
    if bookmark is None or not stream.is_timestamp_replication_key:
        return "it has no modification time"
    if endpoint.since_resolution is None:
        return "it has no filter by modification time"
    if stream.start_values.unordered:
        return MIXED_TIMES
    trusted = stream.read_by == "keyset"
    if "time" not in endpoint.orders and not trusted:
        return "it cannot be asked for the order by modification time"
    if isinstance(paginator, OffsetPaginator):
        return "keyset reading needs page numbers"
    reading = KeysetReading(
        _text(bookmark.floor),
        bookmark=_text(bookmark.old),
        end=_text(bookmark.end),
        resolution=max(endpoint.since_resolution, stream.start_values.resolution),
        margin=timedelta(seconds=float(stream.run.settings.clock_margin)),
        trust_order=trusted,
        width=stream.run.concurrency,
        page_size=paginator.limit if paginator.sized else None,
    )
    question = _question(endpoint, "time", paginator)
    return SinglePassReading("keyset", reading, paginator, "time", question)


def _windows(
    stream: SingerStream,
    endpoint: Endpoint,
    bookmark: Bookmark | None,
    paginator: PageNumberPaginator | OffsetPaginator,
) -> SinglePassReading | str:
    if "key" not in endpoint.orders or len(stream.primary_keys) != 1:
        return "it cannot be asked for the order by its key"
    offsets = isinstance(paginator, OffsetPaginator)
    if not paginator.sized or paginator.limit < SMALLEST_WINDOW[offsets]:
        return f"windows need a page size of at least {SMALLEST_WINDOW[offsets]}"
    if bookmark is None:
        reading = Windows(paginator.limit, offsets=offsets)
    elif not stream.is_timestamp_replication_key:
        return "its replication key is no modification time"
    elif stream.start_values.unordered:
        return MIXED_TIMES
    else:
        since, least = _text(bookmark.floor), stream.start_values.resolution
        resolution = max(endpoint.since_resolution or MICROSECOND, least)
        reading = Windows(
            paginator.limit,
            # As in keyset reading: a filter may leave out the rows of its own bound.
            since=None if since is None else before(since, resolution),
            bookmark=_text(bookmark.old),
            margin=timedelta(seconds=float(stream.run.settings.clock_margin)),
            offsets=offsets,
        )
    question = _question(endpoint, "key", paginator)
    return SinglePassReading("windows", reading, paginator, "key", question)


def _question(
    endpoint: Endpoint,
    by: Literal["time", "key"],
    paginator: PageNumberPaginator | OffsetPaginator,
) -> str:
    """What is asked for beside the usual: no parameters of the user's own, which may be secret."""
    usual, ordered = (
        endpoint.request(PageQuery(paginator.first, None, order)).params
        for order in (None, Order(by))
    )
    added = [f"{name}={value}" for name, value in ordered.items() if usual.get(name) != value]
    return ", ".join([*added, f"{paginator.limit} records"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
