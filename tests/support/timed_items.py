"""The entry of a resource whose records have an `id` and the time of their change in `at`."""

from __future__ import annotations

from typing import Any

FIELDS = {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}


def timed_items(
    incremental: dict[str, Any] | None = None,
    **endpoint: Any,  # noqa: ANN401  # any settings
) -> dict[str, Any]:
    """A resource `items` that is asked for what changed since a time, of one page where not named.

    Args:
        incremental: Further keys of `incremental`.
        endpoint: Further keys of `endpoint`.
    """
    return {
        "name": "items",
        "primary_key": "id",
        "schema": {"type": "object", "properties": FIELDS},
        "endpoint": {
            "path": "/items",
            "data_selector": "data",
            "paginator": "single_page",
            "incremental": {"cursor_path": "at", "start_param": "since", **(incremental or {})},
            **endpoint,
        },
    }
