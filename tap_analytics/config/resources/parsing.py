"""From the settings to the resources that they declare, with everything that is wrong."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator
from msgspec import Struct
from msgspec.structs import replace

from tap_analytics.config.resources.auth_block import auth_problems, read_credentials
from tap_analytics.config.resources.client_block import client_credentials, read_client_block
from tap_analytics.config.resources.defaults import expand, merge, stream_name
from tap_analytics.config.resources.hints import disposition, hints_in
from tap_analytics.config.resources.json_values import load_resource_settings
from tap_analytics.config.resources.model import ErrorHandler, Resource, ResponseAction
from tap_analytics.config.resources.normalization import normalize_incremental, normalize_paginator
from tap_analytics.config.resources.paginator_types import ALSO_WRITTEN, PAGINATOR_KEYS
from tap_analytics.config.resources.placeholders import BoundEndpoint
from tap_analytics.config.resources.validation import (
    api_problems,
    cross_resource_problems,
    resource_problems,
)
from tap_analytics.config.schema_errors import did_you_mean, format_path, schema_violations
from tap_analytics.http.credentials import Credentials
from tap_analytics.records.kinds import without_booleans
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.config.resource_settings import BuiltInStream
    from tap_analytics.records.json import JSON, JSONObject


class ParsedResources(Struct, frozen=True):
    """What the settings `resources`, `resource_defaults` and `client` say."""

    resources: tuple[Resource, ...]
    """One per entry, in the order of the entries; only those that have the right shape."""

    json_values: JSONObject
    """The three settings as plain dicts and lists, where they are JSON at all."""

    client_settings: JSONObject
    """The settings that the `client` block stands for."""

    credentials: Credentials
    """What the block and the setting `auth` say besides them."""

    problems: list[str]
    """A sentence for each mistake; none quotes a secret."""


def parse_resources(
    config: Mapping[str, JSON], built_in: Mapping[str, BuiltInStream]
) -> ParsedResources:
    """Read the settings that declare resources.

    Args:
        config: The tap's configuration as the user gave it.
        built_in: The built-in streams, by name. An entry with such a name says only what differs,
            and a default never replaces what the stream knows; with a path of its own it is a
            stream of its own, unless `api` names the built-in one's API.

    Returns:
        The resources, with the defaults merged and each alternative form in its normal form, and
        the problems. With problems, the resources may be incomplete.
    """
    settings, problems = load_resource_settings(config)
    violations = schema_violations(_validator(), settings)
    problems += [text for texts in violations.values() for text in texts]
    invalid = {format_path(path[:2] if path[0] == "resources" else path[:1]) for path in violations}
    right_shape = not {"auth", "client"} & invalid
    client_settings, client_problems = read_client_block(config, right_shape=right_shape)
    problems += client_problems
    given = settings.get("resources")
    entries = {
        f"resources[{index}]": entry
        for index, entry in enumerate(given if isinstance(given, list) else [])
    }
    resources: dict[str, Resource] = {}
    if "resource_defaults" not in invalid:
        parser = _EntryParser(
            defaults=expand(settings.get("resource_defaults") or {}),
            client_paginator=None
            if "client" in invalid
            else _client_paginator(settings.get("client") or {}, problems),
            built_in=built_in,
            api=config.get("api"),
            base_url=_text(client_settings.get("base_url") or config.get("base_url")),
            as_in_dlt=bool(settings.get("client")),
        )
        resources = {
            path: parser.parse(entry, path, problems)
            for path, entry in entries.items()
            if path not in invalid
        }
    names = {path: name for path, entry in entries.items() if (name := _name(entry))}
    problems += cross_resource_problems(names, resources, built_in)
    # Whether an API fits can be told only of resources that are right by themselves.
    problems = list(dict.fromkeys(problems)) or list(
        api_problems(resources, config.get("api"), built_in)
    )
    return ParsedResources(
        tuple(resources.values()),
        settings,
        client_settings,
        client_credentials(config) if right_shape else Credentials(),
        problems,
    )


_PLACEHOLDER = re.compile(r"\{[A-Za-z0-9._-]+\}")
"""In the last part of a path it tells that the response is one object, as in dlt."""


class _EntryParser(Struct, frozen=True):
    """Parses entries of `resources`, all with the same defaults."""

    defaults: JSONObject
    client_paginator: JSONObject | None
    built_in: Mapping[str, BuiltInStream]
    api: JSON
    """The setting `api`."""

    base_url: str | None
    as_in_dlt: bool
    """Whether there is a `client` block: numbers mean what they mean in dlt."""

    def parse(self, entry: JSONObject | str, path: str, problems: list[str]) -> Resource:
        """Parse one entry.

        Args:
            entry: An entry of the right shape.
            path: Its path, such as `resources[2]`.
            problems: Takes a sentence for each thing that does not fit together.

        Returns:
            The resource.
        """
        own = expand(entry)
        built_in = self._changes_built_in(own)
        value = merge(own, self.defaults, built_in=built_in)
        endpoint = dict(value["endpoint"])
        # Copies: parameters and headers are taken out of them.
        for key in ("params", "headers"):
            endpoint[key] = dict(endpoint.get(key) or {})
        if not built_in:
            self._complete(own["name"], endpoint)
        resource = self._resource(own, {**value, "endpoint": endpoint}, path, problems)
        if own["name"] in self.built_in and not built_in:
            resource = replace(resource, replaces_built_in=True)
        problems += auth_problems(endpoint.get("auth"), f"{path}.endpoint.auth", complete=True)
        problems += resource_problems(resource, path, built_in=built_in)
        if built_in and own.get("primary_key") and resource.schema is None:
            problems += self._unknown_keys(resource, path)
        return resource

    def _resource(
        self, own: JSONObject, value: JSONObject, path: str, problems: list[str]
    ) -> Resource:
        """Make the resource of an entry.

        Args:
            own: The entry by itself.
            value: The entry with all defaults; what stands in its endpoint is taken out of it.
            path: Its path.
            problems: Takes a sentence for each thing that has no normal form.
        """
        endpoint, endpoint_path = value["endpoint"], f"{path}.endpoint"
        incremental = normalize_incremental(endpoint, endpoint_path, problems)
        bound = BoundEndpoint(endpoint, endpoint_path, self.base_url)
        problems += bound.problems
        return Resource(
            name=value["name"],
            path=bound.path,
            data_selector=endpoint.get("data_selector"),
            params=bound.params or None,
            headers=bound.headers or None,
            method=method.upper() if (method := endpoint.get("method")) else None,
            json=bound.json,
            data=bound.data,
            credentials=read_credentials(auth) if (auth := endpoint.get("auth")) else None,
            paginator=normalize_paginator(
                endpoint.get("paginator"),
                f"{endpoint_path}.paginator",
                problems,
                as_in_dlt=self.as_in_dlt,
            ),
            error_handler=_error_handler(endpoint.get("error_handler") or {}),
            incremental=incremental,
            ignored=_ignored(endpoint.get("response_actions")),
            ignore_signs=_texts(value.get("ignore_signs")),
            primary_key=_primary_key(value.get("primary_key")),
            write_disposition=disposition(value.get("write_disposition")),
            table_name=stream_name(table) if (table := value.get("table_name")) else None,
            hints=tuple(hints_in(value)),
            read_by=value.get("read_by"),
            key_order_param=value.get("key_order_param"),
            key_order_value=value.get("key_order_value"),
            key_order_value_desc=value.get("key_order_value_desc"),
            on_missing_key=value.get("on_missing_key"),
            selected=value.get("selected"),
            api=value.get("api"),
            schema=None if (schema := value.get("schema")) is None else without_booleans(schema),
            resolves=bound.resolves,
            include_from_parent=tuple(value.get("include_from_parent") or ()),
            in_full=incremental is None and own["endpoint"].get("incremental", {}) is None,
        )

    def _unknown_keys(self, resource: Resource, path: str) -> Iterator[str]:
        """Yield what is wrong with a key of fields that the built-in stream does not have."""
        fields = self.built_in[resource.name].fields()
        for key in resource.primary_key or ():
            if key not in fields:
                yield (
                    f"{path}.primary_key: the built-in stream `{resource.name}` has no field "
                    f"`{shown(key)}`: {did_you_mean(key, fields)}"
                )

    def _changes_built_in(self, own: JSONObject) -> bool:
        """Whether an entry, expanded, changes a built-in stream instead of being a new one."""
        known = self.built_in.get(own["name"])
        if known is None:
            return False
        path = own["endpoint"].get("path")
        same_path = not path or path.strip("/") == known.path.strip("/")
        return same_path or (own.get("api") or self.api) == known.api

    def _complete(self, name: str, endpoint: JSONObject) -> None:
        """Give the endpoint of a new stream the defaults that it has in dlt."""
        path: str = name if endpoint.get("path") is None else endpoint["path"]
        endpoint["path"] = path
        single_object = _PLACEHOLDER.search(path.rstrip("/").rpartition("/")[2]) is not None
        if single_object and not endpoint.get("data_selector"):
            endpoint["data_selector"] = "$"
        if not endpoint.get("paginator"):
            endpoint["paginator"] = (
                {"type": "single_page"} if single_object else self.client_paginator
            )


@cache
def _validator() -> Draft202012Validator:
    """The schema of the three settings, read once."""
    text = files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    schema["$defs"]["paginator_type"]["enum"] = [*PAGINATOR_KEYS, *ALSO_WRITTEN, None]
    return Draft202012Validator(schema)


def _name(entry: JSON) -> str | None:
    """The name of an entry of any shape, as it is written; `None` where it has none."""
    name = entry.get("name") if isinstance(entry, dict) else entry
    return name if isinstance(name, str) and name else None


def _client_paginator(client: JSONObject, problems: list[str]) -> JSONObject | None:
    """The paginator of the `client` block, which new resources have that name none."""
    value = client.get("paginator")
    value = {"type": value} if isinstance(value, str) else value
    # Only for its problems: each resource that has it gets a normal form of its own.
    normalize_paginator(value, "client.paginator", problems)
    return value


def _error_handler(value: JSONObject) -> ErrorHandler | None:
    given = {key: item for key, item in value.items() if item is not None}
    if "retry_on_status_codes" in given:
        given["retry_on_status_codes"] = tuple(given["retry_on_status_codes"])
    return ErrorHandler(**given) if given else None


def _ignored(actions: list[JSONObject] | None) -> tuple[ResponseAction, ...] | None:
    return (
        tuple(
            ResponseAction(
                int(status) if (status := action.get("status_code")) is not None else None,
                action.get("content"),
            )
            for action in actions
        )
        if actions
        else None
    )


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


def _primary_key(value: str | list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else (value,) if isinstance(value, str) else tuple(value)
