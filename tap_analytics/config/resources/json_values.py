"""The settings that declare resources, as plain dicts and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tap_analytics.config.json_text import bounds_problem, decode
from tap_analytics.config.resource_settings import RESOURCE_SETTINGS

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON


def load_resource_settings(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Take the settings that declare resources out of a configuration.

    Args:
        config: The tap's configuration. Each setting may be text that holds JSON, as it is where
            an environment variable carries it.

    Returns:
        The settings that are given, as plain dicts and lists, and a sentence for each one that
        is text but not JSON. No sentence quotes the text: it may hold a secret.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in RESOURCE_SETTINGS:
        value, problem = load_setting(name, config.get(name))
        if problem:
            problems.append(problem)
        elif value is not None:
            values[name] = value
    return values, problems


def load_setting(name: str, value: object) -> tuple[JSON, str | None]:
    """Read the value of one setting, which may be text that holds JSON.

    Args:
        name: The setting, for the message.
        value: What the configuration holds.

    Returns:
        The plain value, or `None` where there is none; and a message where the text is not JSON.
    """
    if not isinstance(value, str):
        # Said once, with all other settings.
        return (None if bounds_problem(value) else to_plain(value)), None
    if not value.strip():
        return None, None
    try:
        return decode(value), None
    except ValueError as error:
        return None, (
            f"{name} is text that is {error}: write it in YAML or JSON, or put valid JSON into the "
            "environment variable."
        )


def to_plain(value: object) -> JSON:
    """Copy a value into dicts, lists and scalars, at every level."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value
