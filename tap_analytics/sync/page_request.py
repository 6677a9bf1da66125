"""How one page of a resource is requested: the address, the parameters, the headers, the body."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL
from singer_sdk.streams.rest import HTTPRequest, PageContext

from tap_analytics.exceptions import StreamError
from tap_analytics.http.placeholders import as_text, filled
from tap_analytics.http.urls import same_host_url
from tap_analytics.records.datetimes import utc_instant
from tap_analytics.records.start_format import resolution_of
from tap_analytics.rest.request_parts import is_text, put_body, sendable
from tap_analytics.sync.resource import Resource
from tap_analytics.sync.state.bookmark_in_state import first_start, holds_instants
from tap_analytics.sync.state.epoch_unit import EpochUnit
from tap_analytics.sync.state.start_values import StartValues

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import Context

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

    whole: bool = False
    """Whether records behind the end are asked for, too."""


START, END = ("{incremental.start_value}", "{incremental.last_value}"), ("{incremental.end_value}",)
"""What stands for the start value and the end in a text."""


class RequestedResource(Resource):
    """A resource of a REST API, and how it is asked for."""

    @property
    @abstractmethod
    def paginator(self) -> Paginator:
        """Knows the parameters that ask for a page."""

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

    def _values(
        self,
        context: Context | None,
        since: Any,  # noqa: ANN401  # any replication value
        end: object,
    ) -> dict[str, Any]:
        """What stands for the placeholders of a request; None where there is no such value."""
        values = {f"{{{param}}}": (context or {})[param] for param in self.parent_params}
        for param, value in values.items():
            if not is_text(as_text(value)):
                message = (
                    f"{self.name}: a record of its parent has bytes or halves of characters that "
                    f"are no text where `{param}` is to be filled in: it is not requested."
                )
                raise StreamError(message)
        if self.start_in_text or self.end_in_text:
            start = None if since is None else self.start_values.written(since)
            if self._in_full:
                start, end = self._start_and_end_in_full
            values |= dict.fromkeys(START, start)
            values |= dict.fromkeys(END, end)
        return values

    @property
    def _in_full(self) -> bool:
        return self.replication_method != REPLICATION_INCREMENTAL

    @cached_property
    def _start_and_end_in_full(self) -> tuple[object, object]:
        """What stands in texts where the stream is read in full: the resource's own values.

        As in dlt. A text without them is another one: a query may lack a part that it needs, or
        find nothing. An end of all streams is that of a run, and of no table.
        """
        start, end = self.initial_value, self.end_value
        if start is not None and holds_instants(self):
            start = self.start_values.written(utc_instant(start))
        return start, None if end is None else self.start_values.written_end(end)

    @property
    def asked_end(self) -> object:
        """The end before which the API is asked for records, in its form; None for none."""
        return self._end if self.end_param or self.end_in_text else None

    @property
    def _end(self) -> object:
        """The value before which records are asked for; None where the stream is read in full.

        So it is for its children, too: what lies behind the end may have some as well.
        """
        has_children = any(child.selected for child in self.child_streams)
        return None if self._in_full or has_children else self._given_end

    @property
    def _given_end(self) -> object:
        end = self.end_value if self.end_value is not None else self.run.settings.end_date
        return None if end is None else self.start_values.written_end(end)

    @property
    def _least_start(self) -> object:
        """The start value of a request that needs one, and asks for all.

        A table that is read in full begins at no `start_date`.
        """
        if self.initial_value is not None or self._in_full:
            return self.initial_value
        return self.start_values.written(first_start(self))

    def _request_url(self, context: Context | None, values: Mapping[str, Any]) -> str:
        """The address of a request, with the start value in it where its path wants that."""
        url = self.get_url(context)
        for placeholder in (*START, *END):
            if placeholder in url:
                value = values[placeholder]
                if value is None:
                    # Such a path needs one, whatever is read.
                    value = self._least_start if placeholder in START else self._given_end
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
        end = None if isinstance(page, RequestedPage) and page.whole else self._end
        values = self._values(page.stream_context, since, end)
        size = page.size if isinstance(page, RequestedPage) else None
        request = HTTPRequest(
            url=self._request_url(page.stream_context, values),
            method=self.method,
            headers=sendable(filled(self.http_headers, values), self.name),
            params={
                **filled(self.params, values),
                **self._range_params(page, end),
                # Last: where an API begins and goes on by one parameter, a further page's wins.
                **self.paginator.params(page.next_page_token, size),
            },
        )
        if since is not None and self.start_header:
            written = self.start_values.written(since)
            # Cutting the fraction off rounds down, so that nothing falls between.
            request.headers[self.start_header] = (
                str(since)[:19] if written == since else str(written)
            )
        if self.method == "POST":
            body = filled(self.body, values, typed=self.body_is_json)
            put_body(request, body, is_json=self.body_is_json)
        return request

    def _range_params(self, page: PageContext[Any], end: object) -> dict[str, object]:
        """The parameters that say which records are asked for, and in which order."""
        params: dict[str, object] = {}
        if self.end_param and end is not None:
            params[self.end_param] = end
        if not isinstance(page, RequestedPage):
            return params
        if page.order is not None:
            param, orders = self._order_params[page.order.by]
            if param and orders:
                params[param] = orders[page.order.descending]
        if self.start_param and page.since is not None:
            params[self.start_param] = self.start_values.written(page.since)
        return params

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
            to_number=partial(self.epoch_unit.written, now=self.run.started_at),
        )

    @cached_property
    def epoch_unit(self) -> EpochUnit:
        """In which unit the numbers of the replication key count time, as far as known."""
        key = str(self.replication_key)
        return EpochUnit(key, declared=self.start_format, is_key=key in self.primary_keys)

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
        in_text = self.start_in_text and type(self).replication_key is not None
        if self.start_header is None and self.start_param is None and not in_text:
            return None
        least = timedelta(seconds=1) if self.start_header else timedelta(microseconds=1)
        return max(least, resolution_of(self.start_format)) if self.start_format else least

    @property
    def since_step(self) -> timedelta:
        """At least that of the header or the format in which it is asked."""
        known = self._since_resolution or timedelta(microseconds=1)
        return max(known, self.start_values.resolution)

    def _page_request(self, context: Context | None, query: PageQuery) -> HTTPRequest:
        return self.get_http_request(
            page=RequestedPage(
                context, query.key, query.since, query.order, query.size, query.whole
            )
        )
