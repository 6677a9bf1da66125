"""The pages of a resource: each requested, read, and handed on in order up to the last."""

from __future__ import annotations

from collections.abc import Sized
from contextlib import closing, suppress
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin

from msgspec.structs import replace

from tap_analytics.exceptions import RefusedRequestError, StreamError
from tap_analytics.http.headers import total_of_range
from tap_analytics.rest.asked import is_structure
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.page_fetcher import (
    END_REFUSALS,
    LASTING_REFUSALS,
    REFUSALS,
    TRIAL_REFUSALS,
    PageFetcher,
)
from tap_analytics.rest.paginators.paginator import (
    EMPTY,
    IGNORED,
    LAST_AGAIN,
    NAMES_ITSELF,
    NEXT_IS_NULL,
    NO_MORE,
    REFUSED,
    UNDECLARED_ENDS,
)
from tap_analytics.rest.prefetch import ordered_map
from tap_analytics.rest.response.contradictions import COUNTS
from tap_analytics.rest.response.document import RawRecords
from tap_analytics.rest.response.extractor import PageInfo, path_keys
from tap_analytics.rest.response.link_targets import with_mount
from tap_analytics.rest.response.signs import Kind
from tap_analytics.rest.so_far import MAX_EMPTY_DECLARED, MAX_EMPTY_PAGES, SoFar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from tap_analytics.clock import Clock
    from tap_analytics.http.client import HTTPClient
    from tap_analytics.rest.endpoint import Endpoint, PageRequest
    from tap_analytics.rest.page import Page
    from tap_analytics.rest.paginators.paginator import PageKey
    from tap_analytics.rest.prefetch import OrderedValues
    from tap_analytics.rest.response.signs import Sign


