"""`resource_defaults` under every entry, as dlt merges them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# What a built-in stream knows of its API. A default says what holds where nothing better is
# known, so it never replaces these; an entry's own value does.
KNOWN_TO_BUILT_INS = ("primary_key", "schema", "api")
ENDPOINT_KNOWN_TO_BUILT_INS = ("path", "data_selector", "paginator", "incremental")

# The key by which dlt recognises a whole: with it, an object stands alone; without it, it
# changes the default's.
_STANDS_ALONE_WITH = {"paginator": "type", "incremental": "cursor_path"}


def expanded(entry: Json | str) -> Json:
    """Write the short forms out.

    Args:
        entry: An entry, or `resource_defaults`; a string is a name that is also the path.

    Returns:
        A copy whose `endpoint` is an object and whose paginator, where there is one, too.
    """
    if isinstance(entry, str):
        return {"name": entry, "endpoint": {"path": entry}}
    endpoint = entry.get("endpoint") or {}
    endpoint = {"path": endpoint} if isinstance(endpoint, str) else dict(endpoint)
    if isinstance(endpoint.get("paginator"), str):
        endpoint["paginator"] = {"type": endpoint["paginator"]}
    return {**entry, "endpoint": endpoint}


def merged(entry: Json, defaults: Json, *, built_in: bool) -> Json:
    """Put the defaults under an entry: the entry wins.

    Keys of the entry and of its endpoint replace the default's whole, as in dlt; `params` and
    `error_handler` are merged key by key.

    Args:
        entry: The entry, written out.
        defaults: `resource_defaults`, written out.
        built_in: Whether the entry changes a built-in stream.

    Returns:
        The merged entry.
    """
    below = defaults["endpoint"]
    if built_in:
        defaults = _without(defaults, KNOWN_TO_BUILT_INS)
        below = _without(below, ENDPOINT_KNOWN_TO_BUILT_INS)
    above = entry["endpoint"]
    endpoint = {**below, **above}
    for key in ("params", "error_handler", *_STANDS_ALONE_WITH):
        default, own = below.get(key), above.get(key)
        if default and own and _STANDS_ALONE_WITH.get(key) not in own:
            endpoint[key] = {**default, **own}
    return {**defaults, **entry, "endpoint": endpoint}


def _without(value: Json, keys: tuple[str, ...]) -> Json:
    return {key: item for key, item in value.items() if key not in keys}
