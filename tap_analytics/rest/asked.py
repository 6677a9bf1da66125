"""What a request asks for: the parameters of its address, of its query and of its body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tap_analytics.records.encoding import encode
from tap_analytics.rest.request_parts import IN_BODY
from tap_analytics.rest.response.document import JSONBody, NoRecordsError, NotJSONError
from tap_analytics.rest.response.sign_names import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.endpoint import PageRequest

_SIZE = re.compile(
    r"(?i)size|limit|per_?page|^\$?(top|first|count|rows|take|max_?results|maxrecords)$"
)
"""How APIs call the parameter that says how many records a page is to have."""

_IN_TEXT = re.compile(
    r"(?i)(?<!\w)(?:(?:limit|page_?size|per_?page|maxpagesize)\s*[:=(]?|fetch\s+(?:first|next)\s"
    r"|(?:first|last|top|take)\s*[:=(])\s*(\d{1,9})(?!\w)"
)
"""The same in a text: of GraphQL `first: 50`, of SQL and Apicalypse `limit 50`, of `Prefer`
`odata.maxpagesize=50`; not the `last 7 days`."""


def asked_sizes(request: PageRequest) -> frozenset[int]:
    """How many records a page may have been asked for, by whatever the request holds."""
    sizes = {
        int(str(value))
        for name, value in _asked(request)
        if _SIZE.search(name) and str(value).isdecimal()
    }
    texts = [value for _, value in _asked(request) if isinstance(value, str)]
    return frozenset(sizes | {int(size) for text in texts for size in _IN_TEXT.findall(text)})


def resize(request: PageRequest, size: int, other: int) -> bool:
    """Have a request ask for pages of another size, where a parameter of its own asks for this one.

    Returns:
        Whether one did. What asks for it in an address, in a header or in a text stays as it is.
    """
    changed = {
        name: other
        for name, value in request.params.items()
        if _SIZE.search(name) and str(value) == str(size)
    }
    request.params = {**request.params, **changed}
    content = _content(request)
    if isinstance(content, dict) and (resized := _resized("", content, size, other)) != content:
        request.data = encode(resized)
        return True
    return bool(changed)


def _resized(name: str, value: JSON, size: int, other: int) -> JSON:
    if isinstance(value, dict):
        return {key: _resized(key, item, size, other) for key, item in value.items()}
    if isinstance(value, list):
        return [_resized(name, item, size, other) for item in value]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return other if is_number and value == size and _SIZE.search(name) else value


def asked_values(request: PageRequest, url: str) -> frozenset[tuple[str, str]]:
    """What a page was asked for with: the plain name of each parameter, and its value.

    Args:
        request: The request for the first page, for what is in its body.
        url: The address that the page was read from, whole.
    """
    given = [*_query(url), *_within("", _content(request))]
    return frozenset((plain_name(name), str(value)) for name, value in given)


def asked_size(params: Mapping[str, object]) -> int | None:
    """How many records a page was asked for in the query; None where that is not known."""
    sizes = [str(value) for name, value in params.items() if _SIZE.search(name)]
    return max((int(size) for size in sizes if size.isdecimal()), default=None)


def is_structure(request: PageRequest, param: str) -> bool:
    """Whether a request has an object or a list where a paginator's parameter would stand.

    A value in its place would ask for other pages: `page` beside `page[size]`, or in the place of
    `{"page": {"size": 50}}`.
    """
    if param.startswith(IN_BODY):
        content = _content(request)
        own = content.get(param.removeprefix(IN_BODY)) if isinstance(content, dict) else None
        return isinstance(own, dict | list)
    names = {*request.params, *dict(_query(request.url))}
    return any(name.startswith(f"{param}[") for name in names)


def _asked(request: PageRequest) -> Iterator[tuple[str, object]]:
    """Each parameter, at any depth of a body, with its value; each text without a name."""
    yield from _query(request.url)
    yield from request.headers.items()
    for name, value in request.params.items():
        yield from ((name, each) for each in (value if isinstance(value, list) else [value]))
    content = _content(request)
    yield from _within("", content)
    if isinstance(content, str):
        yield from parse_qsl(content)


def _within(name: str, value: JSON) -> Iterator[tuple[str, JSON]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _within(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _within(name, item)
    else:
        yield name, value


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


def _content(request: PageRequest) -> JSON:
    """The body of a request, decoded where it is JSON; else it is a text, or None."""
    if not request.data:
        return None
    content = request.data if isinstance(request.data, bytes) else str(request.data).encode()
    try:
        return JSONBody(content).get(())
    except (NotJSONError, NoRecordsError):
        return content.decode(errors="replace")
