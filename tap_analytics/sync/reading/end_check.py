"""Whether the responses of a reading agree that it has read everything."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_analytics.http.redaction import hide
from tap_analytics.records.datetimes import instant_of, utc_instant
from tap_analytics.records.names import shown
from tap_analytics.rest.asked import asked_values
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.page import RESPONSE_ACTIONS, refusing_status
from tap_analytics.rest.paginators.paginator import (
    AUTO,
    EMPTY,
    NAMES_ITSELF,
    NO_PAGES,
    ONE_PAGE,
    OPEN_EMPTY,
)
from tap_analytics.rest.paginators.range_paginators import OffsetPaginator, PageNumberPaginator
from tap_analytics.rest.response.contradictions import (
    COUNTS,
    Ending,
    contradictions,
    sentence,
)
from tap_analytics.rest.response.error_members import CUT
from tap_analytics.rest.response.signs import Kind, tells_of_query
from tap_analytics.rest.trials import trial_page
from tap_analytics.sync.reading.cut_range import cut_range
from tap_analytics.sync.reading.full_page import FULL_PAGE, full_page, is_ignored, looks_full
from tap_analytics.sync.reading.offset_unit import counts_pages
from tap_analytics.sync.reading.params_as_filters import taken_for_filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_analytics.completeness.verdict import Verdict
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.rest.response.signs import Sign
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.stream import SingerStream

_FAR_AHEAD = 2**53 - 1
"""A number that no record has as its replication value; JSON carries none above it safely."""

STATE_KEY = "leads_on"
"""The state's entry for what has led from page to page."""

BASE_PAGE_OPEN = (
    "page 0 and page 1 had no records when the tap tried which of them is the first, and records "
    "came right after it; the next run tries again. `base_page` in the `paginator` settles it"
)


def held_against_signs(
    verdict: Verdict,
    end: ReadingEnd | None,
    stream: SingerStream,
    reader: PageReader,
    *,
    any_came: bool,
    goes_on: bool = False,
) -> Verdict:
    """The verdict on a reading, which a sign of more takes away, or an unknown first page.

    Args:
        verdict: The verdict, whatever way it was read in.
        end: How the reading ended; None where it did not end with the source.
        stream: What was read; its report gets the sentences.
        reader: Tells a page's signs.
        any_came: Whether any records came.
        goes_on: Whether it began at a bookmark, so that records came before.

    Raises:
        StreamError: A request failed as it would for every page.
        RunError: The same, for all streams.
    """
    if end is None:
        return verdict
    found: dict[str, tuple[Sign, str]] = {}
    endpoint = reader.endpoint
    predictable = endpoint.paginator.supports_prefetch
    setting = "offset" if isinstance(endpoint.paginator, OffsetPaginator) else "base_page"
    # Where nobody names a paginator, the cursor of an empty first page was tried. That it leads
    # nowhere is no end before records have come: then nobody knows what it is asked for with.
    tried = endpoint.paginator.leads_by == AUTO
    ends = {EMPTY, ONE_PAGE, NO_PAGES, *([OPEN_EMPTY] if goes_on else ())} if tried else {EMPTY}
    for first, last in _first_and_last(end):
        last_signs, page_count = _last_signs(last, end.counted, reader)
        ending = Ending(
            distinct=end.distinct,
            pages=end.pages,
            listed=end.listed,
            asked=asked_values(endpoint.request(PageQuery(end.first.key, end.since)), last.url),
            key=last.key,
            url=last.url,
            page_count_path=endpoint.extractor.page_count_path,
            page_count=page_count,
            empty_is_end=verdict.stop_reason in ends and not (last.info.records or predictable),
            says_no_more=last.info.has_next is False and _is_flag(end, stream, reader),
        )
        for sign in contradictions(reader.signs(first), last_signs, ending, endpoint.ignored_signs):
            found[sign.name] = sign, sentence(sign, ending, first=setting if predictable else None)
    signs = _without_unfiltered([sign for sign, _ in found.values()], end.since, stream, reader)
    secrets = stream.run.http_client.secrets()
    sentences = [hide(found[sign.name][1], secrets) for sign in signs]
    if endpoint.paginator.first_is_open and any_came:
        sentences.append(BASE_PAGE_OPEN)
    if not _has_led_on(end, stream, endpoint.paginator.leads_by):
        sentences += full_page(end, reader, verdict.stop_reason)
    sentences += _standing_cursor(end, reader, verdict.stop_reason)
    sentences += _cursor_of_empty_page(end, reader, verdict.stop_reason)
    if not goes_on:
        sentences += _wrong_base_page(end, reader)
    sentences += cut_range(end, stream, reader)
    sentences += _changed_behind(end, reader)
    sentences += _skipped(end, reader)
    if verdict.proven and not sentences:
        full = looks_full(end, reader)
        sentences += taken_for_filters(end, stream, reader, verdict.stop_reason, full=full)
    if verdict.proven and not sentences:
        sentences += counts_pages(end, stream, reader)
    return contradicted(verdict, sentences, stream)


