"""Whether an API has cut the range of times that it was asked for, and says so.

Some take a month at most: a longer range is no error, and the response names the one it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.completeness.instants import shifted
from tap_analytics.records.datetimes import instant_of, utc_instant
from tap_analytics.records.names import shown
from tap_analytics.sync.reading.full_page import is_ignored
from tap_analytics.sync.state.start_values import FURTHER_AWAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.stream import SingerStream

CUT = (
    "the response says by `{}` and `{}` that it stands for `{}` to `{}` only, so that later "
    "records may be missing: the API cuts the range of times that it is asked for. What is older "
    "can be read span by span (`start_date` and `end_date`), and a later `initial_value` begins "
    "behind it (`ignore_signs: [{}]` says that nothing is cut)"
)


def cut_range(end: ReadingEnd, stream: SingerStream, reader: PageReader) -> Iterator[str]:
    """That a response stands for a range that begins where it was asked, and ends too early.

    An end of today is none: a day may be over in another zone.
    """
    try:
        since = utc_instant(end.since)
    except (TypeError, ValueError, OverflowError):
        return  # It was asked for all, or by a number.
    for page in (end.first, end.last):
        if page.body is None:
            continue
        for echoed in reader.endpoint.extractor.ranges(page.body):
            begins = shifted(since, -FURTHER_AWAY) <= echoed.start <= shifted(since, FURTHER_AWAY)
            early = shifted(echoed.end, FURTHER_AWAY) < _wanted_until(stream)
            if begins and early and not is_ignored(echoed.end_name, reader):
                names = [shown(echoed.start_name), shown(echoed.end_name)]
                yield CUT.format(*names, echoed.start, echoed.end, names[1])
                return


def _wanted_until(stream: SingerStream) -> str:
    """The end of the range that is wanted: that of the settings, or when the run began."""
    now = instant_of(stream.run.started_at)
    given = stream.run.settings.end_date if stream.end_value is None else stream.end_value
    try:
        return now if given is None else min(now, utc_instant(given))
    except (TypeError, ValueError, OverflowError):
        return now
