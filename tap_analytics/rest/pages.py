"""The pages of a resource: each requested, read, and handed on in order up to the last."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from contextlib import closing
from functools import partial
from http import HTTPStatus
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from msgspec import Struct

from tap_analytics.exceptions import StreamError
from tap_analytics.http.call import IncompleteBodyError, PreparedCall
from tap_analytics.http.headers import http_date
from tap_analytics.http.redaction import excerpt
from tap_analytics.http.urls import same_host_url
from tap_analytics.rest.detecting_paginator import DetectingPaginator
from tap_analytics.rest.document import JSONBody, NoRecordsError, NotJSONError, RawRecords
from tap_analytics.rest.endpoint import PageQuery
from tap_analytics.rest.kept import KeptResponse, signature_of
from tap_analytics.rest.paginator import PageInfo, PageKey
from tap_analytics.rest.prefetch import ordered_map
from tap_analytics.rest.signs import Kind

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from datetime import datetime

    from tap_analytics.clock import Clock
    from tap_analytics.http.client import HTTPClient
    from tap_analytics.rest.endpoint import Endpoint, PageRequest
    from tap_analytics.rest.kept import Signature
    from tap_analytics.rest.signs import Sign


REFUSALS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""Statuses with which servers refuse a parameter that they do not know."""

