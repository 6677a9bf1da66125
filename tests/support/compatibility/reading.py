"""Runs a configuration in dlt's form through the tap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.harness import Outcome, StillClock, sync

if TYPE_CHECKING:
    from tests.support.compatibility.server import ShapeServer

ADDED = ("additional_properties", "_row_hash")


def with_host(config: Any, url: str) -> Any:  # noqa: ANN401  # any JSON
    """A configuration in which `{host}` is the server's address."""
    if isinstance(config, dict):
        return {name: with_host(item, url) for name, item in config.items()}
    if isinstance(config, list):
        return [with_host(item, url) for item in config]
    return config.replace("{host}", url) if isinstance(config, str) else config


def run_tap(
    server: ShapeServer,
    config: dict[str, Any],
    *,
    state: dict[str, Any] | None = None,
    **settings: Any,  # noqa: ANN401  # any setting
) -> Outcome:
    """Read every resource of a configuration."""
    config = with_host(config, server.base_url)
    config["client"] = {"base_url": server.base_url, **config.get("client", {})}
    return sync({**config, **settings}, clock=StillClock(), state=state)


def by_stream(outcome: Outcome) -> dict[str, list[dict[str, Any]]]:
    """The records of each stream, without what the tap adds."""
    found: dict[str, list[dict[str, Any]]] = {}
    for message in outcome.of("RECORD"):
        record = {k: v for k, v in message["record"].items() if k not in ADDED}
        found.setdefault(message["stream"], []).append(record)
    return found
