"""Normal forms: a paginator and a replication key can be written in several ways, and become one.

Each function takes a part of an endpoint with its path in the configuration. What does not fit
together becomes a sentence in `problems` that begins with this path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.config.resources.jsonpaths import jsonpath_problem
from tap_analytics.config.resources.model import Incremental, Paginator

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON, JSONObject

_RANGE_END = ("total_path", "has_more_path", "stop_after_empty_page")
_PATHS = ("total_path", "records_total_path", "has_more_path", "cursor_path", "next_url_path")
_CURSOR = ("limit", "limit_param", "cursor_path", "cursor_param", "cursor_key")
PAGINATOR_KEYS = {
    "page_number": (
        *("limit", "limit_param", "page_param", "base_page", "maximum_page"),
        *("records_total_path", *_RANGE_END),
    ),
    "offset": ("limit", "limit_param", "offset", "offset_param", "maximum_offset", *_RANGE_END),
    "cursor": (*_CURSOR, "has_more_path", "stop_after_empty_page"),
    "header_link": ("limit", "limit_param", "links_next_key"),
    "json_link": ("limit", "limit_param", "next_url_path"),
    "single_page": (),
    "auto": (),
}
"""The keys of each type of paginator, besides `type`."""

_START_VALUE = re.compile(r"\{incremental\.(start_value|last_value)\}")


def normalize_paginator(
    value: JSONObject | None, path: str, problems: list[str]
) -> Paginator | None:
    """Read a paginator that is written as in dlt or as in the tap's own documentation.

    Args:
        value: The merged `paginator` object, or `None`.
        path: The path of the object.
        problems: Takes a sentence for each thing wrong.

    Returns:
        The paginator in its normal form, or `None` where there is none.
    """
    given = _without_nulls(value)
    if not given:
        return None
    written_type = given.get("type")
    if written_type == "header_cursor":
        given = {"cursor_key": "next", **given, "type": "cursor"}
    elif written_type == "json_response":
        given["type"] = "json_link"
    if "page" in given:
        page = given.pop("page")
        if given.setdefault("base_page", page) != page:
            problems.append(
                f"{path}: `page` and `base_page` differ: both name the first page, so keep one."
            )
    if {"cursor_path", "cursor_key"} <= given.keys():
        problems.append(
            f"{path}: `cursor_path` (in the body) and `cursor_key` (a header) are both given: "
            "keep the one from which the cursor is to be read."
        )
    known = PAGINATOR_KEYS[given.get("type", "page_number")]
    problems += [
        f"{path}: {_key_not_of_type(key, written_type, known)}"
        for key in sorted(given.keys() - {"type", *known})
    ]
    problems += [
        f"{path}.{key} {problem}" for key in _PATHS if (problem := jsonpath_problem(given.get(key)))
    ]
    return Paginator(**{key: item for key, item in given.items() if key in ("type", *known)})


def _key_not_of_type(key: str, written_type: str | None, known: tuple[str, ...]) -> str:
    """Say that a paginator's type does not have a key."""
    owner = (
        f"a paginator of type `{written_type}`"
        if written_type
        else "`page_number`, the type of a paginator without `type`"
    )
    keys = ", ".join(f"`{name}`" for name in known)
    end = f"; its keys are {keys}." if keys else ", which has no keys."
    return f"`{key}` does not belong to {owner}{end}"


def normalize_incremental(
    endpoint: JSONObject, path: str, problems: list[str]
) -> Incremental | None:
    """Read the replication key, and where its start value goes in a request.

    dlt has three ways to say the latter: `incremental.start_param`, a parameter of type
    `incremental`, and a parameter or header that is `{incremental.start_value}`.

    Args:
        endpoint: The merged endpoint; parameters and headers that only stand for the start value
            are taken out of it.
        path: The path of the endpoint.
        problems: Takes a sentence for each thing wrong.

    Returns:
        The replication key in its normal form, or `None` where there is none.
    """
    given = _without_nulls(endpoint.get("incremental"))
    params, headers = endpoint.get("params") or {}, endpoint.get("headers") or {}
    typed = [name for name, value in params.items() if _is_incremental(value)]
    if len(typed) > 1 or (typed and given):
        sources = ["`incremental`"] * bool(given) + [f"`params.{name}`" for name in typed]
        problems.append(
            f"{path}: the replication key is given more than once ({', '.join(sources)}): keep one."
        )
    for name in typed:
        own = _without_nulls(params.pop(name))
        given = given or {**own, "start_param": own.get("start_param", name)}
    for key, holder in (("start_param", params), ("start_header", headers)):
        for name in [name for name, value in holder.items() if _is_start_value(value)]:
            holder.pop(name)
            if given.setdefault(key, name) != name:
                problems.append(
                    f"{path}: the start value is sent as both `{given[key]}` and `{name}`: "
                    "keep one."
                )
    given.pop("type", None)
    if not given:
        return None
    fields = {key: given[key] for key in Incremental.__struct_fields__ if key in given}
    if "cursor_path" in fields:
        fields["cursor_path"] = fields["cursor_path"].removeprefix("$.")
    return Incremental(**fields)


def _without_nulls(value: JSONObject | None) -> JSONObject:
    return {key: item for key, item in (value or {}).items() if item is not None}


def _is_incremental(value: JSON) -> bool:
    return isinstance(value, dict) and value.get("type") == "incremental"


def _is_start_value(value: JSON) -> bool:
    return isinstance(value, str) and _START_VALUE.fullmatch(value) is not None
