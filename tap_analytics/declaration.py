"""The words in which a stream's class says what its resource is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream

from tap_analytics.http.retry import RetryPolicy
from tap_analytics.rest.range_paginators import PageNumberPaginator, Paginator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def numbered_pages(limit: int) -> Paginator:
    """The paginator that both built-in APIs have."""
    return PageNumberPaginator(limit=limit)


class StreamDeclaration(RESTStream[Any]):
    """What can be said of a resource, and what holds where nothing is said.

    A subclass says what differs from its family in class attributes; the family's base class says
    what its API has in common.
    """

    name: str
    path: str
    primary_keys: Sequence[str] = ()
    replication_key: str | None = None
    data_selector: str = "$"
    """Where the records are in an answer: a path of keys, or a JSONPath."""

    single_object: bool = False
    """Whether an answer may hold one record itself instead of a list of them."""

    page_size: int = 100
    resource_page_size: int | None = None
    """A size that a resource asks for by itself, whatever the setting `page_size` says."""

    params: ClassVar[Mapping[str, Any]] = {}
    """Further query parameters of every request; None takes one away."""

    headers: ClassVar[Mapping[str, str | None]] = {}
    """Further headers of every request; None takes one away."""

    start_param: str | None = None
    """The query parameter that asks for records from a time on."""

    start_header: str | None = None
    """The header that does so, in whole seconds."""

    total_path: str | None = None
    page_count_path: str | None = None
    next_path: str | None = None
    """Where an answer declares the number of all records or pages, and names the next page."""

    make_paginator = staticmethod(numbered_pages)
    """Makes the paginator for a page size."""

    retry_policy: RetryPolicy = RetryPolicy()
    error_handler: ClassVar[Mapping[str, Any]] = {}
    """What a resource changes about the rule by itself."""

    ignored_statuses: frozenset[int] = frozenset()
    """Statuses of answers that hold no records and are no error."""

    write_disposition: str = "merge"
    initial_value: Any = None
    """Where the first sync starts, instead of the setting `start_date`."""

    declared_schema: ClassVar[Mapping[str, Any] | None] = None
    parent_params: ClassVar[Mapping[str, str]] = {}
    """For a child: what stands for `{param}` in its URL, by the field of the parent's record."""

    include_from_parent: ClassVar[Mapping[str, str]] = {}
    """For a child: the fields of its own records that hold fields of the parent's."""
