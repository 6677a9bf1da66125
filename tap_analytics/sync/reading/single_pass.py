"""Reading in one pass, question by question: what keyset reading and overlapping windows need.

`completeness/reading.py` says what a reading asks for and gets to see; this module sends its
questions, hands it the responses, and writes its checkpoints.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.exceptions import RunError, StreamError
from tap_analytics.rest.in_flight import InFlight
from tap_analytics.rest.questions import more_follows, page_query, records_before, response_to
from tap_analytics.sync.reading.reading_end import SinglePassEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Event
    from typing import Literal

    from tap_analytics.completeness.reading import Outcome, Question, Reading, Response
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.paginators.range_paginators import OffsetPaginator, PageNumberPaginator
    from tap_analytics.sync.reading.intake import Intake
    from tap_analytics.sync.record_pipeline import PreparedRecords

CHECKPOINT_SECONDS = 2.0
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
        on_checkpoint: Callable[..., None],
    ) -> None:
        """Prepare to read.

        Args:
            reading: Chooses the questions and judges the responses.
            intake: Fetches pages and sends their records on.
            paginator: Turns the number of a page, or an offset, into parameters.
            order_by: What the reading means by an order.
            key_field: The one field of the primary key; None where it has several or none.
            monotonic: The seconds of the run's clock.
            on_checkpoint: Called with a replication value up to which everything is out, and with
                `write`: whether a STATE is to go out at once.
        """
        self._reading = reading
        self._intake = intake
        self._paginator = paginator
        self._order_by = order_by
        self._key_field = key_field
        self._monotonic = monotonic
        self._on_checkpoint = on_checkpoint
        self._in_flight = InFlight(self._fetch)
        self._last_checkpoint = reading.checkpoint
        self.end = SinglePassEnd(order_by)
        """How it ended, when it has."""
        self._written_at = monotonic()
        self._before: Question | None = None
        """The question whose response was taken last."""

    def read(self) -> Outcome:
        """Read until there is an outcome.

        Raises:
            StreamError: A page could not be had; what is settled so far is a checkpoint.
            RunError: No stream can be read.
        """
        with self.under_way():
            while (outcome := self._reading.outcome) is None:
                self.take_next()
        self._checkpoint(write=False)
        return outcome

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Send the first requests, and in the end stop those whose responses were not taken."""
        self._intake.pipeline.begin()
        self._intake.begin()
        try:
            self._ask()
            yield
        except (StreamError, RunError):
            self._checkpoint(write=True)
            raise
        finally:
            self._in_flight.close()

    def take_next(self) -> None:
        """Wait for a response, hand it to the reading, send its records on, and ask what is next.

        Raises:
            StreamError: A page could not be had.
            RunError: No stream can be read.
        """
        self._take(*self._in_flight.next())

    def _fetch(self, question: Question, cancelled: Event) -> Page:
        query = page_query(question, self._paginator, self._order_by)
        return self._intake.reader.fetch(query, cancelled, trial=question.trial)

    def _ask(self) -> None:
        for question in self._reading.questions():
            self._in_flight.start(question)

    def _take(self, question: Question, page: Page) -> None:
        if page.refused:
            self._reading.receive(question, response_to(question, page, ()))
            self._ask()
            return

        def judge(prepared: PreparedRecords) -> Sequence[bool]:
            marks = self._reading.receive(question, self._response(question, page, prepared))
            # The next requests are on their way while the records of this page are written.
            self._ask()
            return marks

        # The same records again: what they hold was counted.
        again, self._before = question == self._before, question
        if again or question.repeats:
            with self._intake.pipeline.uncounted():
                self._intake.take(page, judge, counted=False)
        else:
            self._intake.take(page, judge)
        if self._monotonic() - self._written_at >= CHECKPOINT_SECONDS:
            self._checkpoint(write=True)

    def _response(self, question: Question, page: Page, prepared: PreparedRecords) -> Response:
        info, more = page.info, more_follows(question, page)
        ends = more is False or not (more or info.records)
        rows = prepared.rows
        self.end.observe(question, page, rows, before=records_before(question), ends=ends)
        keys: list[object] = []
        if self._order_by == "key" and self._key_field:
            keys = prepared.key_values
        response = response_to(
            question,
            page,
            rows,
            keys,
            resolution=self._intake.start_resolution,
            doubt=self._intake.doubt,
        )
        response = replace(response, count=page.info.total)
        if question.order == "descending" and not question.repeats:
            # Windows end where they meet it, if there are no more rows than it declares.
            response = replace(response, total=self._intake.reader.found_total(page))
        return response

    def _checkpoint(self, *, write: bool) -> None:
        value = self._reading.checkpoint
        if value is not None and value != self._last_checkpoint:
            self._last_checkpoint, self._written_at = value, self._monotonic()
            self._on_checkpoint(value, write=write)
