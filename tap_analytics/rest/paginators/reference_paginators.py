"""Which page is next where only the page before can tell: cursors, links, and a single page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_analytics.http.links import parse_links, relations
from tap_analytics.records.encoding import encode
from tap_analytics.records.json import json_type_name
from tap_analytics.rest.paginators.paginator import (
    EMPTY,
    NO_CURSOR,
    NO_LINK,
    NO_MORE,
    ONE_PAGE,
    PAST_THE_END,
    PageKey,
    Paginator,
)
from tap_analytics.rest.request_parts import IN_BODY
from tap_analytics.rest.response.document import MISSING, NoNextPageError
from tap_analytics.rest.response.extractor import PageInfo, value_finder
from tap_analytics.rest.response.signs import is_address, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_analytics.rest.response.document import JSONBody


LINK = "Link"

_HEADER = re.compile(r"[A-Z][A-Za-z0-9]*-[A-Za-z0-9-]*[a-z0-9][A-Za-z0-9-]*")
"""How headers are written, and relations are not: `X-Next`, `Next-Page`."""

_PAGING = frozenset({"next", "prev", "previous", "first", "last"})
"""Relations of links in `Link` that show that its server pages by them."""


class ReferencePaginator(Paginator):
    """What paginators have in common whose next page only the page before can tell."""

    exhausted = NO_CURSOR
    """Why a page is the last one when its response names no next."""

    def __init__(self, params: dict[str, object] | None = None) -> None:
        """Send these parameters with the first page, such as a size."""
        self._params = params or {}
        self._stop_after_empty = False

    def label(self, key: PageKey) -> str:
        """`first page`, or `a further page`."""
        return "first page" if key is None else "a further page"

    def params(self, key: PageKey, size: int | None = None) -> dict[str, object]:  # noqa: ARG002  # the same for all pages
        """The query parameters that ask for a page."""
        return dict(self._params)

    def stop_reason(self, key: PageKey, info: PageInfo, read: int) -> str | None:  # noqa: ARG002  # other paginators need them
        """Why this page is the last one, or None where it is not."""
        if info.not_found:
            return PAST_THE_END
        if info.has_next is False:
            return NO_MORE
        if self._stop_after_empty and not info.records:
            return EMPTY
        # A response that says there is more, and not where, is no end: `pages.py` refuses it.
        if info.next_page_token or info.has_next:
            return None
        # A path that leads nowhere looks like this, too: the report should tell.
        return self.exhausted if key is not None else f"{self.exhausted} after the first page"

    def next_keys(self, key: PageKey, info: PageInfo) -> Iterable[PageKey]:  # noqa: ARG002  # other paginators need them
        """The one page that the response tells of."""
        return (info.next_page_token,)


class CursorPaginator(ReferencePaginator):
    """A cursor in the body, or in a header, goes into a parameter of the next request."""

    def __init__(
        self,
        *,
        cursor_path: str | None,
        cursor_key: str | None = None,
        cursor_param: str = "cursor",
        stop_after_empty: bool = False,
        params: dict[str, object] | None = None,
    ) -> None:
        """Follow cursors.

        Args:
            cursor_path: Where the cursor stands in the body.
            cursor_key: The header that holds it instead.
            cursor_param: The parameter that hands it back.
            stop_after_empty: Whether an empty page is the end, whatever cursor it has.
            params: Further parameters of every page, such as a size.
        """
        super().__init__(params)
        self._path = cursor_path
        self._find = value_finder(cursor_path, lists=True)
        self._stop_after_empty = stop_after_empty
        self._header = cursor_key
        self._param = cursor_param

    def params(self, key: PageKey, size: int | None = None) -> dict[str, object]:  # noqa: ARG002
        """The query parameters that ask for a page."""
        if key is None:
            return self._params
        if isinstance(key, dict) and not self._param.startswith(IN_BODY):
            # In a body it is an object as it came; a query holds texts only.
            key = encode(key).decode()
        return self._params | {self._param: key}

    @property
    def leads_by(self) -> str | None:
        """The place of the cursor."""
        return self._header or self._path

    def open_end(self, body: JSONBody, headers: Mapping[str, str]) -> str | None:
        """That the place of the cursor is not there."""
        if self._header:
            return None if self._header in headers else _not_there(self._header)
        return _not_there(self._path) if self._find(body) is MISSING else None

    def next_key(self, body: JSONBody, headers: Mapping[str, str]) -> PageKey:
        """The cursor of a response; None where it has none."""
        if self._header:
            return headers.get(self._header) or None
        return _present(self._find(body))


class LinkPaginator(ReferencePaginator):
    """The next page's whole address: in the body, in the header `Link` (RFC 8288) or another."""

    exhausted = NO_LINK

    def __init__(
        self,
        *,
        next_url_path: str | None = None,
        links_next_key: str = "next",
        stop_after_empty: bool = False,
        params: dict[str, object] | None = None,
    ) -> None:
        """Follow links.

        Args:
            next_url_path: Where the address stands in the body; None to read the header.
            links_next_key: The relation that the link in `Link` has, or a header that holds the
                address itself.
            stop_after_empty: Whether an empty page is the end, wherever it leads.
            params: Parameters of the first page, such as a size; most links bring their own.
        """
        super().__init__(params)
        self._stop_after_empty = stop_after_empty
        self._path = next_url_path
        self._find = value_finder(next_url_path) if next_url_path else None
        self._relation = links_next_key
        self.is_named = not self._path and _HEADER.fullmatch(links_next_key) is not None
        """Whether the user names a header that holds the address, as no relation is written."""
        self._relations = relations(links_next_key)

    def url(self, key: str | None) -> str | None:
        """The page's address; None for the first page, whose address is the stream's."""
        return key

    @property
    def leads_by(self) -> str:
        """The place of the address in the body, or its header."""
        return self._path or (self._relation if self.is_named else LINK)

    @property
    def in_header(self) -> bool:
        """Whether the address stands in a header."""
        return self._path is None

    def open_end(self, body: JSONBody, headers: Mapping[str, str]) -> str | None:
        """That the place of the address is not there; of `Link` that is usual on a last page."""
        if self._find:
            return _not_there(self._path) if self._find(body) is MISSING else None
        paging = _PAGING | self._relations
        links = parse_links(headers.get(LINK, ""))
        is_there = self._relation in headers or any(paging & link.relations for link in links)
        return None if is_there else _not_there(self.leads_by)

    def next_key(self, body: JSONBody, headers: Mapping[str, str]) -> str | None:
        """The address that a response links to; None where it links to none.

        Raises:
            NoNextPageError: What stands there is no address.
        """
        if self._find:
            found = _present(wrapped(self._find(body)))
            if found and not isinstance(found, str):
                message = f"`{self._path}` holds {json_type_name(found)}, not an address"
                raise NoNextPageError(message)
            return found or None
        for link in parse_links(headers.get(LINK, "")):
            if not self._relations.isdisjoint(link.relations):
                return link.url
        named = headers.get(self._relation)
        return named if is_address(named) else None


class SinglePagePaginator(ReferencePaginator):
    """One request holds everything."""

    exhausted = ONE_PAGE

    def stop_reason(self, key: PageKey, info: PageInfo, read: int) -> str:  # noqa: ARG002  # other paginators need them
        """The first page is the last one."""
        return PAST_THE_END if info.not_found else ONE_PAGE

    def next_key(self, body: JSONBody, headers: Mapping[str, str]) -> None:
        """None: there is no next page."""


def _not_there(place: str | None) -> str:
    return f"`{place}`, which leads to the next page, is not in its response"


def _present(value: PageKey) -> PageKey:
    """What a response tells; None for null, for nothing, and for what says that there is none."""
    return None if value is MISSING or value in ("", False) else value
