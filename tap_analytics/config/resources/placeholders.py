"""Placeholders: the values that replace `{x}` in a path or a parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.config.resources.model import Resolve

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON, JSONObject

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PARENT_VALUE = re.compile(r"resources\.([^.]+)\.(.+)")


class BoundEndpoint:
    """An endpoint in which each placeholder is bound to the source of its value.

    Attributes:
        path: The path: plain parameters are filled in, and `{param}` stays for each value that
            comes from a parent's record.
        params: The query parameters that remain.
        resolves: The values that come from a parent's record, in the order of their first use.
        problems: A sentence for each placeholder or parameter that does not fit.
    """

    def __init__(self, endpoint: JSONObject, path: str) -> None:
        """Bind all placeholders of an endpoint.

        Args:
            endpoint: The merged endpoint, its replication key already read.
            path: The path of the endpoint in the configuration, for the sentences.
        """
        self.problems: list[str] = []
        self._prefix = path
        self._resolves: dict[str, Resolve] = {}
        self._filled_in: set[str] = set()
        params: JSONObject = endpoint.get("params") or {}
        self._declared = {name: value for name, value in params.items() if _is_resolve(value)}
        self._plain = {name: _as_text(params[name]) for name in params.keys() - self._declared}
        self.path = self._bind_path(endpoint.get("path"))
        self.params: JSONObject = {
            name: self._bind_param(name, self._plain[name])
            for name in params
            if name in self._plain and name not in self._filled_in
        }
        self.resolves = tuple(self._resolves.values())
        self._check_headers(endpoint.get("headers") or {})
        self._check_resolves()

    def _bind_path(self, path: str | None) -> str | None:
        if path is None:
            return None
        if path.startswith(("http:", "https:", "//")):
            self.problems.append(
                f"{self._prefix}.path must be a path on the API's own host: `base_url` names the "
                "host."
            )
        elif not path.startswith("/"):
            path = f"/{path}"
        return _PLACEHOLDER.sub(lambda match: self._in_path(match[1]), path)

    def _in_path(self, name: str) -> str:
        """Return what replaces `{name}` in the path."""
        if name in self._declared:
            value = self._declared[name]
            self._resolves[name] = Resolve(name, value["resource"], value["field"])
        elif isinstance(self._plain.get(name), (str, int, float)):
            self._filled_in.add(name)
            return str(self._plain[name])
        elif match := _PARENT_VALUE.fullmatch(name):
            return self._parent_value(match)
        else:
            self.problems.append(
                f"{self._prefix}.path: `{{{name}}}` has no value: add `{name}` to `params`, "
                "as a value or as `{type: resolve, resource: ..., field: ...}`."
            )
        return f"{{{name}}}"

    def _bind_param(self, name: str, value: JSON) -> JSON:
        if isinstance(value, list):
            return [self._bind_param(name, _as_text(item)) for item in value]
        if not isinstance(value, str):
            return value
        if "{incremental." in value:
            self.problems.append(
                f"{self._prefix}.params.{name}: the start value must be the whole value of its "
                "parameter: `{incremental.start_value}`."
            )

        def bind(match: re.Match[str]) -> str:
            # Other braces are text: a parameter may hold JSON.
            parent = _PARENT_VALUE.fullmatch(match[1])
            return self._parent_value(parent) if parent else match[0]

        return _PLACEHOLDER.sub(bind, value)

    def _parent_value(self, match: re.Match[str]) -> str:
        """Bind dlt's `{resources.NAME.FIELD}`, under a name that can be a column's name."""
        resource, field = match.groups()
        param = f"_{resource}_{field.replace('.', '_')}"
        self._resolves[param] = Resolve(param, resource, field)
        return f"{{{param}}}"

    def _check_headers(self, headers: JSONObject) -> None:
        self.problems += [
            f"{self._prefix}.headers.{name}: a header cannot hold a value of a parent's "
            "record; a path or a query parameter can."
            for name, value in headers.items()
            if isinstance(value, str) and "{resources." in value
        ]

    def _check_resolves(self) -> None:
        for name, value in self._declared.items():
            if name not in self._resolves:
                source = f"{{resources.{value['resource']}.{value['field']}}}"
                self.problems.append(
                    f"{self._prefix}.params.{name} comes from `{value['resource']}`, but the path "
                    f'has no `{{{name}}}`; as a query parameter write `{name}: "{source}"`.'
                )
        parents = sorted({resolve.resource for resolve in self.resolves})
        if len(parents) > 1:
            names = " and ".join(f"`{name}`" for name in parents)
            self.problems.append(
                f"{self._prefix} takes values from {names}: a resource can have only one parent."
            )


def _is_resolve(value: JSON) -> bool:
    return isinstance(value, dict) and value.get("type") == "resolve"


def _as_text(value: JSON) -> JSON:
    """Write a Boolean as JSON does: Python would send `True`."""
    return str(value).lower() if isinstance(value, bool) else value
