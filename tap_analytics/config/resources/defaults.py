"""`resource_defaults` merged into every entry, as dlt merges them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_analytics.records.json import JSONObject

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHERS = re.compile(r"[^A-Za-z0-9_]+")

# What a built-in stream knows of its API. A default is for what is not known otherwise, so it
# never replaces these; an entry's own value does.
KNOWN_TO_BUILT_INS = ("primary_key", "schema", "api")
ENDPOINT_KNOWN_TO_BUILT_INS = ("path", "data_selector", "paginator", "incremental")

# The key by which dlt tells a complete object from a partial one: a complete object replaces the
# default, a partial one is merged into it.
_COMPLETE_WITH = {"paginator": "type", "incremental": "cursor_path"}


def expand(entry: JSONObject | str) -> JSONObject:
    """Replace the short forms of an entry by the long ones.

    Args:
        entry: An entry, or `resource_defaults`; a string is a name that is also the path.

    Returns:
        A copy in which `endpoint` is an object and so is its paginator, where there is one.
    """
    if isinstance(entry, str):
        return {"name": stream_name(entry), "endpoint": {"path": entry}}
    endpoint = entry.get("endpoint") or {}
    endpoint = {"path": endpoint} if isinstance(endpoint, str) else dict(endpoint)
    if isinstance(endpoint.get("paginator"), str):
        endpoint["paginator"] = {"type": endpoint["paginator"]}
    if "name" in entry and (name := stream_name(entry["name"])) != entry["name"]:
        endpoint = {"path": entry["name"], **endpoint}
        entry = {**entry, "name": name}
    return {**entry, "endpoint": endpoint}


def stream_name(written: str) -> str:
    """The name of a stream: letters, digits and `_`, as every target takes them."""
    if _NAME.fullmatch(written):
        return written
    name = _OTHERS.sub("_", written).strip("_") or "_"
    return f"_{name}" if name[0].isdigit() else name


def merge(entry: JSONObject, defaults: JSONObject, *, built_in: bool) -> JSONObject:
    """Merge the defaults into an entry: where both have a value, the entry's is taken.

    A key of the entry or of its endpoint replaces the default's whole value, as in dlt; `params`
    and `error_handler` are merged key by key.

    Args:
        entry: The entry, expanded.
        defaults: `resource_defaults`, expanded.
        built_in: Whether the entry changes a built-in stream.

    Returns:
        The merged entry.
    """
    default_endpoint = defaults["endpoint"]
    if built_in:
        defaults = _without(defaults, KNOWN_TO_BUILT_INS)
        default_endpoint = _without(default_endpoint, ENDPOINT_KNOWN_TO_BUILT_INS)
    own_endpoint = entry["endpoint"]
    endpoint = {**default_endpoint, **own_endpoint}
    for key in ("params", "error_handler", *_COMPLETE_WITH):
        default, own = default_endpoint.get(key), own_endpoint.get(key)
        if default and own and _COMPLETE_WITH.get(key) not in own:
            endpoint[key] = {**default, **own}
    return {**defaults, **entry, "endpoint": endpoint}


def _without(value: JSONObject, keys: tuple[str, ...]) -> JSONObject:
    return {key: item for key, item in value.items() if key not in keys}
