"""The proof of records in lists within the items of the list that the server cuts into pages.

As `orders[*].lines[*]`: how many lines a page has says nothing, but each page has as many orders.
So the rules count the items of the outer list, as rows without a key: an item is known again by all
its contents, for a record may leave an item that was read for one that was read, too, and a key
of the items would not show it. When all items of a moment were read as they were then, so were all
records in them.

A server may cut the records themselves, and group those of a page, as by day. Then the pages differ
in items, and their records are counted. docs/completeness.md says more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tap_analytics.completeness import pass_sentences as tell
from tap_analytics.completeness.equal_rows import numbered
from tap_analytics.completeness.page_facts import end_of_records
from tap_analytics.completeness.proof import SECOND, CompletenessProof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_analytics.completeness.page_facts import PageObservation
    from tap_analytics.completeness.verdict import Verdict


class _ItemsProof(CompletenessProof):
    counted = "items"


class NestedProof(CompletenessProof):
    """Judges passes by the records, and by the items of the outer list."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        page_size: int | None = None,
        keyless: bool = False,
        **others: Any,  # noqa: ANN401  # as the proof of records has them
    ) -> None:
        """Prepare the proof of a stream.

        Args:
            enabled: Whether to judge.
            page_size: How many items a page was asked for; None where it is not known.
            keyless: Whether records have no key.
            others: What any proof takes.
        """
        super().__init__(enabled=enabled, page_size=page_size, keyless=keyless, **others)
        self._items = _ItemsProof(enabled=enabled, page_size=page_size, keyless=True)

    def begin(self) -> None:
        """A pass starts."""
        super().begin()
        self._items.begin()

    def page(self, page: PageObservation, *, moved: bool = False) -> None:
        """Take in a page with the items of its outer list: see `CompletenessProof.page`."""
        counts_items = page.total == len(page.items)
        super().page(replace(page, total=None) if counts_items else page, moved=moved)
        self._items.page(_of_items(page), moved=True)
        keys = numbered(page.items)
        self._items.rows(keys, page.items, [False] * len(keys))

    def page_to_recheck(
        self, found_totals: Sequence[tuple[int, int]] = (), *, has_signs: bool = False
    ) -> int | None:
        """The page to ask for once more: see `CompletenessProof.page_to_recheck`."""
        of_records = super().page_to_recheck(found_totals, has_signs=has_signs)
        of_items = self._items.page_to_recheck(found_totals, has_signs=has_signs)
        return of_items if self._cuts_items else of_records

    def rechecked(self, page: PageObservation, *, is_last: bool) -> None:
        """Take in a page that was read again: see `CompletenessProof.rechecked`."""
        super().rechecked(page, is_last=is_last)
        self._items.rechecked(_of_items(page), is_last=is_last)

    def records_behind(self, page: str) -> None:
        """A page that stands behind the last one holds records."""
        super().records_behind(page)
        self._items.records_behind(page)

    def verdict(self, stop_reason: str, *, bounded: bool = False) -> Verdict:
        """The pass is over: see `CompletenessProof.verdict`."""
        verdict = super().verdict(stop_reason, bounded=bounded)
        if not self._enabled:
            return verdict
        items = self._items.verdict(stop_reason, bounded=bounded)
        verdict = replace(verdict, listed=items.distinct)
        one_page = len(self.pages) <= 1
        if items.proven if not one_page else verdict.proven:
            reasons = tuple(self._shared(verdict))
            return replace(verdict, proven=not reasons, reasons=reasons, second_pass=None)
        if one_page or (verdict.proven and not self._cuts_items):
            return verdict
        judged = items if self._cuts_items else verdict
        advice = [tell.READ_THE_ITEMS] if self._number > SECOND else []
        return replace(
            verdict,
            proven=False,
            reasons=(*judged.reasons, *advice),
            second_pass=judged.second_pass,
            at_rest=judged.at_rest,
        )

    @property
    def _cuts_items(self) -> bool:
        """Whether several pages have equally many items, as where the server cuts their list."""
        pages = self._items.pages
        return len(pages) > 1 and end_of_records(pages) is not None

    def _shared(self, records: Verdict) -> Iterator[str]:
        """What may be missing in the target, though all items were read."""
        if records.conflicts:
            yield tell.shared_keys(records.conflicts)
        if self._keyless and records.duplicates and self._number > SECOND:
            yield tell.equal_in_items(records.duplicates)


def _of_items(page: PageObservation) -> PageObservation:
    return replace(page, records=len(page.items))
