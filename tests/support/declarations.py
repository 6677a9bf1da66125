"""Declared resources over the sandbox's generic endpoints: one for each way to page."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

MOMENT = {"type": ["string", "null"], "format": "date-time"}
TEXT_ID: dict[str, Any] = {"properties": {"id": {"type": "string"}, "last_modified_at": MOMENT}}
LIMIT = 10

# By name: the stream of the sandbox that it reads, and the entry without its name. Private: a test
# that changed it would change it for the tests after it; `entry` hands out copies.
_PAGINATED: dict[str, tuple[str, dict[str, Any]]] = {
    "numbered": (
        "invoices",
        {
            "primary_key": "InvoiceID",
            "schema": {"properties": {"InvoiceID": {"type": "string"}, "UpdatedDateUTC": MOMENT}},
            "endpoint": {
                "path": "/v1/invoices",
                "data_selector": "Invoices",
                "paginator": {"type": "page_number", "limit": LIMIT, "limit_param": "page_size"},
            },
        },
    ),
    "offset_of_a_total": (
        "buyers",
        {
            "endpoint": {
                "path": "/v2/buyers",
                "data_selector": "items",
                "paginator": {"type": "offset", "limit": LIMIT, "total_path": "$['total']"},
            },
        },
    ),
    "offset_alone": (
        "private_offers",
        {
            "endpoint": {
                "path": "/v2/private_offers",
                "data_selector": "items",
                "paginator": {"type": "offset", "limit": LIMIT},
            },
        },
    ),
    "cursor_in_the_body": (
        "listings",
        {
            "endpoint": {
                "path": "/v2/listings",
                "data_selector": "data.items",
                "paginator": {
                    "type": "cursor",
                    "limit": LIMIT,
                    "limit_param": "limit",
                    "cursor_path": "meta.paging.next_cursor",
                },
            },
        },
    ),
    "cursor_in_a_header": (
        "listings",
        {
            "endpoint": {
                "path": "/v2/listings/by_header",
                "data_selector": "$.results[*]",
                "paginator": {
                    "type": "header_cursor",
                    "limit": LIMIT,
                    "limit_param": "limit",
                    "cursor_key": "X-Next-Cursor",
                },
            },
        },
    ),
    "link_in_a_header": (
        "contracts",
        {
            "endpoint": {
                "path": "/v2/contracts",
                "data_selector": "$",
                "params": {"page_size": LIMIT},
                "paginator": "header_link",
            },
        },
    ),
    "link_in_the_body": (
        "opportunities",
        {
            "endpoint": {
                "path": "/v2/opportunities",
                "data_selector": "results",
                "params": {"page_size": LIMIT},
                "paginator": {"type": "json_link", "next_url_path": "links.next"},
            },
        },
    ),
    "one_page": (
        "settings",
        {
            "endpoint": {
                "path": "/v2/settings",
                "data_selector": "data.items",
                "paginator": "single_page",
            },
        },
    ),
}

SOURCE_OF = {name: source for name, (source, _) in _PAGINATED.items()}
"""The stream of the sandbox that each resource reads."""

SOURCES = sorted(set(SOURCE_OF.values()))
"""The streams of the sandbox that are read."""


def declared(name: str) -> dict[str, Any]:
    """Return what the entry of a resource has besides its name, in a copy of its own.

    Args:
        name: One of `SOURCE_OF`.
    """
    return deepcopy(_PAGINATED[name][1])


def paginator_of(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any key of a paginator
    """Return the paginator of a resource, with keys laid over what it has."""
    return {**declared(name)["endpoint"]["paginator"], **changes}


def entry(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # any key of an entry
    """Return the entry of a resource, ready for `resources`, in a copy of its own.

    Args:
        name: One of `SOURCE_OF`.
        changes: Keys of the entry; those of `endpoint` are laid over what it has.
    """
    whole = {"primary_key": "id", "schema": deepcopy(TEXT_ID), **declared(name)}
    endpoint = {**whole["endpoint"], **changes.pop("endpoint", {})}
    return {"name": name, **whole, **changes, "endpoint": endpoint}
