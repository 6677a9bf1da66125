"""A `client` block of dlt, as the settings that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.config.resources.auth_block import SETTINGS, auth_problems, read_credentials
from tap_analytics.config.resources.json_values import load_resource_settings, load_setting
from tap_analytics.records.json import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.http.credentials import Credentials
    from tap_analytics.records.json import JSON, JSONObject

_PATHS = {"base_url": ("base_url",)} | {
    name: tuple(f"auth.{place}" for place in places) for name, places in SETTINGS.items()
}
"""The paths in `client` under which the value of a setting may stand, the preferred one first."""


def read_client_block(
    config: Mapping[str, JSON], *, right_shape: bool = True
) -> tuple[JSONObject, list[str]]:
    """Read the `client` block as settings.

    Args:
        config: The tap's configuration as the user gave it, without the settings' defaults: a
            default would look like a value that differs.
        right_shape: Whether the block satisfies its JSON Schema.

    Returns:
        The settings that the block gives (`base_url`, `token_url`, `client_id`,
        `client_secret`, `scope`, `access_token`, `headers`), to be laid over the configuration;
        and a message for each one that is also given elsewhere with another value. No message
        quotes a value. A block of the wrong shape gives no settings.
    """
    client, own_auth = _blocks(config)
    if not isinstance(client, dict):
        return {}, []
    problems: list[str] = []
    place = "client."
    if own_auth is not None:
        place = ""
        if client.get("auth") not in (None, own_auth):
            problems.append(
                "`client.auth` and the setting `auth` are both given and differ: keep one."
            )
        client = {**client, "auth": own_auth}
    settings: JSONObject = {}
    for name, paths in _PATHS.items():
        values = {
            f"`{'client.' if path == 'base_url' else place}{path}`": value_at(client, path)
            for path in paths
        }
        values[f"the setting `{name}`"] = config.get(name)
        values = {source: value for source, value in values.items() if value not in (None, "")}
        first, *others = [*values] or [""]
        problems += [
            f"{first} and {other} are both given and differ: keep one."
            for other in others
            if _without_slash(values[first]) != _without_slash(values[other])
        ]
        if first and not first.startswith("the setting"):
            settings[name] = values[first]
    if right_shape:
        problems += auth_problems(client.get("auth"), f"{place}auth", complete=False)
    headers = client.get("headers")
    if isinstance(headers, dict) and headers:
        own, _ = load_setting("headers", config.get("headers"))
        own = own if isinstance(own, dict) else {}
        problems += _header_problems(headers, own)
        settings["headers"] = {**headers, **own}
    return settings, problems


def _without_slash(value: JSON) -> JSON:
    return value.rstrip("/") if isinstance(value, str) else value


def client_credentials(config: Mapping[str, JSON]) -> Credentials:
    """The credentials of the setting `auth`, or of the `client` block, as far as they give them."""
    client, own_auth = _blocks(config)
    return read_credentials(own_auth or value_at(client, "auth"))


def _blocks(config: Mapping[str, JSON]) -> tuple[JSON, JSON]:
    """The `client` block, and the setting `auth`, which goes before the block's own `auth`."""
    given = load_resource_settings({name: config.get(name) for name in ("client", "auth")})[0]
    return given.get("client") or {}, given.get("auth")


def _header_problems(headers: JSONObject, own: JSONObject) -> Iterator[str]:
    """Find the headers to which `client` and the setting `headers` give different values."""
    by_lower = {name.lower(): value for name, value in own.items()}
    for name, value in headers.items():
        if name.lower() in by_lower and by_lower[name.lower()] != value:
            yield (
                f"`client.headers.{name}` and the setting `headers.{name}` are both given and "
                "differ: keep one."
            )