def held_against_errors(
    verdict: Verdict, error_members: Mapping[str, str], stream: SingerStream
) -> Verdict:
    """The verdict on a reading, which an error takes away that a response tells beside records.

    Args:
        verdict: The verdict, whatever way it was read in.
        error_members: A page for each member of an envelope that tells of one.
        stream: What was read; its report gets the sentences.
    """
    sentences = [_error_sentence(name, page) for name, page in error_members.items()]
    return verdict if stream.run.verify == "none" else contradicted(verdict, sentences, stream)


def _error_sentence(name: str, page: str) -> str:
    if name == RESPONSE_ACTIONS:
        return (
            f"`response_actions` ignores {page} by a text in it, and it holds records, in one of "
            "which the text may be; name its `status_code`, or a longer `content`"
        )
    if (status := refusing_status(name)) is not None:
        return (
            f"`response_actions` ignores status {status} of {page}, which refuses access and does "
            "not say that there are no records, and there were some before "
            f'(`ignore_signs: ["{status}"]` takes it for an empty list)'
        )
    if name.startswith(CUT):
        name = shown(name.removeprefix(CUT))
        return (
            f"`{name}` in a record of {page} says that the list beside it is not whole, so that "
            "records are missing: have the API put more of them into a record, or read them by a "
            f"resource of their own (`ignore_signs: [{name}]` takes it for none)"
        )
    return (
        f"`{name}` of {page} tells of an error beside the records, so that some may be missing "
        f"(`ignore_signs: [{name}]` takes it for none)"
    )


def contradicted(verdict: Verdict, sentences: Sequence[str], stream: SingerStream) -> Verdict:
    """The verdict, which these sentences take away, if there are any; the report gets them, too."""
    if not sentences:
        return verdict
    stream.run.report.stream(stream.name).note(sentences)
    return verdict.contradicted_by(*sentences)


def _wrong_base_page(end: ReadingEnd, reader: PageReader) -> Iterator[str]:
    """That pages were read from 0 on, which has nothing, and page 1 has records."""
    if (
        end.pages
        or (end.first.body is None and not end.first.ignored)
        or reader.endpoint.paginator.first != 0
    ):
        return
    if isinstance(reader.endpoint.paginator, PageNumberPaginator):
        page = trial_page(reader, 1, end.since)
        if page is not None and page.info.records:
            yield "page 0 has no records, and page 1 has: set `base_page: 1` in the `paginator`"


def _skipped(end: ReadingEnd, reader: PageReader) -> Iterator[str]:
    """That the user's own `page` or `offset` leaves out what stands before it."""
    paginator = reader.endpoint.paginator
    if not paginator.skips:
        return
    if paginator.first == 1:
        # Some servers count from 1, whatever is called the first, and know no 0 or take it for 1.
        page = trial_page(reader, 0, end.since)
        if page is None or not page.records.on_page:
            return
        if page.records.digest() == end.first.records.digest():
            return
    name = "page" if isinstance(paginator, PageNumberPaginator) else "offset"
    yield (
        f"`{name}: {paginator.first}` of its `paginator` leaves out the records before it, so that "
        "not all of them were read"
    )


def _changed_behind(end: ReadingEnd, reader: PageReader) -> Iterator[str]:
    """That only the first page has not changed, by its status 304, and the second one has."""
    paginator, first = reader.endpoint.paginator, end.first
    if first.status == HTTPStatus.NOT_MODIFIED and paginator.supports_prefetch:
        key = next(iter(paginator.next_keys(first.key, first.info)), None)
        page = None if key is None else trial_page(reader, key, end.since)
        if page is not None and page.records.on_page:
            yield f"{page.label} holds records, though status 304 of the first says none is new"


def _has_led_on(end: ReadingEnd, stream: SingerStream, leads_by: str | None) -> bool:
    """Whether pages have been followed, in this run or before: then its absence is an end."""
    state = stream.stream_state
    if leads_by is not None and end.pages > 1 and state.get(STATE_KEY) != leads_by:
        stream.remember(STATE_KEY, leads_by)
    return leads_by is not None and state.get(STATE_KEY) == leads_by


