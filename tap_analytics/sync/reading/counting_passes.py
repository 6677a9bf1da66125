"""Reading by pages: passes over a stream until one is proven by counting, three at most."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.completeness.nested_proof import NestedProof
from tap_analytics.completeness.observed_pass import RepeatedPageError
from tap_analytics.completeness.page_facts import PageObservation
from tap_analytics.completeness.proof import CompletenessProof
from tap_analytics.exceptions import StreamError
from tap_analytics.http.redaction import hide
from tap_analytics.log_fields import fields
from tap_analytics.records.datetimes import instant_of
from tap_analytics.records.names import shown
from tap_analytics.rest.paginators.paginator import NO_PAGES, USER_LIMITS, tells_next
from tap_analytics.rest.paginators.reference_paginators import SinglePagePaginator
from tap_analytics.sync.reading.end_check import contradicted
from tap_analytics.sync.reading.page_borders import PageBorders
from tap_analytics.sync.reading.reading_end import PassEnd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.verdict import Verdict
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.paginators.paginator import PageKey
    from tap_analytics.sync.reading.intake import Intake
    from tap_analytics.sync.reading.reading_end import ReadingEnd
    from tap_analytics.sync.record_pipeline import PreparedRecords
    from tap_analytics.sync.state.bookmark import Bookmark
    from tap_analytics.sync.stream import SingerStream

MAX_PASSES = 3
LOOKS = 2
"""How often two pages that hold the same are read again, where the pages before hold others."""

MOST_SAME_KEYS = 5
"""So many pages in a row with the keys of the one before: rows may move by a whole page, once."""

MOST_NAMED = 500
"""The most characters that are kept of a key: so many that a secret in it is known for one."""

TIME_TO_ASK = timedelta(seconds=2)
"""What may pass between a list of the latest changes and the first page behind it."""


class CountingPasses:
    """Reads every page, and counts: `completeness/proof.py` judges."""

    def __init__(self, stream: SingerStream, intake: Intake, bookmark: Bookmark | None) -> None:
        """Prepare to read.

        Args:
            stream: What is read.
            intake: Fetches its pages and sends their records on.
            bookmark: Observes every replication value; None where there is none.
        """
        self._stream = stream
        self._intake = intake
        self._bookmark = bookmark
        self._run = stream.run
        self._keyless = not stream.own_keys
        self._read = 0
        """The records of this pass so far."""
        proof_class = NestedProof if intake.reader.endpoint.extractor.nested else CompletenessProof
        self._proof = proof_class(
            enabled=self._run.verify != "none",
            changes_come_again=bookmark is not None and stream.is_timestamp_replication_key,
            page_size=intake.reader.page_size,
            largest_page=stream.largest_page,
            keyless=self._keyless,
            only_page=isinstance(intake.reader.endpoint.paginator, SinglePagePaginator),
            told=_key_text,
        )
        self._pass_end = PassEnd(intake.reader)
        self._borders = self._new_borders()
        self._margin = timedelta(seconds=float(self._run.settings.clock_margin))
        self._certain_before: str | None = None
        """Records that changed later may not have been there when the pass began."""
        self._server_ahead: timedelta | None = None
        """How far the server's clock was ahead in the pass before; None where it does not tell."""
        self._keys_before: Sequence[int] = ()
        self._same_keys = 0
        """How many pages in a row had no key that the page before them lacked."""
        self.end: ReadingEnd | None = None
        """How the last pass ended; None where it did not end with the source."""

    def read(self) -> Verdict:
        """Read the stream until a pass is proven.

        Returns:
            The verdict on the last pass.

        Raises:
            StreamError: The stream cannot be read.
            RunError: No stream can be read.
        """
        report = self._intake.report
        for number in range(1, MAX_PASSES + 1):
            verdict = self._pass(self._run.concurrency, number)
            self._stream.largest_page = self._proof.largest_page
            report.passes += 1
            report.stop_reason = verdict.stop_reason
            report.second_pass = verdict.second_pass or report.second_pass
            off = self._run.verify == "none"
            if not off:
                report.note(verdict.reasons)
            if verdict.proven or off or verdict.stop_reason in USER_LIMITS:
                break
            if number < MAX_PASSES:
                self._announce(number + 1, verdict)
        if not off and verdict.stop_reason not in USER_LIMITS:
            self.end = self._pass_end.reached(verdict.distinct, verdict.listed)
            verdict = self._held_against_borders(verdict)
        return verdict

    def _new_borders(self) -> PageBorders:
        return PageBorders(self._intake.reader.endpoint.paginator, self._stream.primary_keys)

    def _held_against_borders(self, verdict: Verdict) -> Verdict:
        """The verdict, which records take away that may be left out between two pages."""
        field = self._borders.shared_field
        declared = {total for pair in self._pass_end.found_totals() for total in pair}
        came = {verdict.distinct, verdict.listed} - {None}
        if field is None or came & (declared | {self._pass_end.total}):
            return verdict
        if field.lower() in map(str.lower, self._intake.reader.endpoint.ignored_signs):
            return verdict
        sentence = (
            f"a page begins behind the `{field}` of the last record before it, which others "
            "share, so that some may be left out between two pages "
            f"(`ignore_signs: [{field}]` says that none is)"
        )
        return contradicted(verdict, [sentence], self._stream)

    def _announce(self, number: int, before: Verdict) -> None:
        """Say that the stream is read again, and why."""
        reason = "; ".join(before.reasons) or before.second_pass or "the pass before is not proven"
        name = self._stream.name
        self._stream.logger.info(
            "%s: pass %d of at most %d begins: %s.",
            name,
            number,
            MAX_PASSES,
            reason,
            extra=fields("next_pass", name, reason=reason, **{"pass": number}),
        )

    def _pass(self, width: int, pass_number: int) -> Verdict:
        began = self._stream.stats.requests
        self._list_latest_changes()
        self._proof.begin()
        self._intake.pipeline.begin()
        self._intake.begin(pass_number)
        if pass_number > 1:
            self._cap_at_observed()
        end: str | None = None
        requested: list[PageKey] = []
        with closing(self._intake.reader.read(width)) as reading:
            for number, page in enumerate(reading):
                if number == 0:
                    self._begin_at(page)
                    self._keys_before, self._same_keys, self._read = (), 0, 0
                    self._borders = self._new_borders()
                if not self._check_page(number, page, requested):
                    end = NO_PAGES
                    break
                self._pass_end.observe(page)
                self._intake.take(page, self._unsent)
                # Behind that: a record that cannot be read has its sentence by then.
                self._borders.observe(page)
                self._check_progress(page)
                if number == 0 and pass_number == 1:
                    self._cap_at_observed()
                requested.append(page.key)
                end = page.stop_reason
                if page.records_behind is not None:
                    self._proof.records_behind(page.records_behind)
        read = self._stream.stats.requests
        index = self._proof.page_to_recheck(
            self._pass_end.found_totals(), has_signs=self._pass_end.has_signs
        )
        index = None if end in USER_LIMITS else index
        # What this shows of several pages only helps the next pass.
        helps = pass_number < MAX_PASSES or len(requested) == 1
        if index is not None and helps:
            page = self._look_again(requested[index])
            self._proof.rechecked(_observed(index, page), is_last=page.stop_reason is not None)
        self._intake.report.proof_requests += self._stream.stats.requests - (
            read if pass_number == 1 else began
        )
        if self._borders.overlap:
            self._proof.pages_overlapped()
        verdict = self._proof.verdict(str(end), bounded=end in USER_LIMITS)
        # Reasons may name keys: those are shown as they are, however secret they look.
        secrets = self._run.http_client.secrets()
        return replace(verdict, reasons=tuple(hide(each, secrets) for each in verdict.reasons))

    def _look_again(self, key: PageKey) -> Page:
        """A page, read once more; what it says of more counts as what it said before."""
        page = self._intake.reader.refetch(key)
        self._intake.report.pages += 1
        self._pass_end.observe_again(page)
        return page

    def _name(self, prepared: PreparedRecords) -> None:
        """Keep the keys of a page, as far as sentences may name them."""
        if not (self._stream.primary_keys and self._proof.wants_names):
            return
        for key, value in zip(prepared.keys, prepared.key_values, strict=True):
            parts = value if isinstance(value, tuple) else (str(value),)
            if max(map(len, parts)) > MOST_NAMED:
                parts = tuple(part[:MOST_NAMED] for part in parts)
            self._proof.name(key, parts)

    def _list_latest_changes(self) -> None:
        """Ask for what changed of late, before a pass that reads again.

        Such records are too young to be certain by their time, and are when the pass meets them.
        The first pass does without: on data at rest it is proven, and costs no further request.
        """
        if self._server_ahead is None or self._bookmark is None:
            return
        latest = self._run.clock.utc() + self._server_ahead - self._margin - TIME_TO_ASK
        latest -= self._bookmark.ceiling.doubt
        # What lies before the reading's own start is no part of it: it is neither owed nor counted,
        # and does not show where a filter begins.
        since = max(instant_of(latest), str(self._intake.reader.since or ""))
        page = self._intake.reader.changed_since(since)
        if page is not None:
            with self._intake.pipeline.uncounted():
                self._intake.take(page, self._listed, counted=False)

    def _listed(self, prepared: PreparedRecords) -> list[bool]:
        return list(map(self._proof.row_before, prepared.keys, prepared.contents))

    def _unsent(self, prepared: PreparedRecords) -> list[bool]:
        """For each record whether no earlier pass has sent it like this."""
        self._name(prepared)
        keys = prepared.keys
        # Of most pages the first key shows that they bring others.
        same = keys and keys[0] in self._keys_before and {*keys} <= {*self._keys_before}
        self._same_keys = self._same_keys + 1 if same else 0
        self._keys_before = keys
        certain_before = self._certain_before
        if self._bookmark is not None:
            self._bookmark.observe_all(prepared.times)
            certain_before = self._bookmark.ceiling.certain_before(certain_before)
        certain = prepared.times.before(certain_before)
        return self._proof.rows(prepared.keys, prepared.contents, certain)

    def _begin_at(self, page: Page) -> None:
        """From the first response: what changed later may not have been there, or have moved."""
        if self._bookmark is None:
            return
        self._certain_before = None
        duration = timedelta(seconds=page.answered - page.sent)
        # Without a `Date` the margin stands for this machine's clock, too.
        self._bookmark.ceiling.cap_at((page.server_time or page.answered_at) - duration)
        if page.server_time is not None and self._stream.is_timestamp_replication_key:
            self._certain_before = instant_of(page.server_time - duration - self._margin)
            self._server_ahead = page.server_time - page.answered_at

    def _cap_at_observed(self) -> None:
        if self._bookmark is not None and self._run.verify != "none":
            self._bookmark.cap_at_observed()

    def _check_page(self, number: int, page: Page, requested: Sequence[PageKey]) -> bool:
        """Observe a page.

        Returns:
            Whether it is one: a list without pages is the same whatever page is asked for.

        Raises:
            StreamError: The server does not heed the page it is asked for.
        """
        fact = _observed(number, page)
        self._read += page.info.records
        try:
            self._proof.page(fact)
        except RepeatedPageError as error:
            if self._may_be_equal(page):
                self._proof.page(fact, moved=True)
                return True
            # Rows that were inserted move a page back as a whole: then the page before holds
            # others by now. Where both hold the same, they are the same at one moment; but where
            # rows come and go all the time, a page may be what it was by chance.
            for _ in range(LOOKS if error.place else 1):
                before = self._look_again(requested[error.place])
                if before.records.digest() != fact.digest:
                    break
                # One object is mostly all there is: dlt's paginator stands above all resources.
                may_lack_pages = self._intake.reader.endpoint.may_lack_pages or page.records.single
                if number == 1 and may_lack_pages:
                    self._say_no_pages(page)
                    # The second look has shown the one page again, and nothing is behind it.
                    self._proof.rechecked(_observed(0, before), is_last=True)
                    return False
                if self._look_again(page.key).records.digest() != fact.digest:
                    break
            else:
                raise self._not_heeded(page) from error
            self._proof.page(fact, moved=True)
        return True

    def _may_be_equal(self, page: Page) -> bool:
        """Whether a page may hold other records than an equal one: all alike, and not too many.

        Records have no key, and the response declares at least as many as have come with it.
        """
        declared = page.info.total or self._intake.reader.found_total(page)
        return self._keyless and declared >= self._read and page.records.all_equal

    def _check_progress(self, page: Page) -> None:
        """Refuse to read on where pages bring the same keys again and again, in other contents.

        Raises:
            StreamError: They do.
        """
        if self._same_keys >= MOST_SAME_KEYS and not self._may_be_equal(page):
            raise self._not_heeded(page)

    def _not_heeded(self, page: Page) -> StreamError:
        return StreamError(
            f"{self._stream.name}: {page.label} holds the same records as a page before it: the "
            "server does not heed the page it is asked for, so its end cannot be reached. Look at "
            "the path, and at the paginator's parameters."
        )

    def _say_no_pages(self, page: Page) -> None:
        self._stream.logger.info(
            "%s: %s holds the same records as the one before it, so that the %s is taken for one "
            "without pages. If it has some, name its `paginator`%s.",
            self._stream.name,
            page.label,
            "object" if page.records.single else "list",
            " and its parameters" if page.records.single else "",
            extra=fields("no_pages", self._stream.name),
        )


def _key_text(parts: tuple[str, ...]) -> str:
    return ", ".join([f"`{shown(part)}`" for part in parts])


def _observed(number: int, page: Page) -> PageObservation:
    items = (page.records.outer or ()) if page.info.records else ()
    return PageObservation(
        number=number,
        sent=page.sent,
        answered=page.answered,
        records=page.info.records,
        digest=page.records.digest(),
        # Where a selector takes a part of a list, the server counts what it has not taken, too.
        total=page.info.total if page.records.held is None or items else None,
        page_count=page.info.page_count,
        has_next=tells_next(page.info, page.stop_reason),
        not_found=page.info.not_found,
        items=items,
    )
