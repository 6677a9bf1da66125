"""What a stream of an API is: what to request, and how to read a response.

What a resource declares is one layer below in `sync/resource.py`, what the sync needs of the SDK in
`sync/stream.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from singer_sdk.streams.rest import HTTPRequest, PageContext

from tap_analytics.exceptions import StreamError
from tap_analytics.http.auth import HeaderAuth
from tap_analytics.http.headers import authorization_header
from tap_analytics.http.placeholders import as_text, filled
from tap_analytics.http.urls import same_host_url
from tap_analytics.records.start_format import resolution_of
from tap_analytics.rest.endpoint import Endpoint
from tap_analytics.rest.page_fetcher import TRIAL_REFUSALS
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.request_parts import is_text, put_body, sendable
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.extractor import RecordExtractor
from tap_analytics.sync.resource import BASE_PAGE, Resource
from tap_analytics.sync.state.bookmark_in_state import first_start, holds_instants
from tap_analytics.sync.state.start_values import StartValues
from tap_analytics.sync.stream_sync import StreamSync

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import requests
    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.http.auth import Auth
    from tap_analytics.http.retry import RetryPolicy
    from tap_analytics.rest.endpoint import Order, PageQuery
    from tap_analytics.rest.paginators.paginator import Paginator


@dataclass
class RequestedPage(PageContext[Any]):
    """A page to request: the SDK's context of a page, and from when on it is asked for."""

    since: Any = None
    """The replication value to start at; None asks for all records."""

    order: Order | None = None
    """The order to ask for; None asks for none."""

    size: int | None = None
    """Records per page; None for the stream's own size."""


START, END = ("{incremental.start_value}", "{incremental.last_value}"), ("{incremental.end_value}",)
"""What stands for the start value and the end in a text."""


