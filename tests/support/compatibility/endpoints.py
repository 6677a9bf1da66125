"""What the server responds: the same rows in every shape that is in use."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

from tests.support.compatibility.server import SIZE, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "title": f"Row {number}",
        "slug": f"a/{number}",
        "updated_at": f"2024-01-{number:02}T00:00:00Z",
        "meta": {"changed": f"2024-01-{number:02}T00:00:00Z", "version": number},
    }
    for number in range(1, 26)
]
PAGES = -(-len(ROWS) // SIZE)


def page(number: int, rows: list[dict[str, Any]] = ROWS) -> list[dict[str, Any]]:
    """The rows of a page, counted from 1."""
    return rows[(number - 1) * SIZE : number * SIZE] if number > 0 else []


def asked(request: Request, name: str, default: int) -> int:
    """A number in the query or, in a POST, in the body."""
    value = request.query.get(name, request.json.get(name) if request.method == "POST" else None)
    return default if value is None else int(value)


def asked_in_body(request: Request, name: str, default: int) -> int:
    """A number in the body alone."""
    return int(request.json.get(name, default))


def cursor_in_body(request: Request) -> Response:
    """A POST that takes the number of the next page in its body alone."""
    number = asked_in_body(request, "next_page", 1)
    return Response({"data": page(number), "next_page": number + 1 if number < PAGES else None})


def since(request: Request) -> list[dict[str, Any]]:
    """The rows that changed from the start value on, and before the end."""
    start = request.query.get("since", "")
    until = request.query.get("until", "9")
    return [row for row in ROWS if start <= row["updated_at"] < until]


def _link(request: Request, number: int, *, whole: bool = True) -> str:
    host = f"http://{request.host}" if whole else ""
    kept = "".join(f"&{k}={v}" for k, v in request.query.items() if k != "page")
    return f"{host}{request.path}?page={number}{kept}"


def header_link(request: Request) -> Response:
    """A list, with the next page's address in `Link`."""
    number = asked(request, "page", 1)
    headers = {"Link": f'<{_link(request, number + 1)}>; rel="next"'} if number < PAGES else {}
    return Response(page(number), headers=headers)


def next_header(request: Request) -> Response:
    """A list, with a cursor in a header."""
    number = asked(request, "cursor", 1)
    return Response(page(number), headers={"cursor": str(number + 1)} if number < PAGES else {})


def json_link(
    key: str, *, inside: str | None = None, whole: bool = True, records: str = "data"
) -> Callable[[Request], Response]:
    """An envelope with the next page's address at a key."""

    def respond(request: Request) -> Response:
        number = asked(request, "page", 1)
        link = _link(request, number + 1, whole=whole) if number < PAGES else None
        signs: dict[str, Any] = {key: link}
        return Response({records: page(number), **({inside: signs} if inside else signs)})

    return respond


def cursor(key: str, param: str = "cursor", *, text: bool = True) -> Callable[[Request], Response]:
    """An envelope with a cursor at a key."""

    def respond(request: Request) -> Response:
        given = request.query.get(param) or request.json.get(param) or "c1"
        number = int(str(given).removeprefix("c"))
        following: Any = f"c{number + 1}" if text else number + 1
        return Response({"data": page(number), key: following if number < PAGES else None})

    return respond


def numbered(
    first: int = 1, *, signs: bool = False, bare: bool = False, param: str = "page"
) -> Callable[[Request], Response]:
    """Pages by number: with a count of pages, without any sign, or as a list alone."""

    def respond(request: Request) -> Response:
        number = asked(request, param, first) - first + 1
        rows = page(number)
        if bare:
            return Response(rows)
        return Response({"data": rows, **({"total_pages": PAGES} if signs else {})})

    return respond


def offsets(*, total: bool) -> Callable[[Request], Response]:
    """Pages by offset and limit."""

    def respond(request: Request) -> Response:
        start, limit = asked(request, "offset", 0), asked(request, "limit", SIZE)
        rows = ROWS[start : start + limit]
        return Response({"data": rows, **({"total": len(ROWS)} if total else {})})

    return respond


def nested_body(request: Request) -> Response:
    """A POST whose page is named deep in its body."""
    number = int(request.json.get("paging", {}).get("page", 1))
    return Response({"data": page(number)})


def changing(request: Request) -> Response:
    """One object, or a list of rows, each with the time at which it was asked for."""
    now = {"asked_at": time.time_ns()}
    found = [{**row, **now} for row in page(1)]
    return Response({"status": "up", **now} if request.path == "/status" else found)


def typed(request: Request) -> Response:
    """Rows for a body that holds numbers where numbers belong."""
    wanted = request.json.get("since")
    right = type(wanted) is int and request.json.get("label") == f"from {wanted}"
    rows = [row for row in ROWS if right and row["id"] >= wanted]
    return Response({"data": rows}) if right else Response({"error": "no number"}, 400)


def since_in_path(request: Request) -> Response:
    """What changed since the last part of the path."""
    start = request.path.split("/")[2]
    return Response({"data": [row for row in ROWS if start <= row["updated_at"]]})


def comments(request: Request) -> Response:
    """The comments of one row, in two pages; a path, parameter, header or body names the row."""
    row = request.query.get("row") or request.headers.get("x-row") or request.json.get("row")
    row = int(row or request.path.split("/")[-2])
    number = asked(request, "page", 1)
    found = [{"id": row * 100 + index, "row": row} for index in range(4)]
    link = f"http://{request.host}{request.path}?page=2" if number == 1 else None
    if request.query.get("row") and link:
        link += f"&row={row}"
    return Response({"data": found[(number - 1) * 2 : number * 2], "next": link})


