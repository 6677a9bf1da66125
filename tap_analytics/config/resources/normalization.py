"""Normal forms: a paginator and a replication key can be written in several ways, and become one.

Each function takes a part of an endpoint with its path in the configuration. What does not fit
together becomes a sentence in `problems` that begins with this path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.config.resources.jsonpaths import jsonpath_problem
from tap_analytics.config.resources.model import Incremental, Paginator
from tap_analytics.config.resources.paginator_types import ALSO_WRITTEN, PAGINATOR_KEYS
from tap_analytics.http.placeholders import filled

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON, JSONObject

_PATHS = ("total_path", "records_total_path", "has_more_path", "cursor_path", "next_url_path")
_START_VALUE = re.compile(r"\{incremental\.(start_value|last_value)\}")
_END_VALUE = re.compile(r"\{incremental\.end_value\}")
_INITIAL_VALUE = "{incremental.initial_value}"
_WITH_TEXTS = ("path", "params", "headers", "json", "data")


def normalize_paginator(
    value: JSONObject | None, path: str, problems: list[str], *, as_in_dlt: bool = False
) -> Paginator | None:
    """Read a paginator that is written as in dlt or as in the tap's own documentation.

    Args:
        value: The merged `paginator` object, or `None`.
        path: The path of the object.
        problems: Takes a sentence for each thing wrong.
        as_in_dlt: Whether `maximum_page` is the first page that is not read.

    Returns:
        The paginator in its normal form, or `None` where there is none.
    """
    given = _without_nulls(value)
    if not given:
        return None
    written_type = given.get("type")
    if written_type == "header_cursor":
        given.setdefault("cursor_key", "next")
    if written_type in ALSO_WRITTEN:
        given["type"] = ALSO_WRITTEN[written_type]
    # dlt turns a total off by an empty path, and a parameter by an empty name.
    given = {key: item for key, item in given.items() if item != ""}
    if "page" in given:
        given.setdefault("base_page", given["page"])
        if given["page"] == given["base_page"]:
            del given["page"]
    if as_in_dlt and "maximum_page" in given:
        first = given.get("page", given.get("base_page", 0))
        given["maximum_page"] = max(given["maximum_page"] - 1, first)
    _settle_body_paths(given, path, problems)
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


def _settle_body_paths(given: JSONObject, path: str, problems: list[str]) -> None:
    """Write paths into the body in their normal form; each excludes a parameter."""
    for name in ("page", "offset", "limit", "cursor"):
        param, body_path = f"{name}_param", f"{name}_body_path"
        if {param, body_path} <= given.keys():
            problems.append(
                f"{path}: `{param}` (in the query) and `{body_path}` (in the body) are both given: "
                "keep one."
            )
        if body_path in given:
            given[body_path] = given[body_path].removeprefix("$.")


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
    _take_start_values(given, params, headers)
    given.pop("type", None)
    texts = [endpoint.get(name) for name in _WITH_TEXTS]
    in_text = {
        "start_in_text": _is_named(_START_VALUE, texts),
        "end_in_text": _is_named(_END_VALUE, texts),
    }
    for value, is_named in zip(("start_value", "end_value"), in_text.values(), strict=True):
        if is_named and not given:
            problems.append(
                f"{path}: `{{incremental.{value}}}` needs a replication key: set `incremental`."
            )
    _put_initial_value(endpoint, given.get("initial_value"), path, problems)
    if not given:
        return None
    if "convert" in given:
        given.setdefault("start_format", given["convert"])
    given |= in_text
    fields = {key: given[key] for key in Incremental.__struct_fields__ if key in given}
    if "cursor_path" in fields:
        fields["cursor_path"] = fields["cursor_path"].removeprefix("$.")
    return Incremental(**fields)


def _take_start_values(given: JSONObject, params: JSONObject, headers: JSONObject) -> None:
    """Take out a parameter and a header that only stand for the start value."""
    for key, holder in (("start_param", params), ("start_header", headers)):
        for name in [name for name, value in holder.items() if _is_start_value(value)]:
            if key not in given:
                holder.pop(name)
                given[key] = name


def _put_initial_value(
    endpoint: JSONObject, initial_value: JSON, path: str, problems: list[str]
) -> None:
    """Put the initial value wherever a text asks for it; alone in a body it stays a number."""
    for name in _WITH_TEXTS:
        value = endpoint.get(name)
        if _INITIAL_VALUE in str(value):
            if initial_value is None:
                problems.append(
                    f"{path}.{name}: `{_INITIAL_VALUE}` has no value: set `initial_value` in "
                    "`incremental`."
                )
            endpoint[name] = filled(value, {_INITIAL_VALUE: initial_value}, typed=name == "json")


def has_start_inside(body: JSON) -> bool:
    """Whether a field of a body holds the start value in something: left out, that is another."""
    inner = [*body.values()] if isinstance(body, dict) else [body]
    return any(_is_named(_START_VALUE, each) for each in inner if not isinstance(each, str))


def _is_named(placeholder: re.Pattern[str], value: JSON) -> bool:
    """Whether a placeholder stands in any text."""
    if isinstance(value, dict):
        return any(_is_named(placeholder, item) for item in value.values())
    if isinstance(value, list):
        return any(_is_named(placeholder, item) for item in value)
    return isinstance(value, str) and placeholder.search(value) is not None


def _without_nulls(value: JSONObject | None) -> JSONObject:
    return {key: item for key, item in (value or {}).items() if item is not None}


def _is_incremental(value: JSON) -> bool:
    return isinstance(value, dict) and value.get("type") == "incremental"


def _is_start_value(value: JSON) -> bool:
    return isinstance(value, str) and _START_VALUE.fullmatch(value) is not None
