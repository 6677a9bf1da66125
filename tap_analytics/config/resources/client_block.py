"""A `client` block of dlt, as the settings that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.config.resources.json_values import load_resource_settings, load_setting
from tap_analytics.records.json import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.records.json import JSON, JSONObject

# The paths in `client` under which the value of a setting may stand, the preferred one first.
_PATHS = {
    "base_url": ("base_url",),
    "token_url": ("auth.token_url", "auth.access_token_url"),
    "client_id": ("auth.client_id",),
    "client_secret": ("auth.client_secret",),
    "scope": ("auth.scope", "auth.access_token_request_data.scope"),
    "access_token": ("auth.token",),
}
_AUTH_KEYS = tuple(path.split(".")[1] for paths in _PATHS.values() for path in paths if "." in path)


def read_client_block(config: Mapping[str, JSON]) -> tuple[JSONObject, list[str]]:
    """Read the `client` block as settings.

    Args:
        config: The tap's configuration as the user gave it, without the settings' defaults: a
            default would look like a value that differs.

    Returns:
        The settings that the block gives (`base_url`, `token_url`, `client_id`,
        `client_secret`, `scope`, `access_token`, `headers`), to be laid over the configuration;
        and a message for each one that is also given elsewhere with another value. No message
        quotes a value. A block of the wrong shape gives no settings.
    """
    client = load_resource_settings({"client": config.get("client")})[0].get("client")
    if not isinstance(client, dict):
        return {}, []
    settings: JSONObject = {}
    problems: list[str] = []
    for name, paths in _PATHS.items():
        values = {f"`client.{path}`": value_at(client, path) for path in paths}
        values[f"the setting `{name}`"] = config.get(name)
        values = {source: value for source, value in values.items() if value not in (None, "")}
        first, *others = [*values] or [""]
        problems += [
            f"{first} and {other} are both given and differ: keep one."
            for other in others
            if _without_slash(values[first]) != _without_slash(values[other])
        ]
        if first.startswith("`client."):
            settings[name] = values[first]
    problems += _auth_problems(client.get("auth"))
    headers = client.get("headers")
    if isinstance(headers, dict) and headers:
        own, _ = load_setting("headers", config.get("headers"))
        own = own if isinstance(own, dict) else {}
        problems += _header_problems(headers, own)
        settings["headers"] = {**headers, **own}
    return settings, problems


def _without_slash(value: JSON) -> JSON:
    return value.rstrip("/") if isinstance(value, str) else value


def _auth_problems(auth: JSON) -> Iterator[str]:
    """Find the keys of `auth` that its `type` does not use."""
    if not isinstance(auth, dict):
        return
    auth_type = auth.get("type")
    if auth_type is None and auth.get("token") is None and any(auth.values()):
        yield ("client.auth: `type` is missing: set it to `oauth2_client_credentials` or `bearer`.")
    if auth_type == "bearer":
        unused = [key for key in (*_AUTH_KEYS, "access_token_request_data") if key != "token"]
    else:
        unused = ["token"] if auth_type else []
    for key in unused:
        if auth.get(key) is not None:
            yield f"client.auth: `{key}` does not belong to the type `{auth_type}`."


def _header_problems(headers: JSONObject, own: JSONObject) -> Iterator[str]:
    """Find the headers to which `client` and the setting `headers` give different values."""
    by_lower = {name.lower(): value for name, value in own.items()}
    for name, value in headers.items():
        if name.lower() in by_lower and by_lower[name.lower()] != value:
            yield (
                f"`client.headers.{name}` and the setting `headers.{name}` are both given and "
                "differ: keep one."
            )