class PageReader(PageFetcher):
    """Reads the pages of one endpoint, from one replication value on."""

    def __init__(
        self,
        endpoint: Endpoint,
        client: HTTPClient,
        clock: Clock,
        since: object = None,
        *,
        for_sample: bool = False,
    ) -> None:
        """Read the pages of an endpoint.

        Args:
            endpoint: What to request, and how to read the response.
            client: Sends the requests.
            clock: Tells when they left and when the response had come.
            since: Ask for records that changed from this replication value on; None asks for all.
            for_sample: Whether the responses are kept, to be read again without a request.
        """
        super().__init__(endpoint, client, clock, for_sample=for_sample)
        self._since = since
        self._reused: dict[str, Page] = {}
        retries = endpoint.policy.retries
        self._end_refusals = frozenset(each for each in END_REFUSALS if not retries(each))
        self._last_again: tuple[PageKey, int] | None = None
        """The page at which the last one came again, and what that holds."""

    @property
    def page_size(self) -> int | None:
        """How many records a page holds that is full, as far as it is known."""
        return self._endpoint.paginator.limit

    def read(self, width: int) -> Generator[Page]:
        """Request every page.

        Args:
            width: The most requests in flight, where pages can be known beforehand.

        Yields:
            Each page in order; `stop_reason` of the last one says why it is the last.

        Raises:
            StreamError: A page could not be had; those before it were yielded.
        """
        paginator = self._endpoint.paginator
        keys: Iterable[PageKey] = [paginator.first]
        so_far, ahead, found_total = SoFar(), 1, 0
        frame: int | None = None
        took: float | None = None
        requested = {str(paginator.first)}
        while True:
            values = ordered_map(self._fetch, keys, width=ahead, size_of=_size, took=took)
            with closing(values) as fetched:
                for came in fetched:
                    page = self._behind_last(came, so_far)
                    frame = _frame(page, frame)
                    so_far.add(page)
                    if width > 1 and page.key == paginator.first:
                        found_total = self.found_total(page)
                    if self._is_in_vain(so_far):
                        return
                    if page.body is not None:
                        paginator.learn(self, page, page.body, page.headers)
                    page.stop_reason = self._stop_reason(page, so_far.listed, so_far.empty)
                    if page.stop_reason in UNDECLARED_ENDS:
                        page.records_behind = self._records_behind(fetched)
                    yield page
                    if page.stop_reason:
                        return
            keys = paginator.next_keys(page.key, page.info)
            took = page.answered - page.sent
            ahead = width if paginator.supports_prefetch else 1
            if not paginator.supports_prefetch:
                keys = list(keys)
                self._refuse_standstill(keys[0], requested)
            elif 0 < so_far.records <= found_total and not isinstance(keys, Sized):
                # A total that nobody named ends nothing, but beyond it pages are asked for alone.
                left = found_total - so_far.records
                keys = islice(keys, max(1, -(-left // so_far.largest)))

    def _is_in_vain(self, so_far: SoFar) -> bool:
        """Whether it is a sample that has seen enough empty pages; anything else has to go on.

        Raises:
            StreamError: There were so many that no end is to be hoped for.
        """
        if so_far.empty > MAX_EMPTY_PAGES:
            self._refuse(f"leads over {so_far.empty} empty pages in a row")
        return self._samples and so_far.is_vain_sample

    def _records_behind(self, fetched: OrderedValues[PageKey, Page]) -> str | None:
        """A page with records that is on its way behind the one that seems to be the last.

        Where none is, because the server is so quick, the same pages are asked for on trial.
        """
        behind = [*fetched.behind(), *map(self._if_it_comes, fetched.not_begun())]
        return next((page.label for page in behind if page and page.records.on_page), None)

    def _if_it_comes(self, key: PageKey) -> Page | None:
        with suppress(StreamError):  # as those on their way, of which failures tell nothing
            return self.trial(key, TRIAL_REFUSALS)
        return None

    def _behind_last(self, page: Page, so_far: SoFar) -> Page:
        """A page, which holds nothing where counts say that it stands behind the last one.

        Then a server may refuse it, or send the last one again.

        Raises:
            StreamError: It is refused, and counts do not say that.
        """
        last = so_far.last
        if page.refused:
            all_read = total_of_range(page.headers) == so_far.records > 0
            if not (all_read or self._is_all(so_far)):
                raise RefusedRequestError(page.refusal)
        elif (
            last is not None
            and so_far.pages > 1
            and self._endpoint.paginator.supports_prefetch
            and page.records.size == last.records.size
            and self._is_all(so_far)
            and page.records.digest() == last.records.digest()
        ):
            self._last_again = page.key, page.records.digest()
            _empty(page)
        return page

    def _is_all(self, so_far: SoFar) -> bool:
        """Whether as many pages or records were read as the last page declares."""
        if so_far.last is None:
            return False
        ignored = self._endpoint.ignored_signs
        signs = self.signs(so_far.last)
        exact = [sign for sign in signs if not (sign.is_estimate or sign.name in ignored)]
        counts = {(sign.kind, sign.value) for sign in exact}
        # On a single page a total may be the page's own number.
        total = so_far.records if so_far.pages > 1 else None
        return (Kind.PAGES, so_far.pages) in counts or (Kind.TOTAL, total) in counts

    def signs(self, page: Page) -> list[Sign]:
        """What a page's response tells of more, whatever its paginator reads.

        What its paginator goes on by counts nothing, whatever it is called.
        """
        if page.body is None:
            return []
        if page.found_signs is None:
            place = path_keys(self._endpoint.paginator.leads_by or "")
            page.found_signs = [
                sign
                for sign in self._endpoint.extractor.signs(page.body, page.headers)
                if not (sign.kind in COUNTS and _is_place(sign, place))
            ]
        return page.found_signs

    def found_total(self, page: Page) -> int:
        """The number of records that the first response declares by a usual name; else 0."""
        return max((s.value for s in self.signs(page) if s.kind is Kind.TOTAL), default=0)

    @property
    def endpoint(self) -> Endpoint:
        """Whose pages are read."""
        return self._endpoint

    @property
    def since(self) -> object:
        """The replication value from which on is asked; None where all is."""
        return self._since

    def filters(self, since: object) -> bool:
        """Whether a request for what changed since then is another than one for all."""
        asked, whole = self.since_requests(since)
        return _parts(asked) != _parts(whole)

    def since_requests(self, since: object) -> tuple[PageRequest, PageRequest]:
        """The request for what changed since then, and the one for all records."""
        first, request = self._endpoint.paginator.first, self._endpoint.request
        return request(PageQuery(first, since)), request(PageQuery(first))

    def refetch(self, key: PageKey) -> Page:
        """Request one page once more; `stop_reason` says why it is the last, if it says so itself.

        Raises:
            StreamError: The page could not be had.
        """
        page = self._fetch(key, Event())
        if self._last_again == (key, page.records.digest()):
            _empty(page)
        paginator = self._endpoint.paginator
        # Only of the first page is it known here how many records were read up to it.
        read = page.listed if key == paginator.first else 0
        page.stop_reason = self._stop_reason(page, read)
        return page

    def _stop_reason(self, page: Page, read: int, empty: int = 0) -> str | None:
        """Why a page is the last one: as its paginator says, or because it names itself as next."""
        if page.refused or page.is_last_again:
            return REFUSED if page.refused else LAST_AGAIN
        paginator, info = self._endpoint.paginator, page.info
        reason = paginator.stop_reason(page.key, info, read)
        if page.ignored and info.not_found:
            return IGNORED
        is_told = reason is not None or info.has_next is not None
        if empty >= MAX_EMPTY_DECLARED and paginator.stops_after_empty and not is_told:
            return EMPTY
        if reason in {NEXT_IS_NULL, NO_MORE}:
            named = self._endpoint.extractor.next_path
            return NEXT_IS_NULL if named == "next" else f"`{named}` says that there is no more"
        if reason or info.has_next or info.next_page_token is None or paginator.supports_prefetch:
            return reason
        link = paginator.url(info.next_page_token)
        if link is None:
            same = page.key is not None and str(info.next_page_token) == str(page.key)
        else:
            # What a link lacks may have been added to the address of its page.
            own = [page.url, *([] if page.key is None else [urljoin(page.url, str(page.key))])]
            same = urljoin(page.url, with_mount(link, page.url)) in own
        return NAMES_ITSELF if same else None

    def changed_since(self, since: object) -> Page | None:
        """Request what changed since then, as far as one page holds it.

        Returns:
            The page; None where there is no such filter, or the server refuses it.

        Raises:
            StreamError: The page could not be had.
        """
        if self._endpoint.since_resolution is None:
            return None
        query = PageQuery(self._endpoint.paginator.first, since)
        page = self.try_fetch(query, REFUSALS)
        return None if page.refused else page

    def _refuse_standstill(self, key: PageKey, requested: set[str]) -> None:
        """Raise where a response leads nowhere, or back; else remember where it leads."""
        if key is None:
            self._refuse("says that there is more, but not where")
        if str(key) in requested:
            self._refuse("leads back to a page that has been read")
        requested.add(str(key))

    def _refuse(self, how: str) -> NoReturn:
        message = (
            f"{self._endpoint.name}: a response {how}, so that the end cannot be reached. "
            "Look at the keys of its `paginator`."
        )
        raise StreamError(message)

    def has_structure(self, param: str) -> bool:
        """Whether the request has an object or a list where this parameter would stand."""
        first = self._endpoint.paginator.first
        return is_structure(self._endpoint.request(PageQuery(first, self._since)), param)

    def reuse(self, page: Page) -> None:
        """Use a page that was read on trial where it is asked for next."""
        self._reused[repr(page.key)] = page

    def trial(self, key: PageKey, refusals: frozenset[int] = LASTING_REFUSALS) -> Page | None:
        """Request a page that the server may refuse: then it is None.

        Args:
            key: The page.
            refusals: By which statuses. A server that is out of order for a moment says nothing of
                the page: it is asked again as for any other.
        """
        query = PageQuery(key, self._since)
        page = self.try_fetch(query, refusals)
        return None if page.refused else page

    def _fetch(self, key: PageKey, cancelled: Event) -> Page:
        # As text: a cursor may be an object.
        if (known := self._reused.pop(repr(key), None)) is not None:
            return known
        paginator = self._endpoint.paginator
        may_be_behind = paginator.supports_prefetch and key != paginator.first
        ends = self._end_refusals if may_be_behind else frozenset[int]()
        return self.fetch(PageQuery(key, self._since), cancelled, ends=ends)


def _parts(request: PageRequest) -> tuple[object, ...]:
    return request.url, request.params, request.headers, request.data


def _is_place(sign: Sign, place: tuple[str, ...]) -> bool:
    """Whether a sign stands in a place; a header's name may be in other letters."""
    return sign.path == place or (sign.header and sign.name.lower() == ".".join(place).lower())


def _size(page: Page) -> int:
    return page.records.size


def _empty(page: Page) -> None:
    """Take a page for one behind the last: it holds that again."""
    page.is_last_again, page.body = True, None
    page.info, page.records = PageInfo(records=0, not_found=True), RawRecords([])


def _frame(page: Page, before: int | None) -> int | None:
    """What stands around the empty lists of a page; None where it holds anything else.

    Where the page before had the same, it belongs to every page, and this one is empty.
    """
    if not page.records.frame:
        return None
    frame = page.records.digest()
    if frame == before:
        page.info = replace(page.info, records=0)
    return frame
