"""What is served at which address.

================================  ===============================================================
address                           how it responds
================================  ===============================================================
`/v1/bank_transactions`           the accounting API
`/v1/contacts`                    the accounting API
`/v1/invoices`                    the accounting API, without `pagination`
`/buyers` and the other entities  the marketplace API
`/analytics/datasets/...`         the marketplace API, pages of 5,000
`/buyers/{buyer_id}/contracts`    the marketplace API: a buyer's contracts
`/v2/buyers`                      `offset` and `limit`; `items` beside a `total`
`/v2/private_offers`              `offset` and `limit`; `items`
`/v2/listings`                    `cursor`; `data.items`, the next at `meta.paging.next_cursor`
`/v2/listings/by_header`          `cursor`; `results`, the next in the header `X-Next-Cursor`
`/v2/contracts`                   a bare list; the next page in the header `Link`
`/v2/opportunities`               `results`; the next page's address is `next` in `links`
`/v2/settings`                    one page: `data.items`
`/v2/events`                      `events` in numbered pages; records have no key
================================  ===============================================================
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

from .catalog import RESOURCES, Resource
from .messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from .dialect import Dialect
    from .messages import Request
    from .page_request import PageRequest

INTERNAL_HOST = "http://api.internal.example:8080"
FOREIGN_HOST = "https://elsewhere.example.com"


@dataclass(frozen=True)
class Route:
    """An address: its resource, who responds, and which page a request means."""

    resource: Resource
    respond: Callable[[PageRequest], Response]
    page: Callable[[Request], int]
    parent: str | None = None
    dialect: Dialect | None = None


def accounting(page: PageRequest) -> Response:
    """Respond as the accounting API does."""
    texts, total = page.texts(), page.count()
    if not texts and _past_end(page, "empty") == "404":
        return Response.json(
            {"Type": None, "Title": "Not Found", "Status": 404, "Detail": "No such page."}, 404
        )
    wrong = page.plan.get("envelope_status")
    head = {
        "Id": str(uuid4()),
        "Status": "OK" if wrong is None else wrong.get("value", "ERROR"),
        "ProviderName": "Sandbox",
        "DateTimeUTC": f"/Date({int(page.store.now().timestamp() * 1_000)})/",
    }
    if page.resource.name != "invoices":
        # Nobody knows which one itemCount is, so the sandbox has both.
        items = total if page.resource.name == "contacts" else len(texts)
        pages = {"pageCount": -(-total // page.size), "itemCount": items}
        head |= {"pagination": {"page": page.number, "pageSize": page.size, **pages}}
    return page.response(page.resource.records_key, texts, head)


def marketplace(page: PageRequest) -> Response:
    """Respond as the marketplace API does."""
    texts, total = page.texts(), page.count()
    if not texts and (page.number != 1) and _past_end(page, "404") == "404":
        return Response.json({"detail": "Invalid page."}, 404)
    more = page.start + len(texts) < total
    head = {"count": total, "next": _link(page, page.number + 1) if more else None}
    head["previous"] = _link(page, page.number - 1) if page.number > 1 else None
    return page.response(page.resource.records_key, texts, head)


def _past_end(page: PageRequest, usual: str) -> str:
    return str((page.plan.get("past_end") or {}).get("how", usual))


def _link(page: PageRequest, number: int) -> str:
    """Return an address that nobody should follow: the host is an internal one."""
    query = {**page.request.query, "page": str(number)}
    return f"{INTERNAL_HOST}{page.request.path}?{urlencode(query)}"


def offset(page: PageRequest) -> Response:
    """Respond with a total beside the records; the private offers have none."""
    head = {} if page.resource.name == "private_offers" else {"total": page.count()}
    return page.response("items", page.texts(), head)


def cursor_in_body(page: PageRequest) -> Response:
    """Respond with the next cursor deep in the body."""
    texts = page.texts()
    return page.response(
        "data.items", texts, {"meta": {"paging": {"next_cursor": _next_cursor(page, texts)}}}
    )


def cursor_in_header(page: PageRequest) -> Response:
    """Respond with the next cursor in a header, as long as there is one."""
    texts = page.texts()
    cursor = _next_cursor(page, texts)
    return page.response("results", texts, {}, **({"X_Next_Cursor": cursor} if cursor else {}))


def _next_cursor(page: PageRequest, texts: list[bytes]) -> str | None:
    if page.start + len(texts) >= page.count():
        return None
    return urlsafe_b64encode(f"page:{page.number + 1}".encode()).decode()


def header_link(page: PageRequest) -> Response:
    """Respond with a bare list and the next page's address in a header."""
    texts = page.texts()
    response = page.response("", texts, {})
    following = _following(page, texts)
    if following:
        response.headers["Link"] = (
            f'<{page.base_url}{page.request.path}?page=1>; rel="first", <{following}>; rel="next"'
        )
    return response


def json_link(page: PageRequest) -> Response:
    """Respond with the next page's address in the body."""
    texts = page.texts()
    return page.response(
        "results", texts, {"links": {"self": page.request.path, "next": _following(page, texts)}}
    )


def _following(page: PageRequest, texts: list[bytes]) -> str | None:
    if page.start + len(texts) >= page.count():
        return None
    host = FOREIGN_HOST if "foreign_links" in page.plan else page.base_url
    query = {**page.request.query, "page": str(page.number + 1)}
    return f"{host}{page.request.path}?{urlencode(query)}"


def single(page: PageRequest) -> Response:
    """Respond with everything at once."""
    return page.response("data.items", page.store.page(page.view, 0, page.count()), {"ok": True})


def plain(page: PageRequest) -> Response:
    """Respond with numbered pages and nothing that says how many."""
    return page.response(page.resource.records_key, page.texts(), {})


def _numbered(request: Request) -> int:
    page = request.query.get("page", "1")
    return max(1, int(page)) if page.isdigit() else 1


def _by_offset(request: Request) -> int:
    start, size = (request.query.get(name, "") for name in ("offset", "limit"))
    size_asked = min(int(size), 1_000) if size.isdigit() and int(size) else 100
    return int(start) // size_asked + 1 if start.isdigit() else 1


def _by_cursor(request: Request) -> int:
    try:
        page = urlsafe_b64decode(request.query.get("cursor", "")).decode()
    except (Base64Error, UnicodeDecodeError):
        return 1
    return int(page.removeprefix("page:") or 1)


def _numbered_route(resource: Resource) -> Route:
    return Route(resource, accounting if resource.api == "accounting" else marketplace, _numbered)


ROUTES = {resource.path: _numbered_route(resource) for resource in RESOURCES.values()} | {
    "/v2/buyers": Route(RESOURCES["buyers"], offset, _by_offset),
    "/v2/private_offers": Route(RESOURCES["private_offers"], offset, _by_offset),
    "/v2/listings": Route(RESOURCES["listings"], cursor_in_body, _by_cursor),
    "/v2/listings/by_header": Route(RESOURCES["listings"], cursor_in_header, _by_cursor),
    "/v2/contracts": Route(RESOURCES["contracts"], header_link, _numbered),
    "/v2/opportunities": Route(RESOURCES["opportunities"], json_link, _numbered),
    "/v2/settings": Route(RESOURCES["settings"], single, _numbered),
    "/v2/events": Route(RESOURCES["events"], plain, _numbered),
}
_CHILD = re.compile(r"/buyers/([^/]+)/contracts")


def route(path: str) -> Route | None:
    """Return what is at an address, if anything is."""
    child = _CHILD.fullmatch(path)
    if child:
        return Route(RESOURCES["contracts"], marketplace, _numbered, child[1])
    return ROUTES.get(path)
