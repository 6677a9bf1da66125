"""Reads the stream `items` in one of the sandbox's shapes, and counts the requests for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.declarations import MOMENT
from tests.support.harness import Outcome, connected, sync

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

SCHEMA = {"properties": {"id": {"type": "string"}, "updated_at": MOMENT}}
TEXT: dict[str, Any] = {"type": ["string", "null"]}
PROPERTIES = {
    "id": TEXT,
    "updated_at": MOMENT,
    "name": TEXT,
    "quantity": {"type": ["integer", "null"]},
}
"""Of `items` in `config_of_items`."""
NOW = "2999-01-01T00:00:00Z"


def read_shape(  # each argument is a key of the entry or of the run
    sandbox: Sandbox,
    name: str,
    paginator: Any = None,  # noqa: ANN401  # any paginator, well written or not
    *,
    state: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    endpoint: dict[str, Any] | None = None,
    **entry: Any,  # noqa: ANN401  # any key of an entry
) -> Outcome:
    """Read one shape as the stream `items`, in full unless `endpoint` has an `incremental`."""
    selector = {"data_selector": entry.pop("data_selector", "items")}
    spelled = {} if paginator is None else {"paginator": paginator}
    resource = {
        "name": "items",
        "primary_key": "id",
        "schema": SCHEMA,
        "endpoint": {"path": f"/shapes/{name}", **selector, **spelled, **(endpoint or {})},
        **entry,
    }
    config = connected(sandbox, resources=[resource], **{"concurrency": 1} | (settings or {}))
    return sync(config | {"api": None}, "items", state=state)


def items_in_pages(paginator: dict[str, Any], **incremental: Any) -> dict[str, Any]:  # noqa: ANN401  # any key of it
    """An entry for `items` on the sandbox's Django REST server, in numbered pages of ten.

    Args:
        paginator: Further keys of the paginator.
        incremental: Further keys of `incremental`.
    """
    return {
        "name": "items",
        "primary_key": "id",
        "schema": SCHEMA,
        "endpoint": {
            "path": "/shapes/django_rest",
            "data_selector": "results",
            "paginator": {
                "type": "page_number",
                "base_page": 1,
                "limit": 10,
                "limit_param": "page_size",
                **paginator,
            },
            "incremental": {
                "cursor_path": "updated_at",
                "start_param": "updated_after",
                **incremental,
            },
        },
    }


def asked(sandbox: Sandbox) -> list[dict[str, str]]:
    """The query parameters of each request for a page, in order."""
    return [dict(request.query) for request in sandbox.requests if request.stream == "items"]


def ids(outcome: Outcome) -> set[str]:
    """The keys of the records that went out."""
    return {record["id"] for record in outcome.records("items")}


def config_of_items(api: Sandbox, *, incremental: bool = True, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 -- any setting
    """The settings that read `items` with typed fields, since a bookmark unless told otherwise."""
    since = {"cursor_path": "updated_at", "start_param": "updated_after"}
    entry = {
        "name": "items",
        "primary_key": "id",
        "schema": {"type": "object", "properties": PROPERTIES},
        "endpoint": {
            "path": "/shapes/django_rest",
            "data_selector": "results",
            "params": {"page_size": 100},
            "paginator": {"type": "json_link", "next_url_path": "next"},
            "incremental": since if incremental else None,
        },
        **settings.pop("entry", {}),
    }
    return {
        "base_url": api.base_url,
        "access_token": api.mint_token(),
        "resources": [entry],
        **settings,
    }
