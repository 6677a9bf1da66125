"""A configuration as it was handed in, made ready for a run: what it stands for, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_analytics import mistakes
from tap_analytics.resources import client_settings, problems
from tap_analytics.resources.reading import SETTINGS, read
from tap_analytics.streams.built_in import by_name
from tap_analytics.streams.declared import contradictions, stream_classes

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a tap runs with."""

    settings: dict[str, Any]
    """The settings that were given; a `client` block stands for those of the same meaning."""

    problems: list[str]
    """Everything that keeps a sync from working, one sentence each."""

    keeps_from_discovery: list[str]
    """What of it keeps even a discovery from working."""


def configuration(config: Mapping[str, Any]) -> Configuration:
    """Read a configuration.

    Args:
        config: The settings as Meltano, a file or the environment gave them.
    """
    given = mistakes.given(config)
    if not any(name in given for name in SETTINGS):
        return Configuration(given, mistakes.problems(given), [])
    given |= read(given)[0]
    of_resources = problems(given, by_name()) or contradictions(given)
    stands_for, _ = client_settings(given)
    given |= stands_for
    found = [*mistakes.problems(given), *of_resources]
    found = list(dict.fromkeys(found))
    if of_resources:
        return Configuration(given, found, found)
    # Only a schema that has to be inferred needs a connection.
    sampled = any(
        stream.declared_schema is None and stream.name not in by_name()
        for stream in stream_classes(given)
    )
    return Configuration(given, found, found if sampled else [])
