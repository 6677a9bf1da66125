"""The parameter for the page size, found out by asking for other sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_analytics.init_resource.requests import TrialRequests, TrialResponse

    Records = list[dict[str, Any]]

SIZE_PARAMS = (
    *("page_size", "limit", "per_page", "pageSize", "size", "_limit", "_per_page", "_size"),
    *("count", "max_results", "maxResults", "page[size]", "$top", "rows", "pagesize", "$limit"),
    *("_count", "sysparm_limit", "pagination[pageSize]"),
)
DEFAULT_LIMIT = 100
SMALLER_LIMIT = 50
"""What is tried where an API refuses the usual size: Spotify's most."""

_ENOUGH = 50
"""Records of a page that are compared with those of another."""

_LONGER = 20
"""So many are asked for where one record alone came: openFDA's and Discord's usual size is 1."""


class PageSize:
    """Which parameter makes pages shorter, or longer."""

    def __init__(
        self,
        asker: TrialRequests,
        selector: str,
        first: TrialResponse,
        given: Mapping[str, int],
    ) -> None:
        """Ask for other sizes than came.

        Args:
            asker: Sends the requests.
            selector: Where the records are.
            first: The response to a request without any size.
            given: The user's own parameters that are whole numbers: each may be a size.
        """
        self._ask = asker.attempt
        self._selector = selector
        self._given = given
        self._came = len(first.records(selector) or [])
        self.param: str | None = None
        """The parameter; None where none is heeded."""

        self.records = first.records(selector) or []
        """The longest page that came."""

        self.shortened = first
        """A response that is half as long; the first where no size is heeded."""

        self._find(dict.fromkeys((*given, *SIZE_PARAMS)))

    @property
    def half(self) -> int:
        """How many records a page has that is shorter."""
        return min(len(self.records) // 2, _ENOUGH)

    @property
    def params(self) -> dict[str, int]:
        """What asks for the shorter page."""
        return {self.param: self.half} if self.param else {}

    def limit(self, wanted: int | None) -> int:
        """The size to propose: the one that is wanted, the user's own, or a usual one.

        Args:
            wanted: The size that was asked for; None for a usual one.
        """
        if known := wanted or self._given.get(str(self.param)):
            return known
        taken = (size for size in (DEFAULT_LIMIT, SMALLER_LIMIT) if self._sized(size))
        return next(taken, len(self.records))

    def longer(self) -> int | None:
        """A size that brings more records than came without it; None where none does."""
        if self.param is None or self.param in self._given:
            return None
        sizes = (DEFAULT_LIMIT, SMALLER_LIMIT, 2 * self._came)
        return next((size for size in sizes if len(self._sized(size)) > self._came), None)

    def _find(self, names: Iterable[str]) -> None:
        for name in names if self.records else ():
            longest = self.records
            if len(self.records) == 1:
                self.records = self._records(self._ask({name: _LONGER})) or longest
            response = self._ask({name: self.half}) if self.half else None
            if response and len(self._records(response)) == self.half:
                self.param, self.shortened = name, response
                return
            self.records = longest

    def _sized(self, size: int) -> Records:
        return self._records(self._ask({str(self.param): size}))

    def _records(self, response: TrialResponse | None) -> Records:
        return (response.records(self._selector) if response else None) or []
