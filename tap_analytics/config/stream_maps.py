"""The SDK's settings for what goes out: stream maps and flattening, which the SDK does not check.

Their shapes are JSON Schemas, beside those of the tap's own settings; expressions are parsed as the
SDK will parse them. What depends on a stream's fields is said in `sync/stream_maps.py`.
"""

from __future__ import annotations

import ast
import warnings
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from tap_analytics.config.schema_errors import did_you_mean, format_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_NULL = "__NULL__"
"""What the SDK takes for null, because not every file of settings can have one."""

_FILTER, _ALIAS, _SOURCE, _KEYS, _ELSE = OPTIONS = (
    "__filter__",
    "__alias__",
    "__source__",
    "__key_properties__",
    "__else__",
)
_NOTHING = {"enum": [None, _NULL], "x-must": "be null, which leaves out all others"}
_STREAM: dict[str, Any] = {
    "anyOf": [{"type": "object"}, {"enum": [None, _NULL]}],
    "x-must": "be an object of fields and their expressions, or null to leave the stream out",
    "properties": {
        _FILTER: {"type": ["string", "null"], "x-must": "be an expression, as text"},
        _ALIAS: {"type": "string", "x-must": "be a name, or an expression of one"},
        _SOURCE: {"type": "string", "x-must": "be the name of a stream"},
        _KEYS: {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "x-must": "be a list of fields, or null for none",
        },
        _ELSE: _NOTHING,
    },
    "additionalProperties": {
        "type": ["string", "null"],
        "x-must": "be an expression, as text, or null to leave the field out",
    },
}
SHAPES: dict[str, Any] = {
    "stream_maps": {
        "type": "object",
        "properties": {_ELSE: _NOTHING},
        "additionalProperties": _STREAM,
    },
    "stream_map_config": {"type": "object"},
    "faker_config": {"type": "object"},
    "flattening_enabled": {"type": "boolean"},
    "flattening_max_depth": {"type": "integer"},
    "flattening_max_key_length": {"type": "integer"},
    "flattening_separator": {"type": "string"},
}
"""JSON Schemas of these settings, by their names."""


def stream_map_problems(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find what of these settings has the right shape and cannot work.

    Args:
        config: The settings that were given.

    Yields:
        The setting, and a sentence that quotes no expression: it may hold a secret.
    """
    if config.get("flattening_enabled") is True and config.get("flattening_max_depth", -1) == -1:
        yield (
            "flattening_max_depth",
            "`flattening_max_depth` is missing: `flattening_enabled` needs it.",
        )
    for name, fields in _maps(config).items():
        if name.startswith("__") and name != _ELSE:
            hint = did_you_mean(name, [_ELSE])
            yield "stream_maps", f"{_path(name)} is not an option: {hint}"
        for field, expression in fields.items() if isinstance(fields, dict) else ():
            problem = _field_problem(field, expression)
            if problem:
                yield "stream_maps", f"{_path(name, field)} {problem}"


def ignored_stream_maps(config: Mapping[str, Any], streams: Collection[str]) -> Iterator[str]:
    """Find stream maps that no stream has: what they were to leave out would go out.

    Args:
        config: The settings that were given.
        streams: The names of all streams.

    Yields:
        One sentence for each.
    """
    for name, fields in _maps(config).items():
        path, source = _path(name), name
        if isinstance(fields, dict) and _SOURCE in fields:
            path, source = _path(name, _SOURCE), fields[_SOURCE]
        if source == _ELSE or not isinstance(source, str):
            continue
        if not any(fnmatch(stream, source) for stream in streams):
            hint = did_you_mean(source, streams)
            yield f"{path} changes nothing: no stream has this name: {hint}"


def _maps(config: Mapping[str, Any]) -> dict[str, Any]:
    maps = config.get("stream_maps")
    return maps if isinstance(maps, dict) else {}


def _path(*steps: str) -> str:
    return f"`{format_path(('stream_maps', *steps))}`"


def _field_problem(field: str, expression: object) -> str | None:
    """What is wrong with a field of a map, or with an option; the end of a sentence."""
    if field not in OPTIONS and field.startswith("__") and field.endswith("__"):
        hint = did_you_mean(field, OPTIONS)
        if "mean" in hint:
            return f"is not an option: {hint}"
    if not isinstance(expression, str) or expression == _NULL or field in {_SOURCE, _ELSE, _KEYS}:
        return None
    # The SDK takes the blanks around a name away, and around nothing else.
    problem = _syntax_problem(expression.strip() if field == _ALIAS else expression)
    if problem and field == _ALIAS:
        return f"{problem}: put quotation marks around a name that is no expression, as in `'1st'`."
    return f"{problem}." if problem else None


def _syntax_problem(expression: str) -> str | None:
    """Why a text is no expression; the end of a sentence."""
    try:
        with warnings.catch_warnings(action="ignore"):
            statements = ast.parse(expression).body
    except SyntaxError as error:
        return f"is not an expression: {error.msg}"
    except (MemoryError, RecursionError):
        return "is not an expression: it is nested too deeply"
    except ValueError:
        return "is not an expression: it has a character that no expression may have"
    if len(statements) == 1 and isinstance(statements[0], ast.Expr):
        return None
    if len(statements) == 1 and isinstance(statements[0], ast.Assign):
        return "is not an expression: values are compared with `==`"
    return "is not an expression: it must be exactly one"
