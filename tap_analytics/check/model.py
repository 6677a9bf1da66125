"""How many requests a quiet run sends: the ways of reading, asked by a made-up table at rest."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from tap_analytics.completeness.page_facts import PageObservation
from tap_analytics.completeness.proof import CompletenessProof
from tap_analytics.completeness.reading import Response, Row
from tap_analytics.records.datetimes import instant_of
from tap_analytics.rest.paginators.paginator import tells_next
from tap_analytics.rest.response.extractor import PageInfo
from tap_analytics.sync.reading.counting_passes import MAX_PASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.reading import Question, Reading
    from tap_analytics.rest.paginators.paginator import Paginator

MOST_PAGES = 200
"""Larger tables are simulated by as many pages; what they cost more grows with their pages."""


class Declares(Struct, frozen=True):
    """What an API's responses say about the whole, as far as its first one shows."""

    total: bool = False
    page_count: bool = False
    has_next: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing says where the end is."""
        return not (self.total or self.page_count or self.has_next)

    @classmethod
    def by(cls, info: PageInfo) -> Declares:
        """What a response says."""
        given = (info.total, info.page_count, info.has_next)
        return cls(*(value is not None for value in given))


class _Table:
    """Records at rest, evenly spread over time, one key each."""

    def __init__(self, records: int, page_size: int, declares: Declares, now: datetime) -> None:
        self._size = page_size
        self._declares = declares
        step = timedelta(days=365) / max(records, 1)
        began = now - timedelta(days=366)
        times = [instant_of(began + step * place) for place in range(records)]
        self._rows = [Row(place, place, time) for place, time in enumerate(times)]
        self._times = times
        self._now = instant_of(now)

    def respond(self, question: Question) -> Response:
        """The response to a question."""
        start = bisect_left(self._times, question.since) if question.since else 0
        rows = self._rows[start:]
        if question.order == "descending":
            rows = rows[::-1]
        size = min(question.size or self._size, self._size)
        first = question.offset if question.offset is not None else (question.page - 1) * size
        page = rows[first : first + size]
        told = not self._declares.nothing
        counted = self._declares.total or self._declares.page_count
        return Response(
            rows=page,
            more=first + len(page) < len(rows) if told else None,
            keys=[row.key for row in page],
            sent_at=self._now,
            dated=self._now,
            pages=-(-len(rows) // size) if counted else None,
        )


def single_pass_requests(
    reading: Reading, records: int, page_size: int, declares: Declares
) -> int | None:
    """How many requests a reading in one pass sends.

    Args:
        reading: Before its first question.
        records: The records of the table.
        page_size: The records of a full page.
        declares: What the responses say.

    Returns:
        The number; None where the reading does not get through.
    """
    simulated = min(records, MOST_PAGES * page_size)
    table = _Table(simulated, page_size, declares, datetime.now(UTC))
    questions: deque[Question] = deque()
    sent = 0
    while reading.outcome is None:
        questions.extend(reading.questions())
        if not questions:
            return None
        question = questions.popleft()
        sent += 1
        reading.receive(question, table.respond(question))
    if not reading.outcome.proven:
        return None
    return round(sent * max(records, 1) / max(simulated, 1)) if records > simulated else sent


def pages_of(paginator: Paginator, records: int, page_size: int, declares: Declares) -> int:
    """How many pages one pass requests."""
    full = -(-records // page_size)
    if full > MOST_PAGES:
        beyond = full - MOST_PAGES
        return beyond + pages_of(paginator, records - beyond * page_size, page_size, declares)
    key = paginator.first
    read = 0
    for number in range(1, full + 2):
        info = page_info(number, records, page_size, declares)
        read += info.records
        if paginator.stop_reason(key, info, read):
            return number
        if paginator.supports_prefetch:
            key = next(iter(paginator.next_keys(key, info)))
        elif number >= full:
            # A cursor or a link: the last page has none.
            return number
    return full + 1


def page_info(number: int, records: int, page_size: int, declares: Declares) -> PageInfo:
    """What the response with a page says."""
    before = (number - 1) * page_size
    count = max(0, min(page_size, records - before))
    more = before + count < records
    return PageInfo(
        records=count,
        total=records if declares.total else None,
        page_count=-(-records // page_size) if declares.page_count else None,
        has_next=more if declares.has_next else None,
        next_page_token=number + 1 if more else None,
    )


class Counting(Struct, frozen=True):
    """How a stream is read by pages."""

    page_size: int
    """The records of a full page."""

    asked_size: int | None
    """How many records a page is asked for; None where that is not known."""

    declares: Declares
    width: int
    """The most requests in flight."""

    verify: bool
    """Whether anything is proven at all."""

    changes_come_again: bool
    """Whether the stream is asked for what changed."""

    some_uncertain: bool
    """Whether some records have no readable time of change."""


def counting_requests(paginator: Paginator, records: int, how: Counting) -> int:
    """How many requests reading by pages sends, in as many passes as the proof asks for.

    Args:
        paginator: Says which page is the last.
        records: The records of the table.
        how: How it is read.
    """
    page_size, declares, width = how.page_size, how.declares, how.width
    changes_come_again = how.changes_come_again
    pages = pages_of(paginator, records, page_size, declares)
    if paginator.supports_prefetch and declares.nothing and pages > 1:
        # Where the end is not told, those that were sent ahead are in vain.
        following = paginator.next_keys(paginator.first, page_info(1, records, page_size, declares))
        pages += len(list(islice(following, width))) - 1
    if not how.verify:
        return pages
    # What decides about a further pass shows in a few pages as well as in many.
    few = min(records, page_size * 8 + records % page_size)
    proof = CompletenessProof(
        enabled=True, changes_come_again=changes_come_again, page_size=how.asked_size
    )
    requests = 0
    for number in range(MAX_PASSES):
        requests += pages + (1 if number and changes_come_again else 0)
        proof.begin()
        observed = _observed_pass(paginator, few, page_size, declares, width)
        row = 0
        for page in observed:
            proof.page(page)
            keys = range(row, row + page.records)
            certain = [changes_come_again and bool(key or not how.some_uncertain) for key in keys]
            proof.rows(keys, keys, certain)
            row += page.records
        place = proof.page_to_recheck()
        if place is not None:
            requests += 1
            told = not declares.nothing or not paginator.supports_prefetch
            proof.rechecked(observed[place], is_last=told and place == len(observed) - 1)
        if proof.verdict("the end").proven:
            break
    return requests


def _observed_pass(
    paginator: Paginator, records: int, page_size: int, declares: Declares, width: int
) -> Sequence[PageObservation]:
    ahead = width if paginator.supports_prefetch else 1
    observed = []
    for number in range(pages_of(paginator, records, page_size, declares)):
        info = page_info(number + 1, records, page_size, declares)
        # Only a page that is asked for by a link or a cursor tells by their absence.
        by_number = paginator.supports_prefetch
        reason = None if by_number else paginator.stop_reason(None, info, info.records)
        # The first page is waited for; those behind it leave together.
        sent = 0.0 if number == 0 else 1.0 + (number - 1) // ahead
        observed.append(
            PageObservation(
                number=number,
                sent=sent,
                answered=sent + 0.5,
                records=info.records,
                digest=number,
                total=info.total,
                page_count=info.page_count,
                has_next=tells_next(info, reason),
            )
        )
    return observed