class AnalyticsStream(Resource):
    """A resource of a REST API, and how it is asked for."""

    _base_page_known: bool = False

    @property
    def url_base(self) -> str:
        """Where the API is."""
        return self.run.connection.base_url

    @property
    def http_headers(self) -> dict[str, str]:
        """The headers of every request, but for the token."""
        given: dict[str, str | None] = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": self.run.settings.user_agent,
            **self.run.settings.headers,
            **self.headers,
        }
        return {name: value for name, value in given.items() if value is not None}

    def get_url(self, context: Context | None) -> str:
        """The resource's address; for a child, with the parent's values in it."""
        path = self.path
        for param in self.parent_params:
            placeholder, value = f"{{{param}}}", as_text((context or {})[param])
            path = path.replace(placeholder, quote(value, safe=self.unquoted))
        if self.parent_params and not {".", ".."}.isdisjoint(path.split("/")):
            # Encoded dots would be decoded again on the way: such a path leads somewhere else.
            message = (
                f"{self.name}: a record of its parent has `.` or `..` for a placeholder of its "
                "path, which would lead to another place: it is not requested."
            )
            raise StreamError(message)
        if not path.startswith(("http:", "https:")):
            return f"{self.url_base}{path}"
        own = same_host_url(path, self.url_base)
        if own is None:
            message = f"{self.name}: its path is not on the API's own host: it is not requested."
            raise StreamError(message)
        return own

    def _values(self, context: Context | None, since: Any) -> dict[str, Any]:  # noqa: ANN401  # any replication value
        """What stands for the placeholders of a request; None where there is no such value."""
        values = {f"{{{param}}}": (context or {})[param] for param in self.parent_params}
        for param, value in values.items():
            if not is_text(as_text(value)):
                message = (
                    f"{self.name}: a record of its parent has bytes or halves of characters that "
                    f"are no text where `{param}` is to be filled in: it is not requested."
                )
                raise StreamError(message)
        if self.start_in_text:
            start = None if since is None else self.start_values.written(since)
            values |= dict.fromkeys(START, start)
            values |= dict.fromkeys(END, self._end)
        return values

    @property
    def _end(self) -> object:
        """The value before which records are asked for."""
        end = self.end_value if self.end_value is not None else self.run.settings.end_date
        return None if end is None else self.start_values.written_end(end)

    def _request_url(self, context: Context | None, values: Mapping[str, Any]) -> str:
        """The address of a request, with the start value in it where its path wants that."""
        url = self.get_url(context)
        for placeholder in (*START, *END):
            if placeholder in url:
                value = values[placeholder]
                if value is None and placeholder in START:
                    value = self.initial_value
                if value is None:
                    message = (
                        f"{self.name}: its path holds `{placeholder}`, and there is no such value: "
                        "set `initial_value` or `end_value` in `incremental`."
                    )
                    raise StreamError(message)
                url = url.replace(placeholder, quote(str(value), safe=self.unquoted))
        return url

    def get_http_request(self, *, page: PageContext[Any]) -> HTTPRequest:
        """The request for one page; `page.next_page_token` is what the paginator calls it."""
        since = page.since if isinstance(page, RequestedPage) else None
        values = self._values(page.stream_context, since)
        size = page.size if isinstance(page, RequestedPage) else None
        request = HTTPRequest(
            url=self._request_url(page.stream_context, values),
            method=self.method,
            headers=sendable(filled(self.http_headers, values), self.name),
            params={
                **filled(self.params, values),
                **self.paginator.params(page.next_page_token, size),
            },
        )
        if self.end_param and (end := self._end) is not None:
            request.params[self.end_param] = end
        if isinstance(page, RequestedPage) and page.order is not None:
            param, orders = self._order_params[page.order.by]
            if param and orders:
                request.params[param] = orders[page.order.descending]
        if since is not None:
            written = self.start_values.written(since)
            if self.start_param:
                request.params[self.start_param] = written
            if self.start_header:
                # Cutting the fraction off rounds down, so that nothing falls between.
                request.headers[self.start_header] = (
                    str(since)[:19] if written == since else str(written)
                )
        if self.method == "POST":
            body = filled(self.body, values, typed=self.body_is_json)
            put_body(request, body, is_json=self.body_is_json)
        return request

    @cached_property
    def policy(self) -> RetryPolicy:
        """The API's retry rule, with what the setting and then the resource change."""
        policy = self.retry_policy.merged(self.run.settings.error_handler)
        return policy.merged(self.error_handler)

    @cached_property
    def own_auth(self) -> Auth | None:
        """The stream's own authentication; None for the run's."""
        if authorization_header(name for name, value in self.headers.items() if value):
            return HeaderAuth()
        return self.run.auth_of(self.credentials) if self.credentials else None

    @cached_property
    def paginator(self) -> Paginator:
        """Which page is next, and why the last page is the last."""
        if self.pages_unknown:
            from tap_analytics.rest.paginators.detecting_paginator import (  # noqa: PLC0415  # only here
                DetectingPaginator,
            )

            has_body = self.method == "POST" and self.body_is_json
            return DetectingPaginator(self.name, self.own_keys, has_body=has_body)
        size = self.resource_page_size or self.run.settings.page_size or self.page_size
        return self.make_paginator(int(size))

    @cached_property
    def extractor(self) -> RecordExtractor:
        """Finds the records of a response, and what it says about the whole."""
        if self.records_unknown:
            from tap_analytics.rest.response.record_finder import FindingExtractor  # noqa: PLC0415  # only here

            return FindingExtractor(self.name)
        return RecordExtractor(
            self.data_selector,
            total_path=self.total_path,
            page_count_path=self.page_count_path,
            next_path=self.next_path,
            single=self.single_object,
        )

    def check_envelope(self, document: JSONBody) -> None:
        """Raise `NoRecordsError` where the envelope says that the response is an error."""

    def parse_response(self, response: requests.Response) -> Iterable[Record]:
        """The records of one response as the API sends them."""
        return self.extractor.records(JSONBody(response.content)).decode()

    def endpoint(self, context: Context | None) -> Endpoint:
        """What reading pages needs to know of the stream, or of one parent's part of it."""
        return Endpoint(
            name=self.name,
            request=partial(self._page_request, context),
            paginator=self.paginator,
            extractor=self.extractor,
            check_envelope=self.check_envelope,
            policy=self.policy,
            stats=self.stats,
            auth=self.own_auth,
            sampled=self.run.sampled_responses,
            first_pages=self.run.first_pages,
            ignored=self.ignored,
            ignored_signs=self.ignored_signs,
            may_lack_pages=self.may_lack_pages,
            orders=self._orders,
            since_resolution=self._since_resolution,
        )

    def find_endpoint(self, context: Context | None) -> Endpoint:
        """The endpoint, with requests on trial where nobody knows which page is the first."""
        endpoint = self.endpoint(context)
        if self.base_page_by_trial and not self._base_page_known:
            from tap_analytics.sync.reading.base_page import set_base_page  # noqa: PLC0415  # only here

            self._base_page_known = set_base_page(self, endpoint)
        return endpoint

    @cached_property
    def start_values(self) -> StartValues:
        """The form in which start values are asked for, remembered from run to run."""
        instants = holds_instants(self)
        # A header carries whole seconds, whatever the values look like.
        asks = bool(self.start_param) or self.start_in_text
        learns = self.learns_start_format and asks and not self.start_header
        return StartValues(
            self.stream_state,
            given=self.start_format if instants else None,
            learns=instants and learns,
            observes=instants and self.learns_start_format,
            likely=self.initial_value,
        )

    @property
    def _orders(self) -> frozenset[str]:
        """The orders that may be asked for: none where the user's own parameter asks for one."""
        known = {by: param for by, (param, values) in self._order_params.items() if values}
        own = any(param and self.params.get(param) is not None for param in known.values())
        return frozenset(by for by, param in known.items() if param and not own)

    @property
    def _order_params(self) -> dict[str, tuple[str | None, tuple[str, str] | None]]:
        """The parameter of each order, and its values for the ascending and the descending one."""
        return {
            "time": (self.order_param, self.time_order),
            "key": (self.key_order_param or self.order_param, self.key_order),
        }

    @property
    def filtered_by(self) -> str | None:
        """The field by which the API filters what changed; None where it is asked for all."""
        # Of the class: a catalog may name another one.
        return None if self._since_resolution is None else type(self).replication_key

    @property
    def _since_resolution(self) -> timedelta | None:
        if self.start_header is None and self.start_param is None and not self.start_in_text:
            return None
        least = timedelta(seconds=1) if self.start_header else timedelta(microseconds=1)
        return max(least, resolution_of(self.start_format)) if self.start_format else least

    def _page_request(self, context: Context | None, query: PageQuery) -> HTTPRequest:
        return self.get_http_request(
            page=RequestedPage(context, query.key, query.since, query.order, query.size)
        )

    def sync_records(self, context: Context | None) -> None:
        """Read the stream, or one parent's part of it, until its sync is proven, and send it."""
        sync = StreamSync(self, self.find_endpoint(context), context)
        if self.parent_stream_type is None:
            self.ahead.ask(self)
        sync.run()

    @property
    def first_page_is_known(self) -> bool:
        """Whether no trial has to show first how its pages are asked for."""
        trial = self.base_page_by_trial and self.stream_state.get(BASE_PAGE) not in {0, 1}
        return not (trial or self.pages_unknown or self.records_unknown)

    def sample_records(
        self, context: Context | None, *, from_start: bool = False
    ) -> Iterable[Record]:
        """Records of the first pages, one page at a time, as the API sends them.

        Args:
            context: The parent's part.
            from_start: Whether to ask as the first run does, so that the responses serve it, too;
                nothing comes where the API refuses that.
        """
        since = first_start(self) if from_start else None
        reader = self._reader(context, since, for_sample=True)
        if since is not None:
            first = reader.trial(reader.endpoint.paginator.first, TRIAL_REFUSALS)
            if first is None:
                return
            reader.reuse(first)
        yield from self._records(reader, width=1)

    def request_records(self, context: Context | None) -> Iterable[Record]:
        """Every record as the API sends it, read once and not judged."""
        return self._records(self._reader(context), width=self.run.concurrency)

    def _reader(
        self, context: Context | None, since: object = None, *, for_sample: bool = False
    ) -> PageReader:
        client, clock = self.run.http_client, self.run.clock
        return PageReader(self.find_endpoint(context), client, clock, since, for_sample=for_sample)

    def _records(self, reader: PageReader, *, width: int) -> Iterable[Record]:
        for page in reader.read(width):
            yield from page.decoded()
