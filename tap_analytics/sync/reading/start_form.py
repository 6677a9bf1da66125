"""How an API writes its times, seen by a page that is asked for beside the reading.

Else it could be asked since a start, or up to an end, in a form that as text leaves records out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.names import shown
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.sync.state.start_values import long_before

if TYPE_CHECKING:
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.state.value_order import Value
    from tap_analytics.sync.stream import SingerStream

UNKNOWN_FORM = (
    "no record comes {}, and the API refuses to be asked for others, so that nobody knows how it "
    "writes its times, and whether it has left out some of the first or the last day: "
    "`start_format` in `incremental` can name it"
)


def learn_form(stream: SingerStream, reader: PageReader, since: Value | None) -> bool:
    """Let the start values see how the API writes its times, by a page of whatever time.

    Some servers refuse to be asked since no time, or up to none. They are asked for so much more
    that whatever comes since the start and up to the end, in whatever form, comes then, too.

    Args:
        stream: Whose start values these are.
        reader: Sends the requests.
        since: Where the reading begins; None at the beginning.

    Returns:
        Whether there was a response: what the server has is known then, or that it has nothing.

    Raises:
        StreamError: A request failed as it would for every page.
        RunError: The same, for all streams.
    """
    first, earlier = reader.endpoint.paginator.first, long_before(since)
    # Where a path needs a start, all is what comes since that.
    asks_for_all = since is None or reader.filters(since)
    page = reader.try_question(PageQuery(first, None if asks_for_all else earlier, whole=True))
    if page.refused and earlier is not None and asks_for_all:
        page = reader.try_question(PageQuery(first, earlier, whole=True))
    if page.refused and stream.asked_end is not None:
        with stream.start_values.ending_later():
            page = reader.try_question(PageQuery(first, earlier))
    if page.refused:
        return False
    stream.run.report.stream(stream.name).pages += 1
    for record in page.decoded():
        stream.derive(record)
        stream.start_values.observe(record.get(str(stream.replication_key)))
    return True


def unknown_form(stream: SingerStream, since: Value | None) -> str:
    """That nobody knows whether the form in which it was asked for nothing leaves records out."""
    start = None if since is None else stream.start_values.written(since)
    bounds = (("since", start), ("before", stream.asked_end))
    return UNKNOWN_FORM.format(
        " and ".join(f"{word} `{shown(str(bound))}`" for word, bound in bounds if bound is not None)
    )
