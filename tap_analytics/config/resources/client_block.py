"""A pasted `client` block, as the settings that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_analytics.config.resources.json_values import parsed, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]

# Where in `client` the value of a setting may stand, the first place first.
_PLACES = {
    "base_url": ("base_url",),
    "token_url": ("auth.token_url", "auth.access_token_url"),
    "client_id": ("auth.client_id",),
    "client_secret": ("auth.client_secret",),
    "scope": ("auth.scope", "auth.access_token_request_data.scope"),
    "access_token": ("auth.token",),
}
_OAUTH_KEYS = tuple(
    place.split(".")[1] for places in _PLACES.values() for place in places if "." in place
)


def client_settings(config: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Read the `client` block as settings.

    Args:
        config: The tap's configuration as the user gave it, without the settings' defaults: a
            default would look like a value that differs.

    Returns:
        The settings that the block gives (`base_url`, `token_url`, `client_id`,
        `client_secret`, `scope`, `access_token`, `headers`), to be laid over the configuration,
        and a sentence for each one that is also given elsewhere with another value. No sentence
        quotes a value. A block of the wrong shape gives no settings.
    """
    client = read({"client": config.get("client")})[0].get("client")
    if not isinstance(client, dict):
        return {}, []
    settings: Json = {}
    problems: list[str] = []
    for name, places in _PLACES.items():
        given = {f"`client.{place}`": _at(client, place) for place in places}
        given[f"the setting `{name}`"] = config.get(name)
        given = {place: value for place, value in given.items() if value not in (None, "")}
        first, *others = [*given] or [""]
        problems += [
            f"{first} and {other} are both given and differ: keep one."
            for other in others
            if _bare(given[first]) != _bare(given[other])
        ]
        if first.startswith("`client."):
            settings[name] = given[first]
    problems += _type_problems(client.get("auth"))
    headers = client.get("headers")
    if isinstance(headers, dict) and headers:
        own, _ = parsed("headers", config.get("headers"))
        own = own if isinstance(own, dict) else {}
        problems += _header_problems(headers, own)
        settings["headers"] = {**headers, **own}
    return settings, problems


def _at(value: object, place: str) -> object:
    for key in place.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _bare(value: object) -> object:
    return value.rstrip("/") if isinstance(value, str) else value


def _type_problems(auth: object) -> Iterator[str]:
    """Say which values of `auth` its type does not read."""
    if not isinstance(auth, dict):
        return
    kind = auth.get("type")
    if kind is None and auth.get("token") is None and any(auth.values()):
        yield "client.auth: `type` is missing: say `oauth2_client_credentials` or `bearer`."
    if kind == "bearer":
        others = [key for key in (*_OAUTH_KEYS, "access_token_request_data") if key != "token"]
    else:
        others = ["token"] if kind else []
    for key in others:
        if auth.get(key) is not None:
            yield f"client.auth: `{key}` does not belong to the type `{kind}`."


def _header_problems(headers: Json, own: Json) -> Iterator[str]:
    """Say which headers `client` and the setting `headers` both give, and differently."""
    by_lower = {name.lower(): value for name, value in own.items()}
    for name, value in headers.items():
        if name.lower() in by_lower and by_lower[name.lower()] != value:
            yield (
                f"`client.headers.{name}` and the setting `headers.{name}` are both given and "
                "differ: keep one."
            )
