"""The parts of a request: headers that can be sent, the body of a POST."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from tap_analytics.exceptions import StreamError
from tap_analytics.records.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    class _Request(Protocol):
        params: dict[str, Any]
        headers: dict[str, str]
        data: Any


IN_BODY = "body:"
"""What the name of a paginator's parameter begins with that goes into the body of the request."""

_PLACE = re.compile(r"(?i)_?page([_-]?(no|num|number|index))?|page\[number\]|p|offset|skip|start")
"""How APIs call the parameter that says where a page begins.

Not OData's `$skip`: it goes with `$top`, which counts what is left.
"""

_SENDABLE = re.compile(r"[\t -~\xa0-\xff]*")


def sendable(headers: dict[str, str], stream: str) -> dict[str, str]:
    """The headers themselves, where all can be sent: a parent's value may hold anything.

    Args:
        headers: By name.
        stream: The stream's name, for the message.

    Raises:
        StreamError: One cannot be sent; its value is not quoted.
    """
    for name, value in headers.items():
        if not _SENDABLE.fullmatch(value):
            message = (
                f"{stream}: the header `{name}` cannot be sent, because a value in it has a line "
                "break or a character that headers cannot hold."
            )
            raise StreamError(message)
    return headers


def is_text(value: str) -> bool:
    """Whether a text can be written in UTF-8: half a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_query(url: str, params: Mapping[str, Any]) -> str:
    """A URL with parameters added, but for those that are None."""
    given = {name: value for name, value in params.items() if value is not None}
    query = urlencode(given, doseq=True)
    return f"{url}{'&' if '?' in url else '?'}{query}" if query else url


def left_out(link: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a first request that a link to a numbered page lacks.

    Page 2 of another size, or of another selection, does not begin where the first one ended. A
    cursor is not known to be of the first page's size, and some allow no parameter beside it.
    """
    named = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
    if not any(_PLACE.fullmatch(name) and value.isdecimal() for name, value in named.items()):
        return {}
    return {
        name: value
        for name, value in params.items()
        if name not in named and not _PLACE.fullmatch(name)
    }


def renamed(params: Mapping[str, Any], names: Mapping[str, str | None]) -> dict[str, Any]:
    """Parameters under other names; those are left out whose name is None."""
    named = ((names.get(name, name), value) for name, value in params.items())
    return {name: value for name, value in named if name is not None}


def put_body(request: _Request, body: Any, *, is_json: bool) -> None:  # noqa: ANN401  # any JSON
    """Give a request its body, with the paginator's parameters that belong there.

    Args:
        request: The request, whose parameters are taken out.
        body: What the resource sends: an object, pairs or a text.
        is_json: Whether that is JSON; else it is a form, or a text as it is.
    """
    moved = [name for name in request.params if name.startswith(IN_BODY)]
    if is_json:
        content: dict[str, Any] = deepcopy(dict(body or {}))
        for name in moved:
            _set(content, name.removeprefix(IN_BODY).split("."), request.params.pop(name))
        if content or body is not None:
            request.data = encode(content)
            request.headers.setdefault("Content-Type", "application/json")
    elif isinstance(body, str):
        request.data = body.encode()
    else:
        given = body.items() if isinstance(body, dict) else map(tuple, body or ())
        pairs = [pair for pair in given if pair[-1] is not None]
        request.data = urlencode(pairs, doseq=True).encode()
        if pairs:
            request.headers.setdefault("Content-Type", "application/x-www-form-urlencoded")


def _set(content: dict[str, Any], path: list[str], value: object) -> None:
    *parents, last = path
    for name in parents:
        inner = content.get(name)
        if not isinstance(inner, dict):
            inner = content[name] = {}
        content = inner
    content[last] = value
