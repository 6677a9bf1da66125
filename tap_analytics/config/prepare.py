"""A configuration as it was handed in, made ready for a run: what it stands for, what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.config import validation as mistakes
from tap_analytics.streams.registry import by_name

if TYPE_CHECKING:
    from collections.abc import Mapping


RESOURCE_SETTINGS = ("resources", "resource_defaults", "client")
"""The settings that have a form of their own."""


class Configuration(Struct, frozen=True):
    """What a tap runs with."""

    settings: dict[str, Any]
    """The settings that were given; a `client` block stands for those of the same meaning."""

    problems: list[str]
    """Everything that keeps a sync from working, one sentence each."""

    discovery_problems: list[str]
    """What of it keeps even a discovery from working."""


def configuration(config: Mapping[str, Any]) -> Configuration:
    """Read a configuration.

    Args:
        config: The settings as Meltano, a file or the environment gave them.
    """
    given = mistakes.drop_unset(config)
    if not any(name in given for name in RESOURCE_SETTINGS):
        return Configuration(given, mistakes.validate(given), [])
    return _with_resources(given)


def _with_resources(given: dict[str, Any]) -> Configuration:
    # Loaded where they are needed: most runs have the built-in streams only, and start sooner.
    from tap_analytics.config.resources import client_settings, problems  # noqa: PLC0415
    from tap_analytics.config.resources.json_values import read  # noqa: PLC0415
    from tap_analytics.streams.configured import configured_streams, contradictions  # noqa: PLC0415

    given |= read(given)[0]
    of_resources = problems(given, by_name()) or contradictions(given)
    stands_for, _ = client_settings(given)
    given |= stands_for
    found = [*mistakes.validate(given), *of_resources]
    found = list(dict.fromkeys(found))
    if of_resources:
        return Configuration(given, found, found)
    # Only a schema that has to be inferred needs a connection.
    sampled = any(
        stream.declared_schema is None and stream.name not in by_name()
        for stream in configured_streams(given)
    )
    return Configuration(given, found, found if sampled else [])
