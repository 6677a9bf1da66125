"""From the settings to the resources that they declare, or to everything wrong with them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from msgspec import Struct

from tap_analytics.config.resources import normalization as spelling
from tap_analytics.config.resources.client_block import client_settings
from tap_analytics.config.resources.defaults import expanded, merged
from tap_analytics.config.resources.json_values import read
from tap_analytics.config.resources.model import ErrorHandler, Resource
from tap_analytics.config.resources.placeholders import Binding
from tap_analytics.config.resources.validation import cross_resource_problems, resource_problems
from tap_analytics.config.schema_errors import format_path, schema_violations

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Json = dict[str, Any]


def problems(config: Mapping[str, Any], builtin: Collection[str]) -> list[str]:
    """Say everything that is wrong with the settings of this room.

    Args:
        config: The tap's configuration as the user gave it.
        builtin: The names of the built-in streams.

    Returns:
        A sentence for each mistake, `client`'s disagreements with other settings included; an
        empty list where all is well. No sentence quotes a secret.
    """
    return _read(config, builtin)[1]


def parse_resources(config: Mapping[str, Any], builtin: Collection[str]) -> list[Resource]:
    """Return the resources that a configuration declares, defaults merged, in one spelling.

    Args:
        config: The tap's configuration as the user gave it.
        builtin: The names of the built-in streams: an entry with such a name says only what
            differs, and a default never replaces what the stream knows.

    Returns:
        One resource per entry, in the order of the entries.

    Raises:
        ValueError: If `problems` has anything to say; the message is its sentences.
    """
    resources, found = _read(config, builtin)
    if found:
        raise ValueError("\n".join(found))
    return resources


class _Context(Struct, frozen=True):
    """What an entry is read against."""

    defaults: Json
    client_paginator: Json | None
    builtin: Collection[str]

    def resource(self, entry: Json | str, where: str, problems: list[str]) -> Resource:
        """Read one entry of the right shape; what does not fit goes to `problems`."""
        own = expanded(entry)
        built_in = own["name"] in self.builtin
        value = merged(own, self.defaults, built_in=built_in)
        place, endpoint = f"{where}.endpoint", dict(value["endpoint"])
        for held in ("params", "headers"):
            endpoint[held] = dict(endpoint.get(held) or {})
        if not built_in:
            self._complete(own["name"], endpoint)
        incremental = spelling.incremental(endpoint, place, problems)
        binding = Binding(endpoint, place)
        problems += binding.problems
        handler = {k: v for k, v in (endpoint.get("error_handler") or {}).items() if v is not None}
        if "retry_on_status_codes" in handler:
            handler["retry_on_status_codes"] = tuple(handler["retry_on_status_codes"])
        key = value.get("primary_key")
        actions = endpoint.get("response_actions")
        resource = Resource(
            name=value["name"],
            path=binding.path,
            data_selector=endpoint.get("data_selector"),
            params=binding.params or None,
            headers=endpoint["headers"] or None,
            paginator=spelling.paginator(endpoint.get("paginator"), f"{place}.paginator", problems),
            error_handler=ErrorHandler(**handler) if handler else None,
            incremental=incremental,
            ignored_statuses=None if not actions else tuple(a["status_code"] for a in actions),
            primary_key=None if key is None else (key,) if isinstance(key, str) else tuple(key),
            write_disposition=value.get("write_disposition"),
            selected=value.get("selected"),
            api=value.get("api"),
            schema=value.get("schema"),
            resolves=binding.resolves,
            include_from_parent=tuple(value.get("include_from_parent") or ()),
            in_full=incremental is None and own["endpoint"].get("incremental", {}) is None,
        )
        problems += resource_problems(resource, where, built_in=built_in)
        return resource

    def _complete(self, name: str, endpoint: Json) -> None:
        """Give a new stream what dlt takes for granted."""
        path: str = endpoint.get("path") or name
        endpoint["path"] = path
        single_object = path.rstrip("/").endswith("}")
        if single_object and not endpoint.get("data_selector"):
            endpoint["data_selector"] = "$"
        if not endpoint.get("paginator"):
            endpoint["paginator"] = (
                {"type": "single_page"} if single_object else self.client_paginator
            )


@cache
def _validator() -> Draft202012Validator:
    """Return the schema of the three settings, read once."""
    text = files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _read(config: Mapping[str, Any], builtin: Collection[str]) -> tuple[list[Resource], list[str]]:
    """Read everything once: the resources, and what is wrong."""
    settings, found = read(config)
    misshapen = schema_violations(_validator(), settings)
    found += [text for texts in misshapen.values() for text in texts]
    found += client_settings(config)[1]
    broken = {format_path(path[:2] if path[0] == "resources" else path[:1]) for path in misshapen}
    entries = settings.get("resources")
    by_place = dict(enumerate(entries)) if isinstance(entries, list) else {}
    places = {f"resources[{index}]": entry for index, entry in by_place.items()}
    names = {where: name for where, entry in places.items() if (name := _name(entry))}
    resources: dict[str, Resource] = {}
    if "resource_defaults" not in broken:
        context = _Context(
            defaults=expanded(settings.get("resource_defaults") or {}),
            client_paginator=None if "client" in broken else _client_paginator(settings, found),
            builtin=builtin,
        )
        resources = {
            where: context.resource(entry, where, found)
            for where, entry in places.items()
            if where not in broken
        }
    found += cross_resource_problems(names, resources, builtin)
    return list(resources.values()), list(dict.fromkeys(found))


def _name(entry: object) -> str | None:
    name = entry.get("name") if isinstance(entry, dict) else entry
    return name if isinstance(name, str) and name else None


def _client_paginator(settings: Json, problems: list[str]) -> Json | None:
    """Return dlt's paginator for all new resources that name none."""
    value = (settings.get("client") or {}).get("paginator")
    value = {"type": value} if isinstance(value, str) else value
    spelling.paginator(value, "client.paginator", problems)
    return value
