"""Where a first run begins at `start_date` though the values of the replication key are no moments.

Nobody says in which unit numbers count time, or whether they do. Where the configuration does not,
a page of records may show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.log_fields import fields
from tap_analytics.records.names import shown
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.trials import records_of
from tap_analytics.sync.state.bookmark_in_state import NUMBERS, begin_at_start_date
from tap_analytics.sync.state.epoch_unit import unit_of
from tap_analytics.sync.state.epochs import seconds_before

if TYPE_CHECKING:
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.stream import SingerStream

UNKNOWN_UNIT = (
    "nobody knows in which unit its replication key `{}` counts time, or whether it does. "
    "`start_format` in its `incremental` names the unit, `%s` or `%ms` (seconds or milliseconds "
    "since 1970); else `initial_value` names where to begin"
)
NO_TIME = (
    "its replication key `{}` is no date-time. `initial_value` in its `incremental` names where "
    "to begin"
)


def find_start(stream: SingerStream, bookmark: Bookmark, reader: PageReader) -> None:
    """Let a bookmark that has no start of its own begin at the moment that the settings name.

    Where that cannot be, it begins at the beginning, and the log says it.

    Args:
        stream: Whose bookmark it is.
        bookmark: Where to begin.
        reader: Sends a request for a page of whatever time, where that may show the unit.

    Raises:
        StreamError: The request failed as it would for every page.
        RunError: The same, for all streams.
    """
    if not bookmark.start_is_open:
        return
    unit, key = stream.epoch_unit, str(stream.replication_key)
    is_number = stream.replication_kind in NUMBERS
    if is_number and unit.may_be_learned and unit.parts is None:
        page = reader.try_question(PageQuery(reader.endpoint.paginator.first, whole=True))
        if not (page.records.on_page or page.refused):
            # There is nothing to leave out.
            return
        unit.parts = _shown_by(page, stream, reader)
    if not begin_at_start_date(stream, bookmark) and not unit.is_told:
        unit.is_told = True
        stream.logger.warning(
            "%s: it is read from its beginning, and not from `start_date` on: %s.",
            stream.name,
            (UNKNOWN_UNIT if is_number else NO_TIME).format(shown(key)),
            extra=fields("setting_ignored", stream.name, field=key),
        )


def _shown_by(page: Page, stream: SingerStream, reader: PageReader) -> int | None:
    """The unit of the values on a page, if the API is asked in it, too.

    Else a start would be too high a number for its filter, and nothing would come.
    """
    values = []
    for record in records_of(page):
        stream.derive(record)
        values.append(record.get(str(stream.replication_key)))
    found = unit_of(values, stream.run.started_at)
    if found is None:
        return None
    parts, highest = found
    since = seconds_before(highest, 1, parts)
    if not reader.filters(since):
        return parts
    since_then = reader.try_question(PageQuery(reader.endpoint.paginator.first, since))
    return parts if since_then.records.on_page else None
