"""A resource: what a configuration says about one stream.

Every field is `None` where the configuration does not say it, so that an entry with a built-in
stream's name changes that stream field by field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.http.credentials import Credentials
    from tap_analytics.records.json import JSON

PaginatorType = Literal[
    "page_number", "offset", "cursor", "header_link", "json_link", "single_page", "auto"
]
Scalar = str | int | float


class Paginator(Struct, frozen=True):
    """How the next page is found; which fields count depends on `type`.

    A `cursor` is read from the body (`cursor_path`) or from a response header (`cursor_key`).
    `total_path` leads to a number of pages for `page_number`, of records for `offset`, and
    `records_total_path` to the number of records for `page_number`.
    """

    type: PaginatorType | None = None
    limit: int | None = None
    limit_param: str | None = None
    page_param: str | None = None
    base_page: int | None = None
    maximum_page: int | None = None
    offset: int | None = None
    offset_param: str | None = None
    maximum_offset: int | None = None
    total_path: str | None = None
    records_total_path: str | None = None
    has_more_path: str | None = None
    stop_after_empty_page: bool | None = None
    cursor_path: str | None = None
    cursor_param: str | None = None
    cursor_key: str | None = None
    next_url_path: str | None = None
    links_next_key: str | None = None


class ErrorHandler(Struct, frozen=True):
    """Which responses are retried, how often, and how many seconds apart."""

    retry_on_status_codes: tuple[int, ...] | None = None
    max_retries: int | None = None
    backoff: Literal["constant", "exponential"] | None = None
    backoff_factor: float | None = None
    max_wait: float | None = None


class Incremental(Struct, frozen=True):
    """The replication key (`cursor_path`) and where its start value goes in a request."""

    cursor_path: str | None = None
    start_param: str | None = None
    start_header: str | None = None
    start_format: str | None = None
    order_param: str | None = None
    order_value: str | None = None
    order_value_desc: str | None = None
    initial_value: Scalar | None = None


class Resolve(Struct, frozen=True):
    """The placeholder `{param}` takes the value of `field` in each record of `resource`.

    Placeholders stand in the path, and in the values of query parameters.
    """

    param: str
    resource: str
    field: str


class Resource(Struct, frozen=True):
    """One entry of the setting `resources`: defaults merged, in its normal form.

    `primary_key` is `()` where the configuration says that there is none. A value of `None` in
    `params` or `headers` removes a parameter or header that the stream would send.
    """

    name: str
    path: str | None = None
    data_selector: str | None = None
    params: Mapping[str, Scalar | list[Scalar] | None] | None = None
    headers: Mapping[str, str | None] | None = None
    credentials: Credentials | None = None
    paginator: Paginator | None = None
    error_handler: ErrorHandler | None = None
    incremental: Incremental | None = None
    ignored_statuses: tuple[int, ...] | None = None
    ignore_signs: tuple[str, ...] | None = None
    """Names in a response that tell nothing of further records, though they usually do."""

    primary_key: tuple[str, ...] | None = None
    write_disposition: Literal["merge", "replace", "append"] | None = None
    read_by: Literal["auto", "keyset", "windows", "pages"] | None = None
    on_missing_key: Literal["skip", "hash"] | None = None
    selected: bool | None = None
    api: Literal["accounting", "marketplace"] | None = None
    schema: Mapping[str, JSON] | None = None
    resolves: tuple[Resolve, ...] = ()
    include_from_parent: tuple[str, ...] = ()
    in_full: bool = False
    """Whether the entry itself says `incremental: null`: the stream is read in full."""
    replaces_built_in: bool = False
    """Whether it is a stream of its own, although a built-in one has its name."""

    @property
    def parent(self) -> str | None:
        """The resource whose records this one is read for, or `None`."""
        return self.resolves[0].resource if self.resolves else None
