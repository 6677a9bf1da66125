"""What a stream of an API is: how its pages are found, and how a response is read.

The layers below it: `sync/page_request.py` says what is requested, `sync/resource.py` what a
resource declares, `sync/stream.py` what the sync needs of the SDK.
"""

from __future__ import annotations

from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING

from tap_analytics.http.auth import HeaderAuth
from tap_analytics.http.headers import authorization_header
from tap_analytics.records.encoding import encode, short_digest
from tap_analytics.rest.endpoint import Endpoint
from tap_analytics.rest.pages import PageReader
from tap_analytics.rest.response.document import JSONBody
from tap_analytics.rest.response.extractor import ListPlace, RecordExtractor
from tap_analytics.sync.page_request import RequestedResource
from tap_analytics.sync.resource import BASE_PAGE, BASE_PAGE_OF, RECORDS_AT
from tap_analytics.sync.stream_sync import StreamSync

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests
    from singer_sdk.helpers.types import Context, Record

    from tap_analytics.http.auth import Auth
    from tap_analytics.http.retry import RetryPolicy
    from tap_analytics.rest.paginators.paginator import Paginator

SAMPLED_PAGES = 50
"""So many pages show the fields, however few records each of them holds."""


class AnalyticsStream(RequestedResource):
    """A resource of a REST API, and how its responses are read."""

    _base_page_known: bool = False

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

            hashed = self.on_missing_key == "hash" or self.derived_fields
            return FindingExtractor(
                self.name,
                key=() if hashed else self.own_keys,
                ignored_signs=self.ignored_signs,
                list_place=self._list_place,
            )
        return RecordExtractor(
            self.data_selector,
            total_path=self.total_path,
            page_count_path=self.page_count_path,
            next_path=self.next_path,
            single=self.single_object,
            ignored_signs=self.ignored_signs,
            list_place=self._list_place,
        )

    @cached_property
    def _list_place(self) -> ListPlace | None:
        """Where the list of records was before, which the state keeps; None where a key tells."""
        keyless = not self.own_keys or self.on_missing_key == "hash"
        return ListPlace(self.stream_state.get(RECORDS_AT)) if keyless else None

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
            leaves_lists_out=self.leaves_lists_out,
            may_lack_pages=self.may_lack_pages,
            api_unknown=self.api_unknown,
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

    def sync_records(self, context: Context | None) -> None:
        """Read the stream, or one parent's part of it, until its sync is proven, and send it."""
        if self.not_sampled is not None:
            raise self.not_sampled
        sync = StreamSync(self, self.find_endpoint(context), context)
        if self.parent_stream_type is None:
            self.ahead.ask(self)
        try:
            sync.run()
        finally:
            self._remember_list_place()

    def _remember_list_place(self) -> None:
        place, state = self._list_place, self.stream_state
        if place and place.selector not in {None, state.get(RECORDS_AT)}:
            self.remember(RECORDS_AT, place.selector)

    @property
    def known_base_page(self) -> int | None:
        """The first page's number, as an earlier run has found it for this very list."""
        known = self.stream_state.get(BASE_PAGE)
        of = self.stream_state.get(BASE_PAGE_OF, self.list_digest)
        return known if known in (0, 1) and of == self.list_digest else None

    @property
    def list_digest(self) -> str:
        """What tells the list from one at another address, or with another page parameter."""
        first = self.paginator.params(self.paginator.first)
        parts = [self.url_base, self.path, *sorted(first)]
        return short_digest(encode(parts))

    @property
    def first_page_is_known(self) -> bool:
        """Whether no trial has to show first how its pages are asked for."""
        trial = self.base_page_by_trial and self.known_base_page is None
        return not (trial or self.pages_unknown or self.records_unknown)

    def sample_records(self, context: Context | None) -> Iterable[Record]:
        """Records of the first pages, one page at a time, as the API sends them."""
        return self._sampled(self._reader(context, for_sample=True))

    def sample_on_trial(
        self, context: Context | None, since: object, refusals: frozenset[int]
    ) -> Iterable[Record] | None:
        """The same of what the API may refuse to be asked for: then it is None.

        Args:
            context: The parent's part.
            since: The replication value to ask from; None asks for all.
            refusals: The statuses by which it may.
        """
        reader = self._reader(context, since, for_sample=True)
        first = reader.trial(reader.endpoint.paginator.first, refusals)
        if first is None:
            return None
        reader.reuse(first)
        return self._sampled(reader)

    def _sampled(self, reader: PageReader) -> Iterable[Record]:
        """Records of the first pages; an API may repeat one, or send empty ones, without end."""
        before = None
        for page in islice(reader.read(1), SAMPLED_PAGES):
            if page.records.count and (digest := page.records.digest()) == before:
                return
            before = digest if page.records.count else None
            yield from page.decoded()

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
