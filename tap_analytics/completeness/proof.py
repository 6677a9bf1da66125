"""Did this pass miss or repeat anything? Facts in, verdict out; no I/O.

A pass is one reading of a stream from its first page to its end. docs/completeness.md says why
the rules suffice, and which ones a reading of the issue alone would leave open.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tap_analytics.completeness.ledger import SeenKeys
from tap_analytics.completeness.page_facts import PageObservations, end_of_rows, totals_decreased

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_analytics.completeness.ledger import PassCounts
    from tap_analytics.completeness.page_facts import PageObservation


class Verdict(Struct, frozen=True):
    """What the facts of a pass amount to."""

    proven: bool
    reasons: tuple[str, ...]
    stop_reason: str
    overlapped: bool = False
    """Whether reading one page at a time could have settled a total."""
    duplicates: int = 0
    distinct: int = 0
    """The distinct keys that the pass read."""
    contradicted: bool = False
    """Whether a response says that there is more than was read."""


class RepeatedPageError(Exception):
    """A page holds the same records as one before it: rows moved, or it is the same page."""

    def __init__(self, place: int) -> None:
        """Name the place of the page before, counted from 0."""
        super().__init__()
        self.place = place


class _Pass(Struct):
    pages: PageObservations = field(default_factory=PageObservations)
    digests: dict[int, int] = field(default_factory=dict)
    """The place of the page that has these contents."""
    uncertain: array[int] = field(default_factory=lambda: array("q"))
    """Rows not certain to be older than the pass that had been read before each page."""
    found_totals: Sequence[tuple[int, int]] = ()
    last_sent: float | None = None
    """When the last page was asked for once more, with the same answer."""


class CompletenessProof:
    """Judges the passes over one stream: what one pass saw helps to judge the next.

    A row costs some 20 bytes, for its key, its contents and a mark: see `ledger.py`.
    """

    def __init__(self, *, enabled: bool = True) -> None:
        """Collect facts; with `enabled` false only enough to notice a page that came twice."""
        self._enabled = enabled
        self._ledger = SeenKeys()
        self._pass = _Pass()
        self._previous_pass_complete = False
        self._complete_if_nothing_vanished = False

    def begin(self) -> None:
        """A pass starts."""
        self._pass = _Pass()
        self._ledger.begin()
        self._previous_pass_complete = self._complete_if_nothing_vanished
        self._complete_if_nothing_vanished = False

    def page(self, fact: PageObservation, *, moved: bool = False) -> None:
        """An answer's turn has come.

        Args:
            fact: What is known of it.
            moved: Whether it was shown that the same records may come twice, because rows moved.

        Raises:
            RepeatedPageError: The same records came before in this pass.
        """
        before = self._pass.digests.get(fact.digest) if fact.records and not moved else None
        if before is not None:
            raise RepeatedPageError(before)
        if not self._enabled:
            self._pass.digests = {fact.digest: fact.number}
            return
        self._pass.digests[fact.digest] = fact.number
        self._pass.pages.append(fact)
        self._pass.uncertain.append(self._ledger.uncertain)

    def row(self, key: int, contents: int, *, certain: bool) -> bool:
        """A record's turn has come.

        Args:
            key: A signed 64-bit hash of its key; of all its contents where it has none.
            contents: A signed 64-bit hash of the record as it would go out.
            certain: Whether it is certain that the row was there before the pass began.

        Returns:
            Whether the record must go out: False where an earlier pass sent just this.
        """
        return self._ledger.add(key, contents, certain=certain) if self._enabled else True

    def page_to_recheck(self) -> int | None:
        """The page to ask for once more before the pass ends, by its place; None where none.

        Where no total is declared, or one below what came, the rows behind the last page are none
        at the moment of its answer. With several requests in flight that moment may lie before
        those of other pages; asked for again when all others have come, it lies behind them.
        """
        pages = self._pass.pages
        if not self._enabled or len(pages) <= 1:
            return None
        if pages[0].total is not None and sum(page.records for page in pages) <= _highest(pages):
            return None
        last = end_of_rows(pages)
        return last if last is not None and self._uncertain_rows_before(last) else None

    def rechecked(self, fact: PageObservation, *, is_last: bool) -> None:
        """The page that `closing` named has been read again.

        Args:
            fact: Its answer.
            is_last: Whether the answer says that nothing follows.
        """
        pages = self._pass.pages
        before = pages[fact.number]
        same = fact.records == before.records and (not fact.records or fact.digest == before.digest)
        if same and (is_last or fact.records < pages[0].records):
            self._pass.last_sent = fact.sent

    def verdict(
        self,
        stop_reason: str,
        *,
        bounded: bool = False,
        found_totals: Sequence[tuple[int, int]] = (),
    ) -> Verdict:
        """The pass is over.

        Args:
            stop_reason: Why it ended where it did.
            bounded: Whether the user's own limit ended it, and not the source's end.
            found_totals: What the first and the last answer said under a name that totals usually
                have. Nobody promised that they are totals: they may prove a pass, nothing else.

        Returns:
            Whether the pass is proven, and if not, what speaks against it.
        """
        if not self._enabled:
            return Verdict(proven=False, reasons=("`verify` is off",), stop_reason=stop_reason)
        self._pass.found_totals = found_totals
        pages = self._pass.pages
        last = end_of_rows(pages)
        gone = _declared_and_gone(pages)
        settled = last is not None and not gone and not self._uncertain_rows_before(last)
        seen = self._ledger.end()
        self._complete_if_nothing_vanished = settled and not (seen.conflicts or seen.duplicates)
        reasons: list[str] = []
        fell, overlapped = totals_decreased(pages)
        if bounded:
            reasons.append(f"{stop_reason} ended it before the source did")
        if fell:
            reasons.append("the declared total changed while pages were read")
        if gone:
            reasons.append("a page was not there that the answers before it had declared")
        if seen.conflicts:
            reasons.append(f"{seen.conflicts} keys came twice with different contents")
        if not reasons:
            reasons.extend(self._uncounted(seen))
        return Verdict(
            proven=not reasons,
            reasons=tuple(reasons),
            stop_reason=stop_reason,
            overlapped=overlapped,
            duplicates=seen.duplicates,
            distinct=seen.distinct,
        )

    def _uncounted(self, seen: PassCounts) -> Iterable[str]:
        """What keeps the rows that were read from being all the rows there were."""
        pages = self._pass.pages
        declared = pages[0].total if pages else None
        if declared is not None and seen.distinct < declared:
            yield f"{declared} rows were declared and {seen.distinct} read"
            return
        if len(pages) <= 1:
            # One answer is one moment: nothing can have moved within it.
            return
        if self._previous_pass_complete and not seen.vanished:
            # The pass before held all rows of the moment at which it read its last page.
            return
        most = _highest(pages)
        if declared is None:
            if any(
                first <= seen.certain and seen.distinct <= last and first <= last
                for first, last in self._pass.found_totals
            ):
                return
            yield "no total is declared, so a second reading has to find all rows of the first"
        elif seen.distinct > most:
            # Rows went while others came, or what is declared is no total but an estimate.
            yield f"{seen.distinct} rows were read where no more than {most} were ever declared"
        elif seen.certain < declared:
            yield (
                f"of the {seen.distinct} rows read only {seen.certain} were certainly there when "
                f"{declared} were declared, so new ones may stand in for others that moved"
            )

    def _uncertain_rows_before(self, last: int) -> int:
        """Rows that may have come after the last page was read, though they stand before it."""
        pages, uncertain = (
            self._pass.pages,
            self._pass.uncertain + array("q", [self._ledger.uncertain]),
        )
        sent = pages[last].sent if self._pass.last_sent is None else self._pass.last_sent
        return sum(
            uncertain[place + 1] - uncertain[place]
            for place, page in enumerate(islice(pages, last))
            if page.answered > sent
        )


def _highest(pages: PageObservations) -> int:
    """The highest total that was declared; 0 where none was."""
    return max((page.total for page in pages if page.total is not None), default=0)


def _declared_and_gone(pages: PageObservations) -> bool:
    """Whether the pass ended at a 404 for a page that the answers before it had declared."""
    if not pages or not pages[-1].not_found:
        return False
    declared = next((page.page_count for page in reversed(pages) if page.page_count), 0)
    return declared >= len(pages) or (len(pages) > 1 and bool(pages[-2].has_next))
