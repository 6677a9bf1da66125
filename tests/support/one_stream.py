"""Reads one stream of a sandbox, and tells which requests reached the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.harness import Outcome, PairTap, StillClock, connected, sync

if TYPE_CHECKING:
    from tap_analytics.sandbox import LogEntry, Sandbox

STREAM = {"accounting": "contacts", "marketplace": "buyers"}
PATH = {"accounting": "/v1/contacts", "marketplace": "/buyers"}


def read(config: dict[str, Any], clock: StillClock | None = None) -> Outcome:
    """Read the stream of `STREAM` once, ten records per page.

    Args:
        config: The settings, which name the API; with `"api": None` both streams are read.
        clock: What to wait with; by default a clock on which only waits take time.
    """
    config = {"page_size": 10, "verify": "off"} | config
    return sync(config, clock=clock or StillClock(), tap_class=PairTap)


def run(sandbox: Sandbox, api: str = "marketplace", **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    """Read the stream of one API of a sandbox once, page by page unless `concurrency` is set."""
    return read(connected(sandbox, api, **{"concurrency": 1} | settings))


def token_requests(sandbox: Sandbox) -> list[LogEntry]:
    """The requests for a token that the sandbox received."""
    return [request for request in sandbox.requests if request.method == "POST"]


def data_requests(sandbox: Sandbox) -> list[LogEntry]:
    """The requests for a page that the sandbox received."""
    return [request for request in sandbox.requests if request.method == "GET"]
