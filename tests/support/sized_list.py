"""A list of 300 rows whose server makes pages of the size that it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.compatibility.reading import run_tap
from tests.support.compatibility.server import Request, Response, ShapeServer, serving

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 99
ROWS = [{"id": number} for number in range(300)]
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}


def read(
    respond: Callable[[Request], Response],
    endpoint: dict[str, Any],
    servers: list[ShapeServer] | None = None,
) -> dict[str, Any]:
    """The report on a resource with such an endpoint."""
    endpoint = {"path": "items", "data_selector": "data", **endpoint}
    entry = {"name": "items", "primary_key": "id", "schema": SCHEMA, "endpoint": endpoint}
    with serving(respond) as server:
        if servers is not None:
            servers.append(server)
        report: dict[str, Any] = run_tap(server, {"resources": [entry]}, concurrency=1).stream(
            "items"
        )
    return report
