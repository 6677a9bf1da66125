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

Scalar = str | int | float


class Paginator(Struct, frozen=True):
    """How the next page is found; which fields count depends on `type`.

    A `cursor` is read from the body (`cursor_path`) or from a response header (`cursor_key`).
    `total_path` leads to a number of pages for `page_number`, of records for `offset`, and
    `records_total_path` to the number of records for `page_number`.
    """

    type: str | None = None
    """One of `PAGINATOR_KEYS`."""

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
    page: int | None = None
    """The first page to read, where `base_page` is another."""

    page_body_path: str | None = None
    offset_body_path: str | None = None
    limit_body_path: str | None = None
    cursor_body_path: str | None = None
    """Where these stand in a JSON body, instead of in the query."""


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
    end_param: str | None = None
    end_value: Scalar | None = None
    lag: float | None = None
    start_in_text: bool = False
    """Whether a parameter, a header or the body has the start value inside a text."""

    end_in_text: bool = False
    """Whether one of these has the end inside a text."""


class ResponseAction(Struct, frozen=True):
    """A response that holds no records and is no error: by its status, its text, or both."""

    status: int | None = None
    content: str | None = None


class Resolve(Struct, frozen=True):
    """The placeholder `{param}` takes the value of `field` in each record of `resource`.

    Placeholders stand in the path, and in the values of parameters, headers and the body.
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
    method: Literal["GET", "POST"] | None = None
    json: Mapping[str, JSON] | None = None
    """The body of a POST."""

    data: Mapping[str, JSON] | list[JSON] | str | None = None
    """The same as a form, or as text."""

    ignored: tuple[ResponseAction, ...] | None = None
    ignore_signs: tuple[str, ...] | None = None
    """Names in a response that tell nothing of further records, though they usually do."""

    primary_key: tuple[str, ...] | None = None
    write_disposition: Literal["merge", "replace", "append"] | None = None
    read_by: Literal["auto", "keyset", "windows", "pages"] | None = None
    key_order_param: str | None = None
    key_order_value: str | None = None
    key_order_value_desc: str | None = None
    """How to ask for the order by the primary key."""

    on_missing_key: Literal["skip", "hash"] | None = None
    selected: bool | None = None
    api: Literal["accounting", "marketplace"] | None = None
    schema: Mapping[str, JSON] | None = None
    resolves: tuple[Resolve, ...] = ()
    include_from_parent: tuple[str, ...] = ()
    table_name: str | None = None
    hints: tuple[str, ...] = ()
    """What is said for dlt's own loading, and changes nothing here."""

    in_full: bool = False
    """Whether the entry itself says `incremental: null`: the stream is read in full."""
    replaces_built_in: bool = False
    """Whether it is a stream of its own, although a built-in one has its name."""

    @property
    def parent(self) -> str | None:
        """The resource whose records this one is read for, or `None`."""
        return self.resolves[0].resource if self.resolves else None
