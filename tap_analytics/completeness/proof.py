"""Did this pass miss anything? Observations in, verdict out; no I/O.

A pass is one reading of a stream by pages, from its first page to its end. It is proven when it
read every record that was there at one certain moment of it: when as many records came as were
declared (rule 5), and either as many of these are certain to be no newer than the declaration
(rule 6), or the pass found again all that a pass before had read up to its last page (rule 7), or
all passes together know every row that was there when some response was counted (rule 8).
docs/completeness.md says why these suffice. Whatever else may be seen of a moving table, such as
a total that changed, is no condition: it is told where a pass is not proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tap_analytics.completeness import pass_sentences as tell
from tap_analytics.completeness.earlier_pass import EarlierPass
from tap_analytics.completeness.ledger import SeenKeys
from tap_analytics.completeness.observed_pass import ObservedPass
from tap_analytics.completeness.page_facts import (
    end_of_records,
    may_be_full,
    requests_overlapped,
)
from tap_analytics.completeness.pass_sentences import NamedKeys
from tap_analytics.completeness.stretches import Stretches
from tap_analytics.completeness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_analytics.completeness.ledger import PassCounts
    from tap_analytics.completeness.page_facts import PageObservation, PageObservations


SECOND = 2
"""The pass behind the first one, which sends whatever it reads."""

LEAST_PAGES = 2
"""With one page, nothing shows that the server heeds which one it is asked for."""


class CompletenessProof:
    """Judges the passes over one stream: what one pass saw helps to judge the next.

    The order of calls: `row_before` for each recently changed record, `begin`, for each page `page`
    and then `rows` for its records, `page_to_recheck` and `rechecked`, `verdict`. A record costs
    some 20 bytes, for its key, its contents and a mark: see `ledger.py`.
    """

    pass_class = ObservedPass
    stretches_class = Stretches
    counted = "records"
    """How a sentence names what is counted."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        changes_come_again: bool = False,
        page_size: int | None = None,
        largest_page: int = 0,
        only_page: bool = False,
        keyless: bool = False,
        told: Callable[[Any], str] = str,
    ) -> None:
        """Prepare the proof of a stream.

        Args:
            enabled: Whether to judge; else it only notices a page that came twice.
            changes_come_again: Whether a record that changes during the run is left to the next
                one, because the stream has a modification time and a bookmark. Else the last copy
                sent must not be an older one, which requests in flight could make it.
            page_size: How many records a page was asked for; None where it is not known.
            largest_page: The most records that a page of the stream has held, such as one of
                another parent's part.
            only_page: Whether the list is declared to have no pages.
            keyless: Whether records have no key, so that equal ones need not be the same.
            told: How a sentence names a key.
        """
        self._enabled = enabled
        self._changes_come_again = changes_come_again
        self._page_size = page_size
        self._only_page = only_page
        self._keyless = keyless
        self._digests_before: list[int] = []
        """Of a stream without a key: the pages of the pass before, by their contents."""
        self.largest_page = largest_page
        """The most records that a page has held."""
        self._ledger = SeenKeys()
        self._stretches = self.stretches_class(self._ledger)
        self._pass = self._new_pass()
        self._this = self._before = self._two_before = EarlierPass()
        self._number = 0
        self._names = NamedKeys(told)

    def _new_pass(self) -> ObservedPass:
        return self.pass_class(
            self._ledger,
            lambda records: may_be_full(
                records, self._page_size, self.largest_page, only_page=self._only_page
            ),
            self._page_size,
        )

    def begin(self) -> None:
        """A pass starts."""
        self._number += 1
        self._pass = self._new_pass()
        self._ledger.begin()
        self._stretches.begin()
        self._two_before, self._before, self._this = self._before, self._this, EarlierPass()

    def row_before(self, key: int, contents: int) -> bool:
        """Take in a recently changed record that was asked for before the pass begins.

        Such records are too young to be certain by their time. Read just before the first page,
        they are certain when the pass meets them.

        Args:
            key: A signed 64-bit hash of its key; of all its contents where it has none.
            contents: A signed 64-bit hash of the record as it would go out.

        Returns:
            Whether the record must go out: False where just this was sent before.
        """
        return self._ledger.add_before(key, contents) if self._enabled else True

    def page(self, page: PageObservation, *, moved: bool = False) -> None:
        """Take in a page, in the order of pages.

        Args:
            page: What is known of it.
            moved: Whether it was shown that the same records may come twice, because rows moved.

        Raises:
            RepeatedPageError: The same records came before in this pass.
        """
        self._pass.append(page, moved=moved)
        if self._enabled:
            self._stretches.page(page)
        else:
            # Only the page before is remembered.
            self._pass = self._new_pass()
            self._pass.append(page)
        self.largest_page = max(self.largest_page, page.records)

    def rows(
        self, keys: Sequence[int], contents: Sequence[int], certain: Sequence[bool]
    ) -> list[bool]:
        """Take in the records of a page, in the order of pages.

        Args:
            keys: Of each a signed 64-bit hash of its key; of all its contents where it has none.
            contents: Of each a signed 64-bit hash of the record as it would go out.
            certain: Of each whether it is certain that the row was there before the pass began.

        Returns:
            Of each whether it must go out: False where an earlier pass sent just this.
        """
        return self._ledger.add(keys, contents, certain) if self._enabled else [True] * len(keys)

    @property
    def pages(self) -> PageObservations:
        """What is known of the pages of this pass."""
        return self._pass.pages

    @property
    def wants_names(self) -> bool:
        """Whether further keys are to be named: of all other records there are hashes only."""
        return self._enabled and self._names.has_room

    def name(self, key: int, value: object) -> None:
        """Keep a key, for the sentences about it.

        Args:
            key: The hash by which `rows` got the record.
            value: The key; as text only where a sentence names it.
        """
        self._names.keep(key, value)

    def page_to_recheck(
        self, found_totals: Sequence[tuple[int, int]] = (), *, has_signs: bool = False
    ) -> int | None:
        """The page to ask for once more before the pass ends, by its place; None where none.

        Args:
            found_totals: What the first and the last response said under a name that totals usually
                have. Nobody promised that they are totals: they may prove a pass, nothing else.
            has_signs: Whether the last response tells anything of more, whoever named it.
        """
        self._pass.found_totals, self._pass.has_signs = found_totals, has_signs
        return self._pass.page_to_recheck() if self._enabled else None

    def rechecked(self, page: PageObservation, *, is_last: bool) -> None:
        """Take in the page that `page_to_recheck` named, read again.

        Args:
            page: The page as it is now.
            is_last: Whether the response says that nothing follows.
        """
        self._pass.rechecked(page, is_last=is_last)

    def records_behind(self, page: str) -> None:
        """A page that stands behind the last one holds records.

        Args:
            page: How a sentence names it.
        """
        self._pass.records_behind = page

    def pages_overlapped(self) -> None:
        """Each page of the pass began with what the page before it ended with, in a fixed order.

        Then none lies between two pages, and that records come twice speaks against nothing.
        """
        self._pass.overlapped = True

    def verdict(self, stop_reason: str, *, bounded: bool = False) -> Verdict:
        """The pass is over.

        Args:
            stop_reason: Why it ended where it did.
            bounded: Whether the user's own limit ended it, and not the source's end.

        Returns:
            Whether the pass is proven, and if not, what speaks against it.
        """
        if not self._enabled:
            return Verdict(proven=False, reasons=("`verify` is `none`",), stop_reason=stop_reason)
        pages = self._pass.pages
        settled = self._pass.settled
        self._names.look(self._ledger)
        seen = self._ledger.end()
        second_pass = None
        equal_pages = self._keyless and self._came_page_by_page()
        # What only a further pass found is not sent where an equal record was: see `rows`.
        equal_pages = equal_pages and not (seen.duplicates and self._number > SECOND)
        if equal_pages:
            seen = replace(seen, distinct=sum(page.records for page in pages))
        twice = (seen.conflicts or seen.duplicates) and not self._pass.overlapped
        self._judge_size(settled=settled and not twice)
        reasons: list[str] = []
        if bounded:
            reasons.append(tell.bounded(stop_reason))
        elif not equal_pages:
            reasons.extend(self._uncounted(seen))
            if reasons and self._all_passes_show(seen):
                reasons.clear()
                seen = replace(seen, distinct=self._ledger.spans().total())
            second_pass = self._needs_second_pass(seen) if reasons else None
        if behind := self._pass.records_behind:
            # Whatever else is missing follows from it.
            reasons = [tell.records_behind(behind, stop_reason)]
            second_pass = None
        conflicts = tell.conflicts(seen)
        if conflicts and not self._changes_come_again and requests_overlapped(pages):
            reasons.extend(conflicts)
        elif reasons:
            reasons.extend([*tell.movements(pages), *conflicts])
        return Verdict(
            proven=not reasons,
            # That such a stream needs a second pass is no trouble.
            reasons=tuple(reasons[1:] if second_pass else reasons),
            stop_reason=stop_reason,
            duplicates=seen.duplicates,
            conflicts=seen.conflicts,
            distinct=seen.distinct,
            second_pass=second_pass,
            at_rest=self._differ_at_rest(seen),
        )

    def _came_page_by_page(self) -> bool:
        """Whether two passes in a row brought the same pages, and as many records as are declared.

        Records without a key that are equal on two pages are several, or one that moved. Where all
        pages came again as they were, and no other is like the last one, none moved, and the server
        heeded which page it was asked for.
        """
        pages = [page for page in self._pass.pages if page.records]
        read = sum(page.records for page in pages)
        totals = {page.total for page in pages} - {None} or {
            total for pair in self._pass.found_totals for total in pair
        }
        digests, before = [page.digest for page in pages], self._digests_before
        # A pass in which the total changed is none that another can repeat.
        self._digests_before = digests if totals == {read} else []
        if len(digests) < LEAST_PAGES or digests != before or digests[-1] in digests[:-1]:
            return False
        return totals == {read} and self._pass.records_behind is None

    def _judge_size(self, *, settled: bool) -> None:
        """What the first page shows of how many records stand before the second one."""
        if not len(self._pass.pages):
            return
        records, may_be_cut = self._pass.pages[0].records, self._pass.first_page_may_be_cut
        for earlier in (self._before, self._two_before):
            earlier.learn(records, may_be_cut=may_be_cut)
        self._this = EarlierPass(settled, records if may_be_cut else None)

    def _needs_second_pass(self, seen: PassCounts) -> str | None:
        """Why even a table at rest is not proven by the first pass; None where something moved."""
        declared = self._pass.pages[0].total
        if len(self._pass.pages) <= 1 or self._number > 1 or seen.distinct < (declared or 0):
            return None
        if declared is None:
            return tell.NEEDS_SECOND_WITHOUT_TOTAL
        if seen.distinct == declared and not seen.certain and not self._changes_come_again:
            return tell.NEEDS_SECOND_WITHOUT_TIMES
        return None

    def _uncounted(self, seen: PassCounts) -> Iterable[str]:
        """What keeps the records that were read from being all there were (rules 5, 6 and 7)."""
        pages, this, counted = self._pass.pages, self._number, self.counted
        declared = pages[0].total if pages else None
        if declared is not None and seen.distinct < declared:
            what = f"different {counted}" if self._keyless else counted
            yield tell.fewer_than_declared(this, seen, declared, what)
        elif self._shows_all(seen):
            return
        elif len(pages) <= 1:
            yield tell.page_in_doubt(this)
        elif declared is not None and seen.distinct > self._pass.highest_total:
            # Records went while others came, or what is declared is no total but an estimate.
            yield tell.more_than_declared(this, seen, self._pass.highest_total, counted)
        elif declared is not None and seen.certain < declared:
            yield tell.too_few_certain(this, seen, declared, counted)
        elif declared is not None:
            return
        elif this == 1:
            yield tell.NO_TOTAL
        elif not seen.vanished:
            yield tell.shows_nothing(this, counted, at_rest=self._differ_at_rest(seen))
        if seen.vanished:
            yield tell.not_found_again(this, seen, counted, self._names.vanished())

    def _differ_at_rest(self, seen: PassCounts) -> bool:
        """Whether pages are no equal slices, though nothing was seen to move."""
        moved = seen.vanished or seen.duplicates or seen.conflicts
        return end_of_records(self._pass.pages) is None and not moved

    def _shows_all(self, seen: PassCounts) -> bool:
        """Whether something else than the declared total shows that all records were read."""
        if self._before.all_there_was and not seen.vanished:
            # The pass before held all records of the moment at which it read its last page.
            return True
        pages = self._pass.pages
        if len(pages) <= 1:
            return not self._pass.last_page_in_doubt(0)
        return pages[0].total is None and any(
            first <= seen.certain and seen.distinct <= last and first <= last
            for first, last in self._pass.found_totals
        )

    def _all_passes_show(self, seen: PassCounts) -> bool:
        """Whether all passes together held all records of a moment, whatever this one has missed.

        Either two passes found again all that the one before them had read: what one of them has
        missed was there all the same where the other one finds it. Or rule 8 holds.

        What has no modification time is left to single passes: of a number nobody knows how high it
        was so long ago, and a target may have got an older copy last.
        """
        if not self._changes_come_again:
            return False
        two_found_it = self._two_before.all_there_was and not seen.unconfirmed
        return two_found_it or self._stretches.show_all()