TRIAL_REFUSALS = frozenset(range(400, 600)) - {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""Statuses by which a server may refuse a trial; 401, 403 and 429 are errors as ever."""

MAX_EMPTY_PAGES = 1000
"""So many in a row, though the server says that there is more: no end is to be hoped for."""


class Page(Struct):
    """One response, its records not yet decoded."""

    key: PageKey
    label: str
    """The page's name in a sentence: `page 3`."""

    info: PageInfo
    records: RawRecords
    sent: float
    answered: float
    """Seconds on the run's clock when the request left, and when the response had come."""

    answered_at: datetime
    server_time: datetime | None
    stop_reason: str | None = None
    """Why this page is the last; None where it is not."""

    body: JSONBody | None = None
    headers: Mapping[str, str] = {}
    url: str = ""
    """What it was read from, whole, and where it was requested; no body where there was no page."""

    refused: bool = False
    """Whether the server refused a request on trial."""

    found_signs: list[Sign] | None = None
    """What `PageReader.signs` found; None where nobody has looked."""


class PageReader:
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
        self._keeps = for_sample
        self._endpoint = endpoint
        self._client = client
        self._clock = clock
        self._since = since
        self._kept: dict[PageKey, Page] = {}
        self._template: tuple[object, requests.PreparedRequest] | None = None

    @property
    def page_size(self) -> int | None:
        """How many records a page holds that is full, as far as it is known."""
        return getattr(self._endpoint.paginator, "limit", None)

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
        read, empty, ahead, largest, found_total = 0, 0, 1, 1, 0
        requested = {str(paginator.first)}
        while True:
            with closing(ordered_map(self._fetch, keys, width=ahead, size_of=_size)) as fetched:
                for page in fetched:
                    read += page.info.records
                    empty = 0 if page.info.records else empty + 1
                    largest = max(largest, page.info.records)
                    if width > 1 and page.key == paginator.first:
                        found_total = self.found_total(page)
                    if empty > MAX_EMPTY_PAGES:
                        self._refuse(f"leads over {empty} empty pages in a row")
                    if isinstance(paginator, DetectingPaginator) and page.body is not None:
                        paginator.settle(self, page, page.body, page.headers)
                    page.stop_reason = paginator.stop_reason(page.key, page.info, read)
                    yield page
                    if page.stop_reason:
                        return
            keys = paginator.next_keys(page.key, page.info)
            ahead = width if paginator.supports_prefetch else 1
            if not paginator.supports_prefetch:
                keys = list(keys)
                self._refuse_standstill(keys[0], requested)
            elif 0 < read <= found_total and not isinstance(keys, Sized):
                # A total that nobody named ends nothing, but beyond it pages are asked for alone.
                keys = islice(keys, max(1, -(-(found_total - read) // largest)))

    def signs(self, page: Page) -> list[Sign]:
        """What a page's response tells of more, whatever its paginator reads."""
        if page.body is None:
            return []
        if page.found_signs is None:
            page.found_signs = self._endpoint.extractor.signs(page.body, page.headers)
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
        first = self._endpoint.paginator.first
        asked, all_records = (
            self._endpoint.request(PageQuery(first, each)) for each in (since, None)
        )
        return (asked.params, asked.headers) != (all_records.params, all_records.headers)

    def fetch(
        self,
        query: PageQuery,
        cancelled: Event,
        *,
        trial: bool = False,
        refusals: frozenset[int] = REFUSALS,
    ) -> Page:
        """Request one page.

        Args:
            query: What to ask for.
            cancelled: Set when the page is no longer wanted.
            trial: Whether the server may refuse the request: then `refused` of the page says so,
                and the request is not retried for it.
            refusals: The statuses by which it may refuse a trial.

        Raises:
            StreamError: The page could not be had.
        """
        endpoint = self._endpoint
        page_request = endpoint.request(query)
        link = endpoint.paginator.url(query.key)
        if link is not None:
            # A link brings its own parameters; the token goes nowhere but to the API's own host.
            page_request.url, page_request.params = self._own_url(link, page_request.url), {}
        request = self._prepared(page_request)
        path = request.path_url.partition("?")[0]
        page_label = endpoint.paginator.label(query.key)
        label = f"{endpoint.name}: {page_request.method} {path}, {page_label},"
        refusals = refusals if trial else frozenset()
        began = self._clock.monotonic()
        # Most runs keep no responses: then nobody compares requests.
        signature = signature_of(request) if self._keeps or endpoint.kept else ()
        read = partial(self._read, query.key, page_label, began, label, refusals, signature)
        if (kept := endpoint.kept.take(signature)) is not None:
            page = read(kept.response)
            page.sent, page.answered, page.answered_at = kept.sent, kept.answered, kept.answered_at
            return page
        call = PreparedCall(
            request,
            endpoint.policy,
            label,
            read,
            cancelled,
            endpoint.stats,
            endpoint.accepted_statuses | refusals,
            stream=endpoint.name,
        )
        return self._client.send(call, endpoint.auth)

    def refetch(self, key: PageKey) -> Page:
        """Request one page once more; `stop_reason` says why it is the last, if it says so itself.

        Raises:
            StreamError: The page could not be had.
        """
        page = self._fetch(key, Event())
        paginator = self._endpoint.paginator
        # Only of the first page is it known here how many records were read up to it.
        read = page.info.records if key == paginator.first else 0
        page.stop_reason = paginator.stop_reason(page.key, page.info, read)
        return page

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
        page = self.fetch(query, Event(), trial=True)
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

    def keep(self, page: Page) -> None:
        """Use a page that was read on trial where it is asked for next."""
        self._kept[page.key] = page

    def trial(self, key: PageKey) -> Page | None:
        """Request a page that the server may refuse: then it is None."""
        query = PageQuery(key, self._since)
        page = self.fetch(query, Event(), trial=True, refusals=TRIAL_REFUSALS)
        return None if page.refused else page

    def _fetch(self, key: PageKey, cancelled: Event) -> Page:
        if key in self._kept:
            return self._kept.pop(key)
        return self.fetch(PageQuery(key, self._since), cancelled)

    def _prepared(self, page_request: PageRequest) -> requests.PreparedRequest:
        """A request; URL and headers, mostly those of the page before, are checked once."""
        same = (
            page_request.method,
            page_request.url,
            page_request.headers,
            None,
            page_request.data,
        )
        template = self._template
        if template is None or template[0] != same:
            template = self._template = same, requests.Request(*same).prepare()
        request = template[1].copy()
        request.url = with_query(str(request.url), page_request.params)
        return request

    def _own_url(self, link: str, url: str) -> str:
        target = same_host_url(link, url)
        if target is None:
            # Only the host: what stands before an `@` in a URL may be a password.
            elsewhere = urlsplit(urljoin(url, link)).netloc.rpartition("@")[2]
            message = (
                f"{self._endpoint.name}: the next page is said to be on {elsewhere}, "
                f"which is not the API's own host ({urlsplit(url).netloc}): it is not followed. "
                "Another `paginator` may fit, such as `page_number`."
            )
            raise StreamError(message)
        return target

    def _read(
        self,
        key: PageKey,
        page_label: str,
        sent: float,
        label: str,
        refusals: frozenset[int],
        signature: Signature,
        response: requests.Response,
    ) -> Page:
        page = Page(
            key=key,
            label=page_label,
            info=PageInfo(records=0, not_found=True),
            records=RawRecords([], 0),
            sent=sent,
            answered=self._clock.monotonic(),
            answered_at=self._clock.utc(),
            server_time=http_date(response.headers),
            headers=response.headers,
            url=str(response.request.url),
        )
        if self._keeps:
            kept = KeptResponse(response, sent, page.answered, page.answered_at)
            self._endpoint.kept.put(signature, kept)
        if response.status_code in refusals:
            page.refused = True
            return page
        endpoint = self._endpoint
        server_says = partial(excerpt, response.content, self._client.secrets())
        ignored = endpoint.ignores(response.status_code, response.content)
        if ignored or response.status_code >= HTTPStatus.BAD_REQUEST:
            first = key == endpoint.paginator.first
            # Past other pages only a 404 says that there are no more.
            if ignored if first else response.status_code == HTTPStatus.NOT_FOUND:
                return page
            advice = "Look at `base_url` and at the path." if first else "It is no end of a stream."
            message = f"{label} returned {response.status_code}: {server_says()}. {advice}"
            raise StreamError(message)
        try:
            body = JSONBody(response.content)
            endpoint.check_envelope(body)
            page.records = endpoint.extractor.records(body)
        except (NotJSONError, NoRecordsError) as error:
            if refusals:
                page.refused = True
                return page
            if isinstance(error, NoRecordsError):
                message = f"{label} returned no records: {error}. It said: {server_says()}"
                raise StreamError(message) from error
            raise IncompleteBodyError(str(error)) from error
        page.body = body
        next_key = endpoint.paginator.next_key(body, response.headers)
        page.info = endpoint.extractor.page_info(body, page.records.count, next_key)
        return page


def with_query(url: str, params: Mapping[str, Any]) -> str:
    """A URL with parameters added, but for those that are None."""
    given = {name: value for name, value in params.items() if value is not None}
    query = urlencode(given, doseq=True)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _size(page: Page) -> int:
    return page.records.size
