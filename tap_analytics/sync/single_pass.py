"""Reading in one pass, question by question: what keyset reading and overlapping windows need.

`completeness/reading.py` says what a reading asks for and gets to see; this module sends its
questions, hands it the responses, and writes its checkpoints.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from threading import Event
from typing import TYPE_CHECKING

from tap_analytics.completeness.reading import Question, Response
from tap_analytics.exceptions import RunError, StreamError
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.rest.endpoint import Order, PageQuery
from tap_analytics.rest.in_flight import InFlight
from tap_analytics.rest.range_paginators import OffsetPaginator

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Literal

    from tap_analytics.completeness.reading import Outcome, Reading
    from tap_analytics.rest.pages import Page
    from tap_analytics.rest.range_paginators import PageNumberPaginator
    from tap_analytics.sync.intake import Intake
    from tap_analytics.sync.record_pipeline import PreparedRecords

CHECKPOINT_SECONDS = 5.0
"""The least time between two checkpoints of a stream."""


class SinglePass:
    """Asks the questions of a reading until it has an outcome."""

    def __init__(
        self,
        reading: Reading,
        intake: Intake,
        paginator: PageNumberPaginator | OffsetPaginator,
        *,
        order_by: Literal["time", "key"],
        key_field: str | None,
        monotonic: Callable[[], float],
        on_settled: Callable[..., None],
    ) -> None:
        """Prepare to read.

        Args:
            reading: Chooses the questions and judges the responses.
            intake: Fetches pages and sends their records on.
            paginator: Turns the number of a page, or an offset, into parameters.
            order_by: What the reading means by an order.
            key_field: The one field of the primary key; None where it has several or none.
            monotonic: The seconds of the run's clock.
            on_settled: Called with a replication value up to which everything is out, and with
                `write`: whether a STATE is to go out at once.
        """
        self._reading = reading
        self._intake = intake
        self._paginator = paginator
        self._order_by = order_by
        self._key_field = key_field
        self._monotonic = monotonic
        self._on_settled = on_settled
        self._settled = reading.checkpoint
        self._written_at = monotonic()

    def read(self) -> Outcome:
        """Read until there is an outcome.

        Raises:
            StreamError: A page could not be had; what is settled so far is a checkpoint.
            RunError: No stream can be read.
        """
        self._intake.pipeline.begin()
        self._intake.begin()
        in_flight = InFlight(self._fetch)
        try:
            while (outcome := self._reading.outcome) is None:
                questions = self._reading.questions()
                if len(questions) == 1 and not len(in_flight):
                    self._take(questions[0], self._fetch(questions[0], Event()))
                    continue
                for question in questions:
                    in_flight.start(question)
                self._take(*in_flight.next())
        except (StreamError, RunError):
            self._settle(write=True)
            raise
        finally:
            in_flight.close()
        self._settle(write=False)
        self._intake.report.passes += 1
        self._intake.report.stop_reason = outcome.reason
        return outcome

    def _fetch(self, question: Question, cancelled: Event) -> Page:
        order = None
        if question.order is not None:
            order = Order(self._order_by, descending=question.order == "descending")
        query = PageQuery(self._key(question), question.since, order, question.size)
        return self._intake.reader.fetch(query, cancelled, trial=question.trial)

    def _key(self, question: Question) -> int:
        first = self._paginator.first
        if isinstance(self._paginator, OffsetPaginator):
            return first + (question.offset or 0)
        return first + question.page - 1

    def _take(self, question: Question, page: Page) -> None:
        if page.refused:
            self._reading.receive(question, Response(refused=True))
            return

        def judge(prepared: PreparedRecords) -> list[bool]:
            return list(self._reading.receive(question, self._response(question, page, prepared)))

        if question.order == "descending":
            with self._intake.pipeline.uncounted():
                self._intake.take(page, judge, counted=False)
        else:
            self._intake.take(page, judge)
        if self._monotonic() - self._written_at >= CHECKPOINT_SECONDS:
            self._settle(write=True)

    def _response(self, question: Question, page: Page, prepared: PreparedRecords) -> Response:
        info = page.info
        keys: list[object] = []
        if self._order_by == "key" and self._key_field:
            keys = [record.get(self._key_field) for record in prepared.records]
        duration = timedelta(seconds=page.answered - page.sent)
        responded_at = page.server_time or page.answered_at
        pages = info.page_count
        if pages is None and info.total is not None and info.records:
            pages = -(-info.total // info.records)
        return Response(
            rows=prepared.rows,
            more=more_follows(question, page),
            keys=keys,
            sent_at=_instant(responded_at - duration),
            dated=_instant(responded_at),
            pages=pages,
        )

    def _settle(self, *, write: bool) -> None:
        value = self._reading.checkpoint
        if value is not None and value != self._settled:
            self._settled, self._written_at = value, self._monotonic()
            self._on_settled(value, write=write)


def more_follows(question: Question, page: Page) -> bool | None:
    """Whether a response says that more follows; None where it does not say.

    A declared total counts only where it is known how many records stand before the page.
    """
    info = page.info
    if info.not_found or info.has_next is not None:
        return bool(info.has_next)
    if info.page_count is not None:
        return question.page < info.page_count
    before = question.offset
    if before is None:
        known = question.page == 1 or question.size is not None
        before = (question.page - 1) * (question.size or 0) if known else None
    if info.total is None or before is None:
        return None
    return before + info.records < info.total


def _instant(moment: datetime) -> str:
    return utc_instant(moment.astimezone(UTC).isoformat())
