"""The pages of a stream: each asked for, read, and handed on in order up to the last."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from msgspec import Struct
from singer_sdk.streams.rest import PageContext

from tap_analytics.exceptions import StreamError
from tap_analytics.http.call import IncompleteBodyError, PreparedCall
from tap_analytics.http.headers import http_date
from tap_analytics.http.redaction import excerpt
from tap_analytics.http.urls import same_host_url
from tap_analytics.rest.document import JSONBody, NoRecordsError, NotJSONError, RawRecords
from tap_analytics.rest.prefetch import ordered_map
from tap_analytics.rest.range_paginators import PageInfo

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context
    from singer_sdk.streams.rest import HTTPRequest

    from tap_analytics.client import AnalyticsStream


MAX_EMPTY_PAGES = 1000
"""So many in a row, though the server says that there is more: no end is to be hoped for."""


class Page(Struct):
    """One answer, its records not yet decoded."""

    key: Any
    """What was asked for: the page's number, or what the paginator puts in its place."""
    info: PageInfo
    records: RawRecords
    sent: float
    answered: float
    """Seconds on the run's clock when the request left, and when the answer had come."""
    answered_at: datetime
    server_time: datetime | None
    stop_reason: str | None = None
    """Why this page is the last; None where it is not."""


class PageReader:
    """The pages of one stream, or of one parent's part of a child stream."""

    def __init__(self, stream: AnalyticsStream, context: Context | None) -> None:
        """Read the pages of a stream.

        Args:
            stream: Says what to ask for and how to read the answer.
            context: The parent's part of the URL, for a child stream.
        """
        self._stream = stream
        self._context = context
        self._clock = stream.run.clock
        self._transport = stream.run.http_client
        self._template: tuple[object, requests.PreparedRequest] | None = None

    def read(self, width: int) -> Generator[Page]:
        """Ask for every page.

        Args:
            width: The most requests in flight, where pages can be foretold.

        Yields:
            Each page in order; `end` of the last one says why it is the last.

        Raises:
            StreamError: A page could not be had; those before it were yielded.
        """
        paginator = self._stream.paginator
        keys: Iterable[Any] = [paginator.first]
        read, empty, ahead = 0, 0, 1
        asked = {str(paginator.first)}
        while True:
            with closing(ordered_map(self._fetch, keys, width=ahead, size_of=_size)) as fetched:
                for page in fetched:
                    read += page.info.records
                    empty = 0 if page.info.records else empty + 1
                    if empty > MAX_EMPTY_PAGES:
                        self._refuse(f"leads over {empty} empty pages in a row")
                    page.stop_reason = paginator.stop_reason(page.key, page.info, read)
                    yield page
                    if page.stop_reason:
                        return
            keys = paginator.next_keys(page.key, page.info)
            ahead = width if paginator.supports_prefetch else 1
            if not paginator.supports_prefetch:
                keys = list(keys)
                self._refuse_standstill(keys[0], asked)

    def refetch(self, key: Any) -> Page:  # noqa: ANN401  # the paginator's own
        """Ask for one page once more; its `end` says why it is the last, if it says so itself.

        Raises:
            StreamError: The page could not be had.
        """
        page = self._fetch(key, Event())
        page.stop_reason = self._stream.paginator.stop_reason(page.key, page.info, 0)
        return page

    def _refuse_standstill(self, key: Any, asked: set[str]) -> None:  # noqa: ANN401  # the paginator's own
        """Raise where an answer leads nowhere, or back; else remember where it leads."""
        if key is None:
            self._refuse("says that there is more, but not where")
        if str(key) in asked:
            self._refuse("leads back to a page that has been read")
        asked.add(str(key))

    def _refuse(self, how: str) -> NoReturn:
        message = (
            f"{self._stream.name}: an answer {how}, so that the end cannot be reached. "
            "Look at the keys of its `paginator`."
        )
        raise StreamError(message)

    def _fetch(self, key: Any, stop: Event) -> Page:  # noqa: ANN401  # the paginator's own
        stream = self._stream
        wanted = stream.get_http_request(page=PageContext(self._context, key))
        address = stream.paginator.url(key)
        if address is not None:
            # A link brings its own parameters; the token goes nowhere but to the API's own host.
            wanted.url, wanted.params = self._own_address(address, wanted.url), {}
        request = self._prepared(wanted)
        path = request.path_url.partition("?")[0]
        where = f"{stream.name}: GET {path}, {stream.paginator.label(key)},"
        read = partial(self._read, key, self._clock.monotonic(), where)
        call = PreparedCall(
            request, stream.policy, where, read, stop, stream.stats, stream.ignored_statuses
        )
        return self._transport.send(call)

    def _prepared(self, wanted: HTTPRequest) -> requests.PreparedRequest:
        """A request; address and headers, mostly those of the page before, are checked once."""
        same = (wanted.method, wanted.url, wanted.headers)
        template = self._template
        if template is None or template[0] != same:
            template = self._template = same, requests.Request(*same).prepare()
        request = template[1].copy()
        request.url = with_query(str(request.url), wanted.params)
        return request

    def _own_address(self, link: str, url: str) -> str:
        target = same_host_url(link, url)
        if target is None:
            # Only the host: what stands before an `@` in an address may be a password.
            elsewhere = urlsplit(urljoin(url, link)).netloc.rpartition("@")[2]
            message = (
                f"{self._stream.name}: the next page is said to be on {elsewhere}, "
                f"which is not the API's own host ({urlsplit(url).netloc}): it is not followed. "
                "Another `paginator` may fit, such as `page_number`."
            )
            raise StreamError(message)
        return target

    def _read(self, key: Any, sent: float, where: str, response: requests.Response) -> Page:  # noqa: ANN401
        page = Page(
            key=key,
            info=PageInfo(records=0, not_found=True),
            records=RawRecords([], 0),
            sent=sent,
            answered=self._clock.monotonic(),
            answered_at=self._clock.utc(),
            server_time=http_date(response.headers),
        )
        said = partial(excerpt, response.content, self._transport.secrets())
        ignored = response.status_code in self._stream.ignored_statuses
        if ignored or response.status_code == HTTPStatus.NOT_FOUND:
            first = key == self._stream.paginator.first
            # Past other pages only a 404 says that there are no more.
            if ignored if first else response.status_code == HTTPStatus.NOT_FOUND:
                return page
            advice = "Look at `base_url` and at the path." if first else "It is no end of a stream."
            message = f"{where} answered {response.status_code}: {said()}. {advice}"
            raise StreamError(message)
        try:
            document = JSONBody(response.content)
            self._stream.check_envelope(document)
            page.records = self._stream.extractor.records(document)
        except NotJSONError as error:
            raise IncompleteBodyError(str(error)) from error
        except NoRecordsError as error:
            message = f"{where} answered without records: {error}. It said: {said()}"
            raise StreamError(message) from error
        following = self._stream.paginator.next_key(document, response)
        page.info = self._stream.extractor.page_info(document, page.records.count, following)
        return page


def with_query(url: str, params: Mapping[str, Any]) -> str:
    """An address with parameters added, but for those that are None."""
    given = {name: value for name, value in params.items() if value is not None}
    query = urlencode(given, doseq=True)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def _size(page: Page) -> int:
    return page.records.size
