"""How responses tell of more: the one list of names, each with whose APIs have it.

`init-resource` looks here for what leads to the next page; a reading that ends is held against it.
Names are compared without case, `_` and `-`, so that `has_more` stands for `hasMore`, too. Only an
envelope is looked at, never a record.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from requests.utils import parse_header_links

from tap_analytics.rest.document import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_analytics.records.json import JSON
    from tap_analytics.rest.document import JSONBody

Path = tuple[str, ...]


class Kind(StrEnum):
    """What a sign tells."""

    NEXT = "next"
    """The next page's address or number; null where there is none."""

    MORE = "more"
    """Whether there is more."""

    CURSOR = "cursor"
    """What the next page is asked for with. Where it is not named next, it may stand for this
    page, and tells nothing of more."""

    TOTAL = "total"
    """How many records there are."""

    PAGES = "pages"
    """How many pages there are, or the last one's number."""


BODY: dict[str, tuple[Kind, str]] = {
    "next": (Kind.NEXT, "Django REST framework, json-server 1, JSON:API and HAL (in `links`)"),
    "next_page": (Kind.NEXT, "Zendesk, Kaminari and will_paginate (Rails)"),
    "next_url": (Kind.NEXT, "Datasette, Instagram"),
    "next_page_url": (Kind.NEXT, "Laravel"),
    "next_page_uri": (Kind.NEXT, "Twilio"),
    "next_page_link": (Kind.NEXT, "services with a page's link"),
    "next_link": (Kind.NEXT, "Azure Resource Manager"),
    "next_href": (Kind.NEXT, "SoundCloud"),
    "next_uri": (Kind.NEXT, "Coinbase"),
    "@odata.nextLink": (Kind.NEXT, "OData 4, Microsoft Graph"),
    "odata.nextLink": (Kind.NEXT, "OData 3"),
    "has_more": (Kind.MORE, "Stripe, Notion, Zendesk (in `meta`)"),
    "has_more_page": (Kind.MORE, "frameworks with pages"),
    "has_more_pages": (Kind.MORE, "Laravel's paginators"),
    "has_more_items": (Kind.MORE, "Zoho, Eventbrite (in `pagination`)"),
    "has_next": (Kind.MORE, "Django's and Spring's pages"),
    "has_next_page": (Kind.MORE, "GraphQL connections (in `pageInfo`), Mongoose"),
    "next_cursor": (Kind.CURSOR, "Slack (in `response_metadata`), Notion, Laravel"),
    "next_page_cursor": (Kind.CURSOR, "services with cursors"),
    "next_token": (Kind.CURSOR, "AWS, X (in `meta`)"),
    "next_page_token": (Kind.CURSOR, "Google's API guidelines (AIP-158)"),
    "cursor": (Kind.CURSOR, "Square and others; may be this page's own"),
    "page_cursor": (Kind.CURSOR, "services with cursors; may be this page's own"),
    "token": (Kind.CURSOR, "Kinto-like services; may be this page's own"),
    "page_token": (Kind.CURSOR, "services after Google's; may be this page's own"),
    "after": (Kind.CURSOR, "Meta and HubSpot (`paging`), Reddit; there on last pages, too"),
    "continuation": (Kind.CURSOR, "Eventbrite; may be this page's own"),
    "total": (Kind.TOTAL, "Laravel, Jira, Spotify, Shopware"),
    "count": (Kind.TOTAL, "Django REST framework, Label Studio"),
    "total_count": (Kind.TOTAL, "GitHub's search, Cloudflare (in `result_info`)"),
    "total_results": (Kind.TOTAL, "OpenSearch, SCIM (RFC 7644), NVD"),
    "total_records": (Kind.TOTAL, "Zoom and other services"),
    "total_items": (Kind.TOTAL, "Hydra, CKAN-like services"),
    "total_entries": (Kind.TOTAL, "will_paginate (Rails)"),
    "total_elements": (Kind.TOTAL, "Spring Data (in `page`)"),
    "total_hits": (Kind.TOTAL, "Meilisearch, search services"),
    "total_size": (Kind.TOTAL, "Salesforce, Google's AIP-158"),
    "count_total": (Kind.TOTAL, "services that turn it round"),
    "result_count": (Kind.TOTAL, "services of search"),
    "records_total": (Kind.TOTAL, "DataTables"),
    "numberMatched": (Kind.TOTAL, "OGC API Features, WFS 2"),
    "numFound": (Kind.TOTAL, "Solr (in `response`)"),
    "@odata.count": (Kind.TOTAL, "OData 4"),
    "items": (Kind.TOTAL, "json-server 1, where it is a number"),
    "pages": (Kind.PAGES, "json-server 1, Flask-SQLAlchemy"),
    "page_count": (Kind.PAGES, "HAL of Laminas, the accounting API (in `pagination`)"),
    "total_pages": (Kind.PAGES, "Kaminari (Rails), Spring Data, WooCommerce"),
    "num_pages": (Kind.PAGES, "Django"),
    "last_page": (Kind.PAGES, "Laravel"),
}
"""Names in an envelope. The accounting API's `pagination.itemCount` is left out on purpose: nobody
says whether it counts all items or this page's."""