def detail(request: Request) -> Response:
    """One row as an object; 404 beyond the fifth."""
    row = int(request.path.rstrip("/").split("/")[-1].removesuffix(".json"))
    if row > 5:
        return Response({"error": f"row {row} is gone"}, 404)
    return Response({"id": row, "text": f"Text {row}"})


def slugged(request: Request) -> Response:
    """One row by its slug, which holds a slash."""
    return Response([{"id": int(request.path.rsplit("/", 1)[1]), "path": request.path}])


def incremental(request: Request) -> Response:
    """What changed since, on one page."""
    return Response({"data": since(request)})


def guarded(check: Callable[[Request], bool]) -> Callable[[Request], Response]:
    """Rows for whoever has the right credentials."""

    def respond(request: Request) -> Response:
        if not check(request):
            return Response({"error": "unauthorized"}, 401)
        return Response({"data": page(1)})

    return respond


def basic(request: Request) -> bool:
    """Whether the user name and password are right."""
    expected = base64.b64encode(b"user:pass word").decode()
    return request.headers.get("authorization") == f"Basic {expected}"


def token(request: Request) -> Response:
    """A token for client credentials that name an audience, or for a refresh token."""
    form = request.form
    if form.get("grant_type") == "refresh_token":
        right = form.get("refresh_token", "").startswith("refresh-")
        rotated = {"refresh_token": f"{form.get('refresh_token')}+"}
    else:
        right = form.get("audience") == "rows" and form.get("client_secret") == "client-secret"
        rotated = {}
    if not right:
        return Response({"error": "invalid_request"}, 400)
    return Response({"access_token": "issued-token", "expires_in": 3600, **rotated})


ROUTES: dict[str, Callable[[Request], Response]] = {
    "/list": lambda _: Response(page(1)),
    "/rows": lambda _: Response({"data": page(1)}),
    "/many-results": lambda _: Response({"many-results": page(1)}),
    "/deep": lambda _: Response({"response": {"result": {"list": page(1)}}}),
    "/with-errors": lambda _: Response({"errors": [], "rows_of_it": page(1)}),
    "/two-lists": lambda _: Response({"users": page(1), "groups": page(2)}),
    "/two-named": lambda _: Response({"errors": [{"a": 1}], "results": page(1)}),
    "/object": lambda _: Response({"id": 1, "title": "alone"}),
    "/wrapped-object": lambda _: Response({"data": {"id": 1, "title": "alone"}}),
    "/null": lambda _: Response({"data": None}),
    "/null-body": lambda _: Response(None),
    "/keyed": lambda _: Response({"a": page(1)[0], "b": page(1)[1]}),
    "/last-item": lambda r: Response(
        {"data": [row for row in ROWS if row["id"] > asked(r, "after", 0)][:SIZE]}
    ),
    "/empty": lambda _: Response({"data": []}),
    "/scalars": lambda _: Response({"data": ["a", "b"]}),
    "/lists": lambda _: Response({"data": [[{"id": 1}], [{"id": 2}]]}),
    "/groups": lambda _: Response({"groups": [{"rows": page(1)}, {"rows": page(2)}]}),
    "/header-link": header_link,
    "/header-cursor": next_header,
    "/next": json_link("next"),
    "/next-page": json_link("next_page"),
    "/links-next": json_link("next", inside="links"),
    "/meta-next-url": json_link("next_url", inside="meta"),
    "/relative": json_link("next", whole=False),
    "/next-results": json_link("next", records="results"),
    "/next-items": json_link("next_link", inside="paging", records="items"),
    "/next-cursor": cursor("next_cursor"),
    "/cursor-number": cursor("next", text=False),
    "/cursor-token": cursor("next_token", "token"),
    "/cursor-body": cursor("next_cursor", "after"),
    "/from-1": numbered(),
    "/from-0": numbered(0),
    "/from-1-bare": numbered(bare=True),
    "/from-0-bare": numbered(0, bare=True),
    "/counted": numbered(signs=True),
    "/counted-from-0": numbered(0, signs=True),
    "/page-no": numbered(param="p"),
    "/offset": offsets(total=False),
    "/offset-total": offsets(total=True),
    "/body-page": numbered(),
    "/body-nested-page": nested_body,
    "/body-offset": offsets(total=False),
    "/since": incremental,
    "/key-header": guarded(lambda r: r.headers.get("x-key") == "secret-key"),
    "/key-query": guarded(lambda r: r.query.get("api_key") == "secret-key"),
    "/key-cookie": guarded(lambda r: r.headers.get("cookie") == "session=secret-key"),
    "/key-authorization": guarded(lambda r: r.headers.get("authorization") == "secret-key"),
    "/basic": guarded(basic),
    "/bearer": guarded(lambda r: r.headers.get("authorization") == "Bearer own-token"),
    "/issued": guarded(lambda r: r.headers.get("authorization") == "Bearer issued-token"),
    "/tenant": guarded(lambda r: r.headers.get("x-tenant") == "t1"),
    "/token": token,
    "/comments-by-param": comments,
    "/pull-requests": lambda _: Response(page(1)),
    "/status": changing,
    "/changing-rows": changing,
    "/typed-body": typed,
    "/body-page-alone": lambda r: Response({"data": page(asked_in_body(r, "page", 1))}),
    "/body-cursor-alone": cursor_in_body,
    "/comments-by-header": comments,
    "/comments-by-body": comments,
}


def respond(request: Request) -> Response:
    """The response to any request."""
    path = request.path.rstrip("/") or "/list"
    if path in ROUTES:
        return ROUTES[path](request)
    if path.startswith("/rows/") and path.endswith("/comments"):
        return comments(request)
    if path.startswith("/details/"):
        return detail(request)
    if path.startswith("/since-in-path/"):
        return since_in_path(request)
    if path.startswith("/slugs/a/"):
        return slugged(request)
    return Response({"error": "no such path"}, 404)
