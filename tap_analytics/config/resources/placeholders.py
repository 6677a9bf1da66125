"""Placeholders: the values that replace `{x}` in a path or a parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.config.resources.defaults import stream_name
from tap_analytics.config.resources.jsonpaths import dotted
from tap_analytics.config.resources.model import Resolve
from tap_analytics.http.urls import same_host_url
from tap_analytics.records.names import listed, shown

if TYPE_CHECKING:
    from tap_analytics.records.json import JSON, JSONObject

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_DOUBLED = re.compile(r"\{\{|\}\}")
_INCREMENTAL = ("incremental.start_value", "incremental.last_value", "incremental.end_value")
_MEANT = ("incremental.", "resources.")
"""What begins so in braces is meant for a placeholder."""

_PARENT_VALUE = re.compile(r"resources\.([^.]+)\.(.+)")


class BoundEndpoint:
    """An endpoint in which each placeholder is bound to the source of its value.

    Attributes:
        path: The path: plain parameters are filled in, and `{param}` stays for each value that
            comes from a parent's record.
        params: The query parameters that remain.
        headers: The headers.
        json: The JSON body, or None.
        data: The body as a form or a text, or None.
        resolves: The values that come from a parent's record, in the order of their first use.
        problems: A sentence for each placeholder or parameter that does not fit.
    """

    def __init__(self, endpoint: JSONObject, path: str, base_url: str | None = None) -> None:
        """Bind all placeholders of an endpoint.

        Args:
            endpoint: The merged endpoint, its replication key already read.
            path: The path of the endpoint in the configuration, for the sentences.
            base_url: Where the API is, as far as the configuration says it.
        """
        self._base_url = base_url
        self.problems: list[str] = []
        self._prefix = path
        self._resolves: dict[str, Resolve] = {}
        self._filled_in: set[str] = set()
        params: JSONObject = endpoint.get("params") or {}
        self._declared = {name: value for name, value in params.items() if _is_resolve(value)}
        self._plain = {name: _as_text(params[name]) for name in params.keys() - self._declared}
        self.path = self._bind_path(endpoint.get("path"))
        self.params: JSONObject = {
            name: self._bind(self._plain[name])
            for name in params
            if name in self._plain and name not in self._filled_in
        }
        self.headers: JSONObject = self._bind(endpoint.get("headers") or {})
        self.json: JSON = self._bind(endpoint.get("json"))
        self.data: JSON = self._bind(endpoint.get("data"))
        self.resolves = tuple(self._resolves.values())
        self._check_resolves()

    def _bind_path(self, path: str | None) -> str | None:
        if path is None:
            return None
        if path.startswith(("http:", "https:", "//")):
            # Braces are no part of a host, and `urlsplit` takes some of them for an IP address.
            plain = path.replace("{", "").replace("}", "")
            if not self._base_url or same_host_url(plain, self._base_url) is None:
                self.problems.append(
                    f"{self._prefix}.path must be a path on the API's own host: `base_url` names "
                    "the host."
                )
        elif path and not path.startswith("/"):
            path = f"/{path}"
        path = single_braces(path)
        return _PLACEHOLDER.sub(lambda match: self._in_path(match[1]), path)

    def _in_path(self, name: str) -> str:
        """Return what replaces `{name}` in the path."""
        if name in self._declared:
            value = self._declared[name]
            field = dotted(value["field"])
            self._resolves[name] = Resolve(name, stream_name(value["resource"]), field)
        elif isinstance(self._plain.get(name), (str, int, float)):
            self._filled_in.add(name)
            return str(self._plain[name])
        elif match := _PARENT_VALUE.fullmatch(name):
            return self._parent_value(match)
        elif name in _INCREMENTAL:
            # Known only when a request is made.
            return f"{{{name}}}"
        else:
            self.problems.append(
                f"{self._prefix}.path: `{{{name}}}` has no value: add `{name}` to `params`, "
                "as a value or as `{type: resolve, resource: ..., field: ...}`."
            )
        return f"{{{name}}}"

    def _bind(self, value: JSON) -> JSON:
        """Bind the placeholders in a parameter, or at any depth of a body."""
        if isinstance(value, dict):
            return {name: self._bind(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._bind(item) for item in value]
        if not isinstance(value, str):
            return value

        def bind(match: re.Match[str]) -> str:
            # Other braces are text: a parameter may hold JSON.
            parent = _PARENT_VALUE.fullmatch(match[1])
            if match[1].startswith(_MEANT) and not parent and match[1] not in _INCREMENTAL:
                self.problems.append(
                    f"{self._prefix}: `{{{shown(match[1])}}}` stands for nothing: there are "
                    f"{listed(_INCREMENTAL)}, and `resources.NAME.FIELD` for a field of a parent."
                )
            return self._parent_value(parent) if parent else match[0]

        return _PLACEHOLDER.sub(bind, single_braces(value))

    def _parent_value(self, match: re.Match[str]) -> str:
        """Bind dlt's `{resources.NAME.FIELD}`, under a name that can be a column's name."""
        resource, field = stream_name(match[1]), match[2]
        param = f"_{resource}_{field.replace('.', '_')}"
        self._resolves[param] = Resolve(param, resource, field)
        return f"{{{param}}}"

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


def single_braces(text: str) -> str:
    """A text with `{{` and `}}` as one brace each, where all braces but placeholders are doubled.

    dlt asks for that. JSON as it is ends with `}}` easily, so that it stays as it is.
    """
    if "{{" not in text:
        return text
    others = _PLACEHOLDER.sub("", _DOUBLED.sub("", text))
    if "{" in others or "}" in others:
        return text
    return text.replace("{{", "{").replace("}}", "}")


def _is_resolve(value: JSON) -> bool:
    return isinstance(value, dict) and value.get("type") == "resolve"


def _as_text(value: JSON) -> JSON:
    """Write a Boolean as JSON does: Python would send `True`."""
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value
