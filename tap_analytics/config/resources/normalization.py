"""One spelling for what a configuration may spell in several ways.

Each function takes a merged entry's endpoint apart; what does not fit together is a sentence
in `problems`, which begins with the place `where`.
"""

from __future__ import annotations

import re
from typing import Any

from tap_analytics.config.resources.jsonpaths import path_problem
from tap_analytics.config.resources.model import Incremental, Paginator

Json = dict[str, Any]

_PAGES = ("total_path", "has_more_path", "stop_after_empty_page")
_CURSOR = ("limit", "limit_param", "cursor_path", "cursor_param", "cursor_key")
PAGINATOR_KEYS = {
    "page_number": ("limit", "limit_param", "page_param", "base_page", "maximum_page", *_PAGES),
    "offset": ("limit", "limit_param", "offset", "offset_param", "maximum_offset", *_PAGES),
    "cursor": (*_CURSOR, "has_more_path", "stop_after_empty_page"),
    "header_link": ("limit", "limit_param", "links_next_key"),
    "json_link": ("limit", "limit_param", "next_url_path"),
    "single_page": (),
}
_START_VALUE = re.compile(r"\{incremental\.(start_value|last_value)\}")


def paginator(value: Json | None, where: str, problems: list[str]) -> Paginator | None:
    """Read a paginator in dlt's spelling or ours.

    Args:
        value: The merged `paginator` object, or `None`.
        where: The path of the object.
        problems: Takes a sentence for each thing wrong.

    Returns:
        The paginator in one spelling, or `None` where nothing is said.
    """
    said = {key: item for key, item in (value or {}).items() if item is not None}
    if not said:
        return None
    kind = said.get("type")
    if kind == "header_cursor":
        said = {"cursor_key": "next", **said, "type": "cursor"}
    elif kind == "json_response":
        said["type"] = "json_link"
    if "page" in said:
        page = said.pop("page")
        if said.setdefault("base_page", page) != page:
            problems.append(
                f"{where}: `page` and `base_page` differ: the tap starts at `base_page`; "
                "say one of them."
            )
    if {"cursor_path", "cursor_key"} <= said.keys():
        problems.append(
            f"{where}: `cursor_path` (in the body) and `cursor_key` (a header) are both given: "
            "the cursor comes from one of them."
        )
    taken = PAGINATOR_KEYS[said.get("type", "page_number")]
    for key in sorted(said.keys() - {"type", *taken}):
        keys = ", ".join(f"`{name}`" for name in taken)
        problems.append(
            f"{where}: `{key}` does not belong to "
            + (
                f"a paginator of type `{kind}`"
                if kind
                else "`page_number`, the type of a paginator that says none"
            )
            + (f"; its keys are {keys}." if keys else ", which has no keys.")
        )
    problems += [
        f"{where}.{key} {problem}"
        for key in ("total_path", "has_more_path", "cursor_path", "next_url_path")
        if (problem := path_problem(said.get(key)))
    ]
    return Paginator(**{key: item for key, item in said.items() if key in ("type", *taken)})


def incremental(endpoint: Json, where: str, problems: list[str]) -> Incremental | None:
    """Read the replication key and the place of its start value.

    dlt has three ways to say the latter: `incremental.start_param`, a parameter of type
    `incremental`, and a parameter or header that is `{incremental.start_value}`.

    Args:
        endpoint: The merged endpoint; parameters and headers that only stand for the start value
            are taken out of it.
        where: The path of the endpoint.
        problems: Takes a sentence for each thing wrong.

    Returns:
        The replication key in one spelling, or `None` where nothing is said.
    """
    said = _given(endpoint.get("incremental"))
    params, headers = endpoint.get("params") or {}, endpoint.get("headers") or {}
    typed = [name for name, value in params.items() if _type(value) == "incremental"]
    places = {
        "start_param": [name for name, value in params.items() if _is_start(value)],
        "start_header": [name for name, value in headers.items() if _is_start(value)],
    }
    if len(typed) > 1 or (typed and said):
        problems.append(
            f"{where}: the replication key is said more than once "
            f"({', '.join(['`incremental`'] * bool(said) + [f'`params.{name}`' for name in typed])}"
            "): say it once."
        )
    for name in typed:
        own = _given(params.pop(name))
        said = said or {**own, "start_param": own.get("start_param", name)}
    for key, names in places.items():
        holder = params if key == "start_param" else headers
        for name in names:
            holder.pop(name)
            if said.setdefault(key, name) != name:
                problems.append(
                    f"{where}: the start value goes to both `{said[key]}` and `{name}`: "
                    "say one place."
                )
    said.pop("type", None)
    if not said:
        return None
    known = {key: said[key] for key in Incremental.__struct_fields__ if key in said}
    if "cursor_path" in known:
        known["cursor_path"] = known["cursor_path"].removeprefix("$.")
    return Incremental(**known)


def _given(value: Json | None) -> Json:
    return {key: item for key, item in (value or {}).items() if item is not None}


def _type(value: object) -> object:
    return value.get("type") if isinstance(value, dict) else None


def _is_start(value: object) -> bool:
    return isinstance(value, str) and _START_VALUE.fullmatch(value) is not None
