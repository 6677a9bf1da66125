"""Which page is next, and why the last page is the last: what every paginator says.

`range_paginators.py` has those whose pages can be known beforehand, `reference_paginators.py` those
where only the page before tells the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_analytics.rest.response.document import JSONBody, RawRecords
    from tap_analytics.rest.response.extractor import PageInfo
    from tap_analytics.rest.response.signs import Sign

    class LearnedPage(Protocol):
        """What a paginator learns from: a `Page` of `page.py`."""

        info: PageInfo
        records: RawRecords

        def decoded(self) -> Iterator[dict[str, Any]]: ...  # noqa: D102

    class TrialReader(Protocol):
        """What it learns by: a `PageReader` of `pages.py`, with pages of its own."""

        def signs(self, page: Any) -> list[Sign]: ...  # noqa: ANN401, D102
        def has_structure(self, param: str) -> bool: ...  # noqa: D102
        def reuse(self, page: Any) -> None: ...  # noqa: ANN401, D102
        def trial(self, key: PageKey) -> Any: ...  # noqa: ANN401, D102


EMPTY = "an empty page"
PAST_THE_END = "404 past the last page"
IGNORED = "a response that `response_actions` ignores"
REFUSED = "a refused page behind the last one"
LAST_AGAIN = "the last page, which came again behind itself"
AUTO = "auto"
"""What `leads_by` calls whatever is found out."""

NEXT_IS_NULL = "`next` is null"
PAGE_COUNT = "the page count"
TOTAL = "the declared total"
MAXIMUM_PAGE = "`maximum_page`"
MAXIMUM_OFFSET = "`maximum_offset`"
ONE_PAGE = "a single page"
NO_PAGES = "its only page"
OPEN_EMPTY = "an empty page whose cursor no known parameter follows"
NO_MORE = "a response that says that there is no more"
NO_CURSOR = "no further cursor"
NO_LINK = "no further link"
NAMES_ITSELF = "a next page that is the page itself"

SAY_HOW = (
    "`paginator` in `resources` says how the list pages, or with `single_page` that it does not"
)
"""What helps where nobody knows whether there are more pages."""

NOTHING_TELLS = f"nothing in its response tells whether more follow: {SAY_HOW}"
"""Why the only page may be no end where nobody has named a paginator."""

UNDECLARED_ENDS = (EMPTY, PAST_THE_END, IGNORED, REFUSED)
"""Ends behind the last records: a page that the server could not give looks the same."""

PageKey = Any
"""What a paginator calls a page: a number, an offset, a cursor or a link; None for the first."""

USER_LIMITS = (MAXIMUM_PAGE, MAXIMUM_OFFSET)
"""Ends that are the user's own, and say nothing about the source's."""


def tells_next(info: PageInfo, stop_reason: str | None) -> bool | None:
    """Whether a response says that there is more; so does a link or a cursor, or that it lacks one.

    Args:
        info: What the response says.
        stop_reason: Why its page is the last one; None where it is not.
    """
    if info.has_next is not None:
        return info.has_next
    if stop_reason is None:
        return True if info.next_page_token is not None else None
    return False if stop_reason.startswith((NO_CURSOR, NO_LINK, NAMES_ITSELF)) else None


class Paginator(ABC):
    """Which page is next, and why the last page is the last. A page is known by its key."""

    first: PageKey = None
    """The first page's key."""

    first_is_open: bool = False
    """Whether a trial has found no records, so that nobody knows where pages begin."""

    limit: int | None = None
    """How many records a page has that is full; None where it is not known."""

    sized: bool = False
    """Whether a size is asked for."""

    stops_after_empty: bool = False
    """Whether an empty page ends it where pages are known beforehand, and nothing else does."""

    bounded: bool = False
    """Whether the user has set where to stop, whatever follows."""

    skips: bool = False
    """Whether the user has it begin behind the first page, or behind the first record."""

    unnamed: Mapping[str, str] = MappingProxyType({})
    """Its parameters that nobody named, each with the setting that names it."""

    @property
    def supports_prefetch(self) -> bool:
        """Whether keys are known before the pages in front of them have come."""
        return False

    @abstractmethod
    def label(self, key: PageKey) -> str:
        """A page's name in a sentence, without anything secret."""

    @abstractmethod
    def params(self, key: PageKey, size: int | None = None) -> dict[str, object]:
        """The query parameters that ask for a page, of the usual size where none is given."""

    def url(self, key: PageKey) -> str | None:  # noqa: ARG002  # the same for all pages
        """The whole address of a page, where it is its key; else None."""
        return None

    @abstractmethod
    def next_key(self, body: JSONBody, headers: Mapping[str, str]) -> PageKey:
        """The next page's key as a response tells it; None where it does not."""

    @abstractmethod
    def stop_reason(self, key: PageKey, info: PageInfo, read: int) -> str | None:
        """Why this page is the last one, or None where it is not.

        Args:
            key: The page.
            info: What its response says.
            read: The records read so far, this page's included.
        """

    @abstractmethod
    def next_keys(self, key: PageKey, info: PageInfo) -> Iterable[PageKey]:
        """The pages to ask for after this one, as far as they are known; may be endless."""

    @property
    def leads_by(self) -> str | None:
        """What leads to the next page, where a first response may lack it; None where none may."""
        return None

    def open_end(self, body: JSONBody, headers: Mapping[str, str]) -> str | None:  # noqa: ARG002  # most need neither
        """What keeps a first page, as the only one, from being the end for certain; None: nothing.

        Args:
            body: Its response's.
            headers: Its response's.
        """
        return None

    def learn(  # noqa: B027  # most have nothing to learn
        self, reader: TrialReader, page: LearnedPage, body: JSONBody, headers: Mapping[str, str]
    ) -> None:
        """Find out from a page that has come how the others are asked for, where that is open.

        Args:
            reader: Sends requests on trial where the page is not enough.
            page: The page; what it says of the next one may be set in it.
            body: Its response's.
            headers: Its response's.

        Raises:
            StreamError: A request on trial failed as those for other pages would.
        """
