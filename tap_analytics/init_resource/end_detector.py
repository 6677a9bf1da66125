"""What tells the end of a list whose pages go by number or by offset.

A count is named only where it ends with the list: by one that is too low a run would end before the
list does, and call that proven; one that is too high may count what a filter leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.rest.response.signs import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_analytics.rest.response.signs import Sign

    Records = list[dict[str, Any]]
    PageAt = Callable[[int], Records | None]
    """The records of the page of that number, or from that offset on; None where it is refused."""

_FAR = 1_000_000
"""A page that no resource has."""


class ProposedEnd(Struct, frozen=True):
    """What is to be written of the end."""

    keys: dict[str, Any]
    """The paginator's keys that name what tells it."""

    reason: str
    is_seen: bool = True
    """Whether the end shows itself: where it does not, a paginator is a guess."""


class EndDetector:
    """Looks for what tells the end in a response, and asks whether it is so."""

    def __init__(self, signs: list[Sign], seen: int, *, shortened: bool) -> None:
        """Prepare to look.

        Args:
            signs: Those of the first page.
            seen: How many records there are at least.
            shortened: Whether the page is shorter than it could be: no other shows what a number
                counts.
        """
        self._signs = signs
        counts = [sign for sign in signs if shortened and not (sign.header or sign.is_estimate)]
        counts.sort(key=lambda sign: sign.value if sign.kind in _LEAST else 0)
        self._pages = [s for s in counts if s.kind is Kind.PAGES and s.value >= _LEAST[s.kind]]
        # Of two totals the lower one counts what a filter leaves, if it fits.
        self._totals = [s for s in counts if s.kind is Kind.TOTAL and s.value >= seen]

    @property
    def is_declared(self) -> bool:
        """Whether a number may be that of all pages, or of all records."""
        return bool(self._pages or self._totals)

    def of_numbers(self, page_at: PageAt, base: int, size: int) -> ProposedEnd:
        """What tells the end of numbered pages.

        Args:
            page_at: Asks for a page by its number.
            base: The number of the first page.
            size: How many records a page has.
        """
        for sign in self._pages:
            if _ends(page_at, base, base + sign.value - 1):
                path = sign.selector
                return ProposedEnd({"total_path": path}, f"`{path}` says how many pages there are")
        fitting = (s for s in self._totals if _ends(page_at, base, base + (s.value - 1) // size))
        total = next(fitting, None)
        counted = {"records_total_path": total.selector} if total else {}
        return self._told({**counted, **self.more()}, page_at)

    def of_offsets(self, page_at: PageAt, first: int) -> ProposedEnd:
        """What tells the end of offsets.

        Args:
            page_at: Asks for the records from an offset on.
            first: The offset of the first record.
        """
        fitting = (s for s in self._totals if _ends(page_at, first, first + s.value - 1))
        total = next(fitting, None)
        return self._told({"total_path": total.selector} if total else self.more(), page_at)

    def _told(self, keys: dict[str, Any], page_at: PageAt) -> ProposedEnd:
        named = "`, `".join(sign.name for sign in (*self._pages, *self._totals))
        unfit = f"`{named}` ends elsewhere than the list does, and is not named; " if named else ""
        if keys:
            told = "` and `".join(keys.values())
            unfit = "" if {"total_path", "records_total_path"} & {*keys} else unfit
            return ProposedEnd(keys, f"{unfit}its end is told by `{told}`")
        if page_at(_FAR):
            reason = (
                "but a page far past the end has records, so that its end is not seen: set "
                "`maximum_page` or `maximum_offset`"
            )
            return ProposedEnd({}, unfit + reason, is_seen=False)
        return ProposedEnd({}, f"{unfit}its end is an empty page, or a 404")

    def more(self) -> dict[str, Any]:
        """Where a response says whether there is more: a flag, or an address not followed."""
        for sign in self._signs:
            tells = sign.kind is Kind.MORE or (sign.kind is Kind.NEXT and sign.is_address)
            # What says only that a query was cut off is false on pages before the last, too.
            if tells and sign.value and not (sign.header or sign.tells_of_query):
                return {"has_more_path": sign.selector}
        return {}


_LEAST = {Kind.PAGES: 2, Kind.TOTAL: 1}
"""What a count must be at least; there are two pages where the first one was made shorter."""


def _ends(page_at: PageAt, first: int, last: int) -> bool:
    """Whether a list ends with the page that a count says is its last."""
    final, beyond = page_at(last), page_at(last + 1)
    # Some servers give the last page, or the first, for any behind it; and some refuse what is far
    # from the beginning.
    return final != [] and not (beyond and beyond not in (final, page_at(first)))
