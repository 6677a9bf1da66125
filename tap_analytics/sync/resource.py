"""What a resource declares of itself, in class attributes.

A subclass says what differs from its family; the family's base class says what its API has in
common. How requests are made of it is in `page_request.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tap_analytics.http.retry import RetryPolicy
from tap_analytics.rest.paginators.range_paginators import PageNumberPaginator
from tap_analytics.sync.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.http.credentials import Credentials
    from tap_analytics.rest.paginators.paginator import Paginator


BASE_PAGE, BASE_PAGE_OF = "base_page", "base_page_of"
"""Where a stream's part of the state keeps the number of its first page, as a trial found it,
and of which list."""


RECORDS_AT = "records_at"
"""Where it keeps the selector by which a list of records was found."""


def numbered_pages(limit: int) -> Paginator:
    """The paginator that both built-in APIs have."""
    return PageNumberPaginator(limit=limit)


class Resource(SingerStream):
    """A resource of a REST API, as it was declared."""

    name: str
    path: str
    data_selector: str = "$"
    """Where the records are in a response: a path of keys, or a JSONPath."""

    single_object: bool = False
    """Whether a response may hold one record itself instead of a list of them."""

    leaves_lists_out: bool = False
    """Whether a later page may lack its list of records where that is empty."""

    page_size: int = 100
    resource_page_size: int | None = None
    """A size that a resource asks for by itself, whatever the setting `page_size` says."""

    params: ClassVar[Mapping[str, Any]] = {}
    """Further query parameters of every request; None takes one away."""

    headers: ClassVar[Mapping[str, str | None]] = {}
    """Further headers of every request; None takes one away."""

    method: str = "GET"
    body: Any = None
    """What a POST sends: JSON, or a form or a text."""

    body_is_json: bool = True
    unquoted: str = ""
    """Characters of a parent's value that stay as they are in a path."""

    end_param: str | None = None
    """The query parameter that asks for records before the end."""

    start_in_text: bool = False
    """Whether a parameter, a header or the body has the start value inside a text."""

    end_in_text: bool = False
    """Whether one of these has the end inside a text."""

    start_param: str | None = None
    """The query parameter that asks for records from a time on."""

    start_header: str | None = None
    """The header that does so, in whole seconds."""

    start_format: str | None = None
    """The form in which start values are asked for; None for that of the values that came."""

    learns_start_format: bool = True
    """Whether start values are asked for in the form of the values that came."""

    order_param: str | None = None
    """The query parameter that asks for an order."""

    time_order: tuple[str, str] | None = None
    """Its values for the order by modification time, ascending and descending."""

    key_order: tuple[str, str] | None = None
    """Its values for the order by key, ascending and descending."""

    key_order_param: str | None = None
    """The query parameter that asks for the order by key, where it is another one."""

    total_path: str | None = None
    page_count_path: str | None = None
    next_path: str | None = None
    """Where a response declares the number of all records or pages, and names the next page."""

    make_paginator = staticmethod(numbered_pages)
    """Makes the paginator for a page size."""

    retry_policy: RetryPolicy = RetryPolicy()
    error_handler: ClassVar[Mapping[str, Any]] = {}
    """What a resource changes about the rule by itself."""

    credentials: Credentials | None = None
    """How its requests are authenticated, where that is not as the others of the run are."""

    ignored_signs: frozenset[str] = frozenset()
    """Names of signs in responses that tell nothing of more: see `rest/response/signs.py`."""

    may_lack_pages: bool = False
    """Whether nobody said that the resource has pages at all."""

    api_unknown: bool = False
    """Whether only the configuration says what its parameters mean."""

    pages_unknown: bool = False
    """Whether nobody named a paginator: the first response tells it."""

    records_unknown: bool = False
    """Whether nobody named a data selector: the first response tells it."""

    base_page_by_trial: bool = False
    """Whether nobody knows if pages are numbered from 0 or from 1."""

    declared_schema: ClassVar[Mapping[str, Any] | None] = None
