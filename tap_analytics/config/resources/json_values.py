"""The three settings as plain values: text that holds JSON is read, mappings become dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SETTINGS = ("resources", "resource_defaults", "client")


def read(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Take the settings of this room out of a configuration.

    Args:
        config: The tap's configuration. Each setting may be text that holds JSON, as it is where
            an environment variable carries it.

    Returns:
        The settings that are given, as plain dicts and lists, and a sentence for each one that
        is text but not JSON. No sentence quotes the text: it may hold a secret.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in SETTINGS:
        value, problem = parsed(name, config.get(name))
        if problem:
            problems.append(problem)
        elif value is not None:
            values[name] = value
    return values, problems


def parsed(name: str, value: object) -> tuple[Any, str | None]:
    """Read one setting that may be text holding JSON.

    Args:
        name: The setting, for the sentence.
        value: What the configuration holds.

    Returns:
        The plain value (`None` where there is none), and a sentence where it is not JSON.
    """
    if not isinstance(value, str):
        return plain(value), None
    if not value.strip():
        return None, None
    try:
        return json.loads(value), None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        return None, (
            f"{name} is text that is not JSON ({error.msg} at {where}): give it in YAML or JSON, "
            "or put valid JSON into the environment variable."
        )


def plain(value: object) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
    """Copy a JSON-like value into dicts, lists and scalars, all the way down."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
