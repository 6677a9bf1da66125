"""Whether the responses of a reading agree that it has read everything."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tap_analytics.records.datetimes import utc_instant
from tap_analytics.rest.contradictions import COUNTS, Ending, contradictions, sentence
from tap_analytics.rest.signs import Kind
from tap_analytics.rest.trials import trial_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.completeness.proof import Verdict
    from tap_analytics.rest.pages import Page, PageReader
    from tap_analytics.rest.signs import Sign
    from tap_analytics.sync.stream import SingerStream

_FAR_AHEAD = 2**53 - 1
"""A number that no record has as its replication value; JSON carries none above it safely."""


class EndCheck:
    """Holds the end of a reading against the signs in its first and its last response."""

    def __init__(self, stream: SingerStream, reader: PageReader) -> None:
        """Check the readings of one stream.

        Args:
            stream: What is read.
            reader: Tells a page's signs.
        """
        self._stream = stream
        self._reader = reader
        self._endpoint = reader.endpoint
        self._first: list[Sign] = []
        self._last: Page | None = None
        self._pages = 0

    def observe(self, page: Page) -> None:
        """A page's turn has come; only the last one's body is kept."""
        if page.key == self._endpoint.paginator.first:
            self._first, self._pages = self._reader.signs(page), 0
        self._pages += page.info.records > 0
        if page.body is not None:
            self._last = page

    def found_totals(self) -> list[tuple[int, int]]:
        """What the first and the last response say under names that totals usually have."""
        last = {sign.name: sign.value for sign in self._signs() if sign.kind is Kind.TOTAL}
        return [
            (sign.value, last[sign.name])
            for sign in self._first
            if sign.kind is Kind.TOTAL and sign.name in last
        ]

    def judged(self, verdict: Verdict) -> Verdict:
        """The verdict, which a sign of more takes away.

        Args:
            verdict: The verdict on the last pass.

        Raises:
            StreamError: A request failed as it would for every page.
            RunError: The same, for all streams.
        """
        last = self._last
        if last is None:
            return verdict
        paginator = self._endpoint.paginator
        ending = Ending(
            distinct=verdict.distinct,
            pages=self._pages,
            key=last.key,
            url=last.url,
            page_count_path=self._endpoint.extractor.page_count_path,
            page_count=None if last.info.records else last.info.page_count,
            empty_is_end=not (last.info.records or paginator.supports_prefetch),
        )
        found = contradictions(self._first, self._signs(), ending, self._endpoint.ignored_signs)
        signs = self._without_unfiltered(found)
        if not signs:
            return verdict
        predictable = paginator.supports_prefetch
        said = [sentence(sign, ending, predictable=predictable) for sign in signs]
        self._stream.run.report.stream(self._stream.name).reasons += said
        return replace(verdict, proven=False, reasons=(*verdict.reasons, *said), contradicted=True)

    def _signs(self) -> Sequence[Sign]:
        return self._reader.signs(self._last) if self._last else []

    def _without_unfiltered(self, signs: Sequence[Sign]) -> Sequence[Sign]:
        """The signs without totals that are the same whatever the filter of the request says."""
        if not (any(sign.kind in COUNTS for sign in signs) and self._reader.filters()):
            return signs
        tomorrow: object = _FAR_AHEAD
        if self._stream.is_timestamp_replication_key:
            moment = self._stream.run.clock.utc() + timedelta(days=1)
            tomorrow = utc_instant(moment.isoformat())
        page = trial_page(self._reader, self._endpoint.paginator.first, tomorrow)
        if page is None:
            return signs
        unfiltered = {(sign.name, sign.value) for sign in self._reader.signs(page)}
        return [
            sign
            for sign in signs
            if sign.kind not in COUNTS or (sign.name, sign.value) not in unfiltered
        ]
