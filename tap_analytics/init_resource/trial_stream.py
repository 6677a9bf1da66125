"""The stream of an entry that is being written, to ask the API with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.config.resources import parse_resources
from tap_analytics.config.settings import Settings
from tap_analytics.exceptions import TapError
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.discovery import NOTHING
from tap_analytics.streams.registry import built_in_streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_analytics.client import AnalyticsStream
    from tap_analytics.init_resource.entry import ResourceEntry
    from tap_analytics.tap import TapAnalytics


class CannotTellError(TapError):
    """What the API responds does not suffice to write an entry."""


def stream_of(
    tap: TapAnalytics,
    entry: ResourceEntry,
    schema: dict[str, Any] = NOTHING,
    further: Mapping[str, Any] | None = None,
) -> AnalyticsStream:
    """The stream of an entry as far as it has been written, with further keys where given.

    Raises:
        CannotTellError: It cannot be a stream.
    """
    own, *others = entry.setting()["resources"]
    setting = {"resources": [{**own, **(further or {})}, *others]}
    parsed = parse_resources(setting, built_in_streams())
    if parsed.problems:
        raise CannotTellError(" ".join(parsed.problems))
    made = configured_streams(Settings(resources=parsed.resources))
    stream_class = next(found for found in made if found.name == entry.name)
    return stream_class(tap, schema=schema)