def _is_flag(end: ReadingEnd, stream: SingerStream, reader: PageReader) -> bool:
    """Whether the place that `has_more_path` names has shown that it tells of more.

    It was true, or pages were followed before, or the only page is not full: a member that never
    says anything else looks the same on a first page.
    """
    names = (reader.endpoint.extractor.next_path or "").split(".")
    if tells_of_query(names[-1]):
        return False
    leads_by = reader.endpoint.paginator.leads_by
    return end.pages > 1 or _has_led_on(end, stream, leads_by) or not looks_full(end, reader)


def _standing_cursor(end: ReadingEnd, reader: PageReader, stop_reason: str) -> Iterator[str]:
    """That a cursor leads to its own page, which looks full, and nothing else tells an end."""
    last = end.last
    is_link = reader.endpoint.paginator.url(last.key) is not None
    same_size = end.first.info.records <= last.info.records or end.first.listed <= last.listed
    full = end.first.info.records > 0 and same_size
    explained = _tells_end(end, reader) or is_link or is_ignored(FULL_PAGE, reader)
    if stop_reason == NAMES_ITSELF and full and not explained:
        yield (
            "the last response has the cursor that it was asked for with, and as many records as "
            f"the first one (`ignore_signs: [{FULL_PAGE}]` takes it for the end)"
        )


def _cursor_of_empty_page(end: ReadingEnd, reader: PageReader, stop_reason: str) -> Iterator[str]:
    """That the empty page which ended it has a cursor that leads on."""
    last = end.last
    place, token = reader.endpoint.paginator.leads_by, last.info.next_page_token
    if stop_reason != EMPTY or place is None or token is None or str(token) == str(last.key):
        return
    if not (_tells_end(end, reader) or is_ignored(place, reader)):
        yield (
            "an empty page ended it whose cursor leads on, so that more may follow "
            f"(`ignore_signs: [{place}]` takes such a page for the end)"
        )


def _tells_end(end: ReadingEnd, reader: PageReader) -> bool:
    """Whether a sign of the last response says that nothing follows: no, or as many as came."""
    return any(
        sign.value is False
        or (sign.kind is Kind.TOTAL and sign.value == end.distinct and not sign.is_estimate)
        for sign in reader.signs(end.last)
    )


def _first_and_last(end: ReadingEnd) -> Iterator[tuple[Page, Page]]:
    """The first and the last response, and the last one that was read once more."""
    yield end.first, end.last
    if end.again is not None:
        # Where it is the only page, what was counted first was counted then.
        yield end.again if end.first.key == end.again.key else end.first, end.again


def _last_signs(
    last: Page, counted: Page | None, reader: PageReader
) -> tuple[list[Sign], int | None]:
    """The signs of the last response, and the number of pages that it declares if it is empty.

    An empty page that has no counts leaves those of the page before as they were.
    """
    signs = reader.signs(last)
    if last.info.records:
        return signs, None
    page_count = last.info.page_count
    if counted is None or page_count is not None or any(sign.kind in COUNTS for sign in signs):
        return signs, page_count
    counts = [sign for sign in reader.signs(counted) if sign.kind in COUNTS]
    return [*signs, *counts], counted.info.page_count


def _without_unfiltered(
    signs: Sequence[Sign], since: object, stream: SingerStream, reader: PageReader
) -> Sequence[Sign]:
    """The signs, but for counts that stay the same whatever the request filters by.

    Where the server has records for a since of tomorrow it is the filter itself that it does not
    know: then it counts what it serves.
    """
    if not (any(sign.kind in COUNTS for sign in signs) and reader.filters(since)):
        return signs
    tomorrow: str | int = _FAR_AHEAD
    if stream.is_timestamp_replication_key:
        moment = stream.run.clock.utc() + timedelta(days=1)
        tomorrow = instant_of(moment)
    page = trial_page(reader, reader.endpoint.paginator.first, tomorrow)
    if page is None or _has_earlier(page, str(stream.replication_key), tomorrow):
        return signs
    unfiltered = {(sign.name, sign.value) for sign in reader.signs(page)}
    return [
        sign
        for sign in signs
        if sign.kind not in COUNTS or (sign.name, sign.value) not in unfiltered
    ]


def _has_earlier(page: Page, name: str, bound: str | int) -> bool:
    """Whether a page has a record from before a replication value, though it was asked not to."""
    return any(not _is_from(record.get(name), bound) for record in page.decoded())


def _is_from(value: object, bound: str | int) -> bool:
    try:
        return utc_instant(value) >= bound if isinstance(bound, str) else value >= bound  # type: ignore[operator]
    except (TypeError, ValueError, OverflowError):
        return False