HEADERS: dict[str, tuple[Kind, str]] = {
    "Link": (Kind.NEXT, "RFC 8288 with rel=next: GitHub, GitLab, json-server"),
    "Next-Page": (Kind.NEXT, "Kinto"),
    "X-Next-Page": (Kind.NEXT, "GitLab"),
    "X-Next": (Kind.NEXT, "services with an address in a header"),
    "X-Has-More": (Kind.MORE, "services with a flag in a header"),
    "X-Next-Cursor": (Kind.CURSOR, "services with a cursor in a header"),
    "X-Next-Token": (Kind.CURSOR, "services with a token in a header"),
    "X-Next-Page-Token": (Kind.CURSOR, "services with a token in a header"),
    "X-Cursor": (Kind.CURSOR, "services with a cursor in a header; may be this page's own"),
    "X-Continuation-Token": (Kind.CURSOR, "services of Azure; may be this page's own"),
    "X-MS-ContinuationToken": (Kind.CURSOR, "Azure DevOps; may be this page's own"),
    "X-MS-Continuation": (Kind.CURSOR, "Azure Cosmos DB; may be this page's own"),
    "X-Total-Count": (Kind.TOTAL, "json-server, Strapi"),
    "X-Total": (Kind.TOTAL, "GitLab, Kaminari's API helpers"),
    "X-WP-Total": (Kind.TOTAL, "WordPress"),
    "Total-Records": (Kind.TOTAL, "Kinto up to 14"),
    "Total-Objects": (Kind.TOTAL, "Kinto"),
    "Content-Range": (Kind.TOTAL, "RFC 9110 with a unit of records: PostgREST, React Admin"),
    "X-Total-Pages": (Kind.PAGES, "GitLab"),
    "X-WP-TotalPages": (Kind.PAGES, "WordPress"),
}

CONTAINERS: dict[str, str] = {
    "links": "JSON:API",
    "_links": "HAL",
    "meta": "JSON:API, Laravel",
    "_meta": "Yii, Contentful",
    "metadata": "OData-like services",
    "_metadata": "HubSpot-like services",
    "response_metadata": "Slack",
    "result_info": "Cloudflare",
    "page": "Spring Data",
    "page_info": "GraphQL connections, in JSON `pageInfo`",
    "paging": "Meta, HubSpot",
    "pagination": "the accounting API, Eventbrite",
    "cursors": "Meta",
    "response": "Solr",
    "hits": "Elasticsearch",
}
"""Objects of an envelope that hold signs; in any other a `total` may be an amount of money."""

_WRAPPED = {"href", "url", "value"}
_DEPTH = 3
_LARGEST = 2**63 - 1
_NO_MORE = {"", "0", "false", "null", "none"}
_RANGE = re.compile(r"(?!bytes)[\w-]+ (?:\d+-\d+|\*)/(\d{1,18})|\d+-\d+/(\d{1,18})", re.IGNORECASE)
_DIGITS = re.compile("[0-9]{1,18}")
_ADDRESS = re.compile(r"(https?:/)?/\S*|\?\S+", re.IGNORECASE)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


_BODY = {_plain(name): kind for name, (kind, _) in BODY.items()}
_HEADERS = {name.lower(): kind for name, (kind, _) in HEADERS.items()}
_CONTAINERS = {_plain(name) for name in CONTAINERS}


