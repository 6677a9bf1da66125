"""From the configuration as it was handed in to the one value that a run works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tap_analytics.config.resource_settings import RESOURCE_SETTINGS
from tap_analytics.config.settings import Settings
from tap_analytics.config.settings_schema import APIS
from tap_analytics.config.stream_maps import ignored_stream_maps
from tap_analytics.config.validation import drop_unset, ignored_settings, validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_analytics.config.resource_settings import BuiltInStream
    from tap_analytics.config.resources.model import Resource


class PreparedConfig(Struct, frozen=True):
    """A configuration that was read once, with everything that is wrong with it."""

    config: dict[str, Any]
    """The settings that were given, for the SDK: the `client` block is folded in."""

    settings: Settings
    """The same settings for the tap: typed, with their defaults, resources parsed."""

    problems: list[str]
    """What keeps a sync from working, one sentence per problem."""

    discovery_problems: list[str]
    """Those of them that keep even a discovery from working."""

    ignored: list[str]
    """The settings that change nothing, one sentence per setting."""


def prepare_config(
    config: Mapping[str, Any], built_in: Mapping[str, BuiltInStream]
) -> PreparedConfig:
    """Read and check a configuration.

    Args:
        config: The settings as Meltano, a file or the environment gave them.
        built_in: The built-in streams, by name.

    Returns:
        The settings, and what is wrong with them. With problems, they may hold values of the
        wrong type.
    """
    given = drop_unset(config)
    if not any(name in given for name in RESOURCE_SETTINGS):
        problems = validate(given)
        # Another `api` than there is has no streams: a catalog without any would say nothing of it.
        named = {"sandbox": True, "api": given.get("api")}
        return PreparedConfig(
            given,
            Settings.from_config(given),
            problems,
            validate(named) if named["api"] not in {None, *APIS} else [],
            [*ignored_settings(given), *ignored_stream_maps(given, built_in)],
        )
    # Loaded only where needed: most runs have just the built-in streams, and start sooner.
    from tap_analytics.config.resources import hints, parse_resources  # noqa: PLC0415

    parsed = parse_resources(given, built_in)
    given |= {**parsed.json_values, **parsed.client_settings}
    own = validate(
        given,
        parsed.credentials,
        only_new_resources=not reads_built_in(parsed.resources, given, built_in),
        resources_send_more=any(each.credentials or each.headers for each in parsed.resources),
    )
    problems = list(dict.fromkeys([*own, *parsed.problems]))
    names = built_in.keys() | {resource.name for resource in parsed.resources}
    ignored_maps = [*ignored_stream_maps(given, names)]
    if maps := hints.stream_maps(parsed.resources, given.get("stream_maps")):
        given["stream_maps"] = maps
    # A discovery connects only to infer a schema.
    inferred = any(
        resource.schema is None and (resource.name not in built_in or resource.replaces_built_in)
        for resource in parsed.resources
    )
    return PreparedConfig(
        given,
        Settings.from_config(given, parsed.resources, parsed.credentials),
        problems,
        problems if parsed.problems or inferred else [],
        [*ignored_settings(given), *ignored_maps, *hints.hint_sentences(parsed.resources)],
    )


def reads_built_in(
    resources: Sequence[Resource],
    config: Mapping[str, Any],
    built_in: Mapping[str, BuiltInStream],
) -> bool:
    """Whether built-in streams are in the catalog, or resources of a built-in API.

    Args:
        resources: What the configuration declares.
        config: The settings that were given.
        built_in: The built-in streams, by name.
    """
    replaced = {resource.name for resource in resources if resource.replaces_built_in}
    known = built_in.keys() - replaced
    return not config.get("resources") or any(
        (config.get("api"), *(each.api or known & {each.name, each.parent} for each in resources))
    )
