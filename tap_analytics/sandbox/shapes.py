"""The shapes of responses that REST APIs have: where the records are, and what tells of more.

Each stands at `/shapes/NAME` (its records are the stream `items`) and `/shapes/NAME/STREAM`.
Whatever else a shape says, all take the filter and the order of their `dialect`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import signs
from .catalog import RESOURCES
from .data.values import ABSENT
from .dialect import BadRequestError, Dialect
from .endpoints import Route
from .messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .messages import Request
    from .page_request import PageRequest

PREFIX = "/shapes/"
_USUAL = Dialect(("page_size",), "sort", since="updated_after")


@dataclass(frozen=True)
class Shape:
    """One shape: which request parameter leads on, and which signs a response has.

    Args:
        like: whose responses look so.
        records: where the list is, in dots; empty: the response is the list.
        page: the parameter with the page's number, and `first` the first number.
        offset: the parameter with the first record's position.
        cursor: the parameter with what the last response gave; `by_id`: the last record's key.
        body: signs beside the records, by their name.
        headers: signs in headers, by their name.
        dialect: the names of the parameters for page size, order and filter.
        past_end: what a page past the last is: `empty`, `404` or `last` (the last page again).
        ignores: parameters that lead on are ignored: each response is the first page.
    """

    like: str
    records: str = "items"
    page: str | None = None
    first: int = 1
    offset: str | None = None
    cursor: str | None = None
    by_id: bool = False
    body: Mapping[str, Callable[[signs.Place], Any]] = field(default_factory=dict)
    headers: Mapping[str, Callable[[signs.Place], Any]] = field(default_factory=dict)
    dialect: Dialect = _USUAL
    past_end: str = "empty"
    ignores: bool = False

    def number(self, request: Request) -> int:
        """Return which page a request means, from 1; behind a key as cursor it is 2."""
        asked = request.query.get(self.parameter, "")
        if self.ignores or not asked:
            return 1
        if self.by_id:
            return 2
        if self.cursor:
            return self._cursor(asked)[0]
        if not asked.isdigit():
            return 1
        if self.offset:
            return int(asked) // max(1, self.dialect.size(request, 100)) + 1
        return max(1, int(asked) - self.first + 1)

    @property
    def parameter(self) -> str:
        """Return the request parameter that leads on."""
        return self.cursor or self.offset or self.page or "page"

    def respond(self, page: PageRequest) -> Response:
        """Return the page in this shape."""
        place = self._place(page)
        if self.past_end == "404" and place.number > max(1, place.pages):
            return Response.json({"detail": "Invalid page."}, 404)
        told = {name: sign(place) for name, sign in self.body.items()}
        told = {name: value for name, value in told.items() if value is not ABSENT}
        texts = page.injected([found.body for found in place.found])
        response = page.response(self.records, texts, told)
        for name, sign in self.headers.items():
            value = sign(place)
            if value is not None and name not in page.omitted:
                response.headers[name] = str(value)
        return response

    def _place(self, page: PageRequest) -> signs.Place:
        """Read the page's records and say where they stand."""
        number, size = page.number, page.size
        if self.cursor:
            view = replace(page.view, after=self._after(page))
            found = page.store.found(view, 0, size + 1)
            more, found = len(found) > size, found[:size]
        else:
            total = page.count()
            if self.past_end == "last":
                number = page.number = max(1, min(number, -(-total // size)))
            found = page.store.found(page.view, page.start, page.limit)
            more = page.start + len(found) < total
        return signs.Place(
            page, found, number, more, self.parameter, self.first, bool(self.cursor), self.by_id
        )

    def _after(self, page: PageRequest) -> tuple[Any, float] | None:
        """Return the position that a cursor stands for."""
        asked = page.request.query.get(self.parameter, "")
        if not asked or "ignore_page" in page.plan:
            return None
        if not self.by_id:
            return self._cursor(asked)[1:]
        try:
            return page.store.position(page.view, page.store.find(page.view, asked))
        except LookupError:
            raise BadRequestError({"error": {"message": f"No such record: {asked}"}}) from None

    def _cursor(self, asked: str) -> tuple[int, Any, float]:
        try:
            return signs.read_cursor(asked)
        except ValueError:
            raise BadRequestError({"detail": "Invalid cursor."}) from None


_JSON_SERVER = Dialect(("_limit",), "_sort", direction="_order", since="updated_at_gte")
_JSON_SERVER_1 = Dialect(("_per_page",), "_sort", since="updated_at_gte")
_KINTO = Dialect(("_limit",), "_sort", since="_since")
_DATASETTE = Dialect(("_size",), "_sort", "_sort_desc", since="updated_at__gte")
_LIMIT = Dialect(("limit",), "sort", since="updated_after")
_PER_PAGE = Dialect(("per_page",), "order_by", direction="sort", since="updated_after")
_ODATA = Dialect(("$top",), "$orderby", since="updated_after")
_SIZE = Dialect(("size",), "sort", since="updated_after")

SHAPES = {
    "django_rest": Shape(
        "Django REST framework, Label Studio",
        "results",
        page="page",
        body={"count": signs.total, "next": signs.next_url, "previous": signs.previous_url},
        dialect=Dialect(("page_size",), since="updated_after"),
        past_end="404",
    ),
    "json_server": Shape(
        "json-server up to 0.17",
        "",
        page="_page",
        headers={"X-Total-Count": signs.total, "Link": signs.link_header},
        dialect=_JSON_SERVER,
    ),
    "json_server_1": Shape(
        "json-server 1",
        "data",
        page="_page",
        body={
            "first": signs.constant(1),
            "prev": signs.previous_number,
            "next": signs.next_number,
            "last": signs.pages,
            "pages": signs.pages,
            "items": signs.total,
        },
        dialect=_JSON_SERVER_1,
        past_end="last",
    ),
    "kinto": Shape(
        "Kinto",
        "data",
        cursor="_token",
        headers={
            "Next-Page": signs.next_url,
            "Total-Records": signs.total,
            "Total-Objects": signs.total,
        },
        dialect=_KINTO,
    ),
    "datasette": Shape(
        "Datasette",
        "rows",
        cursor="_next",
        body={"next": signs.cursor, "next_url": signs.next_url, "truncated": signs.constant(False)},  # noqa: FBT003 -- the value itself
        dialect=_DATASETTE,
    ),
    "stripe": Shape(
        "Stripe",
        "data",
        cursor="starting_after",
        by_id=True,
        body={"object": signs.constant("list"), "has_more": signs.has_more},
        dialect=_LIMIT,
    ),
    "gitlab": Shape(
        "GitLab",
        "",
        page="page",
        headers={
            "X-Page": signs.number,
            "X-Next-Page": signs.next_number_or_empty,
            "X-Total": signs.total,
            "X-Total-Pages": signs.pages,
            "Link": signs.link_header,
        },
        dialect=_PER_PAGE,
    ),
    "graph": Shape(
        "Microsoft Graph, OData",
        "value",
        cursor="$skiptoken",
        body={"@odata.nextLink": signs.next_url_or_absent},
        dialect=_ODATA,
    ),
    "offset_total": Shape(
        "an offset and a right total",
        offset="offset",
        body={"total": signs.total, "offset": signs.start, "limit": signs.size},
        dialect=_LIMIT,
    ),
    "cursor_always": Shape(
        "a cursor that is there even when `has_more` is false",
        cursor="cursor",
        body={"next_cursor": signs.cursor_always, "has_more": signs.has_more},
        dialect=_LIMIT,
    ),
    "unfiltered_total": Shape(
        "a total that does not know the filter",
        page="page",
        body={"total": signs.unfiltered_total},
    ),
    "from_0_total": Shape(
        "pages from 0 with a total",
        page="page",
        first=0,
        body={"total": signs.total, "page": signs.number},
        dialect=_SIZE,
    ),
    "from_0": Shape("pages from 0 and nothing else", page="page", first=0, dialect=_SIZE),
    "from_1": Shape("pages from 1 and nothing else", page="page", dialect=_SIZE),
    "ignores_page": Shape("every page is the first", page="page", ignores=True),
    "ignores_page_next": Shape(
        "every page is the first, and says that there is a next",
        page="page",
        body={"next": signs.next_number},
        ignores=True,
    ),
}

_SIGNS: dict[str, Shape] = {
    "next_number": Shape("", page="page", body={"next": signs.next_number}),
    "next_page": Shape("", page="page", headers={"Next-Page": signs.next_url}),
    "link": Shape("", page="page", headers={"Link": signs.link_header}),
    "total": Shape("", page="page", body={"total": signs.total}),
    "x_total_count": Shape("", page="page", headers={"X-Total-Count": signs.total}),
    "has_more": Shape("", page="page", body={"has_more": signs.has_more}),
    "next_cursor": Shape("", cursor="cursor", body={"next_cursor": signs.cursor}),
    "next_url": Shape("", page="page", body={"next": signs.next_url}),
    "total_pages": Shape("", page="page", body={"total_pages": signs.pages}),
}
SHAPES |= {
    f"sign_{name}": Shape(
        f"one sign alone: {', '.join([*shape.body, *shape.headers])}",
        page=shape.page,
        cursor=shape.cursor,
        body=shape.body,
        headers=shape.headers,
    )
    for name, shape in _SIGNS.items()
}


def route(path: str) -> Route | None:
    """Return what is at an address below `/shapes/`, if anything is."""
    name, _, stream = path.removeprefix(PREFIX).partition("/")
    shape, resource = SHAPES.get(name), RESOURCES.get(stream or "items")
    if shape is None or resource is None:
        return None
    dialect = replace(shape.dialect, offset=shape.offset)
    return Route(resource, shape.respond, shape.number, dialect=dialect)