class Sign(Struct, frozen=True):
    """One sign that a response has, with what it says."""

    kind: Kind
    path: Path
    """The keys that lead to it in the body; of a header only its name."""

    value: Any
    """A number, an address or a cursor; False where the response says that there is no more."""

    header: bool = False

    @property
    def name(self) -> str:
        """`meta.total`, or `X-Total-Count`."""
        return ".".join(self.path)

    @property
    def is_address(self) -> bool:
        """Whether it is the address of a page."""
        return is_address(self.value)


def is_address(value: object) -> bool:
    """Whether a value is an address, whole or relative."""
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def kind_in_body(path: Path) -> Kind | None:
    """What a value at a path of keys tells by its name; None where it tells nothing."""
    names = [_plain(name) for name in path[-2:]]
    kind = _BODY.get(names[-1])
    if kind is None and len(names) > 1 and names[-1] in _WRAPPED:
        kind = _BODY.get(names[0])
    return kind


def kind_of_header(name: str) -> Kind | None:
    """What a header tells by its name; None where it tells nothing."""
    return _HEADERS.get(name.lower())


def named_next(path: Path) -> bool:
    """Whether a cursor is named as that of the next page: only then does it tell of more."""
    return any(_plain(name).removeprefix("x").startswith("next") for name in path[-2:])


def find_signs(
    body: JSONBody, headers: Mapping[str, str], records: Path | None, *, single: bool = False
) -> list[Sign]:
    """The signs of one response.

    Args:
        body: The response's.
        headers: The response's.
        records: The keys that lead to the records; None where a JSONPath does.
        single: Whether an object in that place is a record.
    """
    # Where the body itself is the one record it has no envelope.
    envelope = {} if records == () and single else body.members(body.raw(()))
    return [*_in_envelope(body, envelope, (), records or ()), *_in_headers(headers)]


def _in_envelope(
    body: JSONBody, envelope: Mapping[str, Any], at: Path, records: Path
) -> Iterator[Sign]:
    """The signs in one object of the envelope, and in those that it holds."""
    for name, member in envelope.items():
        path, plain = (*at, name), _plain(name)
        if path == records:
            continue
        kind = _BODY.get(plain)
        if kind is not None:
            value = body.scalar(member)
            if value is MISSING:
                # HAL and JSON:API write `next.href`, Elasticsearch `total.value`.
                wrapped = body.members(member).items()
                value = next((body.scalar(item) for key, item in wrapped if key in _WRAPPED), value)
            yield from _sign(kind, path, value)
        holds_signs = plain in _CONTAINERS or plain == "next" or records[: len(path)] == path
        if len(path) < _DEPTH and holds_signs:
            yield from _in_envelope(body, body.members(member), path, records)


def _in_headers(headers: Mapping[str, str]) -> Iterator[Sign]:
    for name, text in headers.items():
        kind = _HEADERS.get(name.lower())
        if kind is None:
            continue
        value: Any = text.strip()
        if name.lower() == "link":
            links = {link.get("rel"): link.get("url") for link in parse_header_links(text)}
            value = links.get("next", MISSING)
        elif name.lower() == "content-range":
            counted = _RANGE.fullmatch(value)
            value = MISSING if counted is None else counted[1] or counted[2]
        yield from _sign(kind, (name,), value, header=True)


def _sign(kind: Kind, path: Path, value: JSON, *, header: bool = False) -> Iterator[Sign]:
    """A sign, as far as the value can be one."""
    if value is MISSING or isinstance(value, dict | list):
        return
    if kind in {Kind.TOTAL, Kind.PAGES}:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if type(value) is int and 0 < value <= _LARGEST:
            yield Sign(kind, path, value, header=header)
        return
    if value in (None, False, 0) or str(value).strip().lower() in _NO_MORE:
        yield Sign(kind, path, value=False, header=header)
        return
    if kind is Kind.MORE and str(value).lower() not in {"true", "1"}:
        return
    if kind is Kind.NEXT and isinstance(value, str) and not is_address(value):
        # Datasette's `next` is a cursor, GitLab's `X-Next-Page` a number.
        kind = kind if _DIGITS.fullmatch(value) else Kind.CURSOR
    yield Sign(kind, path, value, header=header)
