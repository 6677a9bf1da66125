"""Where the first run of a stream starts, as far as that is known before any record has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.sync.bookmark import Bookmark

if TYPE_CHECKING:
    from tap_analytics.sync.bookmark import Value
    from tap_analytics.sync.stream import SingerStream


def first_start(stream: SingerStream) -> Value | None:
    """The replication value that a run without a bookmark asks from; None where it asks for all."""
    if not stream.replication_key:
        return None
    instants = holds_instants(stream)
    start = stream.initial_value
    return Bookmark(
        {}, stream.replication_key, stream.span, instants=instants, initial_value=start
    ).since


def holds_instants(stream: SingerStream) -> bool:
    """Whether the replication values of a stream are date-times."""
    if stream.replication_key in stream.schema.get("properties", {}):
        return stream.is_timestamp_replication_key
    # A stream that only takes a sample has no schema yet: the user wrote what its API writes.
    start = stream.initial_value
    try:
        utc_instant(stream.span.start_date if start is None else start)
    except (ValueError, OverflowError):
        return False
    return True
