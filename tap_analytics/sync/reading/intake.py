"""What every way of reading works with: pages are fetched, and their records sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.rest.response.repeated_names import repeated_names
from tap_analytics.sync.children import sync_children

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from tap_analytics.reporting.report import StreamReport
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.pages import PageReader
    from tap_analytics.sync.record_pipeline import PreparedRecords, RecordPipeline
    from tap_analytics.sync.stream import SingerStream


class Intake:
    """Takes in the pages of one stream, or of one parent's part of a child stream."""

    def __init__(
        self,
        stream: SingerStream,
        reader: PageReader,
        pipeline: RecordPipeline,
        report: StreamReport,
        on_prepared: Callable[[], None] = lambda: None,
    ) -> None:
        """Take in pages.

        Args:
            stream: Whose records they are; its children are read for each record.
            reader: Fetches pages; a way of reading asks it directly.
            pipeline: Makes records ready and writes them.
            report: Counts the pages.
            on_prepared: Called when the records of a page are known, and none of them is sent yet.
        """
        self.reader = reader
        self.pipeline = pipeline
        self.report = report
        self._stream = stream
        self._on_prepared = on_prepared

    @property
    def start_resolution(self) -> timedelta:
        """Of the form in which start values are asked for by now; 0 where none has been learned."""
        return self._stream.start_values.resolution

    @property
    def doubt(self) -> timedelta:
        """How much later than its time says a record may have changed, as far as that is known."""
        return self.pipeline.doubt

    def begin(self, number: int = 1) -> None:
        """A pass begins: how far it is is told from its first page on."""
        self._stream.run.progress.begin(self._stream.name, number)

    def take(
        self,
        page: Page,
        judge: Callable[[PreparedRecords], Sequence[bool]],
        *,
        counted: bool = True,
    ) -> None:
        """Send on the records of a page.

        Args:
            page: The page, whose turn it is.
            judge: Says of each record whether it has not been sent like this before.
            counted: Whether it is one of the pages that a pass consists of.
        """
        if (found := self.pipeline.refusals.found(page)) is not None:
            self.pipeline.error_members.setdefault(*found)
        if self._stream.repeated_names is None and page.records.count:
            ignored = map(str.lower, self.reader.endpoint.ignored_signs)
            names = {name.lower(): name for name in repeated_names(page.records)}
            self._stream.repeated_names = [names[each] for each in names.keys() - {*ignored}]
        first_pages = self._stream.run.first_pages
        if not first_pages.may_be_asked:
            first_pages.may_be_asked = True
            self._stream.ahead.ask(self._stream)
        try:
            prepared = self.pipeline.prepare(page)
            self._on_prepared()
            marked, came = self.pipeline.send(page, prepared, judge(prepared))
        except Exception as error:
            # The place, for whoever tells what failed.
            error.add_note(f"{self._stream.name}: a record of {page.label}")
            raise
        self._stream.flush()
        sync_children(self._stream, marked, came)
        self.report.pages += 1
        run = self._stream.run
        run.notices.observe(page.headers, self.report, run.http_client.secrets)
        if counted:
            info = page.info
            run.progress.page(
                self._stream.name, info.records, total=info.total, page_count=info.page_count
            )
