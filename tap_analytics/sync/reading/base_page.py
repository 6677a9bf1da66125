"""The first page's number, where nobody says it: found by trial once, and kept in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.log_fields import fields
from tap_analytics.rest.base_page_trial import find_base_page
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.sync.resource import BASE_PAGE

if TYPE_CHECKING:
    from tap_analytics.rest.endpoint import Endpoint
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
    known = state.get(BASE_PAGE)
    if known in (0, 1):
        paginator.first = known
        return True
    reader = PageReader(endpoint, stream.run.http_client, stream.run.clock)
    found = find_base_page(reader, stream.own_keys)
    paginator.first_is_open = found is None
    if found is None:
        return False
    paginator.first, lasting = found
    if lasting:
        state[BASE_PAGE] = paginator.first
    stream.logger.info(
        "%s: pages are numbered from %d, as requests for page 0 and page 1 show%s. `base_page` in "
        "its `paginator` saves these requests.",
        stream.name,
        paginator.first,
        "" if lasting else "; page 1 is empty, so the next run asks again",
        extra=fields("base_page", stream.name, base_page=paginator.first),
    )
    return True
